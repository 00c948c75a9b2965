import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WireRequest } from '../message.ts'
import { PayloadHashError } from './body-stream.ts'
import { canonicalRequest } from './canonical-request.ts'
import { emptyPayloadHash, sha256Hex } from './payload-hash.ts'
import { streamingKinds } from './chunked-payload.ts'
import type { SignatureClaim } from './claim.ts'
import { signingKey } from './signing-key.ts'
import { HeadersNotSigned, PayloadHashForm, SignatureError, SignatureMismatch } from './signature-error.ts'
import { formatBasicTimestamp } from './timestamp.ts'

/** How far a signature's time may be from ours. IAM User Guide, "Troubleshoot Signature Version 4 requests". */
const skewMilliseconds = 5 * 60_000
/** S3's. Amazon S3 API Reference, "Error responses", RequestTimeTooSkewed. */
export const s3SkewMilliseconds = 15 * 60_000

/**
 * Verifies a claim's scope, time and signature.
 * @param secretAccessKey  the secret of the claim's access key
 * @param now              epoch milliseconds
 * @throws                 SignatureError, with AWS's text; PayloadHashError for a payload of S3's that is not the one that was signed
 */
export function verifySignature(request: WireRequest, claim: SignatureClaim, secretAccessKey: string, now: number): void {
  verifyTime(claim, now)
  verifySignedHeaders(request, claim)
  const s3 = claim.service === 's3'
  const canonical = canonicalRequest(request, claim.signedHeaders, payloadHash(request, claim), s3)
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const stringToSign = `AWS4-HMAC-SHA256\n${claim.timestamp}\n${scope}\n${sha256Hex(canonical)}`
  const expected = createHmac('sha256', signingKey(secretAccessKey, claim)).update(stringToSign).digest()
  const given = /^[0-9a-f]{64}$/.test(claim.signature) ? Buffer.from(claim.signature, 'hex') : Buffer.alloc(32)
  if (!timingSafeEqual(expected, given)) throw new SignatureMismatch({ canonicalRequest: canonical, stringToSign })
  if (s3) verifyPayload(request)
}

function verifyTime(claim: SignatureClaim, now: number): void {
  if (claim.timestamp.slice(0, 8) !== claim.date)
    throw new SignatureError(
      'mismatch',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.date.slice(0, 20)}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    )
  const skew = claim.service === 's3' ? s3SkewMilliseconds : skewMilliseconds
  const lifetime = claim.expiresSeconds === undefined ? skew : claim.expiresSeconds * 1000
  const time = formatBasicTimestamp
  if (claim.requestAt + lifetime < now)
    throw new SignatureError(
      'expired',
      `Signature expired: ${claim.timestamp} is now earlier than ${time(now - lifetime)} (${time(now)} - ${Math.round(lifetime / 60_000)} min.)`,
      claim.form === 'presigned',
    )
  if (claim.requestAt - skew > now)
    throw new SignatureError(
      'expired',
      `Signature not yet current: ${claim.timestamp} is still later than ${time(now + skew)} (${time(now)} + ${skew / 60_000} min.)`,
    )
}

/** The host and every X-Amz header must be covered, so that nobody on the way can change what the service acts upon. */
function verifySignedHeaders(request: WireRequest, claim: SignatureClaim): void {
  const signed = new Set(claim.signedHeaders)
  if (!signed.has('host') && !signed.has(':authority'))
    throw new SignatureError('mismatch', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  const unsigned: string[] = []
  for (const name in request.headers)
    if (name.startsWith('x-amz-') && !signed.has(name) && name !== 'x-amz-content-sha256') unsigned.push(name)
  if (unsigned.length > 0) throw new HeadersNotSigned(unsigned)
  for (const name of claim.signedHeaders)
    if (!Object.hasOwn(request.headers, name))
      throw new SignatureError('mismatch', `'${name.slice(0, 100)}' is a 'SignedHeader' but is not in the request.`)
}

function payloadHash({ headers, body }: WireRequest, { service, form }: SignatureClaim): string {
  const declared = headers['x-amz-content-sha256']
  if (service === 's3') return declaredHash(declared, form)
  const actual = hashOf(body)
  if (declared !== undefined && declared !== actual) throw new SignatureMismatch()
  return actual
}

const hashOf = (body: Uint8Array) => (body.length === 0 ? emptyPayloadHash : sha256Hex(body))

/** What S3 takes in the place of a payload's hash; the chunks of streamed ones have signatures of their own. */
const declaredKinds = new Set<string>(['UNSIGNED-PAYLOAD', ...streamingKinds])
const sha256Form = /^[0-9a-f]{64}$/

/** S3's signatures cover what the request says of its payload. Amazon S3 API Reference, "Authenticating requests: using the authorization header". */
function declaredHash(declared: string | undefined, form: SignatureClaim['form']): string {
  if (declared === undefined && form === 'presigned') return 'UNSIGNED-PAYLOAD'
  if (declared === undefined) throw new SignatureError('unsupported', 'Missing required header for this request: x-amz-content-sha256')
  if (!declaredKinds.has(declared) && !sha256Form.test(declared)) throw new PayloadHashForm(declared)
  return declared
}

/** S3's payload is what its request says, once that is signed. One that is still to come is checked when it has come. */
function verifyPayload({ headers, body, stream }: WireRequest): void {
  const declared = headers['x-amz-content-sha256'] ?? ''
  if (stream || !sha256Form.test(declared)) return
  const actual = hashOf(body)
  if (declared !== actual) throw new PayloadHashError(declared, actual)
}
