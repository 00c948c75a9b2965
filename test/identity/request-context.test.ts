import { describe, expect, test } from 'vitest'
import type { CredentialedPrincipal, Principal } from '../../src/identity/principal.ts'
import { globalKeysOf } from '../../src/identity/request-context.ts'
import { account, now } from './directory.ts'

const circumstances = { sourceIp: '203.0.113.7', userAgent: 'aws-cli/2', secure: true, region: 'eu-central-1', now }
const user: CredentialedPrincipal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/alice`,
  principalId: 'AIDAALICE',
  accessKeyId: 'AKIA',
  userId: 'AIDAALICE',
  userName: 'alice',
}
const times = { issuedAt: now - 60_000, expiresAt: now + 60_000 }
const inSession = { ...user, session: times }
const anonymous: Principal = { type: 'anonymous' }

/** IAM User Guide, "AWS global condition context keys": the "Availability" of each key. */
describe('a global condition key is there exactly when its documentation says so', () => {
  const absent = undefined
  test.each<{ key: string; when: string; principal: Principal; value: unknown; facts?: object }>([
    { key: 'aws:SourceIp', when: 'always', principal: anonymous, value: '203.0.113.7' },
    { key: 'aws:SecureTransport', when: 'always', principal: anonymous, value: true },
    { key: 'aws:SecureTransport', when: 'over plain HTTP', principal: user, facts: { secure: false }, value: false },
    { key: 'aws:UserAgent', when: 'the client names itself', principal: user, value: 'aws-cli/2' },
    { key: 'aws:UserAgent', when: 'the client does not', principal: user, facts: { userAgent: '' }, value: absent },
    {
      key: 'aws:Referer',
      when: 'the request has one',
      principal: user,
      facts: { referer: 'https://example.com/' },
      value: 'https://example.com/',
    },
    { key: 'aws:Referer', when: 'the request has none', principal: user, value: absent },
    { key: 'aws:RequestedRegion', when: 'always', principal: user, value: 'eu-central-1' },
    { key: 'aws:CurrentTime', when: 'always', principal: anonymous, value: new Date(now) },
    { key: 'aws:EpochTime', when: 'always', principal: anonymous, value: now / 1000 },
    { key: 'aws:ViaAWSService', when: 'nobody calls for the principal', principal: user, value: false },
    { key: 'aws:CalledVia', when: 'nobody calls for the principal', principal: user, value: absent },
    ...[
      { key: 'aws:ViaAWSService', value: true },
      { key: 'aws:CalledVia', value: ['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com'] },
      { key: 'aws:CalledViaFirst', value: 'cloudformation.amazonaws.com' },
      { key: 'aws:CalledViaLast', value: 'dynamodb.amazonaws.com' },
    ].map(expectation => ({
      ...expectation,
      when: 'services call for the principal',
      principal: { ...user, calledVia: ['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com'] },
    })),
    { key: 'aws:TokenIssueTime', when: 'credentials are permanent', principal: user, value: absent },
    { key: 'aws:TokenIssueTime', when: 'credentials are temporary', principal: inSession, value: new Date(now - 60_000) },
    { key: 'aws:MultiFactorAuthPresent', when: 'credentials are permanent', principal: user, value: absent },
    { key: 'aws:MultiFactorAuthPresent', when: 'the session began without a second factor', principal: inSession, value: false },
    { key: 'aws:MultiFactorAuthAge', when: 'the session began without a second factor', principal: inSession, value: absent },
    {
      key: 'aws:MultiFactorAuthPresent',
      when: 'the session began with one',
      principal: { ...user, session: { ...times, mfaAt: now - 5_500 } },
      value: true,
    },
    {
      key: 'aws:MultiFactorAuthAge',
      when: 'the session began with one',
      principal: { ...user, session: { ...times, mfaAt: now - 5_500 } },
      value: 5,
    },
    { key: 'aws:SourceIdentity', when: 'the session has none', principal: inSession, value: absent },
    {
      key: 'aws:SourceIdentity',
      when: 'the session has one',
      principal: { ...user, session: { ...times, sourceIdentity: 'bob' } },
      value: 'bob',
    },
    {
      key: 'aws:PrincipalTag/team',
      when: 'the session has the tag',
      principal: { ...user, session: { ...times, tags: { team: 'a' } } },
      value: 'a',
    },
    { key: 'aws:FederatedProvider', when: 'the session is not of a web identity', principal: inSession, value: absent },
    {
      key: 'aws:FederatedProvider',
      when: 'the session is of a web identity',
      principal: { ...user, session: { ...times, webIdentity: { provider: 'arn:p', subject: 's', audience: 'a' } } },
      value: 'arn:p',
    },
  ])('$key when $when', ({ key, principal, facts, value }) => {
    expect(globalKeysOf(principal, { ...circumstances, ...facts })[key]).toEqual(value)
  })
})
