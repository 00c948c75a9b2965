import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { allow, arnOf, iamHouse, trustsEc2 } from './house.ts'
import { growing, plansOf } from './query-plans.ts'

let house: House
beforeAll(async () => {
  house = await iamHouse()
  for (const name of ['a', 'b', 'c']) {
    await house.call('CreateUser', { UserName: name, Path: '/p/' })
    await house.call('CreateGroup', { GroupName: name, Path: '/p/' })
    await house.call('CreateRole', { RoleName: name, Path: '/p/', AssumeRolePolicyDocument: trustsEc2 })
    await house.call('CreateInstanceProfile', { InstanceProfileName: name, Path: '/p/' })
    await house.call('CreatePolicy', { PolicyName: name, Path: '/p/', PolicyDocument: allow('s3:*') })
    await house.call('AddUserToGroup', { GroupName: 'a', UserName: name })
    await house.call('AttachUserPolicy', { UserName: name, PolicyArn: arnOf('policy/p/a') })
  }
})
afterAll(() => house.close())

const paged = ['ListUsers', 'ListGroups', 'ListRoles', 'ListInstanceProfiles']
const cases: readonly (readonly [string, object])[] = [
  ...paged.flatMap(name => [[name, {}] as const, [name, { PathPrefix: '/p/' }] as const]),
  ['ListPolicies', { Scope: 'Local' }],
  ['ListPolicies', { Scope: 'Local', PathPrefix: '/p/' }],
  ['ListEntitiesForPolicy', { PolicyArn: arnOf('policy/p/a') }],
  ['GetGroup', { GroupName: 'a' }],
]

describe('a page costs the same however many entities there are: no query reads a whole table or sorts what it found', () => {
  test.each(cases)('%s %j, first page and next', async (name, input) => {
    const first = await house.call(name, { ...input, MaxItems: 1 })
    const plans = [
      ...(await plansOf(house, name, { ...input, MaxItems: 1 })),
      ...(await plansOf(house, name, { ...input, MaxItems: 1, Marker: first.Marker })),
    ]
    expect(plans.length).toBeGreaterThan(0)
    expect(growing(plans)).toEqual([])
  })

  test.each([
    ['ListGroupsForUser', { UserName: 'a' }],
    ['ListUserTags', { UserName: 'a' }],
    ['ListAccessKeys', { UserName: 'a' }],
    ['ListSSHPublicKeys', { UserName: 'a' }],
    ['ListMFADevices', { UserName: 'a' }],
    ['ListUserPolicies', { UserName: 'a' }],
    ['ListAttachedUserPolicies', { UserName: 'a' }],
    ['ListInstanceProfilesForRole', { RoleName: 'a' }],
    ['ListPolicyVersions', { PolicyArn: arnOf('policy/p/a') }],
    ['ListVirtualMFADevices', {}],
    ['ListServerCertificates', {}],
  ])('%s %j reads no whole table', async (name, input) => {
    const plans = await plansOf(house, name, input)
    expect(plans.length).toBeGreaterThan(0)
    expect(growing(plans).filter(line => line.startsWith('SCAN'))).toEqual([])
  })
})

test('a query that reads a whole table or sorts what it found is told', async () => {
  const plan = await house.world.store.read(tx =>
    tx.executeQuery<{ detail: string }>(CompiledQuery.raw('EXPLAIN QUERY PLAN SELECT * FROM "users" ORDER BY "createdAt"')),
  )
  expect(growing(plan.rows.map(({ detail }) => detail))).toHaveLength(2)
})
