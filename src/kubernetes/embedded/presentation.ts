import type { JsonObject } from '../../types/json.ts'
import type { KubernetesObject } from './objects.ts'
import { apiVersionOf, type ResourceType } from './resource-types.ts'
import { selectorsOf } from './selectors.ts'
import { badRequest, StatusError } from './status.ts'
import { tableOf } from './tables.ts'

export interface Presenter {
  one(object: KubernetesObject): JsonObject
  many(objects: readonly KubernetesObject[], listMeta: JsonObject): JsonObject
}

/** How a client wants objects: as they are, as a table, or their metadata alone. The first form of the Accept header that we have. */
export function presenterOf(type: ResourceType, accept: string, now: () => number): Presenter {
  for (const form of accept.split(',').map(part => part.trim())) {
    if (form.includes('as=Table')) {
      return {
        one: object => tableOf(type, [object], { resourceVersion: object.metadata.resourceVersion }, now()),
        many: (objects, listMeta) => tableOf(type, objects, listMeta, now()),
      }
    }
    if (form.includes('as=PartialObjectMetadataList') || form.includes('as=PartialObjectMetadata')) return metadataOnly
    if (/^(application\/(json|\*)|\*\/\*)/.test(form) && !form.includes('as=')) return whole(type)
  }
  if (accept === '') return whole(type)
  throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json')
}

const whole = (type: ResourceType): Presenter => ({
  one: object => object,
  many: (objects, metadata) => ({ kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata, items: [...objects] }),
})

const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
const metadataOnly: Presenter = {
  one: ({ metadata }) => ({ ...partial, metadata }),
  many: (objects, metadata) => ({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    items: objects.map(object => ({ ...partial, metadata: object.metadata })),
  }),
}

/** Selectors and paging of a list. Kubernetes documentation, "Kubernetes API Concepts", "Retrieving large results sets in chunks". */
export function listOptions(type: ResourceType, query: URLSearchParams) {
  const limit = Number(query.get('limit') ?? 0)
  const token = query.get('continue') ?? ''
  return {
    selects: selectorsOf(type, query),
    page(objects: readonly KubernetesObject[]): { items: readonly KubernetesObject[]; more: JsonObject } {
      const after = token === '' ? undefined : readToken(token)
      const rest = after === undefined ? objects : objects.filter(object => placeOf(object) > after)
      if (!(limit > 0) || rest.length <= limit) return { items: rest, more: {} }
      const items = rest.slice(0, limit)
      return {
        items,
        more: {
          continue: Buffer.from(placeOf(items.at(-1) as KubernetesObject)).toString('base64url'),
          remainingItemCount: rest.length - limit,
        },
      }
    },
  }
}

const placeOf = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? ''}\0${metadata.name}`

function readToken(token: string): string {
  const place = Buffer.from(token, 'base64url').toString()
  if (!place.includes('\0')) throw badRequest('continue key is not valid')
  return place
}
