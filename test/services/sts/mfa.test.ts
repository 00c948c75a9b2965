import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { allowing, makeDevice, makeRole, makeUser, nextCode, policy, principalOf, roleArn, stsHouse, trusting } from './house.ts'

let house: House
beforeEach(async () => {
  house = await stsHouse()
})
afterEach(() => house.close())

const needsMfa = policy({ Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })

describe('GetSessionToken', () => {
  test('a code of the device makes a session that conditions know', async () => {
    await makeUser(house, 'Bob', needsMfa)
    const device = await makeDevice(house, 'Bob')
    house.now += nextCode
    const bob = await house.user('Bob')
    expect(await house.refusal('ListUsers', {}, { as: bob })).toMatchObject({ code: 'AccessDenied' })
    const { Credentials } = await house.call('GetSessionToken', { SerialNumber: device.serial, TokenCode: device.code() }, { as: bob })
    const session = await principalOf(house, Credentials)
    expect((await house.call('ListUsers', {}, { as: session })).Users).toHaveLength(1)
  })

  test('a code is good once', async () => {
    await makeUser(house, 'Bob')
    const device = await makeDevice(house, 'Bob')
    house.now += nextCode
    const as = await house.user('Bob')
    const proof = { SerialNumber: device.serial, TokenCode: device.code() }
    await house.call('GetSessionToken', proof, { as })
    expect(await house.refusal('GetSessionToken', proof, { as })).toEqual({
      code: 'AccessDenied',
      message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    })
    house.now += nextCode
    await expect(house.call('GetSessionToken', { ...proof, TokenCode: device.code() }, { as })).resolves.toHaveProperty('Credentials')
  })

  test('the age of the second factor grows, and conditions can limit it', async () => {
    await makeUser(
      house,
      'Bob',
      policy({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '600' } } }),
    )
    const device = await makeDevice(house, 'Bob')
    house.now += nextCode
    const proof = { SerialNumber: device.serial, TokenCode: device.code() }
    const { Credentials } = await house.call('GetSessionToken', proof, { as: await house.user('Bob') })
    const session = await principalOf(house, Credentials)
    await house.call('ListUsers', {}, { as: session })
    house.now += 600_000
    expect(await house.refusal('ListUsers', {}, { as: session })).toMatchObject({ code: 'AccessDenied' })
  })

  test('after five wrong codes in a row none is taken for five minutes', async () => {
    await makeUser(house, 'Bob')
    const device = await makeDevice(house, 'Bob')
    house.now += nextCode
    const as = await house.user('Bob')
    const wrong = { SerialNumber: device.serial, TokenCode: device.code() === '000000' ? '000001' : '000000' }
    const right = () => ({ SerialNumber: device.serial, TokenCode: device.code() })
    for (let guess = 0; guess < 4; guess++) await house.refusal('GetSessionToken', wrong, { as })
    await house.call('GetSessionToken', right(), { as })
    house.now += nextCode
    // A good one in between begins the count anew.
    await Promise.all(Array.from({ length: 5 }, () => house.refusal('GetSessionToken', wrong, { as })))
    house.now += 4 * nextCode
    expect(await house.refusal('GetSessionToken', right(), { as })).toEqual({
      code: 'AccessDenied',
      message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    })
    house.now += 2 * nextCode
    await expect(house.call('GetSessionToken', right(), { as })).resolves.toHaveProperty('Credentials')
  })

  test("another user's device proves nothing, nor does half a proof", async () => {
    await makeUser(house, 'Bob')
    await makeUser(house, 'Eve')
    const device = await makeDevice(house, 'Bob')
    house.now += nextCode
    const as = await house.user('Eve')
    const notHers = await house.refusal('GetSessionToken', { SerialNumber: device.serial, TokenCode: device.code() }, { as })
    expect(notHers.message).toMatch(/^MultiFactorAuthentication failed, unable to validate MFA code/)
    const half = await house.refusal('GetSessionToken', { SerialNumber: device.serial }, { as })
    expect(half.message).toBe('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.')
  })

  test('root has devices too, and sessions of an hour at most', async () => {
    const device = await makeDevice(house)
    house.now += nextCode
    const { Credentials } = await house.call('GetSessionToken', {
      SerialNumber: device.serial,
      TokenCode: device.code(),
      DurationSeconds: 7200,
    })
    expect(Credentials.Expiration.getTime() - house.now).toBeLessThanOrEqual(3_600_000)
    const session = await principalOf(house, Credentials)
    expect(session).toMatchObject({ type: 'root', session: { mfaAt: house.now } })
    await expect(house.call('ListUsers', {}, { as: session })).resolves.toHaveProperty('Users')
  })
})

