import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { makeAuthority, makeEndCertificate } from '../../../src/identity/certificate.ts'
import { seededRandom } from '../call.ts'

interface IssuerKey {
  readonly id: string
  readonly algorithm: 'RS256' | 'ES256'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** An OpenID Connect issuer on this machine, with keys of its own. */
export interface TestIssuer {
  readonly url: string
  /** Of the authority that its certificate is of. */
  readonly thumbprint: string
  readonly certificateAuthorityPem: string
  /** Paths that were asked for. */
  readonly asked: string[]
  /** The documents; tests may spoil them. */
  readonly documents: { [path: string]: { status?: number; headers?: { [name: string]: string }; body: string; delay?: number } }
  /** Signs claims; `iss`, `iat` and `exp` are given. */
  token(claims: object, options?: { algorithm?: 'RS256' | 'ES256'; expiresIn?: number; now?: number }): Promise<string>
  /** Makes new keys, publishes them and signs with them. */
  rotate(): void
  close(): Promise<void>
}

const newKey = (algorithm: IssuerKey['algorithm']): IssuerKey => ({
  id: randomUUID(),
  algorithm,
  ...(algorithm === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' })),
})

const day = 86_400_000

/** Starts an issuer. @param now  the clock that its tokens are of, epoch milliseconds */
export async function startIssuer(now: () => number): Promise<TestIssuer> {
  const random = seededRandom(7)
  const life = { notBefore: Date.now() - day, notAfter: Date.now() + day }
  const authority = makeAuthority({ subject: { commonName: 'Issuers' }, ...life }, random)
  const certificate = makeEndCertificate(
    { subject: { commonName: 'localhost' }, hosts: ['localhost'], usage: 'server', ...life },
    { subject: { commonName: 'Issuers' }, key: createPrivateKey(authority.keyPem) },
    random,
  )
  const asked: string[] = []
  const documents: TestIssuer['documents'] = {}
  const server: Server = createServer(
    { key: certificate.keyPem, cert: certificate.certificatePem + authority.certificatePem },
    (request, response) => {
      asked.push(request.url ?? '')
      const found = documents[request.url ?? '']
      setTimeout(() => {
        response.writeHead(found ? (found.status ?? 200) : 404, { 'content-type': 'application/json', ...found?.headers })
        response.end(found?.body ?? '{}')
      }, found?.delay ?? 0)
    },
  )
  await new Promise<void>(resolve => server.listen(0, resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  let keys: IssuerKey[] = []
  const issuer: TestIssuer = {
    url,
    thumbprint: createHash('sha1').update(new X509Certificate(authority.certificatePem).raw).digest('hex'),
    certificateAuthorityPem: authority.certificatePem,
    asked,
    documents,
    rotate() {
      keys = [newKey('RS256'), newKey('ES256')]
      documents['/keys'] = {
        body: JSON.stringify({
          keys: keys.map(({ publicKey, id, algorithm }) => ({
            ...publicKey.export({ format: 'jwk' }),
            kid: id,
            alg: algorithm,
            use: 'sig',
          })),
        }),
      }
    },
    async token(claims, { algorithm = 'RS256', expiresIn = 600, now: at = now() } = {}) {
      const key = keys.find(candidate => candidate.algorithm === algorithm) as IssuerKey
      const issuedAt = Math.floor(at / 1000)
      return new SignJWT({ iss: url, iat: issuedAt, exp: issuedAt + expiresIn, ...claims })
        .setProtectedHeader({ alg: algorithm, kid: key.id })
        .sign(key.privateKey)
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  documents['/.well-known/openid-configuration'] = { body: JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }) }
  issuer.rotate()
  return issuer
}
