import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ApplicablePolicies,
  compilePolicy,
  decide,
  explain,
  parsePolicy,
  parsePolicy as parse,
  printPolicy,
} from '../../src/policy/index.ts'
import { compileAll, document, policyTexts, request, type StatementJson } from './arbitrary.ts'
import { naiveDecide } from './naive.ts'

/** Cases of each property; the nightly script asks for more. */
const numRuns = Number(process.env['GATEHOUSE_PROPERTY_CASES'] ?? 20_000)

const identityOf = (statements: StatementJson[]): ApplicablePolicies => ({
  identity: [
    compilePolicy(parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'identity'), { id: 'p', type: 'inline' }),
  ],
})

describe('the engine against an evaluator that is written from the documentation', () => {
  test('both decide alike for random policies of all types and random requests', { timeout: 3_600_000 }, () => {
    let decided = 0
    fc.assert(
      fc.property(policyTexts, fc.array(request, { minLength: 1, maxLength: 8 }), (texts, requests) => {
        const policies = compileAll(texts)
        for (const one of requests) {
          decided++
          expect(decide(one, policies).effect).toBe(naiveDecide(one, texts))
        }
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
    expect(decided).toBeGreaterThanOrEqual(numRuns)
  })
})

describe('properties of decisions', () => {
  const statements = document(false).map(({ Statement }) => Statement)

  test('adding a Deny never allows more', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(statements, statements, request, (before, added, one) => {
        const denies = added.map(statement => ({ ...statement, Effect: 'Deny' }))
        if (decide(one, identityOf([...before, ...denies])).effect === 'allowed')
          expect(decide(one, identityOf(before)).effect).toBe('allowed')
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })

  test('adding an Allow never allows less', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(statements, statements, request, (before, added, one) => {
        const allows = added.map(statement => ({ ...statement, Effect: 'Allow' }))
        if (decide(one, identityOf(before)).effect === 'allowed')
          expect(decide(one, identityOf([...before, ...allows])).effect).toBe('allowed')
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })

  test('an explanation agrees with the decision, and its applying statements account for it', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(policyTexts, request, (texts, one) => {
        const policies = compileAll(texts)
        const { decision, groups } = explain(one, policies)
        expect(decision).toEqual(decide(one, policies))
        const denies = groups.some(({ considered, says }) => considered && says === 'denies')
        expect(denies).toBe(decision.effect === 'explicitDeny')
        if (decision.effect === 'explicitDeny')
          expect(groups.some(({ type, says }) => type === decision.decidedBy && says === 'denies')).toBe(true)
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })
})

describe('properties of documents', () => {
  test('parsing what was printed gives what was parsed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          document(false).map(value => ['identity', value] as const),
          document(true).map(value => ['resource', value] as const),
        ),
        ([kind, value]) => {
          const first = parse(JSON.stringify(value), kind)
          const printed = printPolicy(first)
          expect(JSON.parse(printed)).toEqual(JSON.parse(printPolicy(parse(printed, kind))))
          expect(printPolicy(parse(printed, kind))).toBe(printed)
          expect(withoutPlaces(parse(printed, kind))).toEqual(withoutPlaces(first))
        },
      ),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })
})

/** A document without positions, which printing changes. */
function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      ['start', 'end', 'offset', 'offsets', 'text', 'statementsStart'].includes(key) ? undefined : item,
    ),
  )
}
