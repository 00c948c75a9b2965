import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AuthorizationQuestion, type Authorizer, createAuthorizer } from '../../src/identity/authorizer.ts'
import { createCredentialDirectory } from '../../src/identity/credentials.ts'
import type { CredentialedPrincipal, Principal } from '../../src/identity/principal.ts'
import { globalKeysOf } from '../../src/identity/request-context.ts'
import { createSessions, type SessionFacts } from '../../src/identity/sessions.ts'
import { compilePolicy, parsePolicy } from '../../src/policy/index.ts'
import { random } from '../store/test-store.ts'
import { account, allow, deny, now, TestDirectory } from './directory.ts'

let directory: TestDirectory
let authorizer: Authorizer
beforeEach(async () => {
  directory = await TestDirectory.open()
  authorizer = createAuthorizer(directory.store)
})
afterEach(() => directory.end())

const circumstances = { sourceIp: '203.0.113.7', userAgent: 'test', secure: true, region: 'us-east-1', now }
async function effect(principal: Principal, action = 's3:GetObject', question: Partial<AuthorizationQuestion> = {}) {
  const context = globalKeysOf(principal, circumstances)
  return (await authorizer.authorize(principal, { action, resource: `arn:aws:iam::${account}:user/x`, context, ...question })).effect
}

async function principalOf(
  facts: Omit<SessionFacts, 'account' | 'issuedAt' | 'expiresAt'> & { issuedAt?: number },
): Promise<CredentialedPrincipal> {
  const sessions = createSessions(directory.opened.secrets)
  const { accessKeyId, sessionToken } = sessions.issue({ account, issuedAt: now, expiresAt: now + 3_600_000, ...facts }, random)
  const credentials = createCredentialDirectory(directory.store, directory.opened.secrets, sessions)
  return (await credentials.find(accessKeyId, sessionToken, now)).principal
}

async function userPrincipal(id: string): Promise<CredentialedPrincipal> {
  const sessions = createSessions(directory.opened.secrets)
  const key = await directory.key(id)
  return (await createCredentialDirectory(directory.store, directory.opened.secrets, sessions).find(key, undefined, now)).principal
}

const readOnlyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

describe('policies that apply', () => {
  test("to a user: inline, attached and its groups', limited by the boundary", async () => {
    const boundary = await directory.policy('boundary', allow('s3:*'))
    const id = await directory.user('alice', { boundaryArn: boundary })
    const group = await directory.group('team', [id])
    const principal = await userPrincipal(id)
    expect(await effect(principal)).toBe('implicitDeny')
    await directory.inline(id, 'own', allow('s3:PutObject'))
    await directory.attach(group, await directory.policy('group-policy', allow('s3:GetObject')))
    await directory.inline(group, 'theirs', allow('iam:*'))
    expect(await effect(principal, 's3:PutObject')).toBe('allowed')
    expect(await effect(principal, 's3:GetObject')).toBe('allowed')
    expect(await effect(principal, 'iam:GetUser')).toBe('implicitDeny')
    await directory.inline(group, 'never', deny('s3:GetObject'))
    expect(await effect(principal, 's3:GetObject')).toBe('explicitDeny')
  })

  test('AWS managed ones', async () => {
    const id = await directory.user('alice')
    await directory.attach(id, readOnlyArn)
    const principal = await userPrincipal(id)
    expect(await effect(principal, 'iam:GetUser')).toBe('allowed')
    expect(await effect(principal, 'iam:CreateUser')).toBe('implicitDeny')
  })

  test('a boundary whose policy is gone allows nothing', async () => {
    const id = await directory.user('alice', { boundaryArn: `arn:aws:iam::${account}:policy/gone` })
    await directory.inline(id, 'own', allow('*'))
    expect(await effect(await userPrincipal(id))).toBe('explicitDeny')
  })

  test("to a role session: the role's, limited by inline and managed session policies", async () => {
    const id = await directory.role('deployer')
    await directory.inline(id, 'own', allow('*'))
    const plain = await principalOf({ kind: 'role', ownerId: id, name: 'a' })
    const limited = await principalOf({ kind: 'role', ownerId: id, name: 'a', policy: allow('s3:*') })
    const managed = await principalOf({ kind: 'role', ownerId: id, name: 'a', policyArns: [readOnlyArn] })
    expect(await effect(plain, 'iam:CreateUser')).toBe('allowed')
    expect(await effect(limited, 'iam:CreateUser')).toBe('implicitDeny')
    expect(await effect(limited, 's3:GetObject')).toBe('allowed')
    expect(await effect(managed, 'iam:CreateUser')).toBe('implicitDeny')
    expect(await effect(managed, 'iam:GetUser')).toBe('allowed')
  })

  test('to a federated user: those of the user who federated, and nothing without session policies', async () => {
    const id = await directory.user('broker')
    await directory.inline(id, 'own', allow('s3:*'))
    const facts = { kind: 'federatedUser', ownerId: id, name: 'bob' } as const
    expect(await effect(await principalOf(facts))).toBe('implicitDeny')
    const limited = await principalOf({ ...facts, policy: allow('*') })
    expect(await effect(limited)).toBe('allowed')
    expect(await effect(limited, 'iam:GetUser')).toBe('implicitDeny')
    const ofRoot = await principalOf({ kind: 'federatedUser', name: 'bob', policy: allow('iam:*') })
    expect(await effect(ofRoot, 'iam:GetUser')).toBe('allowed')
    expect(await effect(ofRoot)).toBe('implicitDeny')
  })

  test('to root: none is needed', async () => {
    expect(await effect(await principalOf({ kind: 'root' }), 'iam:CreateUser')).toBe('allowed')
  })

  test('to nobody: only a resource policy allows', async () => {
    const document = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }] })
    const resourcePolicy = compilePolicy(parsePolicy(document, 'resource'), { id: 'bucket', type: 'resource' })
    expect(await effect({ type: 'anonymous' })).toBe('implicitDeny')
    expect(await effect({ type: 'anonymous' }, 's3:GetObject', { resourcePolicy })).toBe('allowed')
  })

  test('a trust policy must allow even inside one account', async () => {
    const id = await directory.user('alice')
    await directory.inline(id, 'own', allow('sts:AssumeRole'))
    const principal = await userPrincipal(id)
    const trust = (who: string) => {
      const document = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: who }, Action: 'sts:AssumeRole' }],
      })
      return { resourcePolicy: compilePolicy(parsePolicy(document, 'trust'), { id: 'trust', type: 'trust' }), resourceMustAllow: true }
    }
    expect(await effect(principal, 'sts:AssumeRole', { resourceMustAllow: true })).toBe('implicitDeny')
    expect(await effect(principal, 'sts:AssumeRole', trust(account))).toBe('allowed')
    expect(await effect(principal, 'sts:AssumeRole', trust('444455556666'))).toBe('implicitDeny')
  })
})

