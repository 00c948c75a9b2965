import { afterAll, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError, readConfiguration } from '../../src/server/read-configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-configuration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const problemsOf = (flags: { readonly [key: string]: string }): string => {
  try {
    readConfiguration(flags, {})
  } catch (problem) {
    if (problem instanceof ConfigurationError) return problem.message
    throw problem
  }
  throw new Error('the configuration was taken')
}

describe('quotas', () => {
  const wanted = { RolesPerAccount: 5000, AccountsPerOrganization: 50 }

  test('are AWS’s defaults when nothing is said', () => expect(readConfiguration({}, {}).quotas).toEqual({}))

  test.each([
    { by: 'flag', read: () => readConfiguration({ quotas: 'RolesPerAccount=5000, AccountsPerOrganization=50' }, {}) },
    { by: 'environment', read: () => readConfiguration({}, { GATEHOUSE_QUOTAS: 'RolesPerAccount=5000,AccountsPerOrganization=50' }) },
    {
      by: 'file',
      read: () => readConfiguration({}, {}, fileOf('quotas.yaml', 'quotas:\n  RolesPerAccount: 5000\n  AccountsPerOrganization: 50\n')),
    },
  ])('are set by $by', ({ read }) => expect(read().quotas).toEqual(wanted))

  test.each(['RolesPerAccount', 'RolesPerAccount=many', 'Nothing=3', 'PolicySize=9000', 'VersionsPerPolicy=9', 'RolesPerAccount=-1'])(
    '%s is refused',
    text => expect(problemsOf({ quotas: text })).toContain('--quotas'),
  )
})

describe('the propagation delay', () => {
  test('is none by default', () => expect(readConfiguration({}, {}).propagationDelay).toBe(0))
  test('is a number of seconds', () => expect(readConfiguration({ propagationDelay: '2.5' }, {}).propagationDelay).toBe(2.5))
  test.each(['-1', '301', 'soon', ''])('is not %j', text =>
    expect(problemsOf({ propagationDelay: text })).toContain('seconds from 0 to 300'),
  )
})

describe('the templates', () => {
  const policyTemplate = `
policyTemplates:
  - arn: arn:aws:iam::111122223333:delegation-template/Bucket
    account: '111122223333'
    name: Example Provider
    endpoint: https://provider.example.com/messages
    policy:
      Version: '2012-10-17'
      Statement: { Effect: Allow, Action: 's3:GetObject', Resource: ['arn:aws:s3:::@{bucketName}/*', '@{moreResources}'] }
`
  const roleTemplate = `
roleTemplates:
  - arn: arn:aws:iam::aws:role-template/example.amazonaws.com/Worker:2
    roleName: Worker-@{queue}
    trustPolicy: { Version: '2012-10-17', Statement: { Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: 'sts:AssumeRole' } }
    parameters: [{ name: queue, required: true }]
`
  test('are read from their file', () => {
    const { templates } = readConfiguration({ templates: fileOf('templates.yaml', policyTemplate + roleTemplate) }, {})
    expect(templates.policies).toMatchObject([{ account: '111122223333', name: 'Example Provider', boundaries: [] }])
    expect(templates.roles).toMatchObject([
      { service: 'example.amazonaws.com', name: 'Worker', majorVersion: 2, minorVersion: 0, isDefault: true, enabled: true, rolePath: '/' },
    ])
  })

  test.each([
    { wrong: 'a policy', text: policyTemplate.replace('Effect: Allow', 'Effect: Perhaps'), says: 'policyTemplates.0.policy' },
    { wrong: 'an account', text: policyTemplate.replace("account: '111122223333'", 'account: 1'), says: 'policyTemplates.0.account' },
    { wrong: 'a parameter', text: roleTemplate.replace('name: queue', 'name: other'), says: 'the parameter queue is not among' },
    { wrong: 'a trust policy', text: roleTemplate.replace("'sts:AssumeRole'", '7'), says: 'roleTemplates.0.trustPolicy' },
  ])('with $wrong wrong are refused, saying where', ({ text, says }) =>
    expect(problemsOf({ templates: fileOf('wrong.yaml', text) })).toContain(says),
  )
})
