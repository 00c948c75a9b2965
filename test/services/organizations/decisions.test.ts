import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { makeUser, policy as iamPolicy } from '../sts/house.ts'
import { attachNew, enter, makeMember, organizationHouse } from './house.ts'

let house: House
let rootId: string
let organizationId: string
let member: string
let visitor: Principal
beforeEach(async () => {
  house = await organizationHouse()
  organizationId = (await house.call('CreateOrganization')).Organization.Id
  rootId = (await house.call('ListRoots')).Roots[0].Id
  member = await makeMember(house, 'workload')
  await makeUser(house, 'admin')
  visitor = await enter(house, member, await house.user('admin'))
})
afterEach(() => house.close())

const scp = 'SERVICE_CONTROL_POLICY'
const rcp = 'RESOURCE_CONTROL_POLICY'
const noUsers = { Effect: 'Deny', Action: 'iam:CreateUser', Resource: '*' }

describe('service control policies', () => {
  test('leave all to a new account’s role', async () => {
    expect((await house.call('CreateUser', { UserName: 'first' }, { as: visitor })).User.Arn).toBe(`arn:aws:iam::${member}:user/first`)
  })

  test.each(['account', 'unit', 'root'])('of the %s deny, at once, and no longer when detached', async place => {
    const unit = (await house.call('CreateOrganizationalUnit', { ParentId: rootId, Name: 'u' })).OrganizationalUnit.Id
    await house.call('MoveAccount', { AccountId: member, SourceParentId: rootId, DestinationParentId: unit })
    const TargetId = { account: member, unit, root: rootId }[place] as string
    await house.call('CreateUser', { UserName: 'before' }, { as: visitor })
    const PolicyId = await attachNew(house, scp, TargetId, noUsers)
    expect(await house.refusal('CreateUser', { UserName: 'u' }, { as: visitor })).toEqual({
      code: 'AccessDenied',
      message: `User: arn:aws:sts::${member}:assumed-role/OrganizationAccountAccessRole/visit is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${member}:user/u with an explicit deny in a service control policy: arn:aws:organizations::${account}:policy/${organizationId}/service_control_policy/${PolicyId}`,
    })
    await house.call('DetachPolicy', { PolicyId, TargetId })
    await house.call('CreateUser', { UserName: 'after' }, { as: visitor })
  })

  test('must allow at every level: without FullAWSAccess only what another names is left', async () => {
    await attachNew(house, scp, member, { Effect: 'Allow', Action: 'iam:Get*', Resource: '*' })
    await house.call('DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: member })
    await house.call('GetAccountSummary', {}, { as: visitor })
    expect((await house.refusal('CreateUser', { UserName: 'u' }, { as: visitor })).message).toMatch(
      /because no service control policy allows the iam:CreateUser action$/,
    )
  })

  test('limit a member’s root user, but nobody of the management account', async () => {
    await attachNew(house, scp, rootId, noUsers)
    const root: Principal = {
      type: 'root',
      account: member,
      arn: `arn:aws:iam::${member}:root`,
      principalId: member,
      accessKeyId: 'AKIAROOT',
    }
    expect((await house.refusal('CreateUser', { UserName: 'u' }, { as: root })).code).toBe('AccessDenied')
    await house.call('CreateUser', { UserName: 'u' }, { as: await house.user('admin') })
  })

  test('follow an account that moves, a policy that is updated, and a type that is disabled', async () => {
    const unit = (await house.call('CreateOrganizationalUnit', { ParentId: rootId, Name: 'u' })).OrganizationalUnit.Id
    const PolicyId = await attachNew(house, scp, unit, noUsers)
    await house.call('CreateUser', { UserName: 'outside' }, { as: visitor })
    await house.call('MoveAccount', { AccountId: member, SourceParentId: rootId, DestinationParentId: unit })
    expect((await house.refusal('CreateUser', { UserName: 'inside' }, { as: visitor })).code).toBe('AccessDenied')
    await house.call('UpdatePolicy', { PolicyId, Content: iamPolicy({ ...noUsers, Action: 'iam:CreateGroup' }) })
    await house.call('CreateUser', { UserName: 'updated' }, { as: visitor })
    expect((await house.refusal('CreateGroup', { GroupName: 'g' }, { as: visitor })).code).toBe('AccessDenied')
    await house.call('DisablePolicyType', { RootId: rootId, PolicyType: scp })
    await house.call('CreateGroup', { GroupName: 'g' }, { as: visitor })
  })

  test('end with membership', async () => {
    await attachNew(house, scp, rootId, noUsers)
    expect((await house.refusal('CreateUser', { UserName: 'u' }, { as: visitor })).code).toBe('AccessDenied')
    await house.call('RemoveAccountFromOrganization', { AccountId: member })
    await house.call('CreateUser', { UserName: 'u' }, { as: visitor })
  })
})

describe('resource control policies', () => {
  const noStrangers = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' }
  beforeEach(() => house.call('EnablePolicyType', { RootId: rootId, PolicyType: rcp }))

  test('limit who may assume roles of a member, from other accounts too', async () => {
    const as = await house.user('admin')
    await enter(house, member, as)
    await attachNew(house, rcp, member, noStrangers)
    await expect(enter(house, member, as)).rejects.toThrow(/with an explicit deny in a resource control policy$/)
  })

  test('leave roles of the management account alone', async () => {
    await attachNew(house, rcp, rootId, noStrangers)
    const trust = iamPolicy({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' })
    await house.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust })
    const call = { RoleArn: `arn:aws:iam::${account}:role/r`, RoleSessionName: 'stay' }
    await house.call('AssumeRole', call, { as: await house.user('admin') })
  })

  test('limit no actions of services without them', async () => {
    await attachNew(house, rcp, member, { ...noStrangers, Action: 's3:*' })
    await house.call('CreateUser', { UserName: 'u' }, { as: visitor })
  })

  test('see that a caller is of the organization', async () => {
    const outside = { StringNotEquals: { 'aws:PrincipalOrgID': organizationId } }
    await attachNew(house, rcp, rootId, { ...noStrangers, Condition: outside })
    await enter(house, member, await house.user('admin'))
    const stranger = await house.addAccount('999999999999')
    const trust = iamPolicy({ Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' })
    await house.call('CreateRole', { RoleName: 'open', AssumeRolePolicyDocument: trust }, { as: visitor })
    await house.call('CreateUser', { UserName: 'guest' }, { as: stranger })
    const all = iamPolicy({ Effect: 'Allow', Action: '*', Resource: '*' })
    await house.call('PutUserPolicy', { UserName: 'guest', PolicyName: 'p', PolicyDocument: all }, { as: stranger })
    const call = { RoleArn: `arn:aws:iam::${member}:role/open`, RoleSessionName: 'stay' }
    expect((await house.refusal('AssumeRole', call, { as: await house.user('guest') })).code).toBe('AccessDenied')
  })
})

describe('condition keys of the organization', () => {
  test.each([
    ['aws:PrincipalOrgID', (): string => organizationId, 'StringEquals'],
    ['aws:ResourceOrgID', (): string => organizationId, 'StringEquals'],
    ['aws:PrincipalOrgPaths', (): string => `${organizationId}/${rootId}/`, 'ForAnyValue:StringEquals'],
    ['aws:ResourceOrgPaths', (): string => `${organizationId}/${rootId}/`, 'ForAnyValue:StringEquals'],
  ])('%s has its true value', async (key, value, operator) => {
    const allowed = (wanted: string) =>
      iamPolicy({ Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*', Condition: { [operator]: { [key]: wanted } } })
    await makeUser(house, 'somebody', allowed(value()))
    await house.call('CreateUser', { UserName: 'made' }, { as: await house.user('somebody') })
    await house.call('PutUserPolicy', { UserName: 'somebody', PolicyName: 'permissions', PolicyDocument: allowed('o-another000') })
    expect((await house.refusal('CreateUser', { UserName: 'not' }, { as: await house.user('somebody') })).code).toBe('AccessDenied')
  })
})

test('the simulator takes the organization’s service control policies into account, unless it is given others', async () => {
  await house.call('CreateUser', { UserName: 'Alice' }, { as: visitor })
  const all = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
  await house.call('PutUserPolicy', { UserName: 'Alice', PolicyName: 'all', PolicyDocument: all }, { as: visitor })
  const question = { PolicySourceArn: `arn:aws:iam::${member}:user/Alice`, ActionNames: ['s3:GetObject'] }
  const simulated = async (more: object = {}) =>
    (await house.call('SimulatePrincipalPolicy', { ...question, ...more }, { as: visitor })).EvaluationResults[0]
  expect(await simulated()).toMatchObject({ EvalDecision: 'allowed', OrganizationsDecisionDetail: { AllowedByOrganizations: true } })

  await attachNew(house, 'SERVICE_CONTROL_POLICY', member, { Effect: 'Deny', Action: 's3:*', Resource: '*' })
  expect(await simulated()).toMatchObject({
    EvalDecision: 'explicitDeny',
    OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    MatchedStatements: [],
  })
  expect(await simulated({ OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [all] }] })).toMatchObject({
    EvalDecision: 'allowed',
  })
})

test('a report of the organization tells the accounts that used a service, by the paths of their units', async () => {
  const { OrganizationalUnit } = await house.call('CreateOrganizationalUnit', { ParentId: rootId, Name: 'dev' })
  const [inside, outside] = [member, await makeMember(house, 'outside')]
  await house.call('MoveAccount', { AccountId: inside, SourceParentId: rootId, DestinationParentId: OrganizationalUnit.Id })
  await attachNew(house, 'SERVICE_CONTROL_POLICY', OrganizationalUnit.Id, { Effect: 'Allow', Action: ['iam:*', 's3:*'], Resource: '*' })
  await house.call('DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: OrganizationalUnit.Id })
  const use = { service: 's3', action: 'GetObject', region: 'eu-central-1' }
  await house.world.store.write(async tx => {
    await tx
      .insertInto('serviceUses')
      .values([
        { ...use, entityId: 'AIDA1', account: inside, lastAt: house.now - 1000 },
        { ...use, entityId: 'AIDA2', account: outside, lastAt: house.now - 500 },
      ])
      .execute()
  })
  const reportOf = async (path: string) => {
    const { JobId } = await house.call('GenerateOrganizationsAccessReport', { EntityPath: `${organizationId}/${path}` })
    return house.call('GetOrganizationsAccessReport', { JobId })
  }
  const unit = `${rootId}/${OrganizationalUnit.Id}`
  expect(await reportOf(unit)).toMatchObject({
    NumberOfServicesAccessible: 2,
    NumberOfServicesNotAccessed: 1,
    AccessDetails: [
      { ServiceNamespace: 'iam', TotalAuthenticatedEntities: 0 },
      { ServiceNamespace: 's3', TotalAuthenticatedEntities: 1, Region: 'eu-central-1', EntityPath: `${organizationId}/${unit}/${inside}` },
    ],
  })
  const whole = await reportOf(rootId)
  expect(whole.AccessDetails.find((detail: { ServiceNamespace: string }) => detail.ServiceNamespace === 's3')).toMatchObject({
    TotalAuthenticatedEntities: 2,
    EntityPath: `${organizationId}/${rootId}/${outside}`,
  })
})
