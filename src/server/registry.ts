import { type Operation, type Service, services } from '../services/index.ts'
import { ServiceError } from '../wire/errors.ts'
import type { WireRequest } from '../wire/message.ts'
import type { ServiceModel } from '../wire/model.ts'
import { protocolOf } from '../wire/protocols/index.ts'

/** What is served: services by signing name, and their operations. `gatehouse coverage` reads the same. */
export interface Registry {
  serviceBySigningName(name: string): Service | undefined
  /** The service that an unsigned request means. Only operations that need no credentials come so. */
  serviceOfUnsigned(request: WireRequest): Service | undefined
  /** The service that a request most likely means which nothing can be told of for sure: a refusal is worded as that service words it. */
  serviceMeant(request: WireRequest): Service | undefined
  operation(service: Service, name: string): Operation | undefined
  /** The operation that a whole request asks for, as far as can be told before anything about it is believed. */
  operationOf(request: WireRequest): Operation | undefined
  /** Whether a request's body is to be read as it comes: its operation takes a stream. */
  streams(head: WireRequest): boolean
}

/**
 * The registry of all services.
 * @param upstreams  services that other servers are; one of ours of the same name steps aside
 */
export function createRegistry(upstreams: typeof services = []): Registry {
  const bySigningName = new Map<string, Service>()
  const byService = new Map<Service, ReadonlyMap<string, Operation>>()
  for (const { service, operations } of [...services, ...upstreams]) {
    bySigningName.set(service.model.signingName, service)
    byService.set(service, new Map(operations.map(operation => [operation.name, operation])))
  }
  const signedFor = (head: WireRequest): Service | undefined => {
    const scope = /(?:\/|%2F)([a-z0-9-]+)(?:\/|%2F)aws4_request/i.exec(head.headers['authorization'] ?? head.query)
    return scope ? bySigningName.get(scope[1] as string) : undefined
  }
  const byHost = ({ headers: { host = '' } }: WireRequest): Service | undefined =>
    [...bySigningName.values()].find(({ model }) => host.startsWith(`${model.endpointPrefix}.`))
  const servicesCalled = (request: WireRequest): readonly Service[] =>
    [...bySigningName.values()].filter(service => {
      const name = operationNameOf(request, service)
      return name !== undefined && Object.hasOwn(service.model.operations, name)
    })
  return {
    serviceBySigningName: name => bySigningName.get(name),
    serviceMeant(request) {
      const told = signedFor(request) ?? byHost(request)
      if (told) return told
      const called = servicesCalled(request)
      // Services have actions of the same names: the version tells them apart.
      const ofVersion = called.find(({ model }) => protocolOf(model.protocol).version?.(request) === model.apiVersion)
      // The root is S3's list of buckets; a path that is another service's too is not a bucket's.
      const likely = called.find(({ anonymous = false }) => anonymous === (request.path === '/'))
      return ofVersion ?? likely ?? called[0]
    },
    serviceOfUnsigned(request) {
      const told = byHost(request)
      if (told) return told
      const called = servicesCalled(request)
      const withoutCredentials = called.find(service => service.model.operations[operationNameOf(request, service) as string]?.unsigned)
      // A path that is another service's is not a bucket's, unless the host says so.
      return (
        withoutCredentials ??
        (called.every(({ anonymous }) => anonymous) || request.hostedBucket ? called.find(({ anonymous }) => anonymous) : undefined)
      )
    },
    streams(head) {
      // Cheap for all that cannot be: only PUTs carry objects, and no bucket is called as our own paths begin.
      if (head.method !== 'PUT' || head.path.startsWith('/_gatehouse/')) return false
      const service = signedFor(head) ?? this.serviceOfUnsigned(head)
      const name = service && operationNameOf(head, service)
      return name !== undefined && takesStream((service as Service).model, name)
    },
    operation: (service, name) => byService.get(service)?.get(name),
    operationOf(request) {
      const service = signedFor(request) ?? this.serviceOfUnsigned(request)
      const name = service && operationNameOf(request, service)
      return name === undefined ? undefined : byService.get(service as Service)?.get(name)
    },
  }
}

function takesStream({ operations, shapes }: ServiceModel, name: string): boolean {
  const shape = shapes[operations[name]?.input ?? '']
  return shape?.type === 'structure' && shape.payload !== undefined && shape.members[shape.payload]?.streaming === true
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
