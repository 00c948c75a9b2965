import type { Json, JsonObject } from '../../../types/json.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from '../objects.ts'
import { badRequest } from '../status.ts'
import { type FieldSet, fromFieldsV1, isEmptySet, noFields, sameFields, toFieldsV1, union } from './field-set.ts'

/** Who manages which fields of an object. Kubernetes API, meta/v1 ManagedFieldsEntry. */
export interface ManagedEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  /** As the object has it; undefined while the entry is being made. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** Managers that update, beside those that apply; older ones become one. Kubernetes keeps as many. */
const mostUpdaters = 10
const ancient = 'ancient-changes'

/** Whether two entries are one manager's. Whoever applies is one, whichever version it names. */
export const isSameManager = (one: ManagedEntry, other: Omit<ManagedEntry, 'fields' | 'time'>) =>
  one.manager === other.manager &&
  one.operation === other.operation &&
  one.subresource === other.subresource &&
  (one.operation === 'Apply' || one.apiVersion === other.apiVersion)

/** The entries of an object. @throws StatusError BadRequest when they cannot be read */
export function managedFieldsOf({ metadata }: KubernetesObject): ManagedEntry[] {
  return listOf(metadata.managedFields).map(item => {
    const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = objectOf(item)
    if ((operation !== 'Apply' && operation !== 'Update') || fieldsType !== 'FieldsV1')
      throw badRequest('metadata.managedFields: an entry has the operation Apply or Update and the type FieldsV1')
    return {
      manager: textOf(manager),
      operation,
      apiVersion: textOf(apiVersion),
      subresource: textOf(subresource),
      time: typeof time === 'string' ? time : undefined,
      fields: readFields(fieldsV1),
    }
  })
}

function readFields(fieldsV1: Json | undefined): FieldSet {
  try {
    return fromFieldsV1(fieldsV1)
  } catch (problem) {
    throw badRequest(`metadata.managedFields: ${(problem as Error).message}`)
  }
}

/** An object with these entries, those that changed stamped with the time, in Kubernetes' order. */
export function withManagedFields(
  object: KubernetesObject,
  entries: readonly ManagedEntry[],
  before: readonly ManagedEntry[],
  time: string,
): KubernetesObject {
  const stamped = entries
    .filter(({ fields }) => !isEmptySet(fields))
    .map(entry => {
      const known = before.find(earlier => isSameManager(earlier, entry))
      return { ...entry, time: known && sameFields(known.fields, entry.fields) ? known.time : time }
    })
  const managedFields = capped(stamped).sort(byPlace).map(entryJson)
  return { ...object, metadata: { ...object.metadata, managedFields: managedFields.length > 0 ? managedFields : undefined } }
}

function byPlace(one: ManagedEntry, other: ManagedEntry): number {
  const place = ({ operation, time, manager, apiVersion, subresource }: ManagedEntry) => [
    operation,
    time ?? '',
    manager,
    apiVersion,
    subresource,
  ]
  const [left, right] = [place(one), place(other)]
  const at = left.findIndex((part, index) => part !== right[index])
  return at === -1 ? 0 : (left[at] as string) < (right[at] as string) ? -1 : 1
}

function capped(entries: readonly ManagedEntry[]): ManagedEntry[] {
  const updaters = entries.filter(({ operation }) => operation === 'Update').sort(byPlace)
  if (updaters.length <= mostUpdaters) return [...entries]
  const old = updaters.slice(0, updaters.length - mostUpdaters + 1)
  const oldest = old[0] as ManagedEntry
  const merged = { ...oldest, manager: ancient, subresource: '', fields: old.map(({ fields }) => fields).reduce(union, noFields) }
  return [...entries.filter(entry => !old.includes(entry)), merged]
}

const entryJson = ({ manager, operation, apiVersion, subresource, time, fields }: ManagedEntry): JsonObject => ({
  ...(manager && { manager }),
  operation,
  apiVersion,
  ...(time !== undefined && { time }),
  fieldsType: 'FieldsV1',
  fieldsV1: toFieldsV1(fields),
  ...(subresource && { subresource }),
})

/** Whether a client asks that all entries be forgotten: a list of one empty entry. Kubernetes documentation, "Server-Side Apply", "Clearing managedFields". */
export function forgetsManagers({ metadata }: KubernetesObject): boolean {
  const given = listOf(metadata.managedFields)
  return given.length === 1 && Object.keys(objectOf(given[0])).length === 0
}
