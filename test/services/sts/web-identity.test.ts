import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { networksOf } from '../../../src/server/public-address.ts'
import { issuersOnNetwork } from '../../../src/server/web-identity-keys.ts'
import type { WebIdentityKeys } from '../../../src/identity/web-identity.ts'
import { account, type House } from '../call.ts'
import { hour, makeRole, policy, principalOf, roleArn, stsHouse } from './house.ts'
import { startIssuer, type TestIssuer } from './issuer.ts'

let issuer: TestIssuer
let house: House
let networks = '127.0.0.0/8,::1/128'
const clock = { now: 0 }

beforeAll(async () => {
  issuer = await startIssuer(() => clock.now)
})
afterAll(() => issuer.close())
beforeEach(async () => {
  const remote = () => issuersOnNetwork(networksOf(networks), () => house.now)
  let issuers: ReturnType<typeof remote> | undefined
  const webIdentityKeys: WebIdentityKeys = { keysFor: (url, request) => (issuers ??= remote()).keysFor(url, request) }
  house = await stsHouse({ webIdentityKeys })
  clock.now = house.now
  issuer.asked.length = 0
  issuer.rotate()
})
afterEach(async () => {
  networks = '127.0.0.0/8,::1/128'
  await house.close()
})

const provider = () => issuer.url.replace('https://', '')
const register = (more: object = {}) =>
  house.call('CreateOpenIDConnectProvider', {
    Url: issuer.url,
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [issuer.thumbprint],
    ...more,
  })
const trust = (condition?: object, ...actions: string[]) =>
  policy({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider()}` },
    Action: ['sts:AssumeRoleWithWebIdentity', ...actions],
    ...(condition && { Condition: condition }),
  })
const requestOf = (token: string, more: object = {}) => ({
  RoleArn: roleArn('Deploy'),
  RoleSessionName: 'ci',
  WebIdentityToken: token,
  ...more,
})
const anonymous = { as: { type: 'anonymous' } } as const
const assume = (token: string, more: object = {}) => house.call('AssumeRoleWithWebIdentity', requestOf(token, more), anonymous)
const refused = (token: string, more: object = {}) => house.refusal('AssumeRoleWithWebIdentity', requestOf(token, more), anonymous)

const fromActions = {
  aud: 'sts.amazonaws.com',
  sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
  repository: 'octo-org/octo-repo',
  ref: 'refs/heads/main',
}

describe('a token of a registered issuer', () => {
  test.each(['RS256', 'ES256'] as const)('in the shape of GitHub Actions, %s', async algorithm => {
    await register()
    await makeRole(
      house,
      'Deploy',
      trust({ StringEquals: { [`${provider()}:aud`]: 'sts.amazonaws.com' }, StringLike: { [`${provider()}:sub`]: 'repo:octo-org/*' } }),
    )
    const answer = await assume(await issuer.token(fromActions, { algorithm }))
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: fromActions.sub,
      Audience: 'sts.amazonaws.com',
      Provider: `arn:aws:iam::${account}:oidc-provider/${provider()}`,
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/Deploy/ci` },
    })
    expect(await principalOf(house, answer.Credentials)).toMatchObject({ type: 'roleSession', roleName: 'Deploy' })
  })

  test('in the shape of Google: azp is what aud tests, oaud has the audience', async () => {
    await register({ ClientIDList: ['web.apps.example', 'android.apps.example'] })
    const condition = { StringEquals: { [`${provider()}:aud`]: 'android.apps.example', [`${provider()}:oaud`]: 'web.apps.example' } }
    await makeRole(house, 'Deploy', trust(condition))
    const token = await issuer.token({
      sub: '110169484474386276334',
      aud: 'web.apps.example',
      azp: 'android.apps.example',
      email_verified: true,
    })
    expect(await assume(token)).toHaveProperty('Credentials')
  })

  test('amr has several values', async () => {
    await register()
    await makeRole(house, 'Deploy', trust({ 'ForAnyValue:StringEquals': { [`${provider()}:amr`]: 'mfa' } }))
    expect(await assume(await issuer.token({ ...fromActions, amr: ['pwd', 'mfa'] }))).toHaveProperty('Credentials')
    expect(await refused(await issuer.token({ ...fromActions, amr: ['pwd'] }))).toEqual({
      code: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    })
  })

  test("tags and source identity of the token are the session's, when the trust policy allows that", async () => {
    await register()
    const token = await issuer.token({
      ...fromActions,
      'https://aws.amazon.com/tags': { principal_tags: { Project: ['Automation'] }, transitive_tag_keys: ['Project'] },
      'https://aws.amazon.com/source_identity': 'octocat',
    })
    await makeRole(house, 'Deploy', trust())
    expect(await refused(token)).toMatchObject({ code: 'AccessDenied' })
    await house.call('UpdateAssumeRolePolicy', {
      RoleName: 'Deploy',
      PolicyDocument: trust(undefined, 'sts:TagSession', 'sts:SetSourceIdentity'),
    })
    const answer = await assume(token)
    expect(answer.SourceIdentity).toBe('octocat')
    const { session } = await principalOf(house, answer.Credentials)
    expect(session).toMatchObject({ tags: { Project: 'Automation' }, transitiveTagKeys: ['Project'], sourceIdentity: 'octocat' })
  })
})

