import { formParameters } from '../../wire/protocols/form.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { Configuration } from '../configuration.ts'
import type { Registry } from '../registry.ts'

/** Services whose answers are all in the store. */
const services: ReadonlySet<string> = new Set(['iam', 'sts'])

/**
 * Whether a request is one that a worker answers by itself: a call that changes nothing, and needs nothing that only the first process has.
 * Nothing about it is believed yet.
 */
export function servedByWorkers(registry: Registry, { strictTokens }: Configuration): (request: WireRequest) => boolean {
  return request => {
    if (request.path !== '/' || request.stream) return false
    const operation = registry.operationOf(request)
    if (operation?.transaction !== 'read' || !services.has(operation.service.name)) return false
    // A code of an MFA device is used up; a strict token is held against the cluster as it runs.
    return !formParameters(request).has('TokenCode') && !(strictTokens && operation.name === 'AssumeRoleWithWebIdentity')
  }
}
