import { CredentialError } from '../../identity/credentials.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { ProtocolName } from '../../wire/model.ts'
import { PayloadHashError } from '../../wire/sigv4/body-stream.ts'
import { ChunkError } from '../../wire/sigv4/chunked-payload.ts'
import { SignatureError } from '../../wire/sigv4/signature-error.ts'
import { type Asked, payloadMismatch, s3SignatureError } from './s3-signature-errors.ts'

/** What can be wrong with a request's proof of identity. */
export type AuthenticationProblem =
  | 'missing'
  | 'incomplete'
  | 'unsupported'
  | 'mismatch'
  | 'signatureExpired'
  | 'unknown'
  | 'token'
  | 'tokenExpired'

interface CodeAndStatus {
  readonly code: string
  readonly status: number
}

/**
 * The code of each problem in the XML protocols and in the JSON ones.
 * IAM API Reference, EKS API Reference and CloudTrail API Reference, "Common Errors".
 */
const codes: { readonly [Problem in AuthenticationProblem]: { readonly xml: CodeAndStatus; readonly json: CodeAndStatus } } = {
  missing: { xml: { code: 'MissingAuthenticationToken', status: 403 }, json: { code: 'MissingAuthenticationTokenException', status: 403 } },
  incomplete: { xml: { code: 'IncompleteSignature', status: 400 }, json: { code: 'IncompleteSignatureException', status: 403 } },
  unsupported: { xml: { code: 'IncompleteSignature', status: 400 }, json: { code: 'IncompleteSignatureException', status: 403 } },
  mismatch: { xml: { code: 'SignatureDoesNotMatch', status: 403 }, json: { code: 'InvalidSignatureException', status: 403 } },
  signatureExpired: { xml: { code: 'SignatureDoesNotMatch', status: 403 }, json: { code: 'InvalidSignatureException', status: 403 } },
  unknown: { xml: { code: 'InvalidClientTokenId', status: 403 }, json: { code: 'UnrecognizedClientException', status: 403 } },
  token: { xml: { code: 'InvalidClientTokenId', status: 403 }, json: { code: 'UnrecognizedClientException', status: 403 } },
  tokenExpired: { xml: { code: 'ExpiredToken', status: 403 }, json: { code: 'ExpiredTokenException', status: 403 } },
}

/** S3's codes, and its texts where they are its own. Amazon S3 API Reference, "Error responses". */
const s3Codes: { readonly [Problem in AuthenticationProblem]: CodeAndStatus & { readonly message?: string } } = {
  missing: { code: 'AccessDenied', status: 403, message: 'Access Denied' },
  incomplete: { code: 'AuthorizationHeaderMalformed', status: 400 },
  unsupported: { code: 'InvalidRequest', status: 400 },
  mismatch: { code: 'SignatureDoesNotMatch', status: 403 },
  signatureExpired: {
    code: 'RequestTimeTooSkewed',
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
  },
  unknown: { code: 'InvalidAccessKeyId', status: 403, message: 'The AWS Access Key Id you provided does not exist in our records.' },
  token: { code: 'InvalidToken', status: 400, message: 'The provided token is malformed or otherwise invalid.' },
  tokenExpired: { code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' },
}

/** A body that is not what its request declares. Amazon S3 API Reference, "Error responses". */
export function asPayloadError(problem: unknown): unknown {
  if (problem instanceof PayloadHashError) return payloadMismatch(problem)
  if (problem instanceof ChunkError) return new ServiceError('IncompleteBody', 400, problem.message)
  return problem instanceof SignatureError ? asAuthenticationError(problem, 'rest-xml') : problem
}

/** EC2 has codes of its own. EC2 API Reference, "Error codes for the Amazon EC2 API", common client errors. */
const notValidated = { code: 'AuthFailure', status: 401, message: 'AWS was not able to validate the provided access credentials' }
const expired = { code: 'RequestExpired', status: 400, message: 'Request has expired.' }
const ec2Codes: { readonly [Problem in AuthenticationProblem]?: CodeAndStatus & { readonly message?: string } } = {
  mismatch: notValidated,
  unknown: notValidated,
  token: notValidated,
  signatureExpired: expired,
  tokenExpired: expired,
}

/** The error that a protocol answers for a problem with a request's proof of identity. */
export function authenticationError(problem: AuthenticationProblem, message: string, protocol: ProtocolName): ServiceError {
  if (protocol === 'rest-xml') {
    const { code, status, message: own = message } = s3Codes[problem]
    return new ServiceError(code, status, own)
  }
  const own = protocol === 'ec2' ? ec2Codes[problem] : undefined
  const { code, status } = own ?? codes[problem][protocol === 'json' || protocol === 'rest-json' ? 'json' : 'xml']
  return new ServiceError(code, status, own?.message ?? message)
}

/** A signature's or credential's problem as the protocol's error; anything else stays what it is. */
export function asAuthenticationError(problem: unknown, protocol: ProtocolName, asked: Asked = { now: 0 }): unknown {
  if (problem instanceof SignatureError)
    return (
      (protocol === 'rest-xml' ? s3SignatureError(problem, asked) : undefined) ??
      authenticationError(problem.kind === 'expired' ? 'signatureExpired' : problem.kind, problem.message, protocol)
    )
  if (problem instanceof PayloadHashError) return payloadMismatch(problem)
  return problem instanceof CredentialError ? credentialError(problem, protocol, asked) : problem
}

function credentialError({ kind, message }: CredentialError, protocol: ProtocolName, { claim }: Asked): ServiceError {
  const withToken = claim?.sessionToken !== undefined
  const {
    code,
    status,
    message: text,
  } = authenticationError(kind === 'expired' ? 'tokenExpired' : withToken ? 'token' : 'unknown', message, protocol)
  // S3 tells the key that it does not know.
  return new ServiceError(code, status, text, code === 'InvalidAccessKeyId' && claim ? { AWSAccessKeyId: claim.accessKeyId } : undefined)
}