describe('principal tags', () => {
  const tagged = (value: string) => allow('s3:GetObject', { Condition: { StringEquals: { 'aws:PrincipalTag/Department': value } } })

  test("are the principal's own; a session tag of the same name in any case wins", async () => {
    const id = await directory.role('deployer')
    await directory.tag(id, 'Department', 'Marketing')
    await directory.inline(id, 'own', tagged('Marketing'))
    const facts = { kind: 'role', ownerId: id, name: 'a' } as const
    expect(await effect(await principalOf(facts))).toBe('allowed')
    expect(await effect(await principalOf({ ...facts, tags: { other: 'x' } }))).toBe('allowed')
    const engineering = await principalOf({ ...facts, tags: { department: 'engineering' } })
    expect(await effect(engineering)).toBe('implicitDeny')
    await directory.inline(id, 'own', tagged('engineering'))
    expect(await effect(engineering)).toBe('allowed')
  })

  test("of the user who federated are the federated user's", async () => {
    const id = await directory.user('broker')
    await directory.tag(id, 'Department', 'Marketing')
    await directory.inline(id, 'own', tagged('Marketing'))
    expect(await effect(await principalOf({ kind: 'federatedUser', ownerId: id, name: 'bob', policy: allow('*') }))).toBe('allowed')
  })
})

test('sessions are revoked by a deny on their issue time, as AWSRevokeOlderSessions does', async () => {
  const id = await directory.role('deployer')
  await directory.inline(id, 'own', allow('*'))
  const older = await principalOf({ kind: 'role', ownerId: id, name: 'a', issuedAt: now - 60_000 })
  const newer = await principalOf({ kind: 'role', ownerId: id, name: 'b' })
  expect(await effect(older)).toBe('allowed')
  const before = new Date(now - 30_000).toISOString()
  await directory.inline(id, 'AWSRevokeOlderSessions', deny('*', { Condition: { DateLessThan: { 'aws:TokenIssueTime': before } } }))
  expect(await effect(older)).toBe('explicitDeny')
  expect(await effect(newer)).toBe('allowed')
})

describe('what is kept in memory', () => {
  test('costs no read, for any number of sessions of a role', async () => {
    const id = await directory.role('deployer')
    await directory.inline(id, 'own', allow('s3:*'))
    const principals = await Promise.all(['a', 'b', 'c'].map(name => principalOf({ kind: 'role', ownerId: id, name })))
    await effect(principals[0] as Principal)
    directory.reads = 0
    for (const principal of principals) expect(await effect(principal)).toBe('allowed')
    expect(directory.reads).toBe(0)
  })

  test('is forgotten for those whom a change concerns, and for nobody else', async () => {
    const [alice, bob, carol] = [await directory.user('alice'), await directory.user('bob'), await directory.user('carol')]
    const principals = { alice: await userPrincipal(alice), bob: await userPrincipal(bob), carol: await userPrincipal(carol) }
    const shared = await directory.policy('shared', allow('s3:GetObject'))
    const group = await directory.group('team')
    await directory.attach(alice, shared)
    await directory.attach(group, shared)
    const all = async () => ({
      alice: await effect(principals.alice),
      bob: await effect(principals.bob),
      carol: await effect(principals.carol),
    })
    const readsFor = async (change: Promise<unknown>) => {
      await change
      directory.reads = 0
      const effects = await all()
      return { ...effects, reads: directory.reads }
    }
    await all()
    expect(await readsFor(directory.join(group, bob))).toEqual({ alice: 'allowed', bob: 'allowed', carol: 'implicitDeny', reads: 1 })
    expect(await readsFor(directory.inline(carol, 'own', allow('s3:*')))).toEqual({
      alice: 'allowed',
      bob: 'allowed',
      carol: 'allowed',
      reads: 1,
    })
    expect(await readsFor(directory.revise('shared', deny('s3:GetObject')))).toEqual({
      alice: 'explicitDeny',
      bob: 'explicitDeny',
      carol: 'allowed',
      reads: 2,
    })
    expect(await readsFor(directory.detach(group, shared))).toEqual({
      alice: 'explicitDeny',
      bob: 'implicitDeny',
      carol: 'allowed',
      reads: 1,
    })
    expect(await readsFor(directory.change('cluster', 'demo', async () => {}))).toMatchObject({ reads: 0 })
  })
})
