import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { makeMember, organizationHouse } from './house.ts'

let house: House
let guest: Principal
let organizationId: string
const guestAccount = '210987654321'
const day = 86_400_000

beforeEach(async () => {
  house = await organizationHouse()
  organizationId = (await house.call('CreateOrganization')).Organization.Id
  guest = await house.addAccount(guestAccount)
})
afterEach(() => house.close())

const invite = async (Target: object = { Id: guestAccount, Type: 'ACCOUNT' }): Promise<string> =>
  (await house.call('InviteAccountToOrganization', { Target, Notes: 'Join us', Tags: [{ Key: 'team', Value: 'blue' }] })).Handshake.Id

describe('an invitation', () => {
  test('tells both sides what it is', async () => {
    const HandshakeId = await invite()
    for (const as of [house.root, guest]) {
      expect((await house.call('DescribeHandshake', { HandshakeId }, { as })).Handshake).toMatchObject({
        Arn: `arn:aws:organizations::${account}:handshake/${organizationId}/invite/${HandshakeId}`,
        Action: 'INVITE',
        State: 'OPEN',
        Parties: [
          { Id: organizationId, Type: 'ORGANIZATION' },
          { Id: guestAccount, Type: 'ACCOUNT' },
        ],
        Resources: [{ Type: 'ORGANIZATION' }, { Type: 'ACCOUNT', Value: guestAccount }, { Type: 'NOTES', Value: 'Join us' }],
      })
    }
    const other = await house.addAccount('333344445555')
    expect(await house.refusal('DescribeHandshake', { HandshakeId }, { as: other })).toMatchObject({ code: 'HandshakeNotFoundException' })
  })

  test('accepted makes the account a member, with its tags and under the root’s policies', async () => {
    const HandshakeId = await invite({ Id: `ROOT@${guestAccount}.example`, Type: 'EMAIL' })
    expect(await house.refusal('AcceptHandshake', { HandshakeId })).toMatchObject({ code: 'AccessDeniedException' })
    expect((await house.call('AcceptHandshake', { HandshakeId }, { as: guest })).Handshake.State).toBe('ACCEPTED')
    expect((await house.call('DescribeAccount', { AccountId: guestAccount })).Account).toMatchObject({
      JoinedMethod: 'INVITED',
      Status: 'ACTIVE',
    })
    expect((await house.call('ListTagsForResource', { ResourceId: guestAccount })).Tags).toEqual([{ Key: 'team', Value: 'blue' }])
    const { Policies } = await house.call('ListPoliciesForTarget', { TargetId: guestAccount, Filter: 'SERVICE_CONTROL_POLICY' })
    expect(Policies).toMatchObject([{ Id: 'p-FullAWSAccess' }])
    expect(await house.refusal('AcceptHandshake', { HandshakeId }, { as: guest })).toMatchObject({
      code: 'HandshakeConstraintViolationException',
    })
  })

  test('declined or canceled is over', async () => {
    const first = await invite()
    expect(await house.refusal('InviteAccountToOrganization', { Target: { Id: guestAccount, Type: 'ACCOUNT' } })).toMatchObject({
      code: 'DuplicateHandshakeException',
    })
    await house.call('DeclineHandshake', { HandshakeId: first }, { as: guest })
    expect(await house.refusal('DeclineHandshake', { HandshakeId: first }, { as: guest })).toMatchObject({
      code: 'HandshakeAlreadyInStateException',
    })
    expect(await house.refusal('AcceptHandshake', { HandshakeId: first }, { as: guest })).toMatchObject({
      code: 'InvalidHandshakeTransitionException',
    })
    const second = await invite()
    expect(await house.refusal('CancelHandshake', { HandshakeId: second }, { as: guest })).toMatchObject({ code: 'AccessDeniedException' })
    await house.call('CancelHandshake', { HandshakeId: second })
    expect(await house.refusal('AcceptHandshake', { HandshakeId: second }, { as: guest })).toMatchObject({
      code: 'InvalidHandshakeTransitionException',
    })
  })

  test('expires after fifteen days and is told of for thirty more', async () => {
    const HandshakeId = await invite()
    house.now += 15 * day
    expect((await house.call('DescribeHandshake', { HandshakeId })).Handshake.State).toBe('EXPIRED')
    expect(await house.refusal('AcceptHandshake', { HandshakeId }, { as: guest })).toMatchObject({
      code: 'InvalidHandshakeTransitionException',
    })
    house.now += 30 * day
    expect(await house.refusal('DescribeHandshake', { HandshakeId })).toMatchObject({ code: 'HandshakeNotFoundException' })
    expect((await house.call('ListHandshakesForOrganization')).Handshakes).toEqual([])
  })

  test.each([
    { target: { Id: '999988887777', Type: 'ACCOUNT' }, why: 'nobody has the account', code: 'HandshakeConstraintViolationException' },
    { target: { Id: account, Type: 'ACCOUNT' }, why: 'the account is in an organization', code: 'HandshakeConstraintViolationException' },
    { target: { Id: 'o-a1b2c3d4e5', Type: 'ORGANIZATION' }, why: 'it is for an organization', code: 'InvalidInputException' },
  ])('is refused when $why', async ({ target, code }) => {
    expect(await house.refusal('InviteAccountToOrganization', { Target: target })).toMatchObject({ code })
  })

  test('is listed on either side, by action', async () => {
    const HandshakeId = await invite()
    expect((await house.call('ListHandshakesForAccount', {}, { as: guest })).Handshakes).toMatchObject([{ Id: HandshakeId }])
    expect((await house.call('ListHandshakesForOrganization', { Filter: { ActionType: 'INVITE' } })).Handshakes).toMatchObject([
      { Id: HandshakeId },
    ])
    expect((await house.call('ListHandshakesForOrganization', { Filter: { ActionType: 'ENABLE_ALL_FEATURES' } })).Handshakes).toEqual([])
  })
})

