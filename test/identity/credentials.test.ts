import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CredentialDirectory, type CredentialError, createCredentialDirectory } from '../../src/identity/credentials.ts'
import { createSessions, type SessionFacts, type Sessions } from '../../src/identity/sessions.ts'
import { random } from '../store/test-store.ts'
import { account, now, TestDirectory } from './directory.ts'

let directory: TestDirectory
let sessions: Sessions
let credentials: CredentialDirectory
beforeEach(async () => {
  directory = await TestDirectory.open()
  sessions = createSessions(directory.opened.secrets)
  credentials = createCredentialDirectory(directory.store, directory.opened.secrets, sessions)
})
afterEach(() => directory.end())

const issue = (facts: Omit<SessionFacts, 'account' | 'issuedAt' | 'expiresAt'>) =>
  sessions.issue({ account, issuedAt: now, expiresAt: now + 3_600_000, ...facts }, random)
const refused = (kind: CredentialError['kind']) => expect.objectContaining({ name: 'CredentialError', kind })

describe('a principal is shown as GetCallerIdentity and CloudTrail show it', () => {
  test('a user, path included', async () => {
    const id = await directory.user('alice', { path: '/people/' })
    const key = await directory.key(id, 'the secret')
    expect(await credentials.find(key, undefined, now)).toEqual({
      secretAccessKey: 'the secret',
      principal: {
        type: 'user',
        account,
        arn: `arn:aws:iam::${account}:user/people/alice`,
        principalId: id,
        accessKeyId: key,
        userId: id,
        userName: 'alice',
      },
    })
  })

  test('the root user', async () => {
    const key = await directory.key(null)
    expect((await credentials.find(key, undefined, now)).principal).toEqual({
      type: 'root',
      account,
      arn: `arn:aws:iam::${account}:root`,
      principalId: account,
      accessKeyId: key,
    })
  })

  test('a role session, without the path in its ARN', async () => {
    const id = await directory.role('deployer', { path: '/ci/' })
    const { accessKeyId, sessionToken, secretAccessKey } = issue({ kind: 'role', ownerId: id, name: 'build-1', sourceIdentity: 'alice' })
    expect(await credentials.find(accessKeyId, sessionToken, now)).toMatchObject({
      secretAccessKey,
      principal: {
        type: 'roleSession',
        arn: `arn:aws:sts::${account}:assumed-role/deployer/build-1`,
        principalId: `${id}:build-1`,
        roleArn: `arn:aws:iam::${account}:role/ci/deployer`,
        roleId: id,
        session: { issuedAt: now, expiresAt: now + 3_600_000, sourceIdentity: 'alice' },
      },
    })
  })

  test('a federated user, with the user who federated', async () => {
    const id = await directory.user('broker')
    const { accessKeyId, sessionToken } = issue({ kind: 'federatedUser', ownerId: id, name: 'bob' })
    expect((await credentials.find(accessKeyId, sessionToken, now)).principal).toMatchObject({
      type: 'federatedUser',
      arn: `arn:aws:sts::${account}:federated-user/bob`,
      principalId: `${account}:bob`,
      issuer: { type: 'user', userName: 'broker' },
    })
  })

  test('a user and the root user with temporary credentials are themselves', async () => {
    const id = await directory.user('alice')
    const user = issue({ kind: 'user', ownerId: id, mfaAt: now })
    expect((await credentials.find(user.accessKeyId, user.sessionToken, now)).principal).toMatchObject({
      type: 'user',
      principalId: id,
      session: { mfaAt: now },
    })
    const root = issue({ kind: 'root' })
    expect((await credentials.find(root.accessKeyId, root.sessionToken, now)).principal).toMatchObject({
      type: 'root',
      principalId: account,
    })
  })
})

