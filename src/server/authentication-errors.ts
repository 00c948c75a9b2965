import { CredentialError } from '../identity/credentials.ts'
import { ServiceError } from '../wire/errors.ts'
import type { ProtocolName } from '../wire/model.ts'
import { SignatureError } from '../wire/sigv4/signature-error.ts'

/** What can be wrong with a request's proof of identity. */
export type AuthenticationProblem = 'missing' | 'incomplete' | 'mismatch' | 'signatureExpired' | 'unknown' | 'tokenExpired'

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
  mismatch: { xml: { code: 'SignatureDoesNotMatch', status: 403 }, json: { code: 'InvalidSignatureException', status: 403 } },
  signatureExpired: { xml: { code: 'SignatureDoesNotMatch', status: 403 }, json: { code: 'InvalidSignatureException', status: 403 } },
  unknown: { xml: { code: 'InvalidClientTokenId', status: 403 }, json: { code: 'UnrecognizedClientException', status: 403 } },
  tokenExpired: { xml: { code: 'ExpiredToken', status: 403 }, json: { code: 'ExpiredTokenException', status: 403 } },
}

/** The error that a protocol answers for a problem with a request's proof of identity. */
export function authenticationError(problem: AuthenticationProblem, message: string, protocol: ProtocolName): ServiceError {
  const { code, status } = codes[problem][protocol === 'json' || protocol === 'rest-json' ? 'json' : 'xml']
  return new ServiceError(code, status, message)
}

/** A signature's or credential's problem as the protocol's error; anything else stays what it is. */
export function asAuthenticationError(problem: unknown, protocol: ProtocolName): unknown {
  if (problem instanceof SignatureError)
    return authenticationError(problem.kind === 'expired' ? 'signatureExpired' : problem.kind, problem.message, protocol)
  if (problem instanceof CredentialError)
    return authenticationError(problem.kind === 'expired' ? 'tokenExpired' : 'unknown', problem.message, protocol)
  return problem
}
