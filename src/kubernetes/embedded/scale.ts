import type { Json, JsonObject } from '../../types/json.ts'
import { selectorText } from './column.ts'
import { changeObject, requireName } from './object-changes.ts'
import { type KubernetesObject, objectOf } from './objects.ts'
import { applyPatch } from './patch.ts'
import type { ResourceRequest } from './requests.ts'
import { badRequest, conflict, invalid, methodNotAllowed, notFound } from './status.ts'

/** How many pods a workload wants and has. Kubernetes API reference, "Scale". */
function scaleOf(object: KubernetesObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const spec = objectOf(object['spec'])
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec['replicas'] ?? 0 },
    status: { replicas: objectOf(object['status'])['replicas'] ?? 0, selector: selectorText(objectOf(spec['selector'])) },
  }
}

/**
 * Answers a request on the subresource `scale`, as `kubectl scale` makes it.
 * @throws StatusError Invalid for less than no pods, Conflict when the workload is another by now
 */
export async function onScale(call: ResourceRequest, method: string, contentType: string, body: () => Json): Promise<JsonObject> {
  const { type, name, namespace } = call
  if (method === 'GET') {
    const object = await call.objects.read(tx => tx.get(type, { namespace, name }))
    if (!object) throw notFound(type, name)
    return scaleOf(object)
  }
  if (method !== 'PUT' && method !== 'PATCH') throw methodNotAllowed()
  const given = body()
  if (method === 'PUT') requireName(call, objectOf(objectOf(given)['metadata'])['name'])
  const changed = (current: KubernetesObject) => {
    const before = scaleOf(current) as KubernetesObject
    const wanted = objectOf(method === 'PUT' ? given : applyPatch(contentType, before, given, type))
    const { resourceVersion } = objectOf(wanted['metadata'])
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(type, name)
    return { ...current, spec: { ...objectOf(current['spec']), replicas: replicasOf(wanted, name) } }
  }
  // Their manager's entry says that it was by this subresource.
  return scaleOf(await changeObject(call, changed))
}

function replicasOf(scale: JsonObject, name: string): number {
  const replicas = objectOf(scale['spec'])['replicas'] ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas is not a whole number')
  if (replicas < 0)
    throw invalid('Scale', 'autoscaling', name, [
      { reason: 'FieldValueInvalid', field: 'spec.replicas', message: `Invalid value: ${replicas}: must be greater than or equal to 0` },
    ])
  return replicas
}
