import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { operations as iamOperations } from '../../../src/services/iam/index.ts'
import { operations as stsOperations } from '../../../src/services/sts/index.ts'
import { type House, openHouse } from '../call.ts'
import { principalOf } from '../sts/house.ts'
import { policyTemplateArn } from './templates.ts'

let house: House
let customer: Principal
const customerAccount = '210987654321'
const day = 86_400_000

beforeEach(async () => {
  house = await openHouse([...iamOperations, ...stsOperations])
  customer = await house.addAccount(customerAccount)
})
afterEach(() => house.close())

async function request(members: object = {}): Promise<string> {
  const { DelegationRequestId } = await house.call('CreateDelegationRequest', {
    Description: 'Sets up the bucket',
    Permissions: {
      PolicyTemplateArn: policyTemplateArn,
      Parameters: [
        { Name: 'bucketName', Values: ['data'], Type: 'string' },
        { Name: 'moreResources', Values: ['arn:aws:s3:::more', '*'], Type: 'stringList' },
      ],
    },
    RequestorWorkflowId: `workflow-${house.now}`,
    NotificationChannel: 'arn:aws:sns:us-east-1:123456789012:delegations',
    SessionDuration: 3600,
    ...members,
  })
  return DelegationRequestId
}

async function userOf(name: string, policy: object, account = customer): Promise<Principal> {
  await house.call('CreateUser', { UserName: name }, { as: account })
  const document = JSON.stringify({ Version: '2012-10-17', Statement: policy })
  await house.call('PutUserPolicy', { UserName: name, PolicyName: 'p', PolicyDocument: document }, { as: account })
  return house.user(name)
}

async function acceptedBy(approver: Principal, members: object = {}): Promise<string> {
  const DelegationRequestId = await request(members)
  await house.call('AssociateDelegationRequest', { DelegationRequestId }, { as: customer })
  await house.call('AcceptDelegationRequest', { DelegationRequestId }, { as: approver })
  return DelegationRequestId
}

/** The token that was sent last. */
const sentToken = (): string => house.notifications.at(-1)?.message['ExchangeToken'] as string

test('a provider gets a session of whoever accepted, with what was asked for and no more', async () => {
  const approver = await userOf('Approver', { Effect: 'Allow', Action: ['iam:*', 's3:*'], Resource: '*' })
  const DelegationRequestId = await acceptedBy(approver)
  const before = await house.call('GetDelegationRequest', { DelegationRequestId }, { as: approver })
  expect(before.DelegationRequest).toMatchObject({
    State: 'ACCEPTED',
    OwnerAccountId: customerAccount,
    ApproverId: `arn:aws:iam::${customerAccount}:user/Approver`,
    RequestorName: 'Example Provider',
    RolePermissionRestrictionArns: ['arn:aws:iam::aws:policy/IAMReadOnlyAccess'],
  })
  await house.call('SendDelegationToken', { DelegationRequestId }, { as: approver })
  expect(house.notifications).toHaveLength(1)
  expect(house.notifications[0]).toMatchObject({
    topicArn: 'arn:aws:sns:us-east-1:123456789012:delegations',
    endpoint: 'https://provider.example.com/messages',
    message: { DelegationRequestId, State: 'FINALIZED' },
  })

  const { Credentials, AssumedPrincipal } = await house.call('GetDelegatedAccessToken', { TradeInToken: sentToken() })
  expect(AssumedPrincipal).toBe(`arn:aws:iam::${customerAccount}:user/Approver`)
  const provider = await principalOf(house, Credentials)
  expect(await house.call('ListUsers', {}, { as: provider })).toMatchObject({ Users: [{ UserName: 'Approver' }] })
  expect(await house.refusal('ListRoles', {}, { as: provider })).toMatchObject({ code: 'AccessDenied' })
})

test('what the approver may not do is not delegated', async () => {
  const approver = await userOf('Approver', {
    Effect: 'Allow',
    Action: ['iam:*DelegationRequest', 'iam:SendDelegationToken'],
    Resource: '*',
  })
  const DelegationRequestId = await acceptedBy(approver)
  await house.call('SendDelegationToken', { DelegationRequestId }, { as: approver })
  const { Credentials } = await house.call('GetDelegatedAccessToken', { TradeInToken: sentToken() })
  const provider = await principalOf(house, Credentials)
  expect(await house.refusal('ListUsers', {}, { as: provider })).toMatchObject({ code: 'AccessDenied' })
})

test('the access ends with its time, counted from the token, and with its approver', async () => {
  const DelegationRequestId = await acceptedBy(customer)
  await house.call('SendDelegationToken', { DelegationRequestId }, { as: customer })
  const token = sentToken()
  house.now += 3_000_000
  const { Credentials } = await house.call('GetDelegatedAccessToken', { TradeInToken: token })
  expect(Credentials.Expiration.getTime()).toBeLessThanOrEqual(house.now + 600_000)
  house.now += 600_000
  expect(await house.refusal('GetDelegatedAccessToken', { TradeInToken: token })).toMatchObject({ code: 'ExpiredTradeInTokenException' })
})

test('the root user accepts four hours at most', async () => {
  const DelegationRequestId = await request({ SessionDuration: 14_401 })
  await house.call('AssociateDelegationRequest', { DelegationRequestId }, { as: customer })
  expect(await house.refusal('AcceptDelegationRequest', { DelegationRequestId }, { as: customer })).toMatchObject({
    code: 'ValidationError',
  })
  const approver = await userOf('Approver', { Effect: 'Allow', Action: '*', Resource: '*' })
  await house.call('AcceptDelegationRequest', { DelegationRequestId }, { as: approver })
})

