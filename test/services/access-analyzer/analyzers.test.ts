import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { operations as iamOperations } from '../../../src/services/iam/index.ts'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { account, type House, openHouse } from '../call.ts'

let house: House
beforeEach(async () => {
  const own = new Set(operations.map(({ name }) => name))
  // TagResource and the like are names of one service here.
  house = await openHouse([...iamOperations.filter(({ name }) => !own.has(name)), ...operations])
})
afterEach(() => house.close())

const arn = `arn:aws:access-analyzer:us-east-1:${account}:analyzer/watch`
const trustOf = (Principal: unknown, Action = 'sts:AssumeRole', parts: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action, ...parts }] })
const createRole = (RoleName: string, AssumeRolePolicyDocument: string) => house.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
const createAnalyzer = (parts: object = {}) => house.call('CreateAnalyzer', { analyzerName: 'watch', type: 'ACCOUNT', ...parts })
interface Shown {
  id: string
  resource: string
  status: string
  isPublic?: boolean
  principal?: object
  findingType?: string
}
const findings = async (input: object = {}): Promise<Shown[]> => (await house.call('ListFindings', { analyzerArn: arn, ...input })).findings
const outsider = '444455556666'

describe('analyzers', () => {
  test('the first one comes with the service-linked role and its policy', async () => {
    expect(await createAnalyzer({ tags: { team: 'books' } })).toEqual({ arn })
    const { Role } = await house.call('GetRole', { RoleName: 'AWSServiceRoleForAccessAnalyzer' })
    expect(Role.Path).toBe('/aws-service-role/access-analyzer.amazonaws.com/')
    const { AttachedPolicies } = await house.call('ListAttachedRolePolicies', { RoleName: 'AWSServiceRoleForAccessAnalyzer' })
    expect(AttachedPolicies.map(({ PolicyName }: { PolicyName: string }) => PolicyName)).toEqual(['AccessAnalyzerServiceRolePolicy'])
    expect((await house.call('GetAnalyzer', { analyzerName: 'watch' })).analyzer).toMatchObject({
      arn,
      type: 'ACCOUNT',
      status: 'ACTIVE',
      tags: { team: 'books' },
    })
  })
  test('names are unique, and there is one of a type', async () => {
    await createAnalyzer()
    expect((await house.refusal('CreateAnalyzer', { analyzerName: 'watch', type: 'ACCOUNT' })).code).toBe('ConflictException')
    expect((await house.refusal('CreateAnalyzer', { analyzerName: 'other', type: 'ACCOUNT' })).code).toBe('ServiceQuotaExceededException')
    await house.call('CreateAnalyzer', { analyzerName: 'unused', type: 'ACCOUNT_UNUSED_ACCESS' })
    expect((await house.call('ListAnalyzers')).analyzers).toHaveLength(2)
    expect((await house.call('ListAnalyzers', { type: 'ACCOUNT' })).analyzers).toHaveLength(1)
  })
  test('what is deleted is gone with its findings', async () => {
    await createAnalyzer()
    await house.call('DeleteAnalyzer', { analyzerName: 'watch' })
    expect((await house.refusal('GetAnalyzer', { analyzerName: 'watch' })).code).toBe('ResourceNotFoundException')
    expect((await house.refusal('ListFindings', { analyzerArn: arn })).code).toBe('ResourceNotFoundException')
  })
  test("another account's analyzer is not found", async () => {
    await createAnalyzer()
    const stranger = await house.addAccount(outsider)
    const refused = await house.refusal('ListFindings', { analyzerArn: arn }, { as: stranger })
    expect(['AccessDeniedException', 'ResourceNotFoundException']).toContain(refused.code)
  })
  test('tags are added, listed and removed', async () => {
    await createAnalyzer({ tags: { team: 'books' } })
    await house.call('TagResource', { resourceArn: arn, tags: { stage: 'test', team: 'maps' } })
    await house.call('UntagResource', { resourceArn: arn, tagKeys: ['stage'] })
    expect((await house.call('ListTagsForResource', { resourceArn: arn })).tags).toEqual({ team: 'maps' })
  })
})

