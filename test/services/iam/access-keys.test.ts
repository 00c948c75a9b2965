import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type House, startOfTime } from '../call.ts'
import { allow, iamHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
  await house.call('CreateUser', { UserName: 'Bob' })
})
afterEach(() => house.close())

test('a new key is told once, with its secret, and kept encrypted', async () => {
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'bob' })
  expect(AccessKey).toEqual({
    UserName: 'Bob',
    AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    Status: 'Active',
    SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9/+]{40}$/),
    CreateDate: new Date(startOfTime),
  })
  const row = await house.world.store.read(tx => tx.selectFrom('accessKeys').selectAll().executeTakeFirstOrThrow())
  expect(JSON.stringify(row)).not.toContain(AccessKey.SecretAccessKey)
  expect(house.world.secrets.decrypt(row.secret, AccessKey.AccessKeyId).toString()).toBe(AccessKey.SecretAccessKey)
  expect(house.changes.at(-1)).toEqual({ kind: 'accessKey', id: AccessKey.AccessKeyId })
})

test('two keys a user at most, active or not', async () => {
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'Bob' })
  await house.call('UpdateAccessKey', { UserName: 'Bob', AccessKeyId: AccessKey.AccessKeyId, Status: 'Inactive' })
  await house.call('CreateAccessKey', { UserName: 'Bob' })
  expect(await house.refusal('CreateAccessKey', { UserName: 'Bob' })).toEqual({
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
  })
})

test('keys are listed oldest first, paged, without secrets', async () => {
  const first = (await house.call('CreateAccessKey', { UserName: 'Bob' })).AccessKey
  house.now += 1000
  const second = (await house.call('CreateAccessKey', { UserName: 'Bob' })).AccessKey
  const page = await house.call('ListAccessKeys', { UserName: 'Bob', MaxItems: 1 })
  expect(page.AccessKeyMetadata).toEqual([
    { UserName: 'Bob', AccessKeyId: first.AccessKeyId, Status: 'Active', CreateDate: new Date(startOfTime) },
  ])
  expect(page.IsTruncated).toBe(true)
  const next = await house.call('ListAccessKeys', { UserName: 'Bob', MaxItems: 1, Marker: page.Marker })
  expect(next.AccessKeyMetadata[0].AccessKeyId).toBe(second.AccessKeyId)
  expect(next.IsTruncated).toBe(false)
})

test('users manage their own keys without naming themselves; root its own', async () => {
  await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'own', PolicyDocument: allow('iam:*AccessKey*') })
  const as = await house.user('Bob')
  const mine = (await house.call('CreateAccessKey', {}, { as })).AccessKey
  expect(mine.UserName).toBe('Bob')
  await house.call('CreateAccessKey')
  expect((await house.call('ListAccessKeys')).AccessKeyMetadata).toHaveLength(1)
  await house.call('DeleteAccessKey', { AccessKeyId: mine.AccessKeyId }, { as })
  expect((await house.call('ListAccessKeys', {}, { as })).AccessKeyMetadata).toEqual([])
})

describe('unknown keys', () => {
  test.each([
    ['UpdateAccessKey', { UserName: 'Bob', Status: 'Active' }],
    ['DeleteAccessKey', { UserName: 'Bob' }],
    ['GetAccessKeyLastUsed', {}],
  ])('%s', async (name, input) => {
    expect(await house.refusal(name, { ...input, AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })).toEqual({
      code: 'NoSuchEntity',
      message: 'The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.',
    })
  })

  test('another user’s key is unknown', async () => {
    await house.call('CreateUser', { UserName: 'Eve' })
    const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'Bob' })
    expect((await house.refusal('DeleteAccessKey', { UserName: 'Eve', AccessKeyId: AccessKey.AccessKeyId })).code).toBe('NoSuchEntity')
  })
})

test('a key that was never used says so', async () => {
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'Bob' })
  expect(await house.call('GetAccessKeyLastUsed', { AccessKeyId: AccessKey.AccessKeyId })).toEqual({
    UserName: 'Bob',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
  })
})
