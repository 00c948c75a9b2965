import { describe, expect, test } from 'vitest'
import { accountOfAccessKey } from '../../src/identity/identifiers.ts'
import { createSessions, packedPolicySize, type SessionFacts } from '../../src/identity/sessions.ts'
import { secretsUnder } from '../../src/store/index.ts'
import { random } from '../store/test-store.ts'

const keys = (seed: number) => secretsUnder(() => ({ sealing: 'first', keys: new Map([['first', Buffer.alloc(32, seed)]]) }))
const sessions = createSessions(keys(1))
const facts: SessionFacts = {
  kind: 'role',
  account: '111122223333',
  ownerId: 'AROADEPLOYER',
  name: 'ci@example.com',
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_003_600_000,
  mfaAt: 1_699_999_999_000,
  tags: { team: 'payments', 'cost-center': 'ümläut' },
  transitiveTagKeys: ['team'],
  sourceIdentity: 'alice',
  policy: '{"Version":"2012-10-17","Statement":[]}',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  chained: true,
  webIdentity: {
    provider: 'arn:aws:iam::111122223333:oidc-provider/localhost/id/X',
    subject: 'system:serviceaccount:shop:checkout',
    audience: 'sts.amazonaws.com',
  },
}

describe('session credentials', () => {
  test('carry all facts of their session', () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = sessions.issue(facts, random)
    expect(expiresAt).toBe(facts.expiresAt)
    expect(accountOfAccessKey(accessKeyId)).toBe(facts.account)
    expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    expect(sessions.open(accessKeyId, sessionToken)).toEqual({ dataKeyId: 'first', facts, secretAccessKey })
  })

  test('are small, whatever they carry', () => {
    const much = {
      ...facts,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: Array.from({ length: 40 }, (_, n) => ({ Effect: 'Allow', Action: `s3:Get${n}`, Resource: '*' })),
      }),
    }
    const { accessKeyId, sessionToken } = sessions.issue(much, random)
    expect(sessions.open(accessKeyId, sessionToken)?.facts).toEqual(much)
    expect(sessionToken.length).toBeLessThan(1_500)
    expect(sessions.issue({ kind: 'root', account: facts.account, issuedAt: 1, expiresAt: 2 }, random).sessionToken.length).toBeLessThan(
      150,
    )
  })

  test('show nothing of it', () => {
    const { sessionToken, secretAccessKey } = sessions.issue(facts, random)
    const bytes = Buffer.from(sessionToken, 'base64').toString('latin1')
    for (const canary of ['payments', 'alice', 'checkout', facts.account, secretAccessKey]) expect(bytes).not.toContain(canary)
  })

  test('differ from those of any other session', () => {
    const issued = Array.from({ length: 100 }, () => sessions.issue(facts, random))
    for (const part of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const)
      expect(new Set(issued.map(each => each[part])).size).toBe(100)
  })

  test('do not open when any byte of the token was altered', () => {
    const { accessKeyId, sessionToken } = sessions.issue({ ...facts, tags: {} }, random)
    const bytes = Buffer.from(sessionToken, 'base64')
    for (let place = 0; place < bytes.length; place++) {
      const altered = Buffer.from(bytes)
      altered[place] = (altered[place] as number) ^ 1
      expect(sessions.open(accessKeyId, altered.toString('base64'))).toBeUndefined()
    }
  })

  test.each([
    ['empty', () => ''],
    ['cut short', (token: string) => token.slice(0, -4)],
    ['extended', (token: string) => `${token}AAAA`],
    ['with white space that base64 decoders overlook', (token: string) => `${token.slice(0, 20)}\n${token.slice(20)}`],
    ['in another alphabet', (token: string) => Buffer.from(token, 'base64').toString('base64url')],
    ['not base64 at all', () => '<&\u0000>'.repeat(50)],
    ['too long to be one', () => 'A'.repeat(100_000)],
  ])('do not open when the token is %s', (_, alter) => {
    const { accessKeyId, sessionToken } = sessions.issue(facts, random)
    const altered = alter(sessionToken)
    expect(altered).not.toBe(sessionToken)
    expect(sessions.open(accessKeyId, altered)).toBeUndefined()
  })

  test('do not open with the key id of another session, nor under another data key', () => {
    const [one, two] = [sessions.issue(facts, random), sessions.issue(facts, random)]
    expect(sessions.open(two.accessKeyId, one.sessionToken)).toBeUndefined()
    expect(createSessions(keys(2)).open(one.accessKeyId, one.sessionToken)).toBeUndefined()
  })
})

describe('packed policy size', () => {
  test.each([
    { policy: undefined, arns: [], tags: {}, expected: undefined },
    { policy: '{}', arns: [], tags: {}, expected: 1 },
  ])('of $policy, $arns and $tags is $expected per cent', ({ policy, arns, tags, expected }) => {
    expect(packedPolicySize(policy, arns, tags)).toBe(expected)
  })

  test('grows with what is packed, over 100 when it is too much', () => {
    const noise = (size: number) => Buffer.from(random.bytes(size)).toString('base64')
    expect(packedPolicySize(noise(300), [], {})).toBeLessThan(packedPolicySize(noise(600), [], {}) as number)
    expect(packedPolicySize(noise(3000), [], {})).toBeGreaterThan(100)
  })
})
