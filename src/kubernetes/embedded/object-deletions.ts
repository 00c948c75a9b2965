import type { JsonObject } from '../../types/json.ts'
import { checkPreconditions, type DeleteOptions } from './delete-options.ts'
import { checkListedVersion, checkListParameters } from './list-parameters.ts'
import { change, namespaceType } from './object-changes.ts'
import type { ObjectTransaction } from './object-store.ts'
import { type KubernetesObject, timestamp } from './objects.ts'
import { listOptions, type Presenter } from './presentation.ts'
import type { ResourceRequest } from './requests.ts'
import { type ResourceType, resourceTypes } from './resource-types.ts'
import { forbidden, notFound } from './status.ts'

/** Deletes an object, or marks it when finalizers hold it; a namespace takes all that is in it along. */
export async function deleteObject(given: ResourceRequest, options: DeleteOptions): Promise<JsonObject> {
  const call = { ...given, dryRun: options.dryRun }
  const { type, namespace, name, parts } = call
  if (type === namespaceType && ['default', 'kube-system', 'kube-public'].includes(name))
    throw forbidden(type, name, 'this namespace may not be deleted')
  const deleted = await change(call, async tx => {
    const current = await tx.get(type, { namespace, name })
    if (!current) throw notFound(type, name)
    checkPreconditions(type, current, options)
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
export async function deleteCollection(given: ResourceRequest, options: DeleteOptions, present: Presenter): Promise<JsonObject> {
  const call = { ...given, dryRun: options.dryRun }
  const { type, namespace, query, parts } = call
  checkListParameters(query, false)
  const { selects, page } = listOptions(type, query)
  const revision = await parts.objects.revision()
  checkListedVersion(query, revision)
  const { items } = page((await parts.objects.read(tx => tx.list(type, namespace))).filter(selects), revision)
  for (const object of items) checkPreconditions(type, object, options)
  for (const object of items)
    await change({ ...call, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }, tx =>
      removeOrMark(tx, type, object, parts.now()),
    )
  return present.many(items, { resourceVersion: String(revision) })
}
