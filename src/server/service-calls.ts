import type { Principal } from '../identity/principal.ts'
import type { Operation, Service } from '../services/index.ts'
import type { RequestFacts } from '../services/request-facts.ts'
import { ServiceError } from '../wire/errors.ts'
import type { InsideCall, ServiceCalls } from '../services/world.ts'
import type { Call, PipelineParts } from './call/call.ts'
import { takeInput } from './call/decode.ts'
import { recordingRegionOf } from './call/region.ts'
import { answer } from './pipeline.ts'

/**
 * Calls of services to services, each through the whole pipeline but for the wire: authorized, handled and recorded as any other.
 * @param parts  of the pipeline; asked for late, as the world that the pipeline needs has these calls in it
 */
export function serviceCalls(parts: () => PipelineParts): ServiceCalls {
  return {
    async asService(service, source, asked) {
      return perform(parts(), asked, { type: 'service', service, source }, service)
    },
    async onBehalfOf(principal, service, asked) {
      return perform(parts(), asked, forwarded(principal, service), service)
    },
    async asServiceRole(session, service, asked) {
      return perform(parts(), asked, { ...session, heldBy: service } as Principal, service)
    },
    async asCaller(principal, request, asked) {
      return throughPipeline(parts(), asked, principal, request)
    },
  }
}

/** A caller whose rights a service uses, after the services that did before. IAM User Guide, "Forward access sessions". */
function forwarded(principal: Principal, service: string): Principal {
  if (!('account' in principal)) throw new Error(`${service} has no caller whose rights it could use`)
  return { ...principal, calledVia: [...(principal.calledVia ?? []), service] }
}

/** CloudTrail shows the service in place of address and agent. CloudTrail User Guide, "sourceIPAddress". */
const perform = (parts: PipelineParts, asked: InsideCall, principal: Principal, by: string) =>
  throughPipeline(parts, asked, principal, { sourceIp: by, userAgent: by, secure: true, host: '' })

/**
 * A call that this process makes for a person, without a socket.
 * @param userAgent  what stands on record for the program
 */
export const callAs = async (parts: PipelineParts, principal: Principal, userAgent: string, asked: InsideCall) =>
  (await throughPipeline(parts, asked, principal, { sourceIp: '127.0.0.1', userAgent, secure: true, host: '' })) as {
    readonly [name: string]: unknown
  }

async function throughPipeline(parts: PipelineParts, { input, ...asked }: InsideCall, principal: Principal, facts: RequestFacts) {
  const { world } = parts
  const [service, operation] = find(parts, asked)
  const call: Call = {
    facts,
    requestId: world.random.uuid(),
    service,
    operationName: operation.name,
    now: parts.now(),
    region: recordingRegionOf(service, undefined, world.settings.region),
    principal,
    operation,
  }
  return answer(parts, call, () => takeInput(call, input))
}

function find({ registry }: PipelineParts, asked: Pick<InsideCall, 'service' | 'operation'>): [Service, Operation] {
  const service = registry.serviceBySigningName(asked.service)
  const operation = service && registry.operation(service, asked.operation)
  if (!service || !operation) throw new ServiceError('UnknownOperationException', 404, `${asked.service}:${asked.operation} is not served`)
  return [service, operation]
}
