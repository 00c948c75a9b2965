import { parseDate } from '../../policy/date.ts'
import { keptKubernetesResources, PastNotKept } from '../../store/index.ts'
import { momentHeader } from '../../types/moment.ts'
import type { ReadableObjects } from './object-store.ts'
import type { EmbeddedClusterOptions, KubernetesRequest } from './requests.ts'
import { type ResourceType, storageKey } from './resource-types.ts'
import { badRequest } from './status.ts'

/** The moment that a request asks about, in epoch milliseconds; undefined for the present. @throws StatusError when it is none */
export function askedMoment({ headers }: KubernetesRequest): number | undefined {
  const text = headers[momentHeader]
  if (text === undefined) return undefined
  const moment = parseDate(text)
  if (Number.isNaN(moment)) throw badRequest(`the header ${momentHeader} must be a point in time in ISO 8601`)
  return moment
}

const kept = new Set<string>(keptKubernetesResources)

/** The objects of a moment, for those who read them by the rights of the present. @throws StatusError for what is not known of it */
export async function pastObjectsOf(
  { pastObjects }: Pick<EmbeddedClusterOptions, 'pastObjects'>,
  moment: number,
  { type, verb, subresource }: { readonly type: ResourceType; readonly verb: string; readonly subresource: string },
): Promise<ReadableObjects> {
  if (!kept.has(storageKey(type)) || !['get', 'list'].includes(verb) || subresource !== '')
    throw badRequest(`${verb} of ${type.resource} tells of the present alone`)
  try {
    return await pastObjects(moment)
  } catch (problem) {
    throw problem instanceof PastNotKept ? badRequest(problem.message) : problem
  }
}