describe('what session credentials cannot call', () => {
  test.each(['GetSessionToken', 'GetFederationToken', 'GetAccessKeyInfo', 'DecodeAuthorizationMessage'])(
    'of GetSessionToken: %s',
    async name => {
      await makeUser(house, 'Bob')
      const { Credentials } = await house.call('GetSessionToken', {}, { as: await house.user('Bob') })
      const as = await principalOf(house, Credentials)
      const input = { Name: 'someone', AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', EncodedMessage: 'x' }
      const wanted = name === 'GetFederationToken' ? { Name: input.Name } : name === 'GetSessionToken' ? {} : input
      expect(await house.refusal(name, wanted, { as })).toEqual({
        code: 'AccessDenied',
        message: `Cannot call ${name} with session credentials`,
      })
    },
  )

  test('of GetSessionToken without MFA: IAM', async () => {
    await makeUser(house, 'Bob')
    const { Credentials } = await house.call('GetSessionToken', {}, { as: await house.user('Bob') })
    const as = await principalOf(house, Credentials)
    expect(await house.refusal('ListUsers', {}, { as })).toMatchObject({ code: 'InvalidClientTokenId' })
    expect(await house.call('GetCallerIdentity', {}, { as })).toMatchObject({ Arn: `arn:aws:iam::${account}:user/Bob` })
    await makeRole(house, 'Worker', trusting({ AWS: account }))
    await expect(house.call('AssumeRole', { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }, { as })).resolves.toHaveProperty(
      'Credentials',
    )
  })

  test('of GetFederationToken: IAM, and all of STS but GetCallerIdentity', async () => {
    await makeUser(house, 'Bob')
    const asked = { Name: 'guest', Policy: allowing('*') }
    const { Credentials } = await house.call('GetFederationToken', asked, { as: await house.user('Bob') })
    const as = await principalOf(house, Credentials)
    expect(await house.refusal('ListUsers', {}, { as })).toMatchObject({ code: 'InvalidClientTokenId' })
    await makeRole(house, 'Worker', trusting({ AWS: account }))
    expect(await house.refusal('AssumeRole', { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }, { as })).toMatchObject({
      code: 'AccessDenied',
    })
    expect(await house.call('GetCallerIdentity', {}, { as })).toMatchObject({ Arn: `arn:aws:sts::${account}:federated-user/guest` })
  })

  test('of AssumeRole: GetSessionToken and GetFederationToken', async () => {
    await makeUser(house, 'Bob')
    await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'))
    const { Credentials } = await house.call(
      'AssumeRole',
      { RoleArn: roleArn('Worker'), RoleSessionName: 'work' },
      { as: await house.user('Bob') },
    )
    const as = await principalOf(house, Credentials)
    expect(await house.refusal('GetSessionToken', {}, { as })).toMatchObject({ code: 'AccessDenied' })
    expect(await house.refusal('GetFederationToken', { Name: 'guest' }, { as })).toMatchObject({ code: 'AccessDenied' })
  })
})

describe('AssumeRole with SerialNumber and TokenCode', () => {
  const withMfa = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }

  test('the code counts for the trust policy, once, and not in the session', async () => {
    await makeUser(house, 'Bob')
    const device = await makeDevice(house, 'Bob')
    await makeRole(house, 'Worker', trusting({ AWS: account }, withMfa), needsMfa)
    house.now += nextCode
    const as = await house.user('Bob')
    const asked = { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }
    expect(await house.refusal('AssumeRole', asked, { as })).toMatchObject({ code: 'AccessDenied' })
    const proved = { ...asked, SerialNumber: device.serial, TokenCode: device.code() }
    const { Credentials } = await house.call('AssumeRole', proved, { as })
    expect(await house.refusal('AssumeRole', proved, { as })).toMatchObject({ code: 'AccessDenied' })
    const session = await principalOf(house, Credentials)
    expect(await house.refusal('ListUsers', {}, { as: session })).toMatchObject({ code: 'AccessDenied' })
  })

  test('a session of GetSessionToken with MFA meets the condition as well', async () => {
    await makeUser(house, 'Bob')
    const device = await makeDevice(house, 'Bob')
    await makeRole(house, 'Worker', trusting({ AWS: account }, withMfa))
    house.now += nextCode
    const proof = { SerialNumber: device.serial, TokenCode: device.code() }
    const { Credentials } = await house.call('GetSessionToken', proof, { as: await house.user('Bob') })
    const as = await principalOf(house, Credentials)
    const { AssumedRoleUser } = await house.call('AssumeRole', { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }, { as })
    expect(AssumedRoleUser.Arn).toBe(`arn:aws:sts::${account}:assumed-role/Worker/work`)
  })
})