describe('keys', () => {
  test('are fetched once, and again when a token names one that is not there', async () => {
    await register()
    await makeRole(house, 'Deploy', trust())
    await assume(await issuer.token(fromActions))
    await assume(await issuer.token(fromActions, { algorithm: 'ES256' }))
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    issuer.rotate()
    const rotated = await issuer.token(fromActions)
    // Not more than once a minute: anybody can write a token that names a key.
    expect(await refused(rotated)).toMatchObject({ code: 'InvalidIdentityToken' })
    house.now += 61_000
    expect(await assume(rotated)).toHaveProperty('Credentials')
    expect(issuer.asked).toHaveLength(4)
  })

  test('are fetched anew after an hour, so that a withdrawn one ends', async () => {
    await register()
    await makeRole(house, 'Deploy', trust())
    const token = await issuer.token(fromActions, { expiresIn: 7200 })
    await assume(token)
    issuer.rotate()
    expect(await assume(token)).toHaveProperty('Credentials')
    house.now += hour
    expect(await refused(token)).toMatchObject({ code: 'InvalidIdentityToken' })
  })

  test.each([
    {
      why: 'the discovery document is not there',
      spoil: () => delete issuer.documents['/.well-known/openid-configuration'],
      code: 'IDPCommunicationError',
    },
    {
      why: 'it is not JSON',
      spoil: () => (issuer.documents['/.well-known/openid-configuration'] = { body: '<html>' }),
      code: 'IDPCommunicationError',
    },
    {
      why: 'it names another issuer',
      spoil: () =>
        (issuer.documents['/.well-known/openid-configuration'] = {
          body: JSON.stringify({ issuer: 'https://evil.example', jwks_uri: `${issuer.url}/keys` }),
        }),
      code: 'InvalidIdentityToken',
    },
    {
      why: 'its keys are not behind https',
      spoil: () =>
        (issuer.documents['/.well-known/openid-configuration'] = {
          body: JSON.stringify({ issuer: issuer.url, jwks_uri: 'http://localhost/keys' }),
        }),
      code: 'InvalidIdentityToken',
    },
    {
      why: 'it redirects',
      spoil: () =>
        (issuer.documents['/.well-known/openid-configuration'] = {
          status: 302,
          headers: { location: `${issuer.url}/elsewhere` },
          body: '',
        }),
      code: 'IDPCommunicationError',
    },
    {
      why: 'the keys are too large',
      spoil: () => (issuer.documents['/keys'] = { body: JSON.stringify({ keys: [], filler: 'x'.repeat(300_000) }) }),
      code: 'IDPCommunicationError',
    },
    { why: 'there is no list of keys', spoil: () => (issuer.documents['/keys'] = { body: '{}' }), code: 'InvalidIdentityToken' },
    {
      why: 'there are too many keys',
      spoil: () =>
        (issuer.documents['/keys'] = {
          body: JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'RSA', n: 'AQAB', e: 'AQAB' })) }),
        }),
      code: 'InvalidIdentityToken',
    },
  ])('are not taken when $why', async ({ spoil, code }) => {
    await register()
    await makeRole(house, 'Deploy', trust())
    const discovery = issuer.documents['/.well-known/openid-configuration']
    spoil()
    try {
      expect(await refused(await issuer.token(fromActions))).toMatchObject({ code })
    } finally {
      if (discovery) issuer.documents['/.well-known/openid-configuration'] = discovery
      issuer.rotate()
    }
  })

  test('are not fetched from addresses of this machine, unless the configuration names their network', async () => {
    networks = ''
    await register()
    await makeRole(house, 'Deploy', trust())
    expect(await refused(await issuer.token(fromActions))).toMatchObject({ code: 'IDPCommunicationError' })
    expect(issuer.asked).toEqual([])
  })

  test('are not taken from a server whose certificate is of nobody who is trusted', async () => {
    await register({ ThumbprintList: ['0'.repeat(40)] })
    await makeRole(house, 'Deploy', trust())
    expect(await refused(await issuer.token(fromActions))).toMatchObject({ code: 'IDPCommunicationError' })
  })
})

