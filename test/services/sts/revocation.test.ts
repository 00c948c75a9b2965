import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CredentialedPrincipal } from '../../../src/identity/principal.ts'
import type { House } from '../call.ts'
import { account, type Answer } from '../call.ts'
import { allowing, makeRole, makeUser, policy, principalOf, roleArn, stsHouse, trusting } from './house.ts'

let house: House
beforeEach(async () => {
  house = await stsHouse()
  await makeUser(house, 'Bob')
  await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'))
})
afterEach(() => house.close())

const assume = async (): Promise<Answer> =>
  (await house.call('AssumeRole', { RoleArn: roleArn('Worker'), RoleSessionName: 'work' }, { as: await house.user('Bob') })).Credentials
const mayList = (as: CredentialedPrincipal) => house.call('ListUsers', {}, { as })
const revokeOlder = (before: number) =>
  policy({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(before).toISOString() } },
  })

test('AWSRevokeOlderSessions ends the sessions that were issued before it, and no others', async () => {
  const old = await assume()
  await mayList(await principalOf(house, old))
  house.now += 5_000
  await house.call('PutRolePolicy', { RoleName: 'Worker', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revokeOlder(house.now) })
  expect(await house.refusal('ListUsers', {}, { as: await principalOf(house, old) })).toMatchObject({ code: 'AccessDenied' })
  house.now += 5_000
  expect(await mayList(await principalOf(house, await assume()))).toHaveProperty('Users')
})

test('credentials that were scoped after the revocation end with the session that they are of', async () => {
  const old = await assume()
  house.now += 5_000
  const { Credentials } = await house.call('GetScopedCredentials', { Policy: allowing('*') }, { as: await principalOf(house, old) })
  await mayList(await principalOf(house, Credentials))
  await house.call('PutRolePolicy', { RoleName: 'Worker', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revokeOlder(house.now) })
  expect(await house.refusal('ListUsers', {}, { as: await principalOf(house, Credentials) })).toMatchObject({ code: 'AccessDenied' })
})

test('a deleted role ends its sessions, also when one of the same name is made anew', async () => {
  const credentials = await assume()
  await house.call('DeleteRolePolicy', { RoleName: 'Worker', PolicyName: 'permissions' })
  await house.call('DeleteRole', { RoleName: 'Worker' })
  await expect(principalOf(house, credentials)).rejects.toThrow('The security token included in the request is invalid.')
  await makeRole(house, 'Worker', trusting({ AWS: account }), allowing('*'))
  await expect(principalOf(house, credentials)).rejects.toThrow('The security token included in the request is invalid.')
})

test('a deleted user ends the sessions of GetSessionToken and GetFederationToken', async () => {
  const as = await house.user('Bob')
  const own = (await house.call('GetSessionToken', {}, { as })).Credentials
  const federated = (await house.call('GetFederationToken', { Name: 'guest', Policy: allowing('*') }, { as })).Credentials
  await principalOf(house, own)
  await house.call('DeleteUserPolicy', { UserName: 'Bob', PolicyName: 'permissions' })
  await house.call('DeleteUser', { UserName: 'Bob' })
  await expect(principalOf(house, own)).rejects.toThrow('The security token included in the request is invalid.')
  await expect(principalOf(house, federated)).rejects.toThrow('The security token included in the request is invalid.')
})

test('a session can be denied by name, and policies that are taken away count at once', async () => {
  const session = await principalOf(house, await assume())
  const byName = policy({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringLike: { 'aws:userid': '*:work' } } })
  await house.call('PutRolePolicy', { RoleName: 'Worker', PolicyName: 'deny', PolicyDocument: byName })
  expect(await house.refusal('ListUsers', {}, { as: session })).toMatchObject({ code: 'AccessDenied' })
  await house.call('DeleteRolePolicy', { RoleName: 'Worker', PolicyName: 'deny' })
  await mayList(session)
  await house.call('DeleteRolePolicy', { RoleName: 'Worker', PolicyName: 'permissions' })
  expect(await house.refusal('ListUsers', {}, { as: session })).toMatchObject({ code: 'AccessDenied' })
})

test('credentials end when they say', async () => {
  const credentials = await assume()
  house.now = credentials.Expiration.getTime() - 1
  await principalOf(house, credentials)
  house.now += 1
  await expect(principalOf(house, credentials)).rejects.toThrow('The security token included in the request is expired')
})
