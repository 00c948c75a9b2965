import { canonicalRequest, encodeRfc3986 } from '../../src/wire/sigv4/canonical-request.ts'

export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface Signable {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Names in lower case, `host` among them: the browser sends that one by itself. */
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

interface Scope {
  readonly region: string
  readonly service: string
}

const text = new TextEncoder()

/**
 * The headers of a request with those that sign it, by WebCrypto.
 * @param now  epoch milliseconds
 * @see IAM User Guide, "Create a signed AWS API request"
 */
export async function signHeaders(
  request: Signable,
  credentials: SigningCredentials,
  { region, service }: Scope,
  now: number,
): Promise<{ [name: string]: string }> {
  const timestamp = basicTimestamp(now)
  const headers: { [name: string]: string } = { ...request.headers, 'x-amz-date': timestamp }
  if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken
  const names = Object.keys(headers).sort()
  const canonical = canonicalRequest({ ...request, headers }, names, await sha256Hex(request.body), service === 's3')
  const { credential, signature } = await seal(canonical, credentials, { region, service }, timestamp)
  headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return headers
}

/** The query of a presigned GET request, with the headers that have to go with it. */
export async function presignQuery(
  { path, query, headers }: Pick<Signable, 'path' | 'query' | 'headers'>,
  credentials: SigningCredentials,
  { region, service }: Scope,
  { expiresSeconds, now }: { readonly expiresSeconds: number; readonly now: number },
): Promise<string> {
  const timestamp = basicTimestamp(now)
  const names = Object.keys(headers).sort()
  const parameters = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', names.join(';')],
    ...(credentials.sessionToken ? [['X-Amz-Security-Token', credentials.sessionToken]] : []),
  ]
  const added = parameters.map(([name = '', value = '']) => `${name}=${encodeRfc3986(value)}`).join('&')
  const whole = query === '' ? added : `${query}&${added}`
  const canonical = canonicalRequest({ method: 'GET', path, query: whole, headers }, names, await sha256Hex(''), service === 's3')
  const { signature } = await seal(canonical, credentials, { region, service }, timestamp)
  return `${whole}&X-Amz-Signature=${signature}`
}

const basicTimestamp = (now: number) => `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`

async function seal(canonical: string, credentials: SigningCredentials, { region, service }: Scope, timestamp: string) {
  const date = timestamp.slice(0, 8)
  const scope = `${date}/${region}/${service}/aws4_request`
  const stringToSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${await sha256Hex(canonical)}`
  const key = await signingKey(credentials.secretAccessKey, [date, region, service, 'aws4_request'])
  return { credential: `${credentials.accessKeyId}/${scope}`, signature: hexadecimal(await hmac(key, stringToSign)) }
}

async function signingKey(secret: string, steps: readonly string[]): Promise<ArrayBuffer> {
  let key: ArrayBuffer = bytesOf(`AWS4${secret}`)
  for (const step of steps) key = await hmac(key, step)
  return key
}

async function hmac(key: ArrayBuffer, data: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return crypto.subtle.sign('HMAC', imported, bytesOf(data))
}

const sha256Hex = async (data: string) => hexadecimal(await crypto.subtle.digest('SHA-256', bytesOf(data)))
const bytesOf = (data: string): ArrayBuffer => text.encode(data).buffer
const hexadecimal = (bytes: ArrayBuffer) => Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('')
