import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { operations as organizations } from '../../../src/services/organizations/index.ts'
import { operations as sts } from '../../../src/services/sts/index.ts'
import type { InsideCall } from '../../../src/services/world.ts'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type Answer, type House, openHouse } from '../call.ts'
import { enter, makeMember } from '../organizations/house.ts'
import { allowing, makeUser } from '../sts/house.ts'

const ServicePrincipal = 'access-analyzer.amazonaws.com'
const outsider = '444455556666'

let house: House
let organization: string
let member: string
let visitor: Principal
beforeEach(async () => {
  house = await openHouse([...iam, ...sts, ...organizations, ...operations])
  Object.assign(house.world, {
    calls: { onBehalfOf: (as: Principal, _service: string, { operation, input }: InsideCall) => house.call(operation, input, { as }) },
  })
  organization = (await house.call('CreateOrganization')).Organization.Id
  member = await makeMember(house, 'workload')
  await makeUser(house, 'admin')
  visitor = await enter(house, member, await house.user('admin'))
})
afterEach(() => house.close())

const arnOf = (owner: string) => `arn:aws:access-analyzer:us-east-1:${owner}:analyzer/all`
const create = (parts: object = {}, as?: Principal) =>
  house.call('CreateAnalyzer', { analyzerName: 'all', type: 'ORGANIZATION', ...parts }, as && { as })
const refused = (parts: object = {}, as?: Principal) =>
  house.refusal('CreateAnalyzer', { analyzerName: 'all', type: 'ORGANIZATION', ...parts }, as && { as })
const trust = (Principal: unknown, Condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }],
  })
const roleIn = (as: Principal, RoleName: string, AssumeRolePolicyDocument: string) =>
  house.call('CreateRole', { RoleName, AssumeRolePolicyDocument }, { as })
const findings = async (owner = account, as?: Principal): Promise<Answer[]> =>
  (await house.call('ListFindings', { analyzerArn: arnOf(owner) }, as && { as })).findings
const trusted = () => house.call('EnableAWSServiceAccess', { ServicePrincipal })

describe('who may make an analyzer of the organization', () => {
  test('the management account, once the service is trusted; the role is in every account', async () => {
    expect(await refused()).toEqual({ code: 'ValidationException', message: 'Service not enabled for AWS Organizations' })
    await trusted()
    expect(await create()).toEqual({ arn: arnOf(account) })
    for (const as of [house.root, visitor]) {
      const { Role } = await house.call('GetRole', { RoleName: 'AWSServiceRoleForAccessAnalyzer' }, { as })
      expect(Role.Path).toBe(`/aws-service-role/${ServicePrincipal}/`)
    }
  })

  test('a delegated administrator, whose analyzer is disabled when it is one no more', async () => {
    await trusted()
    expect(await refused({}, visitor)).toEqual({
      code: 'AccessDeniedException',
      message: `Account ${member} is not a delegated administrator`,
    })
    await house.call('RegisterDelegatedAdministrator', { AccountId: member, ServicePrincipal })
    await roleIn(house.root, 'shared', trust({ AWS: outsider }))
    await create({}, visitor)
    const shown = async () => (await house.call('GetAnalyzer', { analyzerName: 'all' }, { as: visitor })).analyzer
    expect(await shown()).toMatchObject({ type: 'ORGANIZATION', status: 'ACTIVE' })
    expect(await findings(member, visitor)).toMatchObject([{ resourceOwnerAccount: account, status: 'ACTIVE' }])
    await house.call('DeregisterDelegatedAdministrator', { AccountId: member, ServicePrincipal })
    expect(await shown()).toMatchObject({ status: 'DISABLED', statusReason: { code: 'DELEGATED_ADMINISTRATOR_DEREGISTERED' } })
    await house.call('DeleteRole', { RoleName: 'shared' })
    expect(await findings(member, visitor)).toMatchObject([{ status: 'ACTIVE' }])
  })

  test('nobody outside an organization, and nobody who may not describe it', async () => {
    await trusted()
    const stranger = await house.addAccount(outsider)
    expect((await refused({}, stranger)).code).toBe('ValidationException')
    await makeUser(house, 'limited', allowing('access-analyzer:*'))
    expect((await refused({}, await house.user('limited'))).code).toBe('AccessDeniedException')
  })

  test('five of a type', async () => {
    await trusted()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create({ analyzerName: name })
    expect((await refused()).code).toBe('ServiceQuotaExceededException')
    await create({ type: 'ORGANIZATION_UNUSED_ACCESS' })
  })
})

test('a resource control policy takes nothing from a finding, which says whether there is one about the resource', async () => {
  await trusted()
  const [root] = (await house.call('ListRoots')).Roots
  await house.call('EnablePolicyType', { RootId: root.Id, PolicyType: 'RESOURCE_CONTROL_POLICY' })
  await create()
  await roleIn(visitor, 'shared', trust({ AWS: outsider }))
  const shown = async () => {
    const [finding] = await findings()
    const { findingDetails } = await house.call('GetFindingV2', { analyzerArn: arnOf(account), id: finding?.id })
    expect(finding).toMatchObject({ action: ['sts:AssumeRole'], status: 'ACTIVE' })
    expect(findingDetails[0].externalAccessDetails.resourceControlPolicyRestriction).toBe(finding?.resourceControlPolicyRestriction)
    return finding?.resourceControlPolicyRestriction as string
  }
  const deny = async (Name: string, Action: string) => {
    const Content = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action, Resource: '*' }] })
    const { Policy } = await house.call('CreatePolicy', { Name, Description: '', Content, Type: 'RESOURCE_CONTROL_POLICY' })
    await house.call('AttachPolicy', { PolicyId: Policy.PolicySummary.Id, TargetId: member })
  }
  expect(await shown()).toBe('NOT_APPLICABLE')
  await deny('storage', 's3:DeleteObject')
  expect(await shown()).toBe('NOT_APPLICABLE')
  await deny('roles', 'sts:AssumeRole')
  expect(await shown()).toBe('APPLICABLE')
})