test('a request that names an account is not there for another, and one with an owner only in the owner’s account', async () => {
  const named = await request({ OwnerAccountId: '111122223333' })
  expect(await house.refusal('GetDelegationRequest', { DelegationRequestId: named }, { as: customer })).toMatchObject({
    code: 'NoSuchEntity',
  })
  house.now += 1000
  const open = await request()
  await house.call('GetDelegationRequest', { DelegationRequestId: open }, { as: customer })
  await house.call('AssociateDelegationRequest', { DelegationRequestId: open }, { as: customer })
  expect(await house.refusal('GetDelegationRequest', { DelegationRequestId: open })).toMatchObject({ code: 'NoSuchEntity' })
})

test('the owner reads and hands on its request without a policy, and does no more', async () => {
  const owner = await userOf('Owner', { Effect: 'Allow', Action: 'iam:AssociateDelegationRequest', Resource: '*' })
  const other = await userOf('Other', { Effect: 'Allow', Action: 'sts:*', Resource: '*' })
  const DelegationRequestId = await request()
  await house.call('AssociateDelegationRequest', { DelegationRequestId }, { as: owner })
  await house.call('GetDelegationRequest', { DelegationRequestId }, { as: owner })
  await house.call('UpdateDelegationRequest', { DelegationRequestId, Notes: 'please' }, { as: owner })
  for (const operation of ['AcceptDelegationRequest', 'RejectDelegationRequest', 'SendDelegationToken'])
    expect(await house.refusal(operation, { DelegationRequestId }, { as: owner })).toMatchObject({ code: 'AccessDenied' })
  expect(await house.refusal('GetDelegationRequest', { DelegationRequestId }, { as: other })).toMatchObject({ code: 'AccessDenied' })
})

test('only the owner sends the token when the provider wants it so', async () => {
  const owner = await userOf('Owner', { Effect: 'Allow', Action: 'iam:*', Resource: '*' })
  const DelegationRequestId = await request({ OnlySendByOwner: true })
  await house.call('AssociateDelegationRequest', { DelegationRequestId }, { as: owner })
  await house.call('AcceptDelegationRequest', { DelegationRequestId }, { as: customer })
  expect(await house.refusal('SendDelegationToken', { DelegationRequestId }, { as: customer })).toMatchObject({ code: 'InvalidInput' })
  await house.call('SendDelegationToken', { DelegationRequestId }, { as: owner })
  expect(await house.refusal('SendDelegationToken', { DelegationRequestId }, { as: owner })).toMatchObject({ code: 'InvalidInput' })
  expect(house.notifications).toHaveLength(1)
})

test.each([
  { state: 'UNASSIGNED', life: day, reach: async () => {} },
  { state: 'ASSIGNED', life: 7 * day, reach: (id: string) => house.call('AssociateDelegationRequest', { DelegationRequestId: id }) },
])('a request expires $life ms after it became $state', async ({ state, life, reach }) => {
  const DelegationRequestId = await request()
  await reach(DelegationRequestId)
  house.now += life - 1
  expect((await house.call('GetDelegationRequest', { DelegationRequestId })).DelegationRequest.State).toBe(state)
  house.now += 1
  expect((await house.call('GetDelegationRequest', { DelegationRequestId })).DelegationRequest.State).toBe('EXPIRED')
  expect(await house.refusal('AssociateDelegationRequest', { DelegationRequestId })).toMatchObject({ code: 'InvalidInput' })
})

test.each([
  { holds: { Effect: 'Allow', Action: '*', Resource: '*' }, result: 'UNSURE', why: 'the request has a wildcard in an ARN' },
  { holds: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }, result: 'DENIED', why: 'one of the actions is missing' },
])('a permission check is $result when $why', async ({ holds, result }) => {
  const owner = await userOf('Owner', [holds, { Effect: 'Allow', Action: 'iam:*DelegationRequest', Resource: '*' }])
  const DelegationRequestId = await request()
  const answer = await house.call('GetDelegationRequest', { DelegationRequestId, DelegationPermissionCheck: true }, { as: owner })
  expect(answer).toMatchObject({ PermissionCheckStatus: 'COMPLETE', PermissionCheckResult: result })
})

test('a role’s session delegates as that role', async () => {
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { AWS: customerAccount }, Action: 'sts:AssumeRole' } }
  const { Role } = await house.call('CreateRole', { RoleName: 'Admin', AssumeRolePolicyDocument: JSON.stringify(trust) }, { as: customer })
  await house.call('AttachRolePolicy', { RoleName: 'Admin', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }, { as: customer })
  const user = await userOf('User', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' })
  const assumed = await house.call('AssumeRole', { RoleArn: Role.Arn, RoleSessionName: 'Alice' }, { as: user })
  const admin = await principalOf(house, assumed.Credentials)
  const DelegationRequestId = await acceptedBy(admin)
  await house.call('SendDelegationToken', { DelegationRequestId }, { as: admin })
  const { Credentials, AssumedPrincipal } = await house.call('GetDelegatedAccessToken', { TradeInToken: sentToken() })
  expect(AssumedPrincipal).toBe(`arn:aws:sts::${customerAccount}:assumed-role/Admin/Alice`)
  await house.call('ListUsers', {}, { as: await principalOf(house, Credentials) })
})
