import type { JsonObject } from '../../types/json.ts'
import type { Wanted } from './accepted.ts'
import type { KubernetesObject } from './objects.ts'
import type { ResourceType } from './resource-types.ts'
import { columnsOf } from './table-columns.ts'

interface TableOptions {
  readonly now: number
  readonly metaVersion: Wanted['metaVersion']
}

/** Objects as the table that kubectl asks for. Kubernetes documentation, "Kubernetes API Concepts", "Receiving resources as Tables". */
export function tableOf(
  type: ResourceType,
  objects: readonly KubernetesObject[],
  listMeta: JsonObject,
  { now, metaVersion }: TableOptions,
): JsonObject {
  const shown = columnsOf(type.kind)
  const apiVersion = `meta.k8s.io/${metaVersion}`
  return {
    kind: 'Table',
    apiVersion,
    metadata: listMeta,
    columnDefinitions: shown.map(column => ({
      name: column.name,
      type: 'string',
      format: column.name === 'Name' ? 'name' : '',
      description: '',
      priority: column.wide ? 1 : 0,
    })),
    rows: objects.map(object => ({
      cells: shown.map(column => column.value(object, now)),
      object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata },
    })),
  }
}
