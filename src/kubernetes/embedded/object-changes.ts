import { isDeepStrictEqual } from 'node:util'
import { wrong } from './causes.ts'
import { decodePatched } from './field-validation.ts'
import type { Json } from '../../types/json.ts'
import { PodRefused } from '../pod-identity-webhook/pod-credentials.ts'
import type { ObjectTransaction } from './object-store.ts'
import { type KubernetesObject, objectOf, timestamp } from './objects.ts'
import { applyPatch } from './patch.ts'
import { fillDefaults } from './defaults/fill-defaults.ts'
import { countedTemplate, hasGeneration, prepared, withTemplateGeneration } from './new-objects.ts'
import { admittedPod, serviceAccountNameOf } from './pods.ts'
import { unsignedProblem } from './query.ts'
import type { ResourceRequest } from './requests.ts'
import { apiVersionOf, findType, type ResourceType } from './resource-types.ts'
import { makeNamespace } from './seed.ts'
import { allocated, keepingAllocated } from './services.ts'
import { ownedAfterUpdate, type Writer } from './server-side-apply/ownership.ts'
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound } from './status.ts'
import { validate } from './validation.ts'

export const namespaceType = findType('', 'v1', 'namespaces') as ResourceType
const serviceAccountType = findType('', 'v1', 'serviceaccounts') as ResourceType

/** A dry run does all but keep its result: the transaction is undone by this. */
class DryRun extends Error {
  readonly result: KubernetesObject
  constructor(result: KubernetesObject) {
    super('dry run')
    this.result = result
  }
}

/** Does work on objects in one transaction; a dry run is undone. */
export async function change(
  { parts, dryRun }: ResourceRequest,
  work: (tx: ObjectTransaction) => Promise<KubernetesObject>,
): Promise<KubernetesObject> {
  try {
    return await parts.objects.write(async tx => {
      const result = await work(tx)
      if (dryRun) throw new DryRun(result)
      return result
    })
  } catch (problem) {
    if (problem instanceof DryRun) return problem.result
    throw problem
  }
}

/** Who writes, as managed fields name it. */
export const writerOf = ({ type, fieldManager, subresource, parts }: ResourceRequest): Writer => ({
  type,
  manager: fieldManager,
  subresource,
  time: timestamp(parts.now()),
})

/** Creates an object: defaults, managers, admission, validation, storage. @param owned  puts in who manages which of its fields */
export async function createObject(
  call: ResourceRequest,
  given: KubernetesObject,
  owned = (object: KubernetesObject) => ownedAfterUpdate(writerOf(call), undefined, object, given),
): Promise<KubernetesObject> {
  const { parts, type, namespace, user } = call
  requireSameNamespace(call, given)
  const name = given.metadata.name || (given.metadata.generateName ? `${given.metadata.generateName}${suffixOf(parts.uuid())}` : '')
  const object: KubernetesObject = {
    ...given,
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: {
      ...given.metadata,
      name,
      ...(type.namespaced && { namespace }),
      uid: parts.uuid(),
      creationTimestamp: timestamp(parts.now()),
      ...(hasGeneration(type) && { generation: 1 }),
      deletionTimestamp: undefined,
      deletionGracePeriodSeconds: undefined,
      selfLink: undefined,
      resourceVersion: undefined,
    },
  }
  await parts.authorizer.requireNoEscalation(user, type, object)
  const admitted = await admit(call, prepared(type, owned(complete(type, object))))
  validate(type, admitted)
  const made = await change(call, async tx => {
    if (await tx.get(type, { namespace, name })) throw alreadyExists(type, name)
    if (type === namespaceType) return makeNamespace(tx, name, admitted, parts)
    await requireNamespace(tx, type, namespace, name)
    return tx.put(type, await withAllocated(tx, call, admitted), 'ADDED')
  })
  // What is not kept has no version.
  return call.dryRun ? { ...made, metadata: { ...made.metadata, resourceVersion: undefined } } : made
}

const suffixOf = (uuid: string) => uuid.replaceAll('-', '').slice(0, 5)

/** An object with what its own version of the API makes of it. */
function complete(type: ResourceType, object: KubernetesObject, current?: KubernetesObject): KubernetesObject {
  const filled = fillDefaults(type, object)
  if (type.kind === 'Service' && current) return keepingAllocated(current, filled)
  if (type.kind === 'DaemonSet') return current ? countedTemplate(current, filled) : withTemplateGeneration(filled)
  return filled
}

