import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House, startOfTime } from '../call.ts'
import { makeUser } from '../sts/house.ts'
import { attachNew, enter, makeMember, organizationHouse, policy } from './house.ts'

let house: House
beforeEach(async () => {
  house = await organizationHouse()
})
afterEach(() => house.close())

const notInUse = { code: 'AWSOrganizationsNotInUseException', message: 'Your account is not a member of an organization.' }
const rootOf = async () => (await house.call('ListRoots')).Roots[0].Id as string

test('an organization’s life', async () => {
  expect(await house.refusal('DescribeOrganization')).toEqual(notInUse)
  const { Organization } = await house.call('CreateOrganization')
  expect(Organization).toEqual({
    Id: expect.stringMatching(/^o-[a-z0-9]{10}$/),
    Arn: `arn:aws:organizations::${account}:organization/${Organization.Id}`,
    FeatureSet: 'ALL',
    MasterAccountArn: `arn:aws:organizations::${account}:account/${Organization.Id}/${account}`,
    MasterAccountId: account,
    MasterAccountEmail: `root@${account}.example`,
    AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
  })
  expect((await house.refusal('CreateOrganization')).code).toBe('AlreadyInOrganizationException')
  expect((await house.call('GetRole', { RoleName: 'AWSServiceRoleForOrganizations' })).Role.Path).toBe(
    '/aws-service-role/organizations.amazonaws.com/',
  )
  const member = await makeMember(house, 'workload')
  expect((await house.refusal('DeleteOrganization')).code).toBe('OrganizationNotEmptyException')
  await house.call('RemoveAccountFromOrganization', { AccountId: member })
  await house.call('DeleteOrganization')
  expect(await house.refusal('ListAccounts')).toEqual(notInUse)
  await house.call('CreateOrganization')
})

