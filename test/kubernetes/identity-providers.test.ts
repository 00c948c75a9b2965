import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { authenticateToken, type TokenAuthentication } from '../../src/kubernetes/token-review/authenticate-token.ts'
import { type IdentityProvider, identityTokenUser } from '../../src/kubernetes/token-review/identity-providers.ts'
import { reviewToken } from '../../src/kubernetes/token-review/token-review.ts'
import { testLog } from './support/cluster.ts'

const now = Date.UTC(2026, 0, 15, 12)
const seconds = Math.floor(now / 1000)
const provider: IdentityProvider = { issuerUrl: 'https://login.example.com', clientId: 'kubernetes' }

let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
let keys: JSONWebKeySet
const asked: string[] = []
const keysOf = async (issuer: string) => {
  asked.push(issuer)
  return keys
}

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  privateKey = pair.privateKey
  keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] }
})

const tokenOf = (claims: { readonly [claim: string]: unknown } = {}, key = privateKey) =>
  new SignJWT({
    iss: provider.issuerUrl,
    aud: 'kubernetes',
    sub: 'ann',
    exp: seconds + 300,
    iat: seconds,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .sign(key)

const userOf = async (claims: { readonly [claim: string]: unknown }, settings: Partial<IdentityProvider> = {}) =>
  identityTokenUser(await tokenOf(claims), [{ ...provider, ...settings }], keysOf, now)

describe('user names', () => {
  test.each([
    { claims: {}, settings: {}, username: 'https://login.example.com#ann' },
    { claims: {}, settings: { usernamePrefix: 'oidc:' }, username: 'oidc:ann' },
    { claims: {}, settings: { usernamePrefix: '-' }, username: 'ann' },
    { claims: { name: 'Ann' }, settings: { usernameClaim: 'name' }, username: 'https://login.example.com#Ann' },
    { claims: { email: 'ann@example.com' }, settings: { usernameClaim: 'email' }, username: 'ann@example.com' },
    { claims: { email: 'ann@example.com', email_verified: true }, settings: { usernameClaim: 'email' }, username: 'ann@example.com' },
    { claims: { email: 'a@b' }, settings: { usernameClaim: 'email', usernamePrefix: 'corp:' }, username: 'corp:a@b' },
  ])('of $claims with $settings is $username', async ({ claims, settings, username }) => {
    expect(await userOf(claims, settings)).toMatchObject({ username, groups: [] })
  })
})

describe('groups', () => {
  test.each([
    { claims: { groups: ['a', 'b'] }, settings: { groupsClaim: 'groups' }, groups: ['a', 'b'] },
    { claims: { groups: 'a' }, settings: { groupsClaim: 'groups' }, groups: ['a'] },
    { claims: { groups: ['a'] }, settings: { groupsClaim: 'groups', groupsPrefix: 'oidc:' }, groups: ['oidc:a'] },
    { claims: { groups: ['a'] }, settings: {}, groups: [] },
    { claims: {}, settings: { groupsClaim: 'groups' }, groups: [] },
  ])('of $claims with $settings are $groups', async ({ claims, settings, groups }) => {
    expect((await userOf(claims, settings)).groups).toEqual(groups)
  })
})

describe('a token is refused', () => {
  test.each([
    { why: 'for another client', claims: { aud: 'other' }, settings: {}, reason: /aud/ },
    { why: 'that has expired', claims: { exp: seconds - 1 }, settings: {}, reason: /exp/ },
    { why: 'that never expires', claims: { exp: undefined }, settings: {}, reason: /exp/ },
    { why: 'that is not good yet', claims: { nbf: seconds + 60 }, settings: {}, reason: /nbf/ },
    { why: 'without the claim of its name', claims: {}, settings: { usernameClaim: 'email' }, reason: /no claim email/ },
    {
      why: 'with an address that is not verified',
      claims: { email: 'a@b', email_verified: false },
      settings: { usernameClaim: 'email' },
      reason: /not verified/,
    },
    { why: 'without a required claim', claims: {}, settings: { requiredClaims: { hd: 'example.com' } }, reason: /claim hd/ },
    {
      why: 'with another required claim',
      claims: { hd: 'else.com' },
      settings: { requiredClaims: { hd: 'example.com' } },
      reason: /claim hd/,
    },
    { why: 'with groups that are no names', claims: { groups: [1] }, settings: { groupsClaim: 'groups' }, reason: /not a list of names/ },
    {
      why: 'that would be in a group of Kubernetes',
      claims: { groups: ['system:masters'] },
      settings: { groupsClaim: 'groups' },
      reason: /system:/,
    },
    { why: 'that would be a user of Kubernetes', claims: { sub: 'system:admin' }, settings: { usernamePrefix: '-' }, reason: /system:/ },
  ])('$why', async ({ claims, settings, reason }) => {
    await expect(userOf(claims, settings)).rejects.toThrow(reason)
  })

  test('with a required claim that it has, it is taken', async () => {
    const { username } = await userOf({ hd: 'example.com' }, { requiredClaims: { hd: 'example.com' } })
    expect(username).toBe('https://login.example.com#ann')
  })

  test('signed by another key', async () => {
    const other = await generateKeyPair('RS256')
    await expect(identityTokenUser(await tokenOf({}, other.privateKey), [provider], keysOf, now)).rejects.toThrow('does not verify')
  })

  test('that is not signed', async () => {
    const token = new UnsecuredJWT({ iss: provider.issuerUrl, aud: 'kubernetes', sub: 'ann', exp: seconds + 300 }).encode()
    await expect(identityTokenUser(token, [provider], keysOf, now)).rejects.toThrow('does not verify')
  })

  test('of an issuer that is not associated, which is never asked for keys', async () => {
    const before = asked.length
    await expect(userOf({ iss: 'https://evil.example.com' })).rejects.toThrow(
      'no identity provider with the issuer "https://evil.example.com"',
    )
    expect(asked).toHaveLength(before)
  })

  test.each(['', 'abc', 'a.b.c', 'x'.repeat(20_001)])('that is no JWT', async token => {
    await expect(identityTokenUser(token, [provider], keysOf, now)).rejects.toThrow(/JWT|too long/)
  })

  test('while its keys cannot be had', async () => {
    const away = async () => {
      throw new Error('no answer')
    }
    await expect(identityTokenUser(await tokenOf(), [provider], away, now)).rejects.toThrow(
      'the keys of https://login.example.com cannot be had: no answer',
    )
  })
})

describe('the token webhook', () => {
  const how = (providers: readonly IdentityProvider[]): TokenAuthentication => ({
    cluster: {
      id: 'c',
      name: 'demo',
      mappings: { access: async () => undefined, accessEntry: async () => undefined, awsAuth: async () => undefined },
    },
    origins: [],
    verifyPresigned: async () => ({ refused: 'nobody' }),
    identityProviders: { all: async () => providers, keysOf },
    now,
  })
  const review = async (token: string, providers: readonly IdentityProvider[]) => {
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } })
    const answer = await reviewToken(body, how(providers), testLog())
    return (answer.body as { status: object }).status
  }

  test('knows the user of an associated provider', async () => {
    expect(await review(await tokenOf(), [provider])).toMatchObject({
      authenticated: true,
      user: { username: 'https://login.example.com#ann' },
    })
  })

  test.each([{ providers: [] }, { providers: [{ ...provider, issuerUrl: 'https://two.example.com' }] }])(
    'knows nobody with $providers',
    async ({ providers }) => {
      expect(await review(await tokenOf(), providers)).toEqual({ authenticated: false })
    },
  )

  test('takes a token of IAM for nothing else', async () => {
    await expect(authenticateToken('k8s-aws-v1.aaaa', how([provider]))).rejects.toThrow(/URL|base64/)
  })
})
