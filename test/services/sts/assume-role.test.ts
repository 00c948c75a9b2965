import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { longestToken } from '../../../src/identity/sessions.ts'
import { account, type House } from '../call.ts'
import { allowing, makeRole, makeUser, policy, principalOf, roleArn, stsHouse, trusting } from './house.ts'

let house: House
beforeEach(async () => {
  house = await stsHouse()
  await makeUser(house, 'Bob')
})
afterEach(() => house.close())

const withTags = policy({
  Effect: 'Allow',
  Principal: { AWS: account },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
})
const assume = async (role: string, more: object = {}) =>
  house.call('AssumeRole', { RoleArn: roleArn(role), RoleSessionName: 'work', ...more }, { as: await house.user('Bob') })

describe('role chaining', () => {
  test('hands on transitive tags whatever the case of their keys, the source identity, and nothing else', async () => {
    await makeRole(house, 'First', withTags, allowing('sts:*'))
    await makeRole(house, 'Second', withTags, allowing('sts:*'))
    await makeRole(house, 'Third', withTags)
    const tags = {
      Tags: [
        { Key: 'Team', Value: 'a' },
        { Key: 'Cost', Value: '1' },
      ],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'bob',
    }
    const first = await principalOf(house, (await assume('First', tags)).Credentials)
    expect(first.session).toMatchObject({ tags: { Team: 'a', Cost: '1' }, transitiveTagKeys: ['Team'], sourceIdentity: 'bob' })
    const step = async (role: string, as: typeof first) =>
      principalOf(house, (await house.call('AssumeRole', { RoleArn: roleArn(role), RoleSessionName: 'work' }, { as })).Credentials)
    const second = await step('Second', first)
    expect(second.session).toMatchObject({ tags: { Team: 'a' }, transitiveTagKeys: ['Team'], sourceIdentity: 'bob', chained: true })
    expect((await step('Third', second)).session?.tags).toEqual({ Team: 'a' })
  })
})

describe('PackedPolicySize', () => {
  test('grows with policies and tags', async () => {
    await makeRole(house, 'Worker', withTags)
    const sizes = []
    for (const count of [1, 10, 40]) {
      const Tags = Array.from({ length: count }, (_, i) => ({ Key: `key${i}`, Value: `value${i * 7919}` }))
      sizes.push((await assume('Worker', { Tags })).PackedPolicySize)
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(new Set(sizes).size).toBe(3)
    expect(await assume('Worker')).not.toHaveProperty('PackedPolicySize')
  })

  test('fifty tags of the largest size are too many when they do not pack', async () => {
    await makeRole(house, 'Worker', withTags)
    const noise = (length: number) => Buffer.from(house.world.random.bytes(length)).toString('hex').slice(0, length)
    const Tags = Array.from({ length: 50 }, () => ({ Key: noise(128), Value: noise(256) }))
    const as = await house.user('Bob')
    const { code, message } = await house.refusal('AssumeRole', { RoleArn: roleArn('Worker'), RoleSessionName: 'work', Tags }, { as })
    expect(code).toBe('PackedPolicyTooLarge')
    expect(message).toMatch(/^Packed size of session tags consumes \d{3,}% of allotted space\.$/)
  })
})

describe('the session token', () => {
  test.each([1, 700, 1024, 4096])('has %i bytes at least when asked for, and still opens', async size => {
    await makeRole(house, 'Worker', withTags)
    const { Credentials, SessionTokenSize, SessionTokenUtilization } = await assume('Worker', { MinimumSessionTokenSize: size })
    expect(SessionTokenSize).toBeGreaterThanOrEqual(size)
    expect(SessionTokenSize).toBe(Credentials.SessionToken.length)
    expect(SessionTokenUtilization).toBe(Math.ceil((SessionTokenSize / longestToken) * 100))
    expect(await principalOf(house, Credentials)).toMatchObject({ roleName: 'Worker', sessionName: 'work' })
  })
})

describe('another account', () => {
  test('both sides must allow', async () => {
    await makeRole(house, 'Worker', trusting({ AWS: '222222222222' }))
    const root = await house.addAccount('222222222222')
    await house.call('CreateUser', { UserName: 'Eve' }, { as: root })
    const asked = { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }
    expect((await house.refusal('AssumeRole', asked, { as: await house.user('Eve') })).message).toMatch(
      /because no identity-based policy allows/,
    )
    const may = {
      UserName: 'Eve',
      PolicyName: 'may',
      PolicyDocument: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn('Worker') }),
    }
    await house.call('PutUserPolicy', may, { as: root })
    const { AssumedRoleUser } = await house.call('AssumeRole', asked, { as: await house.user('Eve') })
    expect(AssumedRoleUser.Arn).toBe(`arn:aws:sts::${account}:assumed-role/Worker/work`)
  })
})
