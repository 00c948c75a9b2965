import type { Json } from '../../../types/json.ts'
import { schemaOf } from '../field-schema.ts'
import { type KubernetesObject, objectOf, textOf } from '../objects.ts'
import { apiVersionOf, type ResourceType } from '../resource-types.ts'
import { applyConflict } from './apply-conflict.ts'
import { difference, type FieldSet, intersection, isEmptySet, noFields, pathsOf, union } from './field-set.ts'
import { forgetsManagers, isSameManager, type ManagedEntry, managedFieldsOf, withManagedFields } from './managed-fields.ts'
import { asWritten, compare, fieldsOf, merge, prune } from './typed-values.ts'

/** Who changes an object, and when. */
export interface Writer {
  readonly type: ResourceType
  readonly manager: string
  readonly subresource: string
  /** As managed fields write it. */
  readonly time: string
}

/** Nobody manages what the API server itself sets. */
const unmanagedMetadata = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * An object with its managers after somebody wrote it: the writer manages what it changed, and nobody what it took away.
 * @param before  undefined at a creation
 * @param given   what the client sent, whose managed fields count
 * @see Kubernetes documentation, "Server-Side Apply", "Field management"
 */
export function ownedAfterUpdate(
  writer: Writer,
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  given: KubernetesObject,
): KubernetesObject {
  if (forgetsManagers(given)) return withManagedFields(after, [], [], writer.time)
  const kept = before ? managedFieldsOf(before) : []
  const sent = writer.subresource === '' ? managedFieldsOf(given) : []
  const managers = sent.length > 0 ? sent : kept
  // An object from before managers were kept has none until somebody applies to it.
  if (before && managers.length === 0) return withManagedFields(after, [], [], writer.time)
  const own = entryOf(writer, 'Update')
  const changes = changesOf(writer, before, after)
  const fields = managed(writer, union(union(difference(fieldsIn(managers, own), changes.removed), changes.modified), changes.added))
  return withManagedFields(after, [...withoutChanged(managers, own, changes), { ...own, fields }], managers, writer.time)
}

/**
 * An object after a configuration was applied to it.
 * @param live   undefined when there is none yet
 * @throws StatusError Conflict when others manage what it would change, unless forced
 * @see Kubernetes documentation, "Server-Side Apply", "Conflicts"
 */
export function applied(writer: Writer, live: KubernetesObject | undefined, config: KubernetesObject, force: boolean): KubernetesObject {
  const schema = schemaOf(writer.type)
  const managers = live ? managersBefore(writer, live) : []
  const own = entryOf(writer, 'Apply')
  const last = fieldsIn(managers, own)
  const fields = managed(writer, fieldsOf(schema, config))
  const merged = merge(schema, withoutManagers(live), config)
  const owned = managers.filter(entry => !isSameManager(entry, own)).map(entry => entry.fields)
  const wanted = isEmptySet(last) ? merged : prune(schema, merged, last, owned.reduce(union, fields))
  const result = { ...objectOf(wanted), metadata: objectOf(objectOf(wanted)['metadata']) } as KubernetesObject
  const changes = changesOf(writer, live, result)
  const touched = union(changes.modified, changes.added)
  const others = managers.filter(entry => !isSameManager(entry, own))
  const conflicts = others.flatMap(entry => pathsOf(intersection(entry.fields, touched)).map(path => ({ entry, path })))
  if (!force && conflicts.length > 0 && !allowedByLastApplied(writer, live, conflicts)) throw applyConflict(conflicts)
  return withManagedFields(
    withLastApplied(writer, result, config),
    [...withoutChanged(managers, own, changes), { ...own, fields }],
    managers,
    writer.time,
  )
}

const entryOf = ({ type, manager, subresource }: Writer, operation: ManagedEntry['operation']) => ({
  manager,
  operation,
  apiVersion: apiVersionOf(type),
  subresource,
  time: undefined,
})

const fieldsIn = (managers: readonly ManagedEntry[], own: ReturnType<typeof entryOf>): FieldSet =>
  managers.find(entry => isSameManager(entry, own))?.fields ?? noFields

/** The others, without what was changed under them. */
const withoutChanged = (
  managers: readonly ManagedEntry[],
  own: ReturnType<typeof entryOf>,
  { modified, added, removed }: ReturnType<typeof compare>,
): ManagedEntry[] =>
  managers
    .filter(entry => !isSameManager(entry, own))
    .map(entry => ({ ...entry, fields: difference(difference(entry.fields, union(modified, added)), removed) }))

const withoutManagers = (object: KubernetesObject | undefined): KubernetesObject | undefined =>
  object && { ...object, metadata: { ...object.metadata, managedFields: undefined } }

function changesOf({ type }: Writer, before: KubernetesObject | undefined, after: KubernetesObject) {
  const schema = schemaOf(type)
  return compare(schema, asWritten(schema, withoutManagers(before) ?? {}), asWritten(schema, withoutManagers(after) as Json))
}

/** Those fields of a set that can be managed through what was written: status has a subresource of its own. */
function managed({ type, subresource }: Writer, fields: FieldSet): FieldSet {
  const reset = subresource === 'status' ? ['f:spec'] : type.subresources?.includes('status') ? ['f:status'] : []
  const members = new Set([...fields.members].filter(step => !['f:apiVersion', 'f:kind', 'f:metadata', ...reset].includes(step)))
  const children = new Map([...fields.children].filter(([step]) => !reset.includes(step)))
  const metadata = children.get('f:metadata')
  if (metadata) {
    const unmanaged = new Set(unmanagedMetadata.map(name => `f:${name}`))
    const rest = {
      members: new Set([...metadata.members].filter(step => !unmanaged.has(step))),
      children: new Map([...metadata.children].filter(([step]) => !unmanaged.has(step))),
    }
    children.set('f:metadata', rest)
    if (isEmptySet(rest)) children.delete('f:metadata')
  }
  return { members, children }
}

/** Who manages an object before somebody applies to it for the first time: all that it has then is nobody's in particular. */
function managersBefore(writer: Writer, live: KubernetesObject): ManagedEntry[] {
  const known = managedFieldsOf(live)
  if (known.length > 0) return known
  const { added, modified } = changesOf(writer, undefined, live)
  const own = entryOf({ ...writer, manager: 'before-first-apply', subresource: '' }, 'Update')
  return [{ ...own, fields: managed(writer, union(added, modified)) }]
}

/** `kubectl apply --server-side` takes over what `kubectl apply` had applied before. */
function allowedByLastApplied(
  { type, manager }: Writer,
  live: KubernetesObject | undefined,
  conflicts: readonly { readonly path: readonly string[] }[],
): boolean {
  const annotation = live?.metadata.annotations?.[lastApplied]
  if (manager !== 'kubectl' || annotation === undefined) return false
  const allowed = new Set(pathsOf(fieldsOf(schemaOf(type), parsed(annotation))).map(path => path.join('\0')))
  return conflicts.every(({ path }) => allowed.has(path.join('\0')))
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

/** The annotation of `kubectl apply` follows, where it is, so that one can go back to it. */
function withLastApplied({ manager }: Writer, result: KubernetesObject, config: KubernetesObject): KubernetesObject {
  if (manager !== 'kubectl' || textOf(result.metadata.annotations?.[lastApplied]) === '') return result
  const annotations = { ...result.metadata.annotations, [lastApplied]: `${JSON.stringify(config)}\n` }
  return { ...result, metadata: { ...result.metadata, annotations } }
}
