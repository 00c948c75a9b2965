import { execFileSync } from 'node:child_process'
import { createHash, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCertificateAuthority } from '../../src/identity/certificate-authority.ts'
import {
  cacheSeconds,
  discoveryDocument,
  type IssuerKey,
  issuerUrl,
  keyIdOf,
  keySet,
  serveIssuer,
  staticIssuerFiles,
} from '../../src/kubernetes/issuer/discovery.ts'
import { type IssuerKeys, longestTokenSeconds, openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import {
  mintServiceAccountToken,
  type ServiceAccountTokenRequest,
  verifyServiceAccountToken,
} from '../../src/kubernetes/issuer/service-account-token.ts'
import { thumbprintOf } from '../../src/kubernetes/issuer/thumbprint.ts'
import { openTestStore, random, type TestStore } from '../store/test-store.ts'
import { insertCluster } from './support/cluster.ts'

const now = Date.UTC(2026, 0, 15, 12)
const clusterId = 'D539D4633E53DE1B710A1B2C3D4E5F60'
const issuer = issuerUrl('https://gatehouse.example.com:8443', clusterId)

function newKey(): IssuerKey & { readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { keyId: keyIdOf(publicKey), publicKey, privateKey }
}

const key = newKey()
const other = newKey()
const request: ServiceAccountTokenRequest = {
  issuer,
  audiences: ['sts.amazonaws.com'],
  namespace: 'shop',
  serviceAccount: { name: 'checkout', uid: '5c0d1c1e-0000-4000-8000-000000000001' },
  pod: { name: 'checkout-7d4b9', uid: '5c0d1c1e-0000-4000-8000-000000000002' },
  node: { name: 'ip-10-0-1-2.ec2.internal', uid: '5c0d1c1e-0000-4000-8000-000000000003' },
  lifetimeSeconds: 86_400,
  warnAfterSeconds: 3607,
  now,
  tokenId: '5c0d1c1e-0000-4000-8000-000000000004',
}
const expected = { issuer, keys: [key], audiences: ['sts.amazonaws.com'], now }

describe('the discovery document and key set equal those of an EKS cluster', () => {
  test('discovery document', () => {
    expect(discoveryDocument('https://oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE')).toEqual({
      issuer: 'https://oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
      jwks_uri: 'https://oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE/keys',
      authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      claims_supported: ['sub', 'iss'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })

  test('a key id is the unpadded base64url of the SHA-256 of the DER', () => {
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: key.publicKey })
    expect(key.keyId).toBe(createHash('sha256').update(der).digest('base64url'))
    const { n, e } = createPublicKey(key.publicKey).export({ format: 'jwk' })
    expect(keySet([key])).toEqual({ keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: key.keyId, n, e }] })
  })

  test('both as files, for hosting elsewhere', () => {
    expect(staticIssuerFiles(issuer, [key]).map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      ['.well-known/openid-configuration', discoveryDocument(issuer)],
      ['keys', keySet([key])],
    ])
  })

  const serve = (method: string, path: string) =>
    serveIssuer(method, path, async id => (id === clusterId ? { issuer, keys: [key] } : undefined))

  test.each([
    {
      path: `/id/${clusterId}/.well-known/openid-configuration`,
      type: 'application/json',
      body: JSON.stringify(discoveryDocument(issuer)),
    },
    { path: `/id/${clusterId}/keys`, type: 'application/jwk-set+json', body: JSON.stringify(keySet([key])) },
  ])('serves $path with cache headers', async ({ path, type, body }) => {
    expect(await serve('GET', path)).toEqual({
      status: 200,
      headers: { 'content-type': type, 'cache-control': 'public, max-age=3600' },
      body,
    })
    expect((await serve('HEAD', path)).body).toBe('')
  })

  test.each([
    { method: 'GET', path: `/id/${'0'.repeat(32)}/keys`, status: 404 },
    { method: 'GET', path: `/id/${clusterId.toLowerCase()}/keys`, status: 404 },
    { method: 'GET', path: `/id/${clusterId}/keys/`, status: 404 },
    { method: 'GET', path: `/id/${clusterId}`, status: 404 },
    { method: 'GET', path: '/id/../keys', status: 404 },
    { method: 'POST', path: `/id/${clusterId}/keys`, status: 405 },
  ])('answers $status to $method $path', async ({ method, path, status }) => {
    expect((await serve(method, path)).status).toBe(status)
  })
})