describe('credentials are refused', () => {
  test('when the key is unknown', async () => {
    await expect(credentials.find('AKIAIOSFODNN7EXAMPLE', undefined, now)).rejects.toEqual(refused('unknown'))
  })

  test('when the session has expired, to the millisecond', async () => {
    const { accessKeyId, sessionToken, expiresAt } = issue({ kind: 'root' })
    await credentials.find(accessKeyId, sessionToken, expiresAt - 1)
    await expect(credentials.find(accessKeyId, sessionToken, expiresAt)).rejects.toEqual(refused('expired'))
  })

  test("when the token is missing, another session's, or given with a permanent key; known to the cache or not", async () => {
    const permanent = await directory.key(await directory.user('alice'))
    const [one, two] = [issue({ kind: 'root' }), issue({ kind: 'root' })]
    const wrong = async () => {
      await expect(credentials.find(one.accessKeyId, undefined, now)).rejects.toEqual(refused('unknown'))
      await expect(credentials.find(one.accessKeyId, two.sessionToken, now)).rejects.toEqual(refused('unknown'))
      await expect(credentials.find(permanent, one.sessionToken, now)).rejects.toEqual(refused('unknown'))
      await expect(credentials.find(one.accessKeyId, `${one.sessionToken} `, now)).rejects.toEqual(refused('unknown'))
    }
    await wrong()
    await credentials.find(one.accessKeyId, one.sessionToken, now)
    await credentials.find(permanent, undefined, now)
    await wrong()
  })

  test('when a principal of the same name was made anew', async () => {
    const id = await directory.role('deployer')
    const { accessKeyId, sessionToken } = issue({ kind: 'role', ownerId: id, name: 'build' })
    await credentials.find(accessKeyId, sessionToken, now)
    await directory.change('role', id, tx => tx.updateTable('roles').set({ id: 'AROAANEW' }).where('id', '=', id).execute())
    await expect(credentials.find(accessKeyId, sessionToken, now)).rejects.toEqual(refused('unknown'))
  })
})

describe('what is answered from memory', () => {
  test('costs no read', async () => {
    const key = await directory.key(await directory.user('alice'))
    const session = issue({ kind: 'root' })
    await credentials.find(key, undefined, now)
    await credentials.find(session.accessKeyId, session.sessionToken, now)
    directory.reads = 0
    for (let time = 0; time < 10; time++) {
      await credentials.find(key, undefined, now)
      await credentials.find(session.accessKeyId, session.sessionToken, now)
    }
    expect(directory.reads).toBe(0)
  })

  test('follows each change at once: deactivated, activated, renamed, deleted', async () => {
    const user = await directory.user('alice')
    const key = await directory.key(user)
    const setStatus = (status: 'Active' | 'Inactive') =>
      directory.change('accessKey', key, tx => tx.updateTable('accessKeys').set({ status }).where('id', '=', key).execute())
    await credentials.find(key, undefined, now)
    await setStatus('Inactive')
    await expect(credentials.find(key, undefined, now)).rejects.toEqual(refused('unknown'))
    await setStatus('Active')
    await credentials.find(key, undefined, now)
    await directory.change('user', user, tx =>
      tx.updateTable('users').set({ name: 'alicia', nameKey: 'alicia' }).where('id', '=', user).execute(),
    )
    expect((await credentials.find(key, undefined, now)).principal.arn).toBe(`arn:aws:iam::${account}:user/alicia`)
    await directory.change('accessKey', key, tx => tx.deleteFrom('accessKeys').where('id', '=', key).execute())
    await expect(credentials.find(key, undefined, now)).rejects.toEqual(refused('unknown'))
  })

  test('is not what was being read while it changed', async () => {
    const key = await directory.key(await directory.user('alice'))
    const looking = credentials.find(key, undefined, now)
    await directory.change('accessKey', key, tx => tx.deleteFrom('accessKeys').where('id', '=', key).execute())
    await looking.catch(() => {})
    await expect(credentials.find(key, undefined, now)).rejects.toEqual(refused('unknown'))
  })
})

describe('nobody of an account that was closed gets in', () => {
  const close = () =>
    directory.change('account', account, tx =>
      tx
        .insertInto('organizationAccounts')
        .values({
          accountId: account,
          organizationId: 'o-1',
          parentId: 'r-1',
          name: 'closed',
          email: 'closed@example.com',
          joinedMethod: 'CREATED',
          joinedAt: now,
          status: 'SUSPENDED',
        })
        .execute(),
    )

  test('by an access key that was good before', async () => {
    const key = await directory.key(await directory.user('alice'))
    await credentials.find(key, undefined, now)
    await close()
    await expect(credentials.find(key, undefined, now)).rejects.toEqual(refused('unknown'))
  })

  test('by a session that was good before', async () => {
    const { accessKeyId, sessionToken } = issue({ kind: 'role', ownerId: await directory.role('deployer'), name: 'build' })
    await credentials.find(accessKeyId, sessionToken, now)
    await close()
    await expect(credentials.find(accessKeyId, sessionToken, now)).rejects.toEqual(refused('unknown'))
  })
})