describe('findings of external access', () => {
  beforeEach(() => createAnalyzer())

  test.each([
    ['another account', trustOf({ AWS: outsider }), [{ principal: { AWS: outsider }, isPublic: false }]],
    [
      'an identity provider',
      trustOf({ Federated: 'accounts.google.com' }, 'sts:AssumeRoleWithWebIdentity'),
      [{ principal: { Federated: 'accounts.google.com' }, isPublic: false }],
    ],
    ['everyone', trustOf({ AWS: '*' }), [{ principal: { AWS: '*' }, isPublic: true }]],
    [
      'everyone of an organization',
      trustOf({ AWS: '*' }, 'sts:AssumeRole', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } }),
      [{ principal: { AWS: '*' }, isPublic: false, condition: { 'aws:PrincipalOrgID': 'o-1234567890' } }],
    ],
    ['the account itself', trustOf({ AWS: account }), []],
    ['a service', trustOf({ Service: 'ec2.amazonaws.com' }), []],
  ])('%s', async (_, trust, expected) => {
    await createRole('subject', trust)
    expect(await findings()).toMatchObject(expected)
    expect(await findings()).toHaveLength(expected.length)
  })

  test('a finding is resolved when the access is gone, and active again when it is back', async () => {
    await createRole('subject', trustOf({ AWS: outsider }))
    const [first] = await findings()
    expect(first).toMatchObject({ status: 'ACTIVE', resource: `arn:aws:iam::${account}:role/subject` })
    await house.call('UpdateAssumeRolePolicy', { RoleName: 'subject', PolicyDocument: trustOf({ AWS: account }) })
    expect(await findings()).toMatchObject([{ id: first?.id, status: 'RESOLVED' }])
    await house.call('UpdateAssumeRolePolicy', { RoleName: 'subject', PolicyDocument: trustOf({ AWS: outsider }) })
    expect(await findings()).toMatchObject([{ id: first?.id, status: 'ACTIVE' }])
  })

  test('findings are archived by hand, filtered, counted and told in detail', async () => {
    await createRole('subject', trustOf({ AWS: [outsider, '777788889999'] }))
    const [first] = await findings()
    await house.call('UpdateFindings', { analyzerArn: arn, status: 'ARCHIVED', ids: [first?.id] })
    expect(await findings({ filter: { status: { eq: ['ACTIVE'] } } })).toHaveLength(1)
    expect(await findings({ filter: { 'principal.AWS': { contains: ['7777'] } } })).toHaveLength(1)
    const [{ externalAccessFindingsStatistics: totals }] = (await house.call('GetFindingsStatistics', { analyzerArn: arn }))
      .findingsStatistics
    expect(totals).toMatchObject({
      totalActiveFindings: 1,
      totalArchivedFindings: 1,
      resourceTypeStatistics: { 'AWS::IAM::Role': { totalActiveCrossAccount: 1 } },
    })
    expect((await house.call('GetFinding', { analyzerArn: arn, id: first?.id })).finding).toMatchObject({
      status: 'ARCHIVED',
      action: ['sts:AssumeRole'],
    })
    const told = await house.call('GetFindingV2', { analyzerArn: arn, id: first?.id })
    expect(told).toMatchObject({ findingType: 'ExternalAccess', findingDetails: [{ externalAccessDetails: { isPublic: false } }] })
    expect((await house.refusal('GetFinding', { analyzerArn: arn, id: 'x' })).code).toBe('ResourceNotFoundException')
  })

  test('pages have every finding once', async () => {
    for (const name of ['a', 'b', 'c']) await createRole(name, trustOf({ AWS: outsider }))
    const first = await house.call('ListFindings', { analyzerArn: arn, maxResults: 2 })
    const second = await house.call('ListFindings', { analyzerArn: arn, maxResults: 2, nextToken: first.nextToken })
    expect(new Set([...first.findings, ...second.findings].map(({ id }: Shown) => id)).size).toBe(3)
    expect(second.nextToken).toBeUndefined()
  })

  test('an archive rule archives new findings, and old ones when it is applied', async () => {
    await createRole('before', trustOf({ AWS: outsider }))
    expect(await findings()).toMatchObject([{ status: 'ACTIVE' }])
    const filter = { 'principal.AWS': { eq: [outsider] } }
    await house.call('CreateArchiveRule', { analyzerName: 'watch', ruleName: 'partner', filter })
    await createRole('after', trustOf({ AWS: outsider }))
    expect((await findings()).map(({ status }) => status).sort()).toEqual(['ACTIVE', 'ARCHIVED'])
    await house.call('ApplyArchiveRule', { analyzerArn: arn, ruleName: 'partner' })
    expect((await findings()).map(({ status }) => status)).toEqual(['ARCHIVED', 'ARCHIVED'])
    expect((await house.call('GetArchiveRule', { analyzerName: 'watch', ruleName: 'partner' })).archiveRule.filter).toEqual(filter)
    await house.call('UpdateArchiveRule', { analyzerName: 'watch', ruleName: 'partner', filter: { isPublic: { eq: ['false'] } } })
    expect((await house.call('ListArchiveRules', { analyzerName: 'watch' })).archiveRules).toMatchObject([
      { filter: { isPublic: { eq: ['false'] } } },
    ])
    await house.call('DeleteArchiveRule', { analyzerName: 'watch', ruleName: 'partner' })
    expect((await house.refusal('GetArchiveRule', { analyzerName: 'watch', ruleName: 'partner' })).code).toBe('ResourceNotFoundException')
  })

  test('resources are listed, and told of one by one', async () => {
    await createRole('subject', trustOf({ AWS: '*' }))
    const resourceArn = `arn:aws:iam::${account}:role/subject`
    await house.call('StartResourceScan', { analyzerArn: arn, resourceArn })
    const { analyzedResources } = await house.call('ListAnalyzedResources', { analyzerArn: arn })
    expect(analyzedResources.map((shown: { resourceArn: string }) => shown.resourceArn)).toContain(resourceArn)
    expect((await house.call('GetAnalyzedResource', { analyzerArn: arn, resourceArn })).resource).toMatchObject({
      isPublic: true,
      status: 'ACTIVE',
      actions: ['sts:AssumeRole'],
    })
    expect((await house.refusal('StartResourceScan', { analyzerArn: arn, resourceArn: `${resourceArn}s` })).code).toBe(
      'ResourceNotFoundException',
    )
  })

  test('a preview says what would change', async () => {
    await createRole('subject', trustOf({ AWS: outsider }))
    const preview = async (trustPolicy: string) => {
      const configurations = { [`arn:aws:iam::${account}:role/subject`]: { iamRole: { trustPolicy } } }
      const { id: accessPreviewId } = await house.call('CreateAccessPreview', { analyzerArn: arn, configurations })
      const { accessPreview } = await house.call('GetAccessPreview', { analyzerArn: arn, accessPreviewId })
      const { findings: told } = await house.call('ListAccessPreviewFindings', { analyzerArn: arn, accessPreviewId })
      return [accessPreview.status, ...told.map(({ changeType }: { changeType: string }) => changeType)]
    }
    expect(await preview(trustOf({ AWS: [outsider, '777788889999'] }))).toEqual(['COMPLETED', 'UNCHANGED', 'NEW'])
    expect(await preview(trustOf({ AWS: outsider }, 'sts:TagSession'))).toEqual(['COMPLETED', 'NEW', 'CHANGED'])
    expect(await preview('{')).toEqual(['FAILED'])
    expect((await house.call('ListAccessPreviews', { analyzerArn: arn })).accessPreviews).toHaveLength(3)
  })
})

