import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLastUses, keepUses } from '../../../src/identity/last-uses.ts'
import type { House } from '../call.ts'
import { allow, allPages, arnOf, iamHouse, trustsEc2 } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

describe('the policy simulators', () => {
  beforeEach(async () => {
    await house.call('CreateUser', { UserName: 'Bob', Tags: [{ Key: 'team', Value: 'a' }] })
    await house.call('CreateGroup', { GroupName: 'g' })
    await house.call('AddUserToGroup', { GroupName: 'g', UserName: 'Bob' })
    await house.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: allow('s3:GetObject') })
  })
  const source = { PolicySourceArn: arnOf('user/Bob') }
  const decisions = (answer: { EvaluationResults: { EvalActionName: string; EvalDecision: string }[] }) =>
    answer.EvaluationResults.map(result => [result.EvalActionName, result.EvalDecision])

  test('a user’s own policies and its groups’', async () => {
    const answer = await house.call('SimulatePrincipalPolicy', { ...source, ActionNames: ['s3:GetObject', 's3:PutObject'] })
    expect(decisions(answer)).toEqual([
      ['s3:GetObject', 'allowed'],
      ['s3:PutObject', 'implicitDeny'],
    ])
    expect(answer.EvaluationResults[0].MatchedStatements[0]).toMatchObject({ SourcePolicyId: 'group_g_p', SourcePolicyType: 'group' })
  })

  test('with policies added and left out', async () => {
    const deny = allow('s3:*').replace('Allow', 'Deny')
    const added = await house.call('SimulatePrincipalPolicy', { ...source, PolicyInputList: [deny], ActionNames: ['s3:GetObject'] })
    expect(decisions(added)).toEqual([['s3:GetObject', 'explicitDeny']])
    const PolicyExclusionList = [
      { PolicyType: 'inline', InlinePolicyIdentifier: { PolicyName: 'p', AttachmentType: 'group', AttachmentName: 'g' } },
    ]
    const without = await house.call('SimulatePrincipalPolicy', { ...source, PolicyExclusionList, ActionNames: ['s3:GetObject'] })
    expect(decisions(without)).toEqual([['s3:GetObject', 'implicitDeny']])
  })

  test('with the user’s permissions boundary', async () => {
    await house.call('PutUserPermissionsBoundary', { UserName: 'Bob', PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonEC2FullAccess' })
    const answer = await house.call('SimulatePrincipalPolicy', { ...source, ActionNames: ['s3:GetObject'] })
    expect(answer.EvaluationResults[0]).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    })
  })

  test('context: given keys, the user’s tags, missing keys told', async () => {
    const conditional = (key: string, value: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'ec2:*', Resource: '*', Condition: { StringEquals: { [key]: value } } },
      })
    const tagged = await house.call('SimulatePrincipalPolicy', {
      ...source,
      PolicyInputList: [conditional('aws:PrincipalTag/team', 'a')],
      ActionNames: ['ec2:RunInstances'],
    })
    expect(decisions(tagged)).toEqual([['ec2:RunInstances', 'allowed']])
    const custom = { PolicyInputList: [conditional('aws:username', 'Eve')], ActionNames: ['ec2:RunInstances'] }
    const missing = await house.call('SimulateCustomPolicy', custom)
    expect(missing.EvaluationResults[0]).toMatchObject({ EvalDecision: 'implicitDeny', MissingContextValues: ['aws:username'] })
    const known = await house.call('SimulateCustomPolicy', {
      ...custom,
      ContextEntries: [{ ContextKeyName: 'aws:username', ContextKeyType: 'string', ContextKeyValues: ['Eve'] }],
    })
    expect(decisions(known)).toEqual([['ec2:RunInstances', 'allowed']])
  })

  test('in pages', async () => {
    const ActionNames = ['s3:A', 's3:B', 's3:C', 's3:D', 's3:E']
    const pages = await allPages<{ EvalActionName: string }>(
      house,
      'SimulateCustomPolicy',
      { PolicyInputList: [allow('s3:*')], ActionNames },
      'EvaluationResults',
      2,
    )
    expect(pages.map(page => page.map(result => result.EvalActionName))).toEqual([['s3:A', 's3:B'], ['s3:C', 's3:D'], ['s3:E']])
  })

  test('errors', async () => {
    const ActionNames = ['s3:GetObject']
    expect((await house.refusal('SimulateCustomPolicy', { PolicyInputList: ['{'], ActionNames })).code).toBe('InvalidInput')
    expect((await house.refusal('SimulatePrincipalPolicy', { PolicySourceArn: arnOf('user/Nobody'), ActionNames })).code).toBe(
      'NoSuchEntity',
    )
    expect((await house.refusal('SimulatePrincipalPolicy', { PolicySourceArn: arnOf('policy/x-of-something'), ActionNames })).code).toBe(
      'InvalidInput',
    )
  })

  test('context keys', async () => {
    const policy = (key: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b/${aws:username}', Condition: { Bool: { [key]: 'true' } } },
      })
    expect(
      (await house.call('GetContextKeysForCustomPolicy', { PolicyInputList: [policy('aws:SecureTransport')] })).ContextKeyNames.sort(),
    ).toEqual(['aws:SecureTransport', 'aws:username'])
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'q', PolicyDocument: policy('aws:ViaAWSService') })
    expect((await house.call('GetContextKeysForPrincipalPolicy', source)).ContextKeyNames).toContain('aws:ViaAWSService')
  })

  test('ListPoliciesGrantingServiceAccess', async () => {
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess' })
    const answer = await house.call('ListPoliciesGrantingServiceAccess', {
      Arn: arnOf('user/Bob'),
      ServiceNamespaces: ['s3', 'ec2', 'iam'],
    })
    expect(answer.PoliciesGrantingServiceAccess).toEqual([
      {
        ServiceNamespace: 'ec2',
        Policies: [
          { PolicyName: 'AmazonEC2ReadOnlyAccess', PolicyType: 'MANAGED', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess' },
        ],
      },
      { ServiceNamespace: 'iam', Policies: [] },
      { ServiceNamespace: 's3', Policies: [{ PolicyName: 'p', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: 'g' }] },
    ])
  })
})