describe('all features', () => {
  beforeEach(async () => {
    await house.call('DeleteOrganization')
    organizationId = (await house.call('CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' })).Organization.Id
  })
  const featureSet = async () => (await house.call('DescribeOrganization')).Organization.FeatureSet

  test('come when every invited member has approved and the management account confirms', async () => {
    await house.call('AcceptHandshake', { HandshakeId: await invite() }, { as: guest })
    await makeMember(house, 'made')
    const { Handshake } = await house.call('EnableAllFeatures')
    expect(Handshake).toMatchObject({ Action: 'APPROVE_ALL_FEATURES', State: 'REQUESTED' })
    expect(await house.refusal('EnableAllFeatures')).toMatchObject({ code: 'HandshakeConstraintViolationException' })
    expect(await house.refusal('AcceptHandshake', { HandshakeId: Handshake.Id })).toMatchObject({
      code: 'InvalidHandshakeTransitionException',
    })
    const { Handshakes } = await house.call('ListHandshakesForOrganization', { Filter: { ParentHandshakeId: Handshake.Id } })
    expect(Handshakes).toMatchObject([{ Action: 'ENABLE_ALL_FEATURES', Parties: [{ Type: 'ORGANIZATION' }, { Id: guestAccount }] }])
    await house.call('AcceptHandshake', { HandshakeId: Handshakes[0].Id }, { as: guest })
    expect(await featureSet()).toBe('CONSOLIDATED_BILLING')
    await house.call('AcceptHandshake', { HandshakeId: Handshake.Id })
    expect(await featureSet()).toBe('ALL')
    expect(await house.refusal('EnableAllFeatures')).toMatchObject({ code: 'HandshakeConstraintViolationException' })
  })

  test('need no approval where nobody was invited', async () => {
    const { Handshake } = await house.call('EnableAllFeatures')
    expect(Handshake.State).toBe('OPEN')
    await house.call('AcceptHandshake', { HandshakeId: Handshake.Id })
    expect(await featureSet()).toBe('ALL')
  })
})

describe('an account', () => {
  test('is closed once, and not the management account', async () => {
    const AccountId = await makeMember(house, 'workload')
    await house.call('CloseAccount', { AccountId })
    expect((await house.call('DescribeAccount', { AccountId })).Account).toMatchObject({ Status: 'SUSPENDED' })
    expect(await house.refusal('CloseAccount', { AccountId })).toMatchObject({ code: 'AccountAlreadyClosedException' })
    expect(await house.refusal('CloseAccount', { AccountId: account })).toMatchObject({ code: 'ConstraintViolationException' })
    expect(await house.refusal('CloseAccount', { AccountId: '999988887777' })).toMatchObject({ code: 'AccountNotFoundException' })
  })
})

test('no effective policy is ever invalid, as none of those types is in effect', async () => {
  await house.call('EnablePolicyType', { RootId: (await house.call('ListRoots')).Roots[0].Id, PolicyType: 'TAG_POLICY' })
  expect(await house.call('ListAccountsWithInvalidEffectivePolicy', { PolicyType: 'TAG_POLICY' })).toEqual({
    Accounts: [],
    PolicyType: 'TAG_POLICY',
  })
  expect(await house.refusal('ListAccountsWithInvalidEffectivePolicy', { PolicyType: 'BACKUP_POLICY' })).toMatchObject({
    code: 'EffectivePolicyNotFoundException',
  })
  const question = { AccountId: account, PolicyType: 'TAG_POLICY' }
  expect(await house.refusal('ListEffectivePolicyValidationErrors', question)).toMatchObject({ code: 'EffectivePolicyNotFoundException' })
})