describe('service account tokens have the claims that a kube-apiserver makes', () => {
  test('claims and header', async () => {
    const token = await mintServiceAccountToken(request, key)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', kid: key.keyId })
    expect(decodeJwt(token)).toEqual({
      aud: ['sts.amazonaws.com'],
      exp: now / 1000 + 86_400,
      iat: now / 1000,
      iss: issuer,
      jti: request.tokenId,
      'kubernetes.io': {
        namespace: 'shop',
        node: request.node,
        pod: request.pod,
        serviceaccount: request.serviceAccount,
        warnafter: now / 1000 + 3607,
      },
      nbf: now / 1000,
      sub: 'system:serviceaccount:shop:checkout',
    })
  })

  test('a verified token gives its identity', async () => {
    const token = await mintServiceAccountToken(request, key)
    expect(await verifyServiceAccountToken(token, expected)).toEqual({
      username: 'system:serviceaccount:shop:checkout',
      namespace: 'shop',
      serviceAccount: request.serviceAccount,
      pod: request.pod,
      node: request.node,
      audiences: ['sts.amazonaws.com'],
      tokenId: request.tokenId,
      issuedAt: now,
      expiresAt: now + 86_400_000,
    })
  })

  const resigned = async (change: object) => {
    const claims = decodeJwt(await mintServiceAccountToken(request, key))
    return new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg: 'RS256', kid: key.keyId }).sign(createPrivateKey(key.privateKey))
  }

  test.each([
    { name: 'another audience', token: () => mintServiceAccountToken({ ...request, audiences: ['vault'] }, key), kind: 'audience' },
    { name: 'another issuer', token: () => mintServiceAccountToken({ ...request, issuer: `${issuer}0` }, key), kind: 'issuer' },
    { name: 'expired', token: () => mintServiceAccountToken({ ...request, now: now - 86_400_000 }, key), kind: 'expired' },
    { name: 'not yet valid', token: () => mintServiceAccountToken({ ...request, now: now + 1000 }, key), kind: 'notYetValid' },
    { name: 'an unpublished key', token: () => mintServiceAccountToken(request, other), kind: 'key' },
    {
      name: "another key under a published key's id",
      token: () => mintServiceAccountToken(request, { ...other, keyId: key.keyId }),
      kind: 'signature',
    },
    {
      name: 'algorithm none',
      token: async () => new UnsecuredJWT(decodeJwt(await mintServiceAccountToken(request, key))).encode(),
      kind: 'signature',
    },
    { name: 'key confusion: HMAC with the public key', token: () => hmacToken(), kind: 'signature' },
    { name: 'an altered payload', token: async () => altered(await mintServiceAccountToken(request, key)), kind: 'signature' },
    {
      name: 'a subject that is not the bound account',
      token: () => resigned({ sub: 'system:serviceaccount:kube-system:admin' }),
      kind: 'malformed',
    },
    { name: 'no expiry', token: () => resigned({ exp: undefined }), kind: 'malformed' },
    { name: 'no bound account', token: () => resigned({ 'kubernetes.io': undefined }), kind: 'malformed' },
    { name: 'not a JWT', token: async () => 'k8s-aws-v1.aHR0cHM6Ly9zdHM', kind: 'malformed' },
    { name: 'oversized', token: async () => 'e'.repeat(20_001), kind: 'malformed' },
  ])('refused: $name ($kind)', async ({ token, kind }) => {
    await expect(token().then(made => verifyServiceAccountToken(made, expected))).rejects.toMatchObject({
      name: 'ServiceAccountTokenError',
      kind,
    })
  })

  async function hmacToken(): Promise<string> {
    const [, payload] = (await mintServiceAccountToken(request, key)).split('.')
    const signed = `${Buffer.from(JSON.stringify({ alg: 'HS256', kid: key.keyId })).toString('base64url')}.${payload}`
    return `${signed}.${createHmac('sha256', key.publicKey).update(signed).digest('base64url')}`
  }

  function altered(token: string): string {
    const [header, , signature] = token.split('.')
    const claims = { ...decodeJwt(token), sub: 'system:serviceaccount:kube-system:admin' }
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  }

  test('no text makes it throw anything but a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map(text => `${Buffer.from(text).toString('base64url')}.e30.AA`),
        ),
        async text => {
          await expect(verifyServiceAccountToken(text, expected)).rejects.toMatchObject({ name: 'ServiceAccountTokenError' })
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('keys rotate with overlap', () => {
  let opened: TestStore
  let keys: IssuerKeys
  beforeAll(async () => {
    opened = await openTestStore()
    keys = openIssuerKeys(opened.store, opened.secrets)
    await insertCluster(opened.store, { id: clusterId })
    await keys.create(clusterId, now)
  })
  afterAll(() => opened.end())

  const ids = async (at: number) => (await keys.publishedKeys(clusterId, at)).map(({ keyId }) => keyId)

  test('creating twice keeps the first key, encrypted', async () => {
    const first = await keys.signingKey(clusterId, now)
    await keys.create(clusterId, now)
    expect(await keys.signingKey(clusterId, now)).toEqual(first)
    const row = await opened.store.read(tx => tx.selectFrom('issuerKeys').selectAll().executeTakeFirstOrThrow())
    expect(row.privateKey).not.toContain('PRIVATE KEY')
    expect(() => opened.secrets.decrypt(row.privateKey, 'another row')).toThrow()
  })

  test('a new key is published before it signs, the old one until its last token expired', async () => {
    const old = await keys.signingKey(clusterId, now)
    const next = await keys.rotate(clusterId, now + 1)
    const signs = now + 1 + cacheSeconds * 1000
    const ends = signs + longestTokenSeconds * 1000
    expect(await ids(now + 1)).toEqual([old.keyId, next])
    expect((await keys.signingKey(clusterId, signs - 1)).keyId).toBe(old.keyId)
    expect((await keys.signingKey(clusterId, signs)).keyId).toBe(next)
    const lastToken = await mintServiceAccountToken({ ...request, now: signs - 1 }, await keys.signingKey(clusterId, signs - 1))
    const verified = { issuer, audiences: request.audiences, keys: await keys.publishedKeys(clusterId, ends - 2000), now: ends - 2000 }
    expect(await verifyServiceAccountToken(lastToken, verified)).toMatchObject({ namespace: 'shop' })
    expect(await ids(ends)).toEqual([next])
  })

  test('for a kube-apiserver: the signing key, every public key, and when another one will sign', async () => {
    const at = now + 2
    const { signingKey, publicKeys, changesAt } = await keys.forApiserver(clusterId, at)
    expect(signingKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(publicKeys.match(/-----BEGIN PUBLIC KEY-----/g)).toHaveLength(2)
    expect(changesAt).toBe(now + 1 + cacheSeconds * 1000)
  })

  test('a leaked key is withdrawn at once', async () => {
    const fresh = await keys.rotate(clusterId, now + 3, { immediately: true })
    expect(await ids(now + 3)).toEqual([fresh])
    expect((await keys.signingKey(clusterId, now + 3)).keyId).toBe(fresh)
  })

  test("an existing issuer's key is adopted", async () => {
    const mine = newKey()
    expect(await keys.adopt(clusterId, { publicKey: mine.publicKey, privateKey: mine.privateKey }, now + 4)).toBe(mine.keyId)
    expect((await keys.signingKey(clusterId, now + 4)).keyId).toBe(mine.keyId)
    expect(await ids(now + 4)).toHaveLength(2)
  })
})

describe('the thumbprint is that of the last certificate presented', () => {
  test('SHA-1 in lower-case hexadecimal, as openssl prints it', async () => {
    const opened = await openTestStore()
    const authority = await openCertificateAuthority(opened.store, opened.secrets, random, Date.now())
    const { certificatePem } = await authority.serverCertificate(['localhost'], Date.now())
    const printed = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], {
      input: authority.certificatePem,
      encoding: 'utf8',
    })
    const expectedThumbprint = printed.split('=')[1]?.trim().replaceAll(':', '').toLowerCase()
    const ders = (certificatePem.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? []).map(pem => new X509Certificate(pem).raw)
    expect(thumbprintOf(certificatePem)).toBe(expectedThumbprint)
    expect(thumbprintOf(ders)).toBe(expectedThumbprint)
    expect(() => thumbprintOf('')).toThrow('no certificate')
    await opened.end()
  })
})
