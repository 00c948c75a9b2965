import type { JsonObject } from '../../types/json.ts'
import { change, namespaceType, timestamp } from './object-changes.ts'
import type { ObjectTransaction } from './object-store.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { listOptions } from './presentation.ts'
import type { ResourceRequest } from './requests.ts'
import { apiVersionOf, type ResourceType, resourceTypes } from './resource-types.ts'
import { conflict, forbidden, methodNotAllowed, notFound } from './status.ts'

/** Deletions say in their body too that they are dry runs. Kubernetes API, meta/v1 DeleteOptions. */
const withOptions = (call: ResourceRequest, options: JsonObject): ResourceRequest =>
  listOf(options['dryRun']).includes('All') ? { ...call, dryRun: true } : call

/** Deletes an object, or marks it when finalizers hold it; a namespace takes all that is in it along. */
export async function deleteObject(given: ResourceRequest, options: JsonObject): Promise<JsonObject> {
  const call = withOptions(given, options)
  const { type, namespace, name, parts } = call
  const preconditions = objectOf(options['preconditions'])
  if (type === namespaceType && ['default', 'kube-system', 'kube-public'].includes(name))
    throw forbidden(type, name, 'this namespace may not be deleted')
  const deleted = await change(call, async tx => {
    const current = await tx.get(type, { namespace, name })
    if (!current) throw notFound(type, name)
    if (preconditions['uid'] !== undefined && preconditions['uid'] !== current.metadata.uid)
      throw conflict(
        type,
        name,
        `Precondition failed: UID in precondition: ${textOf(preconditions['uid'])}, UID in object meta: ${current.metadata.uid}`,
      )
    return removeOrMark(tx, type, current, parts.now())
  })
  return deletionStatus(type, deleted)
}

async function removeOrMark(tx: ObjectTransaction, type: ResourceType, object: KubernetesObject, now: number): Promise<KubernetesObject> {
  if ((object.metadata.finalizers ?? []).length > 0) {
    if (object.metadata.deletionTimestamp) return object
    return tx.put(
      type,
      { ...object, metadata: { ...object.metadata, deletionTimestamp: timestamp(now), deletionGracePeriodSeconds: 0 } },
      'MODIFIED',
    )
  }
  if (type === namespaceType)
    for (const inside of resourceTypes.filter(({ namespaced, createOnly }) => namespaced && !createOnly))
      for (const item of await tx.list(inside, object.metadata.name)) await tx.remove(inside, item)
  return tx.remove(type, object)
}

function deletionStatus(type: ResourceType, object: KubernetesObject): JsonObject {
  // Pods and objects that finalizers hold come back themselves, as from the real server.
  if (type.kind === 'Pod' || object.metadata.deletionTimestamp) return object
  const { name = '', uid = '' } = object.metadata
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(type.group && { group: type.group }), kind: type.resource, uid },
  }
}

/** Deletes all objects of a type that selectors choose. */
export async function deleteCollection(given: ResourceRequest, options: JsonObject): Promise<JsonObject> {
  const call = withOptions(given, options)
  const { type, namespace, query, parts } = call
  if (type.deletedOneByOne) throw methodNotAllowed()
  const { selects } = listOptions(type, query)
  const chosen = (await parts.objects.read(tx => tx.list(type, namespace))).filter(selects)
  for (const object of chosen)
    await change({ ...call, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }, tx =>
      removeOrMark(tx, type, object, parts.now()),
    )
  return { kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata: {}, items: chosen }
}
