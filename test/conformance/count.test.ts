import { describe, expect, test } from 'vitest'
import { services } from '../../src/services/index.ts'
import { caseFiles } from './cases.ts'
import { uncoveredErrors } from './uncovered-errors.ts'
import { unreachableErrors } from './unreachable-errors.ts'

const files = caseFiles()
const ofService = (name: string) => files.filter(({ service }) => service === name)

test('there are at least 1,500 cases of IAM and STS, each with its source', () => {
  const cases = [...ofService('iam'), ...ofService('sts')].flatMap(({ source, cases: own }) => own.map(entry => entry.source ?? source))
  expect(cases.length).toBeGreaterThanOrEqual(1500)
  expect(cases.filter(source => !/(Reference|Guide|AWS Security Blog)/.test(source))).toEqual([])
})

test('no file has two cases of one name', () => {
  for (const { file, cases } of files) expect(new Set(cases.map(({ name }) => name)).size, file).toBe(cases.length)
})

/** Whose success needs more than one account, or a security key: root-features.test.ts of organizations, tokens.test.ts of sts, and test/e2e/iam-cli-examples. */
const succeedElsewhere = { iam: ['GetMFADevice'], sts: ['AssumeRoot', 'DecodeAuthorizationMessage'] }

describe.each(['iam', 'sts'] as const)('of %s', name => {
  const operations = services.find(({ service }) => service.name === name)?.operations ?? []

  test('every operation succeeds in a case', () => {
    const succeeding = new Set(
      ofService(name)
        .filter(({ cases }) => cases.some(({ error }) => !error))
        .map(({ operation }) => operation),
    )
    expect(operations.map(operation => operation.name).filter(operation => !succeeding.has(operation))).toEqual(succeedElsewhere[name])
  })

  test('every modeled error has a case, or a reason why not', () => {
    const without = uncoveredErrors(name, files).filter(pair => {
      const [operation = '', code = ''] = pair.split(' ')
      const reason = unreachableErrors[code]
      return !reason || (reason.operations && !reason.operations.includes(operation))
    })
    expect(without).toEqual([])
  })
})

test('no reason is given for an error that has a case', () => {
  const uncovered = new Set([...uncoveredErrors('iam', files), ...uncoveredErrors('sts', files)])
  const stale = Object.entries(unreachableErrors).flatMap(([code, { operations = [] }]) =>
    operations.map(operation => `${operation} ${code}`).filter(pair => !uncovered.has(pair)),
  )
  expect(stale).toEqual([])
})
