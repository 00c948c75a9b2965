import { ServiceError } from '../../wire/errors.ts'
import { formatTimestamp } from '../../wire/protocols/timestamps.ts'
import type { PayloadHashError } from '../../wire/sigv4/body-stream.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'
import {
  type Calculation,
  HeadersNotSigned,
  PayloadHashForm,
  type SignatureError,
  SignatureMismatch,
} from '../../wire/sigv4/signature-error.ts'
import { s3SkewMilliseconds } from '../../wire/sigv4/verify.ts'

/** What a request says of its signature, where it could be read, and when it came in epoch milliseconds. */
export interface Asked {
  readonly claim?: SignatureClaim | undefined
  readonly now: number
}

/**
 * What S3 says of a signature in its own way, with what it calculated. Undefined for what it says as others do.
 * @see Amazon S3 API Reference, "Error responses"
 */
export function s3SignatureError(problem: SignatureError, asked: Asked): ServiceError | undefined {
  if (problem instanceof HeadersNotSigned)
    return new ServiceError('AccessDenied', 403, 'There were headers present in the request which were not signed', {
      HeadersNotSigned: problem.names.join(', '),
    })
  if (problem instanceof PayloadHashForm)
    return new ServiceError('InvalidArgument', 400, `x-amz-content-sha256 must be ${payloadWords.join(', ')} or a valid sha256 value.`, {
      ArgumentName: 'x-amz-content-sha256',
      ArgumentValue: problem.declared,
    })
  if (problem instanceof SignatureMismatch) return mismatch(problem, asked)
  if (problem.kind === 'expired') return expired(problem, asked)
  return problem.presigned ? malformed(problem) : undefined
}

/** As S3 lists them; asymmetric signatures are refused before. */
const payloadWords = [
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
]

/** A payload that is not the one that its request was signed with. */
export const payloadMismatch = ({ message, declared, computed }: PayloadHashError) =>
  new ServiceError('XAmzContentSHA256Mismatch', 400, message, {
    ClientComputedContentSHA256: declared,
    S3ComputedContentSHA256: computed,
  })

function mismatch({ calculation }: SignatureMismatch, { claim }: Asked): ServiceError {
  const text = 'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
  return new ServiceError('SignatureDoesNotMatch', 403, text, claim && calculation && calculated(claim, calculation))
}

const calculated = ({ accessKeyId, signature }: SignatureClaim, { canonicalRequest, stringToSign }: Calculation) => ({
  AWSAccessKeyId: accessKeyId,
  StringToSign: stringToSign,
  SignatureProvided: signature,
  StringToSignBytes: bytesOf(stringToSign),
  CanonicalRequest: canonicalRequest,
  CanonicalRequestBytes: bytesOf(canonicalRequest),
})

const bytesOf = (text: string) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ')

function expired({ presigned }: SignatureError, { claim, now }: Asked): ServiceError {
  const ServerTime = secondsOf(now)
  if (!presigned)
    return new ServiceError('RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.', {
      RequestTime: claim?.timestamp,
      ServerTime,
      MaxAllowedSkewMilliseconds: s3SkewMilliseconds,
    })
  const { expiresSeconds = 0, requestAt = now } = claim ?? {}
  return new ServiceError('AccessDenied', 403, 'Request has expired', {
    'X-Amz-Expires': expiresSeconds,
    Expires: secondsOf(requestAt + expiresSeconds * 1000),
    ServerTime,
  })
}

const secondsOf = (at: number) => formatTimestamp(new Date(at), 'iso8601')

/** Of a presigned URL that cannot hold. */
function malformed({ message }: SignatureError): ServiceError {
  const lacking = message.startsWith('AWS query-string parameters must include')
  return new ServiceError('AuthorizationQueryParametersError', 400, lacking ? lackingText : message)
}

const lackingText =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.'