test('GetAccountAuthorizationDetails tells everything, by filter, in pages', async () => {
  await house.call('CreateUser', { UserName: 'Bob', PermissionsBoundary: readOnly, Tags: [{ Key: 'k', Value: 'v' }] })
  await house.call('CreateGroup', { GroupName: 'g' })
  await house.call('AddUserToGroup', { GroupName: 'g', UserName: 'Bob' })
  await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('s3:*') })
  await house.call('CreateRole', { RoleName: 'R', AssumeRolePolicyDocument: trustsEc2 })
  await house.call('CreateInstanceProfile', { InstanceProfileName: 'P' })
  await house.call('AddRoleToInstanceProfile', { InstanceProfileName: 'P', RoleName: 'R' })
  await house.call('CreatePolicy', { PolicyName: 'Own', PolicyDocument: allow('s3:*') })
  await house.call('AttachRolePolicy', { RoleName: 'R', PolicyArn: readOnly })

  const all = await house.call('GetAccountAuthorizationDetails')
  expect(all.UserDetailList[0]).toMatchObject({
    UserName: 'Bob',
    GroupList: ['g'],
    UserPolicyList: [{ PolicyName: 'p' }],
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  expect(all.RoleDetailList[0]).toMatchObject({
    RoleName: 'R',
    InstanceProfileList: [{ InstanceProfileName: 'P' }],
    AttachedManagedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly }],
  })
  expect(all.Policies.map((policy: { PolicyName: string }) => policy.PolicyName)).toEqual(['Own', 'ReadOnlyAccess'])
  const groups = await house.call('GetAccountAuthorizationDetails', { Filter: ['Group'] })
  expect([groups.UserDetailList, groups.GroupDetailList.length, groups.Policies]).toEqual([[], 1, []])

  let count = 0
  let Marker: string | undefined
  do {
    const page = await house.call('GetAccountAuthorizationDetails', { MaxItems: 1, Marker })
    count += page.UserDetailList.length + page.GroupDetailList.length + page.RoleDetailList.length + page.Policies.length
    Marker = page.Marker
  } while (Marker)
  expect(count).toBe(5)
})

