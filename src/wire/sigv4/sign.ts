import { createHmac } from 'node:crypto'
import { canonicalRequest, encodeRfc3986 } from './canonical-request.ts'
import { sha256Hex } from './payload-hash.ts'
import { signingKey } from './signing-key.ts'
import { formatBasicTimestamp } from './timestamp.ts'

export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What is to be signed. Header names in lower case, `host` among them. */
export interface SignableRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | string
  /** In place of the body's hash: what S3 takes for a body that is sent as it comes. */
  readonly payloadHash?: string
}

export interface SigningScope {
  readonly region: string
  readonly service: string
}

/** The headers of the request, with those that sign it. @param now epoch milliseconds */
export function signHeaders(
  request: SignableRequest,
  credentials: SigningCredentials,
  scope: SigningScope,
  now: number,
): { [name: string]: string } {
  const timestamp = formatBasicTimestamp(now)
  const headers: { [name: string]: string } = { ...request.headers, 'x-amz-date': timestamp }
  if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken
  const signedHeaders = Object.keys(headers).sort()
  const canonical = canonicalRequest(
    { ...request, headers },
    signedHeaders,
    request.payloadHash ?? sha256Hex(request.body),
    scope.service === 's3',
  )
  const { credential, signature } = seal(canonical, credentials, scope, timestamp)
  headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return headers
}

/**
 * The query of a presigned request.
 * @param request         its body is not covered; its headers are, and must be sent as they are
 * @param expiresSeconds  how long the URL holds
 */
export function presignQuery(
  request: Omit<SignableRequest, 'body'>,
  credentials: SigningCredentials,
  scope: SigningScope,
  expiresSeconds: number,
  now: number,
): string {
  const timestamp = formatBasicTimestamp(now)
  const signedHeaders = Object.keys(request.headers).sort()
  const parameters: [string, string][] = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${timestamp.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ]
  if (credentials.sessionToken) parameters.push(['X-Amz-Security-Token', credentials.sessionToken])
  const added = parameters.map(([name, value]) => `${name}=${encodeRfc3986(value)}`).join('&')
  const query = request.query === '' ? added : `${request.query}&${added}`
  const payload = scope.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256Hex('')
  const { signature } = seal(
    canonicalRequest({ ...request, query }, signedHeaders, payload, scope.service === 's3'),
    credentials,
    scope,
    timestamp,
  )
  return `${query}&X-Amz-Signature=${signature}`
}

function seal(canonical: string, credentials: SigningCredentials, { region, service }: SigningScope, timestamp: string) {
  const date = timestamp.slice(0, 8)
  const scope = `${date}/${region}/${service}/aws4_request`
  const stringToSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256Hex(canonical)}`
  const signature = createHmac('sha256', signingKey(credentials.secretAccessKey, { date, region, service }))
    .update(stringToSign)
    .digest('hex')
  return { credential: `${credentials.accessKeyId}/${scope}`, signature }
}
