import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { allow, allPages, arnOf, iamHouse, trustsEc2 } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
})
afterEach(() => house.close())

/** How each kind of resource is made, named, and whether its tag keys tell case apart. */
const kinds = [
  { kind: 'User', create: 'CreateUser', input: { UserName: 'x' }, of: { UserName: 'x' }, caseMatters: false },
  {
    kind: 'Role',
    create: 'CreateRole',
    input: { RoleName: 'x', AssumeRolePolicyDocument: trustsEc2 },
    of: { RoleName: 'x' },
    caseMatters: false,
  },
  {
    kind: 'Policy',
    create: 'CreatePolicy',
    input: { PolicyName: 'x', PolicyDocument: allow('s3:*') },
    of: { PolicyArn: arnOf('policy/x') },
    caseMatters: true,
  },
  {
    kind: 'InstanceProfile',
    create: 'CreateInstanceProfile',
    input: { InstanceProfileName: 'x' },
    of: { InstanceProfileName: 'x' },
    caseMatters: true,
  },
  {
    kind: 'OpenIDConnectProvider',
    create: 'CreateOpenIDConnectProvider',
    input: { Url: 'https://x.example' },
    of: { OpenIDConnectProviderArn: arnOf('oidc-provider/x.example') },
    caseMatters: true,
  },
]

describe.each(kinds)('$kind', ({ kind, create, input, of, caseMatters }) => {
  beforeEach(() => house.call(create, input))
  const list = async () => (await house.call(`List${kind}Tags`, of)).Tags

  test('tags are added, replaced, listed by key, removed', async () => {
    await house.call(`Tag${kind}`, {
      ...of,
      Tags: [
        { Key: 'b', Value: '1' },
        { Key: 'a', Value: '' },
      ],
    })
    await house.call(`Tag${kind}`, { ...of, Tags: [{ Key: 'b', Value: '2' }] })
    expect(await list()).toEqual([
      { Key: 'a', Value: '' },
      { Key: 'b', Value: '2' },
    ])
    await house.call(`Untag${kind}`, { ...of, TagKeys: ['a', 'absent'] })
    expect(await list()).toEqual([{ Key: 'b', Value: '2' }])
  })

  test(`keys ${caseMatters ? 'tell' : 'do not tell'} case apart`, async () => {
    await house.call(`Tag${kind}`, { ...of, Tags: [{ Key: 'Department', Value: 'finance' }] })
    await house.call(`Tag${kind}`, { ...of, Tags: [{ Key: 'department', Value: 'hr' }] })
    expect(await list()).toHaveLength(caseMatters ? 2 : 1)
    await house.call(`Untag${kind}`, { ...of, TagKeys: ['DEPARTMENT'] })
    expect(await list()).toHaveLength(caseMatters ? 2 : 0)
  })

  test('fifty at most; a repeated key is refused', async () => {
    const Tags = Array.from({ length: 50 }, (_, i) => ({ Key: `k${String(i).padStart(2, '0')}`, Value: 'v' }))
    await house.call(`Tag${kind}`, { ...of, Tags })
    await house.call(`Tag${kind}`, { ...of, Tags: [{ Key: 'k00', Value: 'new' }] })
    expect((await house.refusal(`Tag${kind}`, { ...of, Tags: [{ Key: 'more', Value: 'v' }] })).code).toBe('LimitExceeded')
    const pages = await allPages(house, `List${kind}Tags`, of, 'Tags', 20)
    expect(pages.map(page => page.length)).toEqual([20, 20, 10])
    const twice = [
      { Key: 'z', Value: '1' },
      { Key: 'z', Value: '2' },
    ]
    expect((await house.refusal(`Tag${kind}`, { ...of, Tags: twice })).code).toBe('InvalidInput')
    expect((await house.refusal(`Tag${kind}`, { ...of, Tags: [{ Key: 'aws:x', Value: '1' }] })).code).toBe('InvalidInput')
  })
})

describe('tags decide access', () => {
  test('by the resource’s tags', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    await house.call('CreateUser', { UserName: 'Mine', Tags: [{ Key: 'team', Value: 'a' }] })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition: { StringEquals: { 'iam:ResourceTag/team': 'a' } } },
    })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument })
    const as = await house.user('Bob')
    await house.call('GetUser', { UserName: 'Mine' }, { as })
    expect((await house.refusal('GetUser', { UserName: 'Bob' }, { as })).code).toBe('AccessDenied')
  })

  test('by the request’s tags', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iam:TagUser',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/team': 'a' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
      },
    })
    await house.call('PutUserPolicy', { UserName: 'Bob', PolicyName: 'p', PolicyDocument })
    const as = await house.user('Bob')
    await house.call('TagUser', { UserName: 'Bob', Tags: [{ Key: 'team', Value: 'a' }] }, { as })
    const more = [
      { Key: 'team', Value: 'a' },
      { Key: 'role', Value: 'admin' },
    ]
    expect((await house.refusal('TagUser', { UserName: 'Bob', Tags: more }, { as })).code).toBe('AccessDenied')
  })
})
