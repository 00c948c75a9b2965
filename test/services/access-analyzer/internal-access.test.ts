import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations as organizations } from '../../../src/services/organizations/index.ts'
import { operations as s3 } from '../../../src/services/s3/index.ts'
import { operations as sts } from '../../../src/services/sts/index.ts'
import type { InsideCall } from '../../../src/services/world.ts'
import { account, type Answer, type House, openHouse, startOfTime } from '../call.ts'
import { attachNew, makeMember } from '../organizations/house.ts'
import { makeRole, makeUser, policy, trusting } from '../sts/house.ts'

let house: House
beforeEach(async () => {
  house = await openHouse([...iam, ...sts, ...organizations, ...s3, ...operations])
  Object.assign(house.world, {
    calls: { onBehalfOf: (as: Principal, _service: string, { operation, input }: InsideCall) => house.call(operation, input, { as }) },
  })
  await makeBucket('ledger')
})
afterEach(() => house.close())

const ledger = 'arn:aws:s3:::ledger'
const makeBucket = (name: string, owner = account) =>
  house.world.store.write(tx =>
    tx
      .insertInto('s3Buckets')
      .values({
        name,
        account: owner,
        region: 'us-east-1',
        createdAt: startOfTime,
        policy: null,
        publicAccessBlock: null,
        ownership: null,
        encryption: null,
        tags: null,
      })
      .execute(),
  )
const including = (criterion: object) => ({ internalAccess: { analysisRule: { inclusions: [criterion] } } })
const analyzerArn = `arn:aws:access-analyzer:us-east-1:${account}:analyzer/inside`
const create = (criterion: object = { resourceArns: [ledger] }, type = 'ACCOUNT_INTERNAL_ACCESS') =>
  house.call('CreateAnalyzer', { analyzerName: 'inside', type, configuration: including(criterion) })
const allow = (Action: string | string[], Resource: string, more: object = {}) => policy({ Effect: 'Allow', Action, Resource, ...more })
const summaries = async (): Promise<Answer[]> => (await house.call('ListFindingsV2', { analyzerArn })).findings
/** Those of people and programs: Access Analyzer's own role may read what it looks at. */
const own = ({ principal }: Answer): boolean => !principal.AWS.includes(':role/aws-service-role/')
const detailOf = async (id: string): Promise<Answer> =>
  (await house.call('GetFindingV2', { analyzerArn, id })).findingDetails[0].internalAccessDetails
const withDetails = async (): Promise<Answer[]> => {
  const all = await Promise.all((await summaries()).map(async finding => ({ ...finding, details: await detailOf(finding.id) })))
  return all.filter(finding => own(finding.details))
}
const active = async () => (await withDetails()).filter(({ status }) => status === 'ACTIVE')
const details = async (): Promise<Answer[]> => (await active()).map(finding => finding.details)
const users = (name: string) => `arn:aws:iam::${account}:user/${name}`

describe('who within the account reaches a bucket', () => {
  test('by policies of its own, the bucket policy, and no more than its boundary lets it', async () => {
    await makeUser(house, 'reader', allow('s3:GetObject', `${ledger}/reports/*`))
    await makeUser(house, 'elsewhere', allow('s3:*', 'arn:aws:s3:::other*'))
    await makeUser(house, 'bounded', allow(['s3:ListBucket', 's3:PutObject'], '*'))
    const PermissionsBoundary = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
    await house.call('PutUserPermissionsBoundary', { UserName: 'bounded', PermissionsBoundary })
    await makeRole(house, 'auditor', trusting({ AWS: account }))
    const auditor = `arn:aws:iam::${account}:role/auditor`
    await house.call('PutBucketPolicy', {
      Bucket: 'ledger',
      Policy: policy({
        Effect: 'Allow',
        Principal: { AWS: auditor },
        Action: ['s3:GetObject', 's3:DeleteBucket'],
        Resource: [ledger, `${ledger}/*`],
      }),
    })
    await create()
    const inside = { principalOwnerAccount: account, accessType: 'INTRA_ACCOUNT', condition: {} }
    const none = { resourceControlPolicyRestriction: 'NOT_APPLICABLE', serviceControlPolicyRestriction: 'NOT_APPLICABLE' }
    const found = (await details()).toSorted((one, other) => String(one.principal.AWS).localeCompare(other.principal.AWS))
    expect(found).toEqual([
      { principal: { AWS: auditor }, principalType: 'IAM_ROLE', action: ['s3:DeleteBucket', 's3:GetObject'], ...inside, ...none },
      { principal: { AWS: users('bounded') }, principalType: 'IAM_USER', action: ['s3:ListBucket'], ...inside, ...none },
      { principal: { AWS: users('reader') }, principalType: 'IAM_USER', action: ['s3:GetObject'], ...inside, ...none },
    ])
    expect(await withDetails()).toMatchObject(
      Array.from({ length: 3 }, () => ({ findingType: 'InternalAccess', resource: ledger, resourceType: 'AWS::S3::Bucket' })),
    )
  })

  test('under conditions, which the finding tells; a denial that always holds leaves none', async () => {
    const Condition = { IpAddress: { 'aws:SourceIp': '198.18.0.0/24' } }
    await makeUser(house, 'office', allow('s3:GetObject', '*', { Condition }))
    await makeUser(house, 'denied', allow('s3:GetObject', '*'))
    await house.call('PutUserPolicy', {
      UserName: 'denied',
      PolicyName: 'no',
      PolicyDocument: policy({ Effect: 'Deny', Action: 's3:*', Resource: `${ledger}/*` }),
    })
    await create()
    expect(await details()).toMatchObject([{ principal: { AWS: users('office') }, condition: { 'aws:SourceIp': '198.18.0.0/24' } }])
  })

  test('a finding changes with what it tells, is resolved when it is gone, and comes back under its id', async () => {
    await makeUser(house, 'reader', allow('s3:GetObject', '*'))
    await create()
    const put = (PolicyDocument: string) => house.call('PutUserPolicy', { UserName: 'reader', PolicyName: 'rights', PolicyDocument })
    for (const name of (await house.call('ListUserPolicies', { UserName: 'reader' })).PolicyNames)
      await house.call('DeleteUserPolicy', { UserName: 'reader', PolicyName: name })
    await put(allow('s3:GetObject', '*'))
    const [before] = await active()
    await put(allow(['s3:GetObject', 's3:PutObject'], '*'))
    expect(await details()).toMatchObject([{ action: ['s3:GetObject', 's3:PutObject'] }])
    expect((await active())[0].id).toBe(before.id)
    await house.call('DeleteUserPolicy', { UserName: 'reader', PolicyName: 'rights' })
    expect(await withDetails()).toMatchObject([{ id: before.id, status: 'RESOLVED' }])
    const { findingsStatistics } = await house.call('GetFindingsStatistics', { analyzerArn })
    expect(findingsStatistics[0].internalAccessFindingsStatistics).toMatchObject({
      totalActiveFindings: 1,
      totalResolvedFindings: 1,
      resourceTypeStatistics: { 'AWS::S3::Bucket': { totalActiveFindings: 1, totalResolvedFindings: 1, totalArchivedFindings: 0 } },
    })
    await put(allow('s3:GetObject', '*'))
    expect((await active()).map(({ id }) => id)).toEqual([before.id])
  })
})

