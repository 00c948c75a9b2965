import type { Json, JsonObject } from '../../types/json.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'

/**
 * Fills in what the API server and its ServiceAccount admission fill in at a pod's creation.
 * Kubernetes documentation, "Managing Service Accounts", "ServiceAccount admission controller", and the API's defaults for PodSpec.
 * @param suffix          five characters that make the token volume's name unique
 * @param serviceAccount  the pod's, which must exist
 */
export function defaultPod(pod: KubernetesObject, serviceAccount: KubernetesObject, suffix: string): KubernetesObject {
  const spec = objectOf(pod['spec'])
  const withDefaults: JsonObject = {
    ...spec,
    restartPolicy: spec['restartPolicy'] ?? 'Always',
    terminationGracePeriodSeconds: spec['terminationGracePeriodSeconds'] ?? 30,
    dnsPolicy: spec['dnsPolicy'] ?? 'ClusterFirst',
    serviceAccountName: serviceAccountNameOf(pod),
    serviceAccount: serviceAccountNameOf(pod),
    securityContext: spec['securityContext'] ?? {},
    schedulerName: spec['schedulerName'] ?? 'default-scheduler',
    enableServiceLinks: spec['enableServiceLinks'] ?? true,
    preemptionPolicy: spec['preemptionPolicy'] ?? 'PreemptLowerPriority',
    priority: spec['priority'] ?? 0,
    tolerations: [...listOf(spec['tolerations']), ...defaultTolerations],
    containers: listOf(spec['containers']).map(container => defaultContainer(objectOf(container))),
    ...(spec['initContainers'] !== undefined && {
      initContainers: listOf(spec['initContainers']).map(container => defaultContainer(objectOf(container))),
    }),
  }
  const automount = spec['automountServiceAccountToken'] ?? serviceAccount['automountServiceAccountToken'] ?? true
  return {
    ...pod,
    spec: automount === true ? withTokenVolume(withDefaults, `kube-api-access-${suffix}`) : withDefaults,
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  }
}

export const serviceAccountNameOf = (pod: KubernetesObject): string => {
  const spec = objectOf(pod['spec'])
  return textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount']) || 'default'
}

const notReady = (condition: string) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
})
const defaultTolerations: Json[] = [notReady('not-ready'), notReady('unreachable')]

function defaultContainer(container: JsonObject): JsonObject {
  const image = textOf(container['image'])
  const latest = !image.includes('@') && (!image.slice(image.lastIndexOf('/')).includes(':') || image.endsWith(':latest'))
  return {
    ...container,
    resources: container['resources'] ?? {},
    terminationMessagePath: container['terminationMessagePath'] ?? '/dev/termination-log',
    terminationMessagePolicy: container['terminationMessagePolicy'] ?? 'File',
    imagePullPolicy: container['imagePullPolicy'] ?? (latest ? 'Always' : 'IfNotPresent'),
  }
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
