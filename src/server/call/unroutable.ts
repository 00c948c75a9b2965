import type { Service } from '../../services/operation.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { WireRequest, WireResponse } from '../../wire/message.ts'
import { protocolOf } from '../../wire/protocols/index.ts'
import { readSignature, type SignatureClaim } from '../../wire/sigv4/claim.ts'
import type { Registry } from '../registry.ts'
import { asAuthenticationError, authenticationError } from './authentication-errors.ts'
import { askAgain, throttled } from './throttled.ts'

/** What a request claims, or why that cannot be read. */
export interface Signature {
  readonly claim: SignatureClaim | undefined
  readonly problem?: unknown
}

/** Never throws: who the answer goes to, and in which form, is to be found out first. */
export function claimOf(request: WireRequest): Signature {
  try {
    return { claim: readSignature(request) }
  } catch (problem) {
    return { claim: undefined, problem }
  }
}

/** A request that names no service of ours, or does not say for sure which, is answered in the form that its sender can most likely read. */
export function unroutable(registry: Registry, request: WireRequest, { claim, problem }: Signature, requestId: string): WireResponse {
  const meant = claim ? undefined : registry.serviceMeant(request)?.model
  const protocol = meant?.protocol ?? likelyProtocol(request)
  const error = problem
    ? (asAuthenticationError(problem, protocol) as ServiceError)
    : claim
      ? new ServiceError('UnknownService', 400, `Gatehouse does not serve '${claim.service.slice(0, 50)}'.`)
      : authenticationError('missing', 'Request is missing Authentication Token', protocol)
  return protocolOf(protocol).encodeError(error, meant ?? (unknownModel as Service['model']), requestId)
}

const likelyProtocol = ({ headers }: WireRequest) =>
  headers['x-amz-target'] || headers['content-type']?.includes('json') ? 'json' : 'query'

const unknownModel = { xmlNamespace: 'https://gatehouse.local/doc/', jsonVersion: '1.1', shapes: {} }

/** The answer to a call that is not taken on: nothing of it is looked at but which service it means. */
export function shed(registry: Registry, request: WireRequest, requestId: string): WireResponse {
  const { claim } = claimOf(request)
  const service = claim ? registry.serviceBySigningName(claim.service) : registry.serviceOfUnsigned(request)
  const model = service?.model ?? { ...unknownModel, protocol: likelyProtocol(request) }
  return askAgain(protocolOf(model.protocol).encodeError(throttled(model), model as Service['model'], requestId))
}