describe('within an organization', () => {
  beforeEach(async () => {
    await house.call('CreateOrganization')
    await house.call('EnableAWSServiceAccess', { ServicePrincipal: 'access-analyzer.amazonaws.com' })
  })

  test('members reach what another account shares with the organization, as far as SCPs and RCPs let them', async () => {
    const member = await makeMember(house, 'workload')
    const { Organization } = await house.call('DescribeOrganization')
    const shared = { StringEquals: { 'aws:PrincipalOrgID': Organization.Id } }
    await house.call('PutBucketPolicy', {
      Bucket: 'ledger',
      Policy: policy({
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: `${ledger}/*`,
        Condition: shared,
      }),
    })
    await create({ accountIds: [account], resourceTypes: ['AWS::S3::Bucket'] }, 'ORGANIZATION_INTERNAL_ACCESS')
    const ofMember = async () => (await details()).filter(({ principalOwnerAccount }) => principalOwnerAccount === member)
    const role = { principal: { AWS: `arn:aws:iam::${member}:role/OrganizationAccountAccessRole` }, accessType: 'INTRA_ORG' }
    expect(await ofMember()).toMatchObject([{ ...role, action: ['s3:GetObject', 's3:PutObject'] }])
    await attachNew(house, 'SERVICE_CONTROL_POLICY', member, { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' })
    expect(await ofMember()).toMatchObject([{ ...role, action: ['s3:GetObject'], serviceControlPolicyRestriction: 'APPLIED' }])
  })
})

describe('what a rule may say', () => {
  test('without one nothing is looked at, and it can be given later', async () => {
    await makeUser(house, 'reader', allow('s3:GetObject', '*'))
    await house.call('CreateAnalyzer', { analyzerName: 'inside', type: 'ACCOUNT_INTERNAL_ACCESS' })
    expect(await summaries()).toEqual([])
    const configuration = including({ resourceTypes: ['AWS::S3::Bucket'] })
    expect(await house.call('UpdateAnalyzer', { analyzerName: 'inside', configuration })).toEqual({ configuration })
    expect(await active()).toHaveLength(1)
    expect((await house.call('GetAnalyzer', { analyzerName: 'inside' })).analyzer).toMatchObject({ configuration })
  })

  test.each([
    [{ accountIds: [account] }, 'Accounts are included in analyzers of an organization only.'],
    [{ resourceTypes: ['AWS::IAM::Role'] }, 'Resource type AWS::IAM::Role is not supported by internal access analyzers.'],
  ])('%j is refused', async (criterion, message) => {
    const input = { analyzerName: 'inside', type: 'ACCOUNT_INTERNAL_ACCESS', configuration: including(criterion) }
    expect(await house.refusal('CreateAnalyzer', input)).toEqual({ code: 'ValidationException', message })
  })

  test('ListFindings and GetFinding are of external access', async () => {
    await create()
    expect(await house.refusal('ListFindings', { analyzerArn })).toMatchObject({ code: 'ValidationException' })
  })
})