describe('service-linked roles', () => {
  const AWSServiceName = 'access-analyzer.amazonaws.com'

  test('are made by their service’s rules', async () => {
    const { Role } = await house.call('CreateServiceLinkedRole', { AWSServiceName })
    expect(Role).toMatchObject({ RoleName: 'AWSServiceRoleForAccessAnalyzer', Path: `/aws-service-role/${AWSServiceName}/` })
    expect((await house.call('ListAttachedRolePolicies', { RoleName: Role.RoleName })).AttachedPolicies[0].PolicyName).toBe(
      'AccessAnalyzerServiceRolePolicy',
    )
    expect(await house.refusal('CreateServiceLinkedRole', { AWSServiceName })).toEqual({
      code: 'InvalidInput',
      message: 'Service role name AWSServiceRoleForAccessAnalyzer has been taken in this account, please try a different suffix.',
    })
  })

  test.each([
    ['DeleteRole', {}],
    ['PutRolePolicy', { PolicyName: 'p', PolicyDocument: allow('s3:*') }],
    ['AttachRolePolicy', { PolicyArn: readOnly }],
    ['UpdateAssumeRolePolicy', { PolicyDocument: trustsEc2 }],
    ['PutRolePermissionsBoundary', { PermissionsBoundary: readOnly }],
  ])('refuse %s', async (name, input) => {
    await house.call('CreateServiceLinkedRole', { AWSServiceName })
    expect((await house.refusal(name, { RoleName: 'AWSServiceRoleForAccessAnalyzer', ...input })).code).toBe('UnmodifiableEntity')
  })

  test('are deleted by a task', async () => {
    await house.call('CreateServiceLinkedRole', { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'x' })
    const RoleName = 'AWSServiceRoleForAutoScaling_x'
    const { DeletionTaskId } = await house.call('DeleteServiceLinkedRole', { RoleName })
    expect(DeletionTaskId).toMatch(/^task\/aws-service-role\/autoscaling\.amazonaws\.com\/AWSServiceRoleForAutoScaling_x\//)
    expect((await house.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })).Status).toBe('SUCCEEDED')
    expect((await house.refusal('GetRole', { RoleName })).code).toBe('NoSuchEntity')
  })
})

test('outbound web identity federation', async () => {
  expect((await house.refusal('GetOutboundWebIdentityFederationInfo')).code).toBe('FeatureDisabled')
  const { IssuerIdentifier } = await house.call('EnableOutboundWebIdentityFederation')
  expect((await house.refusal('EnableOutboundWebIdentityFederation')).code).toBe('FeatureEnabled')
  expect(await house.call('GetOutboundWebIdentityFederationInfo')).toEqual({ IssuerIdentifier, JwtVendingEnabled: true })
  await house.call('DisableOutboundWebIdentityFederation')
  expect((await house.call('EnableOutboundWebIdentityFederation')).IssuerIdentifier).toBe(IssuerIdentifier)
})

