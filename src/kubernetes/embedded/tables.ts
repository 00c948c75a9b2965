import type { Json, JsonObject } from '../../types/json.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import type { ResourceType } from './resource-types.ts'

interface Column {
  readonly name: string
  readonly value: (object: KubernetesObject, now: number) => Json
  /** Shown with `-o wide` only. */
  readonly wide?: true
}

const name: Column = { name: 'Name', value: object => object.metadata.name ?? '' }
const age: Column = { name: 'Age', value: (object, now) => ageOf(object.metadata.creationTimestamp, now) }
const roleOf = (object: KubernetesObject) => `${textOf(objectOf(object['roleRef'])['kind'])}/${textOf(objectOf(object['roleRef'])['name'])}`
const count = (value: Json | undefined) => Object.keys(objectOf(value)).length

/** Columns that kubectl shows, by kind, as the real API server prints them. */
const columns: { readonly [kind: string]: readonly Column[] } = {
  Namespace: [name, { name: 'Status', value: object => textOf(objectOf(object['status'])['phase']) }, age],
  ConfigMap: [name, { name: 'Data', value: object => count(object['data']) + count(object['binaryData']) }, age],
  Secret: [name, { name: 'Type', value: object => textOf(object['type']) }, { name: 'Data', value: object => count(object['data']) }, age],
  ServiceAccount: [name, { name: 'Secrets', value: object => listOf(object['secrets']).length }, age],
  Pod: [
    name,
    { name: 'Ready', value: object => `0/${listOf(objectOf(object['spec'])['containers']).length}` },
    { name: 'Status', value: object => (object.metadata.deletionTimestamp ? 'Terminating' : textOf(objectOf(object['status'])['phase'])) },
    { name: 'Restarts', value: () => '0' },
    age,
    { name: 'Node', value: object => textOf(objectOf(object['spec'])['nodeName']) || '<none>', wide: true },
  ],
  Node: [name, { name: 'Status', value: () => 'Unknown' }, { name: 'Roles', value: () => '<none>' }, age],
  Deployment: [
    name,
    { name: 'Ready', value: object => `0/${Number(objectOf(object['spec'])['replicas'] ?? 1)}` },
    { name: 'Up-to-date', value: () => 0 },
    { name: 'Available', value: () => 0 },
    age,
  ],
  Service: [name, { name: 'Type', value: object => textOf(objectOf(object['spec'])['type']) || 'ClusterIP' }, age],
  Role: [name, { name: 'Created At', value: object => object.metadata.creationTimestamp ?? '' }],
  ClusterRole: [name, { name: 'Created At', value: object => object.metadata.creationTimestamp ?? '' }],
  RoleBinding: [name, { name: 'Role', value: roleOf }, age],
  ClusterRoleBinding: [name, { name: 'Role', value: roleOf }, age],
  Event: [
    { name: 'Last Seen', value: (object, now) => ageOf(textOf(object['lastTimestamp']) || object.metadata.creationTimestamp, now) },
    { name: 'Type', value: object => textOf(object['type']) },
    { name: 'Reason', value: object => textOf(object['reason']) },
    {
      name: 'Object',
      value: object =>
        `${textOf(objectOf(object['involvedObject'])['kind']).toLowerCase()}/${textOf(objectOf(object['involvedObject'])['name'])}`,
    },
    { name: 'Message', value: object => textOf(object['message']) },
  ],
}

/** Objects as the table that kubectl asks for. Kubernetes documentation, "Kubernetes API Concepts", "Receiving resources as Tables". */
export function tableOf(type: ResourceType, objects: readonly KubernetesObject[], listMeta: JsonObject, now: number): JsonObject {
  const shown = columns[type.kind] ?? [name, age]
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
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
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  }
}

/** An age as kubectl writes it: 45s, 12m, 3h15m, 5d. */
export function ageOf(timestamp: string | undefined, now: number): string {
  const seconds = Math.floor((now - Date.parse(timestamp ?? '')) / 1000)
  if (Number.isNaN(seconds)) return '<unknown>'
  if (seconds < 120) return `${Math.max(seconds, 0)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return seconds % 60 ? `${minutes}m${seconds % 60}s` : `${minutes}m`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return minutes % 60 ? `${hours}h${minutes % 60}m` : `${hours}h`
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return hours % 24 ? `${days}d${hours % 24}h` : `${days}d`
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`
}
