import { type Operation, type Service, services } from '../services/index.ts'
import { ServiceError } from '../wire/errors.ts'
import type { WireRequest } from '../wire/message.ts'
import { protocolOf } from '../wire/protocols/index.ts'

/** What is served: services by signing name, and their operations. `gatehouse coverage` reads the same. */
export interface Registry {
  serviceBySigningName(name: string): Service | undefined
  /** The service that an unsigned request means. Only operations that need no credentials come so. */
  serviceOfUnsigned(request: WireRequest): Service | undefined
  operation(service: Service, name: string): Operation | undefined
}

/** The registry of all services. */
export function createRegistry(): Registry {
  const bySigningName = new Map<string, Service>()
  const byService = new Map<Service, ReadonlyMap<string, Operation>>()
  for (const { service, operations } of services) {
    bySigningName.set(service.model.signingName, service)
    byService.set(service, new Map(operations.map(operation => [operation.name, operation])))
  }
  return {
    serviceBySigningName: name => bySigningName.get(name),
    serviceOfUnsigned(request) {
      const host = request.headers['host'] ?? ''
      const byHost = [...bySigningName.values()].find(({ model }) => host.startsWith(`${model.endpointPrefix}.`))
      if (byHost) return byHost
      return [...bySigningName.values()].find(service => {
        const name = operationNameOf(request, service)
        return name !== undefined && Object.hasOwn(service.model.operations, name) && service.model.operations[name]?.unsigned === true
      })
    },
    operation: (service, name) => byService.get(service)?.get(name),
  }
}

/** @returns undefined as well for a request that a protocol cannot read: it means no service by it */
function operationNameOf(request: WireRequest, { model }: Service): string | undefined {
  try {
    return protocolOf(model.protocol).operationName(request, model)
  } catch (problem) {
    if (problem instanceof ServiceError) return undefined
    throw problem
  }
}