/** Services have addresses and ports that no other has. */
const withAllocated = async (tx: ObjectTransaction, { type, parts }: ResourceRequest, object: KubernetesObject) =>
  type.kind === 'Service' ? allocated(object, { tx, range: parts.serviceRange, uuid: parts.uuid }) : object

async function admit({ parts, type, namespace }: ResourceRequest, object: KubernetesObject): Promise<KubernetesObject> {
  if (type.kind !== 'Pod') return object
  const name = serviceAccountNameOf(object)
  const account = await parts.objects.read(tx => tx.get(serviceAccountType, { namespace, name }))
  if (!account)
    throw forbidden(
      type,
      object.metadata.name ?? '',
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  try {
    const mutated = await parts.mutatePod(admittedPod(object, account, suffixOf(parts.uuid())), account)
    return fillDefaults(type, mutated)
  } catch (problem) {
    if (problem instanceof PodRefused) throw forbidden(type, object.metadata.name ?? '', problem.message)
    throw problem
  }
}

async function requireNamespace(tx: ObjectTransaction, type: ResourceType, namespace: string, name: string): Promise<void> {
  if (!type.namespaced) return
  const found = await tx.get(namespaceType, { namespace: '', name: namespace })
  if (!found) throw notFound(namespaceType, namespace)
  if (found.metadata.deletionTimestamp)
    throw forbidden(type, name, `unable to create new content in namespace ${namespace} because it is being terminated`)
}

function requireSameNamespace({ type, namespace }: ResourceRequest, { metadata }: KubernetesObject): void {
  if (type.namespaced && (metadata.namespace || namespace) !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

/** @throws StatusError BadRequest for what is put without saying its name */
export function requireName({ name }: ResourceRequest, given: Json | undefined): void {
  if (!given) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
}

/** An object that is put or patched is the one of the path. */
function requireSameName(call: ResourceRequest, { metadata }: KubernetesObject): void {
  const { name } = call
  requireName(call, metadata.name)
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}

/** An object, and whether it was made. */
export interface Written {
  readonly object: KubernetesObject
  readonly created: boolean
}

/** Replaces an object. A resourceVersion in it must be the current one. */
export async function updateObject(call: ResourceRequest, given: KubernetesObject): Promise<Written> {
  const { parts, type, namespace, name, user } = call
  requireSameName(call, given)
  requireSameNamespace(call, given)
  await parts.authorizer.requireNoEscalation(user, type, placed(call, given))
  if (type.createdByUpdate && !(await parts.objects.read(tx => tx.get(type, { namespace, name }))))
    return { object: await createdByUpdate(call, given), created: true }
  const object = await change(call, async tx => {
    const current = await tx.get(type, { namespace, name })
    if (!current) throw notFound(type, name)
    return replace(tx, call, current, given)
  })
  return { object, created: false }
}

/** The right to make what an update or a configuration would change, were it there. @throws StatusError Forbidden */
export const requireCreation = ({ parts, type, namespace, name, user }: ResourceRequest): Promise<void> =>
  parts.authorizer.require(user, { kind: 'resource', verb: 'create', apiGroup: type.group, resource: type.resource, namespace, name })

/** Makes an object of a type that updates may make; who does must have the right to. */
async function createdByUpdate(call: ResourceRequest, given: KubernetesObject): Promise<KubernetesObject> {
  const { type, name } = call
  await requireCreation(call)
  const { uid } = given.metadata
  if (uid) throw conflict(type, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: `)
  return createObject({ ...call, name: '' }, given)
}

/** An object where its path has it, whatever it says itself: rights are those of the place. */
const placed = ({ type, namespace, name }: ResourceRequest, object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, name, ...(type.namespaced && { namespace }) },
})

const immutableUid = ({ type, name }: ResourceRequest, uid: string) =>
  invalid(type.kind, type.group, name, [wrong('metadata.uid', uid, 'field is immutable')])

/** Changes an object by a patch. */
export async function patchObject(call: ResourceRequest, contentType: string, patch: Json): Promise<KubernetesObject> {
  const { type } = call
  const patched = (current: KubernetesObject) => {
    const object = decodePatched(call, patch, applyPatch(contentType, current, patch, type))
    requireSameName(call, object)
    requireSameNamespace(call, object)
    const { uid } = object.metadata
    if (uid !== undefined && uid !== current.metadata.uid) throw immutableUid(call, uid)
    return object
  }
  return changeObject(call, patched)
}

/**
 * Changes an object that is there.
 * @param changed  how the object shall be; what applications make of it says itself who manages what
 * @throws StatusError NotFound when it is not there
 */
export async function changeObject(
  call: ResourceRequest,
  changed: (current: KubernetesObject) => KubernetesObject,
  by: 'update' | 'apply' = 'update',
): Promise<KubernetesObject> {
  const { parts, type, namespace, name, user } = call
  const before = await parts.objects.read(tx => tx.get(type, { namespace, name }))
  if (!before) throw notFound(type, name)
  await parts.authorizer.requireNoEscalation(user, type, placed(call, changed(before)))
  return change(call, async tx => {
    const current = await tx.get(type, { namespace, name })
    if (!current) throw notFound(type, name)
    // What was checked above must be what is patched here.
    if (current.metadata.resourceVersion !== before.metadata.resourceVersion && /role/i.test(type.kind)) throw conflict(type, name)
    return replace(tx, call, current, changed(current), by)
  })
}

async function replace(
  tx: ObjectTransaction,
  call: ResourceRequest,
  current: KubernetesObject,
  given: KubernetesObject,
  by: 'update' | 'apply' = 'update',
): Promise<KubernetesObject> {
  const { type, subresource, name } = call
  const wanted = given.metadata.resourceVersion
  // A client's wrong number: the real API server answers 500.
  const problem = wanted ? unsignedProblem(wanted) : undefined
  if (problem) throw badRequest(problem)
  if (wanted && wanted !== '0' && wanted !== current.metadata.resourceVersion) throw conflict(type, name)
  const { uid: wantedUid } = given.metadata
  if (by === 'apply' && wantedUid !== undefined && wantedUid !== current.metadata.uid) throw immutableUid(call, wantedUid)
  if (wantedUid !== undefined && wantedUid !== current.metadata.uid)
    throw conflict(type, name, `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${current.metadata.uid}`)
  const { uid, creationTimestamp, namespace, generation, deletionTimestamp, deletionGracePeriodSeconds } = current.metadata
  const filled = complete(type, given, current)
  const kept = { uid, creationTimestamp, namespace, generation, deletionTimestamp, deletionGracePeriodSeconds }
  const metadata = { ...filled.metadata, name, ...kept }
  const wantedObject: KubernetesObject =
    subresource === 'status'
      ? { ...current, metadata: { ...current.metadata, managedFields: metadata.managedFields }, status: given['status'] }
      : {
          ...filled,
          kind: type.kind,
          apiVersion: apiVersionOf(type),
          metadata,
          ...(type.subresources?.includes('status') && { status: current['status'] }),
        }
  checkImmutable(type, current, wantedObject)
  validate(type, wantedObject, { before: current, given })
  const addressed = subresource === 'status' ? wantedObject : await withAllocated(tx, call, wantedObject)
  const owned = by === 'apply' ? addressed : ownedAfterUpdate(writerOf(call), current, addressed, given)
  const object = withGeneration(type, current, owned)
  // What changes nothing is no change: no version, no event.
  if (isSame(current, object)) return current
  if (deletionTimestamp && (object.metadata.finalizers ?? []).length === 0) return tx.remove(type, object)
  return tx.put(type, object, 'MODIFIED')
}

/** Counts changes of what is wanted. Kubernetes API conventions, "Metadata". */
function withGeneration(type: ResourceType, current: KubernetesObject, next: KubernetesObject): KubernetesObject {
  if (!hasGeneration(type) || isDeepStrictEqual(plain(current['spec']), plain(next['spec']))) return next
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 1) + 1 } }
}

const isSame = (current: KubernetesObject, next: KubernetesObject) => {
  const { resourceVersion } = current.metadata
  return isDeepStrictEqual(plain(current), plain({ ...next, metadata: { ...next.metadata, resourceVersion } }))
}

/** As it will be read again: without fields that are undefined, and without prototypes that differ. */
const plain = (value: Json | undefined): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

/** What Kubernetes lets nobody change after creation. */
function checkImmutable(type: ResourceType, current: KubernetesObject, next: KubernetesObject): void {
  const same = (field: string) => JSON.stringify(current[field]) === JSON.stringify(next[field])
  if ((type.kind === 'RoleBinding' || type.kind === 'ClusterRoleBinding') && !same('roleRef'))
    throw forbidden(type, current.metadata.name ?? '', 'cannot change roleRef')
  if (type.kind === 'Pod') {
    const volatile = (object: KubernetesObject) => ({
      ...objectOf(object['spec']),
      containers: null,
      initContainers: null,
      tolerations: null,
      activeDeadlineSeconds: null,
    })
    if (JSON.stringify(volatile(current)) !== JSON.stringify(volatile(next)))
      throw forbidden(
        type,
        current.metadata.name ?? '',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`',
      )
  }
}