describe('last-accessed information', () => {
  beforeEach(async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument: allow('iam:*', 's3:GetObject') })
    const bob = await house.user('Bob')
    const uses = createLastUses(keepUses(house.world.store))
    uses.saw(bob, { service: 'iam', action: 'ListUsers', region: 'us-east-1', at: house.now })
    uses.saw(bob, { service: 'iam', action: 'GetUser', region: 'us-east-1', at: house.now + 1000 })
    await uses.flush()
    house.now += 60_000
  })

  test('tells each service that the policies give, used or not', async () => {
    const { JobId } = await house.call('GenerateServiceLastAccessedDetails', { Arn: arnOf('user/Bob') })
    const report = await house.call('GetServiceLastAccessedDetails', { JobId })
    expect(report).toMatchObject({ JobStatus: 'COMPLETED', JobType: 'SERVICE_LEVEL', IsTruncated: false })
    expect(report.ServicesLastAccessed).toEqual([
      {
        ServiceName: 'AWS Identity and Access Management',
        ServiceNamespace: 'iam',
        LastAuthenticated: new Date(house.now - 59_000),
        LastAuthenticatedEntity: arnOf('user/Bob'),
        LastAuthenticatedRegion: 'us-east-1',
        TotalAuthenticatedEntities: 1,
      },
      { ServiceName: 'Amazon S3', ServiceNamespace: 's3', TotalAuthenticatedEntities: 0 },
    ])
    const who = await house.call('GetServiceLastAccessedDetailsWithEntities', { JobId, ServiceNamespace: 'iam' })
    expect(who.EntityDetailsList).toMatchObject([
      { EntityInfo: { Arn: arnOf('user/Bob'), Type: 'USER' }, LastAuthenticated: new Date(house.now - 59_000) },
    ])
  })

  test('tells actions when asked', async () => {
    const { JobId } = await house.call('GenerateServiceLastAccessedDetails', { Arn: arnOf('user/Bob'), Granularity: 'ACTION_LEVEL' })
    const { ServicesLastAccessed } = await house.call('GetServiceLastAccessedDetails', { JobId })
    const actions = ServicesLastAccessed[0].TrackedActionsLastAccessed.map((action: { ActionName: string }) => action.ActionName)
    expect(actions.sort()).toEqual(['GetUser', 'ListUsers'])
  })

  test('of a policy tells whoever has it', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn })
    const { JobId } = await house.call('GenerateServiceLastAccessedDetails', { Arn: PolicyArn })
    const { ServicesLastAccessed } = await house.call('GetServiceLastAccessedDetails', { JobId })
    expect(ServicesLastAccessed).toMatchObject([{ ServiceNamespace: 'iam', TotalAuthenticatedEntities: 1 }])
  })

  test('of a group lists its users, the one with the most recent access first, in pages', async () => {
    await house.call('CreateGroup', { GroupName: 'g' })
    await house.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: allow('iam:*') })
    const uses = createLastUses(keepUses(house.world.store))
    for (const [index, UserName] of ['Ann', 'Cid', 'Dan', 'Eve'].entries()) {
      await house.call('CreateUser', { UserName })
      if (UserName !== 'Dan')
        uses.saw(await house.user(UserName), { service: 'iam', action: 'ListUsers', region: 'us-east-1', at: house.now + index * 1000 })
    }
    await uses.flush()
    for (const UserName of ['Bob', 'Ann', 'Cid', 'Dan', 'Eve']) await house.call('AddUserToGroup', { GroupName: 'g', UserName })
    house.now += 60_000
    const { JobId } = await house.call('GenerateServiceLastAccessedDetails', { Arn: arnOf('group/g') })
    const pages = await allPages<{ EntityInfo: { Name: string } }>(
      house,
      'GetServiceLastAccessedDetailsWithEntities',
      { JobId, ServiceNamespace: 'iam' },
      'EntityDetailsList',
      2,
    )
    expect(pages.map(page => page.map(({ EntityInfo }) => EntityInfo.Name))).toEqual([['Eve', 'Cid'], ['Ann', 'Bob'], ['Dan']])
  })

  test('jobs that are not there', async () => {
    expect((await house.refusal('GetServiceLastAccessedDetails', { JobId: '98a765b4-3cde-2101-2345-example678f9' })).code).toBe(
      'NoSuchEntity',
    )
  })
})

test('a key’s and a role’s last use are told', async () => {
  await house.call('CreateUser', { UserName: 'Bob' })
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'Bob' })
  const bob = await house.user('Bob')
  const uses = createLastUses(keepUses(house.world.store))
  uses.saw({ ...bob, accessKeyId: AccessKey.AccessKeyId } as typeof bob, {
    service: 'eks',
    action: 'ListClusters',
    region: 'eu-west-1',
    at: house.now,
  })
  await uses.flush()
  expect((await house.call('GetAccessKeyLastUsed', { AccessKeyId: AccessKey.AccessKeyId })).AccessKeyLastUsed).toEqual({
    LastUsedDate: new Date(house.now),
    ServiceName: 'eks',
    Region: 'eu-west-1',
  })
})
