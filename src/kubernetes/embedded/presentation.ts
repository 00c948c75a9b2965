import type { JsonObject } from '../../types/json.ts'
import { notAcceptable, type Wanted, wantedOf } from './accepted.ts'
import { continueAfter, placeOf, readContinue } from './continue-tokens.ts'
import type { KubernetesObject } from './objects.ts'
import { integerOf } from './query.ts'
import { apiVersionOf, type ResourceType } from './resource-types.ts'
import { selectorsOf } from './selectors.ts'
import { tableOf } from './tables.ts'

export interface Presenter {
  one(object: KubernetesObject): JsonObject
  many(objects: readonly KubernetesObject[], listMeta: JsonObject): JsonObject
}

/** How a client wants objects: as they are, as a table, or their metadata alone. @throws StatusError NotAcceptable */
export function presenterOf(type: ResourceType, accept: string, now: () => number): Presenter {
  const { as, metaVersion } = wantedOf(accept)
  switch (as) {
    case undefined:
      return whole(type)
    case 'Table':
      return {
        one: object => tableOf(type, [object], { resourceVersion: object.metadata.resourceVersion }, { now: now(), metaVersion }),
        many: (objects, listMeta) => tableOf(type, objects, listMeta, { now: now(), metaVersion }),
      }
    default:
      return metadataOnly(as, metaVersion)
  }
}

/** Objects in a list do not say what they are: the list does. */
const whole = (type: ResourceType): Presenter => ({
  one: object => object,
  many: (objects, metadata) => ({
    kind: `${type.kind}List`,
    apiVersion: apiVersionOf(type),
    metadata,
    items: objects.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  }),
})

function metadataOnly(as: 'PartialObjectMetadata' | 'PartialObjectMetadataList', metaVersion: Wanted['metaVersion']): Presenter {
  const apiVersion = `meta.k8s.io/${metaVersion}`
  const one = ({ metadata }: KubernetesObject): JsonObject => ({ kind: 'PartialObjectMetadata', apiVersion, metadata })
  const many = (objects: readonly KubernetesObject[], metadata: JsonObject): JsonObject => ({
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata,
    items: objects.map(object => ({ metadata: object.metadata })),
  })
  const refused = (why: string) => (): never => {
    throw notAcceptable(`you requested ${as}, but the requested object is ${why}`)
  }
  return as === 'PartialObjectMetadata' ? { one, many: refused('a list') } : { one: refused('not a list'), many }
}

/** Selectors and paging of a list. Kubernetes documentation, "Kubernetes API Concepts", "Retrieving large results sets in chunks". */
export function listOptions(type: ResourceType, query: URLSearchParams) {
  const limit = integerOf(query, 'limit') ?? 0
  const token = query.get('continue') ?? ''
  const chooses = ['labelSelector', 'fieldSelector'].some(name => query.get(name))
  return {
    selects: selectorsOf(type, query),
    page(objects: readonly KubernetesObject[], revision: number): { items: readonly KubernetesObject[]; more: JsonObject } {
      const start = token === '' ? '' : readContinue(token).start
      const rest = objects
        .map(object => ({ object, place: placeOf(object) }))
        .filter(({ place }) => place >= start)
        .sort((left, right) => (left.place < right.place ? -1 : 1))
        .map(({ object }) => object)
      const last = limit > 0 ? rest[limit - 1] : undefined
      if (!last || rest.length === limit) return { items: rest, more: {} }
      return {
        items: rest.slice(0, limit),
        // How many are left is told only of lists that nothing was chosen from.
        more: { continue: continueAfter(last, revision), ...(!chooses && { remainingItemCount: rest.length - limit }) },
      }
    },
  }
}
