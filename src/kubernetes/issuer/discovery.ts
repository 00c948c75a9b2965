import { createHash, createPublicKey } from 'node:crypto'
import { rememberedByText } from '../../identity/remembered-by-text.ts'

/** A public key of a cluster's issuer. */
export interface IssuerKey {
  readonly keyId: string
  /** SPKI PEM. */
  readonly publicKey: string
}

/** An answer over HTTP, for the listener to send as it is. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** How long verifiers may keep discovery document and keys; kube-apiserver's own figure. A new key is published for as long before it signs. */
export const cacheSeconds = 3600

const issuerIdForm = /^[0-9A-F]{32}$/

/** The issuer's URL: `https://HOST:PORT/id/<id>`, as EKS's. @param origin  scheme and authority without a slash at the end */
export const issuerUrl = (origin: string, clusterId: string): string => `${origin}/id/${clusterId}`

/** The id of a key as Kubernetes gives it: unpadded base64url of the SHA-256 of its DER. Kubernetes KEP 1393. */
export function keyIdOf(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(der).digest('base64url')
}

/** The discovery document, equal to that of an EKS cluster. OpenID Connect Discovery 1.0, section 3. */
export const discoveryDocument = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/keys`,
  authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  claims_supported: ['sub', 'iss'],
  id_token_signing_alg_values_supported: ['RS256'],
})

export interface RsaJwk {
  readonly kty: 'RSA'
  readonly use: 'sig'
  readonly alg: 'RS256'
  readonly kid: string
  readonly n: string
  readonly e: string
}

/** The key set. RFC 7517. */
export function keySet(keys: readonly IssuerKey[]): { readonly keys: RsaJwk[] } {
  return {
    keys: keys.map(({ keyId, publicKey }) => ({ use: 'sig', kty: 'RSA', kid: keyId, alg: 'RS256', ...numbersOf(publicKey) })),
  }
}

/** Modulus and exponent of a key. Every exchange of a pod's token asks for those of its cluster: they are read once. */
const numbersOf = rememberedByText(1_000, (publicKeyPem): Pick<RsaJwk, 'n' | 'e'> => {
  const { n = '', e = '' } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  return { n, e }
})

/** Files for hosting an issuer on any web server: discovery document and key set, by path below the issuer's URL. */
export const staticIssuerFiles = (issuer: string, keys: readonly IssuerKey[]) => [
  { path: '.well-known/openid-configuration', contentType: 'application/json', body: JSON.stringify(discoveryDocument(issuer)) },
  { path: 'keys', contentType: 'application/jwk-set+json', body: JSON.stringify(keySet(keys)) },
]

/**
 * Serves the issuers of all clusters: `/id/<id>/.well-known/openid-configuration` and `/id/<id>/keys`.
 * @param path    without the query
 * @param issuer  finds a cluster's issuer by its id
 */
export async function serveIssuer(
  method: string,
  path: string,
  issuer: (clusterId: string) => Promise<{ readonly issuer: string; readonly keys: readonly IssuerKey[] } | undefined>,
): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'method not allowed', { allow: 'GET, HEAD' })
  const [, id = '', file = ''] = /^\/id\/([^/]*)\/(.*)$/.exec(path) ?? []
  const found = issuerIdForm.test(id) ? await issuer(id) : undefined
  const document = found && staticIssuerFiles(found.issuer, found.keys).find(({ path }) => path === file)
  if (!document) return plain(404, 'not found')
  const headers = { 'content-type': document.contentType, 'cache-control': `public, max-age=${cacheSeconds}` }
  return { status: 200, headers, body: method === 'HEAD' ? '' : document.body }
}

const plain = (status: number, text: string, headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: `${text}\n`,
})