describe('the organization is the zone of trust', () => {
  beforeEach(async () => {
    await trusted()
    await create()
  })

  test.each([
    { who: () => ({ AWS: account }), found: 0 },
    { who: () => ({ AWS: outsider }), found: 1 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringEquals: { 'aws:PrincipalOrgID': organization } }), found: 0 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringEquals: { 'aws:PrincipalOrgID': 'o-9876543210' } }), found: 1 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringEquals: { 'aws:PrincipalOrgID': [organization, 'o-9876543210'] } }), found: 1 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringLike: { 'aws:PrincipalOrgID': `${organization}*` } }), found: 1 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringEquals: { 'aws:PrincipalOrgID': '${aws:ResourceOrgID}' } }), found: 0 },
    { who: () => ({ AWS: '*' }), where: () => ({ StringNotEquals: { 'aws:PrincipalOrgID': organization } }), found: 1 },
    {
      who: () => ({ AWS: '*' }),
      where: () => ({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/*` } }),
      found: 0,
    },
    { who: () => ({ AWS: '*' }), where: () => ({ StringEquals: { 'aws:PrincipalAccount': [account, outsider] } }), found: 1 },
    { who: () => ({ AWS: '*' }), where: () => ({ ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/*` } }), found: 0 },
    { who: () => ({ AWS: outsider }), where: () => ({ StringEquals: { 'aws:PrincipalOrgID': organization } }), found: 0 },
  ])('case %#: $found', async ({ who, where, found }) => {
    await roleIn(visitor, 'subject', trust(who(), where?.()))
    const told = await findings()
    expect(told).toHaveLength(found)
    for (const { resource, resourceOwnerAccount } of told) {
      expect(resource).toBe(`arn:aws:iam::${member}:role/subject`)
      expect(resourceOwnerAccount).toBe(member)
    }
  })

  test('resources of the members are listed, scanned and told of', async () => {
    await roleIn(visitor, 'subject', trust({ AWS: outsider }))
    const analyzerArn = arnOf(account)
    const resourceArn = `arn:aws:iam::${member}:role/subject`
    const { analyzedResources } = await house.call('ListAnalyzedResources', { analyzerArn })
    expect(analyzedResources).toContainEqual({ resourceArn, resourceOwnerAccount: member, resourceType: 'AWS::IAM::Role' })
    await house.call('StartResourceScan', { analyzerArn, resourceArn, resourceOwnerAccount: member })
    const wrongOwner = { analyzerArn, resourceArn, resourceOwnerAccount: account }
    expect((await house.refusal('StartResourceScan', wrongOwner)).code).toBe('ResourceNotFoundException')
    expect((await house.call('GetAnalyzedResource', { analyzerArn, resourceArn })).resource).toMatchObject({ resourceOwnerAccount: member })
    expect((await house.refusal('CreateAccessPreview', { analyzerArn, configurations: {} })).code).toBe('ValidationException')
  })
})

test('an analyzer of an account takes the other members for outsiders', async () => {
  await house.call('CreateAnalyzer', { analyzerName: 'all', type: 'ACCOUNT' })
  await roleIn(house.root, 'subject', trust({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': organization } }))
  await roleIn(house.root, 'own', trust({ AWS: '*' }, { StringEquals: { 'aws:PrincipalAccount': account } }))
  expect(await findings()).toMatchObject([{ resource: `arn:aws:iam::${account}:role/subject`, isPublic: false }])
})

test('unused access of every member, but of what a rule excludes', async () => {
  await trusted()
  await house.call('CreateUser', { UserName: 'ann', Tags: [{ Key: 'kind', Value: 'robot' }] }, { as: visitor })
  await house.call('CreateAccessKey', { UserName: 'ann' }, { as: visitor })
  const analyzerArn = arnOf(account)
  const configuration = (exclusions: object[] = []) => ({ unusedAccess: { unusedAccessAge: 90, analysisRule: { exclusions } } })
  await create({ type: 'ORGANIZATION_UNUSED_ACCESS', configuration: configuration() })
  house.now += 91 * 86_400_000
  const active = async () => {
    const { findings: told } = await house.call('ListFindingsV2', { analyzerArn, filter: { status: { eq: ['ACTIVE'] } } })
    return told.filter(({ resource }: Answer) => resource === `arn:aws:iam::${member}:user/ann`)
  }
  const exclude = (criteria: object) => house.call('UpdateAnalyzer', { analyzerName: 'all', configuration: configuration([criteria]) })
  expect(await active()).toMatchObject([{ findingType: 'UnusedIAMUserAccessKey', resourceOwnerAccount: member }])
  const [{ unusedAccessFindingsStatistics: told }] = (await house.call('GetFindingsStatistics', { analyzerArn })).findingsStatistics
  expect(told.topAccounts.map(({ account: id }: Answer) => id)).toContain(member)
  await exclude({ resourceTags: [{ kind: 'person' }] })
  expect(await active()).toHaveLength(1)
  await exclude({ resourceTags: [{ kind: '' }] })
  expect(await active()).toEqual([])
  await exclude({ resourceTags: [] })
  expect(await active()).toHaveLength(1)
  await exclude({ accountIds: [member] })
  expect(await active()).toEqual([])
  const own = { analyzerName: 'all', configuration: configuration([{ accountIds: [account] }]) }
  expect((await house.refusal('UpdateAnalyzer', own)).code).toBe('ValidationException')
})
