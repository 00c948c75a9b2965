import type { Json, JsonObject } from '../../types/json.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'

/**
 * Fills in what the API server's admission fills in at a pod's creation, after its defaults.
 * Kubernetes documentation, "Managing Service Accounts", "ServiceAccount admission controller"; "Taints and Tolerations", "Taint based Evictions".
 * @param suffix          five characters that make the token volume's name unique
 * @param serviceAccount  the pod's, which must exist
 */
export function admittedPod(pod: KubernetesObject, serviceAccount: KubernetesObject, suffix: string): KubernetesObject {
  const spec = objectOf(pod['spec'])
  const name = serviceAccountNameOf(pod)
  const admitted: JsonObject = {
    ...spec,
    serviceAccountName: name,
    serviceAccount: name,
    preemptionPolicy: spec['preemptionPolicy'] ?? 'PreemptLowerPriority',
    priority: spec['priority'] ?? 0,
    tolerations: withDefaultTolerations(listOf(spec['tolerations'])),
  }
  const automount = spec['automountServiceAccountToken'] ?? serviceAccount['automountServiceAccountToken'] ?? true
  return {
    ...pod,
    spec: automount === true ? withTokenVolume(admitted, `kube-api-access-${suffix}`) : admitted,
    status: { phase: 'Pending', qosClass: qualityOf(admitted) },
  }
}

export const serviceAccountNameOf = (pod: KubernetesObject): string => {
  const spec = objectOf(pod['spec'])
  return textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount']) || 'default'
}

const unreachable = ['not-ready', 'unreachable'].map(condition => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

/** What the pod itself tolerates of a condition stands. */
function withDefaultTolerations(own: readonly Json[]): Json[] {
  const tolerates = (condition: string) =>
    own
      .map(objectOf)
      .some(({ key, effect }) => (key === undefined || key === condition) && (effect === undefined || effect === 'NoExecute'))
  return [...own, ...unreachable.filter(({ key }) => !tolerates(key))]
}

const measured = ['cpu', 'memory']

/** Kubernetes documentation, "Pod Quality of Service Classes". */
function qualityOf(spec: JsonObject): string {
  const resources = [...listOf(spec['containers']), ...listOf(spec['initContainers'])].map(container => {
    const { limits, requests } = objectOf(objectOf(container)['resources'])
    return { limits: objectOf(limits), requests: objectOf(requests) }
  })
  const isMeasured = (amounts: JsonObject) => measured.some(name => amounts[name] !== undefined && amounts[name] !== '0')
  if (!resources.some(({ limits, requests }) => isMeasured(limits) || isMeasured(requests))) return 'BestEffort'
  const isGuaranteed = resources.every(({ limits, requests }) =>
    measured.every(name => limits[name] !== undefined && limits[name] === (requests[name] ?? limits[name])),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

function withTokenVolume(spec: JsonObject, name: string): JsonObject {
  const mount = { name, readOnly: true, mountPath: tokenMountPath }
  const mounted = (containers: Json | undefined) =>
    listOf(containers).map(item => {
      const container = objectOf(item)
      const mounts = listOf(container['volumeMounts'])
      // Somebody's own mount at that place stands.
      return mounts.some(existing => objectOf(existing)['mountPath'] === tokenMountPath)
        ? container
        : { ...container, volumeMounts: [...mounts, mount] }
    })
  const sources: Json[] = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
  ]
  return {
    ...spec,
    containers: mounted(spec['containers']),
    ...(spec['initContainers'] !== undefined && { initContainers: mounted(spec['initContainers']) }),
    volumes: [...listOf(spec['volumes']), { name, projected: { sources, defaultMode: 420 } }],
  }
}