test('an organization of consolidated billing has no policy types', async () => {
  await house.call('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })
  const input = { RootId: await rootOf(), PolicyType: 'SERVICE_CONTROL_POLICY' }
  expect((await house.refusal('EnablePolicyType', input)).code).toBe('PolicyTypeNotAvailableForOrganizationException')
})

describe('accounts', () => {
  beforeEach(() => house.call('CreateOrganization'))

  test('are made, with a way in', async () => {
    const begun = await house.call('CreateAccount', { AccountName: 'W', Email: 'W@example.com', Tags: [{ Key: 'team', Value: 'x' }] })
    expect(begun.CreateAccountStatus).toEqual({
      Id: expect.stringMatching(/^car-[a-z0-9]{32}$/),
      AccountName: 'W',
      State: 'IN_PROGRESS',
      RequestedTimestamp: new Date(startOfTime),
    })
    const { CreateAccountStatuses } = await house.call('ListCreateAccountStatus', { States: ['SUCCEEDED'] })
    expect(CreateAccountStatuses).toHaveLength(1)
    const id = CreateAccountStatuses[0].AccountId
    const { Account } = await house.call('DescribeAccount', { AccountId: id })
    const organization = (await house.call('DescribeOrganization')).Organization.Id
    expect(Account).toMatchObject({ Id: id, Email: 'W@example.com', Name: 'W', Status: 'ACTIVE', JoinedMethod: 'CREATED' })
    expect(Account.Paths).toEqual([`${organization}/${await rootOf()}/${id}/`])
    expect((await house.call('ListTagsForResource', { ResourceId: id })).Tags).toEqual([{ Key: 'team', Value: 'x' }])
    await makeUser(house, 'admin')
    const visitor = await enter(house, id, await house.user('admin'))
    expect((await house.call('GetCallerIdentity', {}, { as: visitor })).Account).toBe(id)
  })

  test('are not made twice for one address, which the status tells', async () => {
    await makeMember(house, 'same')
    const { CreateAccountStatus } = await house.call('CreateAccount', { AccountName: 'other', Email: 'SAME@example.com' })
    const ended = await house.call('DescribeCreateAccountStatus', { CreateAccountRequestId: CreateAccountStatus.Id })
    expect(ended.CreateAccountStatus).toMatchObject({ State: 'FAILED', FailureReason: 'EMAIL_ALREADY_EXISTS' })
    expect((await house.call('ListAccounts')).Accounts).toHaveLength(2)
  })

  test('come in pages, ten at most', async () => {
    for (let number = 2; number <= 10; number++) await makeMember(house, `member${number}`)
    expect((await house.refusal('CreateAccount', { AccountName: 'x', Email: 'x11@example.com' })).code).toBe('ConstraintViolationException')
    const first = await house.call('ListAccounts', { MaxResults: 6 })
    const second = await house.call('ListAccounts', { MaxResults: 6, NextToken: first.NextToken })
    expect([first.Accounts.length, second.Accounts.length, second.NextToken]).toEqual([6, 4, undefined])
    expect((await house.refusal('ListAccounts', { NextToken: '?' })).code).toBe('InvalidInputException')
  })

  test('may ask what their organization is, and no more', async () => {
    const member = await makeMember(house, 'workload')
    await makeUser(house, 'admin')
    const as = await enter(house, member, await house.user('admin'))
    expect((await house.call('DescribeOrganization', {}, { as })).Organization.MasterAccountId).toBe(account)
    for (const name of ['ListAccounts', 'ListRoots', 'DeleteOrganization']) {
      expect(await house.refusal(name, {}, { as })).toEqual({
        code: 'AccessDeniedException',
        message: "You don't have permissions to access this resource.",
      })
    }
    await house.call('LeaveOrganization', {}, { as })
    expect(await house.refusal('DescribeOrganization', {}, { as })).toEqual(notInUse)
    expect((await house.refusal('LeaveOrganization')).code).toBe('MasterCannotLeaveOrganizationException')
  })
})

describe('units', () => {
  let root: string
  beforeEach(async () => {
    await house.call('CreateOrganization')
    root = await rootOf()
  })
  const make = async (ParentId: string, Name: string) =>
    (await house.call('CreateOrganizationalUnit', { ParentId, Name })).OrganizationalUnit.Id as string

  test('hold accounts and units', async () => {
    const unit = await make(root, 'Workloads')
    const inner = await make(unit, 'Test')
    const member = await makeMember(house, 'workload')
    await house.call('MoveAccount', { AccountId: member, SourceParentId: root, DestinationParentId: inner })
    expect((await house.call('ListParents', { ChildId: member })).Parents).toEqual([{ Id: inner, Type: 'ORGANIZATIONAL_UNIT' }])
    expect((await house.call('ListParents', { ChildId: unit })).Parents).toEqual([{ Id: root, Type: 'ROOT' }])
    expect((await house.call('ListChildren', { ParentId: inner, ChildType: 'ACCOUNT' })).Children).toEqual([
      { Id: member, Type: 'ACCOUNT' },
    ])
    expect((await house.call('ListAccountsForParent', { ParentId: inner })).Accounts).toMatchObject([{ Id: member }])
    expect((await house.call('ListOrganizationalUnitsForParent', { ParentId: unit })).OrganizationalUnits).toMatchObject([{ Id: inner }])
    const move = { AccountId: member, SourceParentId: root, DestinationParentId: unit }
    expect((await house.refusal('MoveAccount', move)).code).toBe('SourceParentNotFoundException')
    expect((await house.refusal('MoveAccount', { ...move, SourceParentId: inner, DestinationParentId: 'ou-none-12345678' })).code).toBe(
      'DestinationParentNotFoundException',
    )
    expect((await house.refusal('MoveAccount', { ...move, SourceParentId: inner, DestinationParentId: inner })).code).toBe(
      'DuplicateAccountException',
    )
    for (const OrganizationalUnitId of [unit, inner]) {
      expect((await house.refusal('DeleteOrganizationalUnit', { OrganizationalUnitId })).code).toBe('OrganizationalUnitNotEmptyException')
    }
  })

  test('have names of their own, and are five deep at most', async () => {
    let parent = await make(root, 'same')
    expect((await house.refusal('CreateOrganizationalUnit', { ParentId: root, Name: 'same' })).code).toBe(
      'DuplicateOrganizationalUnitException',
    )
    for (let depth = 2; depth <= 5; depth++) parent = await make(parent, 'same')
    expect((await house.refusal('CreateOrganizationalUnit', { ParentId: parent, Name: 'six' })).code).toBe('ConstraintViolationException')
    const renamed = await house.call('UpdateOrganizationalUnit', { OrganizationalUnitId: parent, Name: 'deepest' })
    expect(renamed.OrganizationalUnit.Name).toBe('deepest')
    await house.call('DeleteOrganizationalUnit', { OrganizationalUnitId: parent })
    expect((await house.refusal('DescribeOrganizationalUnit', { OrganizationalUnitId: parent })).code).toBe(
      'OrganizationalUnitNotFoundException',
    )
  })
})

describe('policies', () => {
  let root: string
  const Type = 'SERVICE_CONTROL_POLICY'
  const statement = { Effect: 'Deny', Action: 'ec2:*', Resource: '*' }
  beforeEach(async () => {
    await house.call('CreateOrganization')
    root = await rootOf()
  })

  test('of AWS’s own are there, and stay', async () => {
    expect((await house.call('ListPolicies', { Filter: Type })).Policies).toEqual([
      {
        Id: 'p-FullAWSAccess',
        Arn: 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess',
        Name: 'FullAWSAccess',
        Description: 'Allows access to every operation',
        Type,
        AwsManaged: true,
      },
    ])
    const targets = (await house.call('ListTargetsForPolicy', { PolicyId: 'p-FullAWSAccess' })).Targets
    expect(targets.map((target: { TargetId: string }) => target.TargetId).toSorted()).toEqual([account, root].toSorted())
    expect((await house.refusal('DeletePolicy', { PolicyId: 'p-FullAWSAccess' })).code).toBe('InvalidInputException')
    expect((await house.refusal('DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: root })).code).toBe('ConstraintViolationException')
    await house.call('EnablePolicyType', { RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
    expect((await house.refusal('DetachPolicy', { PolicyId: 'p-RCPFullAWSAccess', TargetId: root })).code).toBe('InvalidInputException')
  })

  test('are attached and detached, and deleted only then', async () => {
    const PolicyId = await attachNew(house, Type, root, statement)
    expect((await house.refusal('AttachPolicy', { PolicyId, TargetId: root })).code).toBe('DuplicatePolicyAttachmentException')
    expect((await house.refusal('DeletePolicy', { PolicyId })).code).toBe('PolicyInUseException')
    const attached = (await house.call('ListPoliciesForTarget', { TargetId: root, Filter: Type })).Policies
    expect(attached.map(({ Id }: { Id: string }) => Id).toSorted()).toEqual(['p-FullAWSAccess', PolicyId].toSorted())
    await house.call('DetachPolicy', { PolicyId, TargetId: root })
    expect((await house.refusal('DetachPolicy', { PolicyId, TargetId: root })).code).toBe('PolicyNotAttachedException')
    await house.call('DeletePolicy', { PolicyId })
    expect((await house.refusal('DescribePolicy', { PolicyId })).code).toBe('PolicyNotFoundException')
  })

  test('are checked, and five at most are on one target', async () => {
    const create = (Content: string) => ({ Name: 'x', Description: '', Type, Content })
    expect((await house.refusal('CreatePolicy', create('{}'))).code).toBe('MalformedPolicyDocumentException')
    const long = policy({ ...statement, Sid: 'x'.repeat(5120) })
    expect((await house.refusal('CreatePolicy', create(long))).code).toBe('ConstraintViolationException')
    for (const name of ['a', 'b', 'c', 'd']) await attachNew(house, Type, root, statement, name)
    expect((await house.refusal('CreatePolicy', { ...create(policy(statement)), Name: 'a' })).code).toBe('DuplicatePolicyException')
    const { Policy } = await house.call('CreatePolicy', create(policy(statement)))
    const PolicyId = Policy.PolicySummary.Id
    expect((await house.refusal('AttachPolicy', { PolicyId, TargetId: root })).code).toBe('ConstraintViolationException')
    expect((await house.refusal('AttachPolicy', { PolicyId, TargetId: '111122223333' })).code).toBe('TargetNotFoundException')
    await house.call('DisablePolicyType', { RootId: root, PolicyType: Type })
    expect((await house.refusal('AttachPolicy', { PolicyId, TargetId: account })).code).toBe('PolicyTypeNotEnabledException')
    await house.call('EnablePolicyType', { RootId: root, PolicyType: Type })
    const attached = (await house.call('ListPoliciesForTarget', { TargetId: root, Filter: Type })).Policies
    expect(attached.map(({ Id }: { Id: string }) => Id)).toEqual(['p-FullAWSAccess'])
  })

  test('in effect are asked for by management types only, none of which is here', async () => {
    const call = { PolicyType: 'TAG_POLICY', TargetId: account }
    expect((await house.refusal('DescribeEffectivePolicy', call)).code).toBe('EffectivePolicyNotFoundException')
    expect((await house.refusal('DescribeEffectivePolicy', { ...call, PolicyType: Type })).code).toBe('InvalidInputException')
  })
})

test('a delegated administrator reads the organization, once its service has access', async () => {
  await house.call('CreateOrganization')
  const AccountId = await makeMember(house, 'security')
  const registration = { AccountId, ServicePrincipal: 'access-analyzer.amazonaws.com' }
  expect((await house.refusal('RegisterDelegatedAdministrator', registration)).code).toBe('ConstraintViolationException')
  await house.call('EnableAWSServiceAccess', { ServicePrincipal: registration.ServicePrincipal })
  await house.call('RegisterDelegatedAdministrator', registration)
  expect((await house.refusal('RegisterDelegatedAdministrator', registration)).code).toBe('AccountAlreadyRegisteredException')
  await makeUser(house, 'admin')
  const as = await enter(house, AccountId, await house.user('admin'))
  expect((await house.call('ListAccounts', {}, { as })).Accounts).toHaveLength(2)
  expect((await house.refusal('CreateAccount', { AccountName: 'x', Email: 'xyz@example.com' }, { as })).code).toBe('AccessDeniedException')
  expect((await house.call('ListDelegatedAdministrators')).DelegatedAdministrators).toMatchObject([{ Id: AccountId }])
  expect((await house.call('ListDelegatedServicesForAccount', { AccountId })).DelegatedServices).toMatchObject([
    { ServicePrincipal: registration.ServicePrincipal },
  ])
  expect((await house.refusal('RemoveAccountFromOrganization', { AccountId })).code).toBe('ConstraintViolationException')
  await house.call('DisableAWSServiceAccess', { ServicePrincipal: registration.ServicePrincipal })
  expect((await house.call('ListAWSServiceAccessForOrganization')).EnabledServicePrincipals).toEqual([])
  expect((await house.refusal('DeregisterDelegatedAdministrator', registration)).code).toBe('AccountNotRegisteredException')
})

test('tags keep the case of their keys', async () => {
  await house.call('CreateOrganization')
  const ResourceId = await rootOf()
  await house.call('TagResource', { ResourceId, Tags: [{ Key: 'a', Value: '1' }] })
  await house.call('TagResource', { ResourceId, Tags: [{ Key: 'A', Value: '2' }] })
  await house.call('TagResource', { ResourceId, Tags: [{ Key: 'a', Value: '3' }] })
  await house.call('UntagResource', { ResourceId, TagKeys: ['A', 'none'] })
  expect((await house.call('ListTagsForResource', { ResourceId })).Tags).toEqual([{ Key: 'a', Value: '3' }])
  const twice = [
    { Key: 'k', Value: '1' },
    { Key: 'k', Value: '2' },
  ]
  expect((await house.refusal('TagResource', { ResourceId, Tags: twice })).code).toBe('InvalidInputException')
  expect((await house.refusal('TagResource', { ResourceId: 'p-none0000', Tags: [] })).code).toBe('TargetNotFoundException')
})

test('a service-linked role stays while the account is in the organization. Organizations User Guide, "Deleting a service-linked role"', async () => {
  const { Organization } = await house.call('CreateOrganization')
  const deletion = async () => {
    const { DeletionTaskId } = await house.call('DeleteServiceLinkedRole', { RoleName: 'AWSServiceRoleForOrganizations' })
    return house.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })
  }
  expect(await deletion()).toEqual({
    Status: 'FAILED',
    Reason: {
      Reason: expect.stringContaining('in use'),
      RoleUsageList: [{ Region: 'us-east-1', Resources: [Organization.Arn] }],
    },
  })
  await house.call('GetRole', { RoleName: 'AWSServiceRoleForOrganizations' })
  await house.call('DeleteOrganization')
  expect(await deletion()).toEqual({ Status: 'SUCCEEDED' })
  expect((await house.refusal('GetRole', { RoleName: 'AWSServiceRoleForOrganizations' })).code).toBe('NoSuchEntity')
})
