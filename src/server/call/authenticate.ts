import type { Service } from '../../services/operation.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { BodyStream, WireRequest } from '../../wire/message.ts'
import { bodyStreamOf } from '../../wire/sigv4/body-stream.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'
import { verifySignature } from '../../wire/sigv4/verify.ts'
import { asAuthenticationError, asPayloadError, authenticationError } from './authentication-errors.ts'
import type { Call, PipelineParts } from './call.ts'
import { servesRegion } from './region.ts'

/** What chunks of a body are signed with, as their request is. */
interface Signer {
  readonly claim: SignatureClaim
  readonly secretAccessKey: string
}

/**
 * Finds out who calls, and tells the call. Undefined for those who need not say.
 * @param request           as it was received: it is what was signed
 * @param signatureProblem  why the signature could not be read
 * @throws ServiceError in the words of the service's protocol
 */
export async function authenticate(
  { world, credentials }: PipelineParts,
  call: Call,
  request: WireRequest,
  signatureProblem: unknown,
): Promise<Signer | undefined> {
  const protocol = call.service.model.protocol
  try {
    if (signatureProblem) throw signatureProblem
    const { claim } = call
    if (!claim) {
      if (call.service.anonymous || call.service.model.operations[call.operationName]?.unsigned) return undefined
      throw authenticationError('missing', 'Request is missing Authentication Token', protocol)
    }
    const { principal, secretAccessKey } = await credentials.find(claim.accessKeyId, claim.sessionToken, call.now)
    verifySignature(request, claim, secretAccessKey, call.now)
    verifyScope(call.service, claim, world.settings.region)
    call.principal = principal
    return { claim, secretAccessKey }
  } catch (problem) {
    throw asAuthenticationError(problem, protocol, call)
  }
}

/** Global services sign for us-east-1; regional ones for the region that Gatehouse is. STS and CloudTrail answer for both. */
function verifyScope(service: Service, claim: SignatureClaim, region: string): void {
  if (servesRegion(service, claim.region, region)) return
  // IAM's one endpoint takes us-east-1 alone on AWS; SDKs pointed at one endpoint sign with their own region, which is ours above.
  if (service.model.protocol !== 'rest-xml')
    throw authenticationError('mismatch', `Credential should be scoped to a valid region.`, service.model.protocol)
  // SDKs try again with the region that they are told. Amazon S3 API Reference, "Error responses", AuthorizationHeaderMalformed.
  const message = `The authorization header is malformed; the region '${claim.region.slice(0, 50)}' is wrong; expecting '${region}'`
  throw new ServiceError('AuthorizationHeaderMalformed', 400, message, { Region: region })
}

/** The body of a request that is read as it comes, held against what it was signed as. @throws ServiceError for a form that is none */
export function streamOf(request: WireRequest, signer: Signer | undefined): BodyStream | undefined {
  try {
    return bodyStreamOf(request, signer)
  } catch (problem) {
    throw asPayloadError(problem)
  }
}
