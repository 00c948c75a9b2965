import { ServiceError } from '../../wire/errors.ts'
import type { Random } from '../../types/random.ts'

/** A stack's operation fails, and says why in CloudFormation's words. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure'
}

/** A work ends without an end of its own: Gatehouse stops, or another operation took the stack over. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** Codes of handlers by those of services. CloudFormation CLI User Guide, "Handler error codes". */
const handlerCodes: readonly (readonly [RegExp, string])[] = [
  [/^(AccessDenied|UnauthorizedOperation)/, 'AccessDenied'],
  [/^(EntityAlreadyExists|ResourceInUse|BucketAlready|TrailAlreadyExists|Conflict|AlreadyExists)/, 'AlreadyExists'],
  [/^(NoSuch|ResourceNotFound|NotFound|TrailNotFound)/, 'NotFound'],
  [/^(LimitExceeded|ResourceLimitExceeded|ServiceQuotaExceeded|MaximumNumberOf|TooMany)/, 'ServiceLimitExceeded'],
  [/^(Throttling|TooManyRequests)/, 'Throttling'],
  [/^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient)/, 'InvalidCredentials'],
  [/(Invalid|Malformed|Validation)/, 'InvalidRequest'],
]

/** How services call themselves in handlers' messages. */
const serviceNames: { readonly [signingName: string]: string } = {
  iam: 'Iam',
  eks: 'Eks',
  s3: 'S3',
  cloudtrail: 'CloudTrail',
  'access-analyzer': 'AccessAnalyzer',
  cloudformation: 'CloudFormation',
}

/** Why a resource failed, as its event says it. */
export function failureReason(problem: unknown, service: string | undefined, random: Random): string {
  const cause = problem instanceof Error && problem.cause instanceof Error ? problem.cause : problem
  if (!(cause instanceof ServiceError) || service === undefined) return cause instanceof Error ? cause.message : 'Internal Failure'
  const code = handlerCodes.find(([pattern]) => pattern.test(cause.code))?.[1] ?? 'GeneralServiceException'
  const message = `${cause.message} (Service: ${serviceNames[service] ?? service}, Status Code: ${cause.status}, Request ID: ${random.uuid()})`
  return `Resource handler returned message: "${message}" (RequestToken: ${random.uuid()}, HandlerErrorCode: ${code})`
}