test('unused roles, keys and passwords are found once they are old enough', async () => {
  await createAnalyzer({ type: 'ACCOUNT_UNUSED_ACCESS', configuration: { unusedAccess: { unusedAccessAge: 30 } } })
  await createRole('idle', trustOf({ AWS: account }))
  await house.call('CreateUser', { UserName: 'ann' })
  await house.call('CreateLoginProfile', { UserName: 'ann', Password: 'correct horse 7 Battery!' })
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'ann' })
  const types = async () => {
    const { findings: told } = await house.call('ListFindingsV2', { analyzerArn: arn, filter: { status: { eq: ['ACTIVE'] } } })
    return told.map(({ findingType }: Shown) => findingType).sort()
  }
  expect(await types()).toEqual([])
  house.now += 31 * 86_400_000
  expect(await types()).toEqual(['UnusedIAMRole', 'UnusedIAMUserAccessKey', 'UnusedIAMUserPassword'])
  await house.world.store.write(tx =>
    tx.updateTable('accessKeys').set({ lastUsedAt: house.now }).where('id', '=', AccessKey.AccessKeyId).execute(),
  )
  expect(await types()).toEqual(['UnusedIAMRole', 'UnusedIAMUserPassword'])
  expect((await house.refusal('ListFindings', { analyzerArn: arn })).code).toBe('ValidationException')
  expect((await house.call('GetAnalyzer', { analyzerName: 'watch' })).analyzer.configuration).toEqual({
    unusedAccess: { unusedAccessAge: 30 },
  })
})
