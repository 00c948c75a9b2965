import type { WireRequest } from '../message.ts'
import { SignatureError } from './signature-error.ts'
import { parseBasicTimestamp } from './timestamp.ts'

/** Who a request says to be from, and with what proof; nothing is believed yet. */
export interface SignatureClaim {
  readonly form: 'header' | 'presigned'
  readonly accessKeyId: string
  /** The scope's date, `YYYYMMDD`. */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  /** Lower-case hexadecimal. */
  readonly signature: string
  /** As sent: `YYYYMMDD'T'HHMMSS'Z'`. */
  readonly timestamp: string
  /** Epoch milliseconds of that. */
  readonly requestAt: number
  /** Presigned requests only. */
  readonly expiresSeconds?: number
  readonly sessionToken?: string
}

const algorithm = 'AWS4-HMAC-SHA256'
/** Seven days. "Authenticating requests: using query parameters". */
const longestExpirySeconds = 604_800

/**
 * Reads a request's signature, in headers or in the query.
 * @returns undefined for an anonymous request
 * @throws  SignatureError when a signature is there but incomplete or of another algorithm
 * @see     IAM User Guide, "Create a signed AWS API request"
 */
export function readSignature(request: WireRequest): SignatureClaim | undefined {
  const authorization = request.headers['authorization']
  if (authorization !== undefined) return fromHeader(authorization, request)
  if (request.query.includes('X-Amz-Algorithm=') || request.query.includes('X-Amz-Signature=')) return fromQuery(request)
  // Signature Version 2, which a request would otherwise be taken without.
  if (/(?:^|&)AWSAccessKeyId=/.test(request.query)) throw new SignatureError('unsupported', unsupported)
  return undefined
}

const unsupported = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'

function fromHeader(authorization: string, request: WireRequest): SignatureClaim {
  const space = authorization.indexOf(' ')
  const scheme = space === -1 ? authorization : authorization.slice(0, space)
  requireAlgorithm(scheme)
  const parts: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  for (const part of authorization.slice(space + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals === -1)
      throw new SignatureError(
        'incomplete',
        `'${part.trim()}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      )
    parts[part.slice(0, equals).trim()] = part.slice(equals + 1).trim()
  }
  const timestamp = request.headers['x-amz-date'] ?? request.headers['date']
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter(name => !parts[name])
    .map(name => `Authorization header requires '${name}' parameter.`)
  if (timestamp === undefined) missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  if (missing.length > 0 || timestamp === undefined) throw new SignatureError('incomplete', `${missing.join(' ')} Authorization=${scheme}`)
  const sessionToken = request.headers['x-amz-security-token']
  return {
    form: 'header',
    ...scopeOf(parts['Credential'] as string),
    signedHeaders: signedHeadersOf(parts['SignedHeaders'] as string),
    signature: parts['Signature'] as string,
    ...timeOf(timestamp),
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

function fromQuery(request: WireRequest): SignatureClaim {
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(request.query.replaceAll('+', '%2B'))) {
    if (!name.startsWith('X-Amz-')) continue
    if (values.has(name)) throw new SignatureError('incomplete', `Query parameter '${name}' must not be given twice.`, true)
    values.set(name, value)
  }
  const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date', 'X-Amz-Expires']
  const missing = required.filter(name => !values.get(name))
  // Services other than S3 presign without X-Amz-Expires too; the signature then lasts as long as one in a header.
  const lacking = missing.filter(name => name !== 'X-Amz-Expires')
  if (lacking.length > 0)
    throw new SignatureError('incomplete', lacking.map(name => `AWS query-string parameters must include '${name}'.`).join(' '), true)
  const value = (name: string) => values.get(name) as string
  requireAlgorithm(value('X-Amz-Algorithm'))
  const expiresSeconds = values.has('X-Amz-Expires') ? Number(value('X-Amz-Expires')) : undefined
  if (expiresSeconds !== undefined && !(Number.isInteger(expiresSeconds) && expiresSeconds >= 0 && expiresSeconds <= longestExpirySeconds))
    throw new SignatureError('incomplete', expiresText, true)
  const sessionToken = values.get('X-Amz-Security-Token')
  return {
    form: 'presigned',
    ...scopeOf(value('X-Amz-Credential')),
    signedHeaders: signedHeadersOf(value('X-Amz-SignedHeaders')),
    signature: value('X-Amz-Signature'),
    ...timeOf(value('X-Amz-Date')),
    ...(expiresSeconds !== undefined && { expiresSeconds }),
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

/** In Amazon S3's words. */
const expiresText = `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${longestExpirySeconds} seconds`

function requireAlgorithm(name: string): void {
  if (name === algorithm) return
  if (name === 'AWS') throw new SignatureError('unsupported', unsupported)
  // The algorithm is never taken from the request: asymmetric signatures would need keys that Gatehouse does not hold.
  if (name === 'AWS4-ECDSA-P256-SHA256')
    throw new SignatureError('incomplete', 'SigV4a (AWS4-ECDSA-P256-SHA256) signatures are not supported; sign with AWS4-HMAC-SHA256.')
  throw new SignatureError('incomplete', `Unsupported AWS 'algorithm': '${name.slice(0, 100)}'.`)
}

function scopeOf(credential: string): Pick<SignatureClaim, 'accessKeyId' | 'date' | 'region' | 'service'> {
  const elements = credential.split('/')
  if (elements.length !== 5)
    throw new SignatureError(
      'incomplete',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 200)}'`,
    )
  const [accessKeyId, date, region, service, terminator] = elements as [string, string, string, string, string]
  if (terminator !== 'aws4_request')
    throw new SignatureError(
      'mismatch',
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator.slice(0, 50)}'.`,
    )
  return { accessKeyId, date, region, service }
}

const signedHeadersOf = (list: string) => list.toLowerCase().split(';')

function timeOf(text: string): Pick<SignatureClaim, 'timestamp' | 'requestAt'> {
  const basic = parseBasicTimestamp(text)
  if (basic !== undefined) return { timestamp: text, requestAt: basic }
  // A `Date` header instead of X-Amz-Date is in RFC 1123 form; the string to sign has it in basic form.
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new SignatureError(
      'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${text.slice(0, 50)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  return { timestamp: `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`, requestAt: at }
}