describe('a token is refused', () => {
  beforeEach(async () => {
    await register()
    await makeRole(house, 'Deploy', trust())
  })

  test('when it has expired', async () => {
    const token = await issuer.token(fromActions, { expiresIn: 60 })
    house.now += 61_000
    const { code, message } = await refused(token)
    expect(code).toBe('ExpiredTokenException')
    expect(message).toMatch(/^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/)
  })

  test('when its audience is not a client of the provider', async () => {
    expect(await refused(await issuer.token({ ...fromActions, aud: 'another' }))).toEqual({
      code: 'InvalidIdentityToken',
      message: 'Incorrect token audience',
    })
  })

  test('when a claim is missing', async () => {
    expect(await refused(await issuer.token({ aud: 'sts.amazonaws.com', sub: undefined }))).toMatchObject({ code: 'InvalidIdentityToken' })
    expect(await refused(await issuer.token({ sub: 'somebody' }))).toEqual({
      code: 'InvalidIdentityToken',
      message: 'Missing a required claim: aud',
    })
  })

  test('when it is not valid yet', async () => {
    const nbf = Math.floor(house.now / 1000) + 60
    expect(await refused(await issuer.token({ ...fromActions, nbf }))).toMatchObject({ code: 'InvalidIdentityToken' })
  })

  test('when its issuer is not registered', async () => {
    const token = await issuer.token({ ...fromActions, iss: 'https://issuer.example' })
    expect(await refused(token)).toEqual({
      code: 'InvalidIdentityToken',
      message: 'No OpenIDConnect provider found in your account for https://issuer.example',
    })
  })

  test("when its signature is altered, or of another issuer's key", async () => {
    const token = await issuer.token(fromActions)
    const [head, , signature] = token.split('.')
    const payload = Buffer.from(JSON.stringify({ ...fromActions, iss: issuer.url, iat: 0, exp: 9e9, sub: 'repo:evil/evil' })).toString(
      'base64url',
    )
    expect(await refused(`${head}.${payload}.${signature}`)).toMatchObject({ code: 'InvalidIdentityToken' })
  })

  test('without a signature, or with one by a shared secret that is the public key', async () => {
    const claims = Buffer.from(JSON.stringify({ ...fromActions, iss: issuer.url, iat: 0, exp: 9e9 })).toString('base64url')
    const header = (alg: string) =>
      Buffer.from(JSON.stringify({ alg, kid: JSON.parse(issuer.documents['/keys']?.body ?? '').keys[0].kid })).toString('base64url')
    expect(await refused(`${header('none')}.${claims}.`)).toMatchObject({ code: 'InvalidIdentityToken' })
    const [jwk] = JSON.parse(issuer.documents['/keys']?.body ?? '').keys
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
    const signed = `${header('HS256')}.${claims}`
    expect(await refused(`${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`)).toMatchObject({
      code: 'InvalidIdentityToken',
    })
    // The key's own type decides: an RSA key verifies no ES256.
    const confused = `${header('ES256')}.${claims}`
    expect(await refused(`${confused}.${Buffer.alloc(64).toString('base64url')}`)).toMatchObject({ code: 'InvalidIdentityToken' })
  })

  test.each(['jku', 'jwk', 'x5u', 'x5c'])('when it brings its own key, by %s', async parameter => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const own = { ...publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'RS256', use: 'sig' }
    issuer.documents['/own-keys'] = { body: JSON.stringify({ keys: [own] }) }
    const brought = { jku: `${issuer.url}/own-keys`, jwk: own, x5u: `${issuer.url}/own-keys`, x5c: ['MIIB'] }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const header = part({ alg: 'RS256', kid: 'own', [parameter]: brought[parameter as keyof typeof brought] })
    const signed = `${header}.${part({ ...fromActions, iss: issuer.url, iat: 0, exp: 9e9 })}`
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url')
    expect(await refused(`${signed}.${signature}`)).toMatchObject({ code: 'InvalidIdentityToken' })
    expect(issuer.asked).not.toContain('/own-keys')
  })

  test.each(['nonsense', 'a.b.c', '....', 'e30.e30.e30'])('when it is no JWT: %s', async text => {
    expect(await refused(text)).toEqual({
      code: 'InvalidIdentityToken',
      message: 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    })
  })

  test("with access tokens of other kinds, and ARNs that are not roles'", async () => {
    expect(await refused('Atza|token', { ProviderId: 'www.amazon.com' })).toMatchObject({ code: 'InvalidIdentityToken' })
    expect(await refused('a.b.c', { RoleArn: 'arn:aws:iam::123456789012:user/Bob' })).toEqual({
      code: 'ValidationError',
      message: 'Request ARN is invalid',
    })
  })
})
