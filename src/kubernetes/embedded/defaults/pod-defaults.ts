import type { Json, JsonObject } from '../../../types/json.ts'
import { listOf, objectOf, textOf } from '../objects.ts'
import type { Fill } from './fill.ts'

/** What a field is when nobody says. */
const withDefault = (value: JsonObject, defaults: JsonObject): JsonObject => ({ ...defaults, ...value })

const mode = { defaultMode: 0o644 }

/** An image without a tag, or with `latest`, is pulled each time. Kubernetes documentation, "Images", "Default image pull policy". */
function pullPolicyOf(image: string): string {
  const latest = !image.includes('@') && (!image.slice(image.lastIndexOf('/') + 1).includes(':') || image.endsWith(':latest'))
  return latest ? 'Always' : 'IfNotPresent'
}

const container: Fill = given =>
  withDefault(given, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicyOf(textOf(given['image'])),
  })

/** The deprecated name of the service account's field says the same as the other. */
function serviceAccountOf(spec: JsonObject): JsonObject {
  const serviceAccount = textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount'])
  return serviceAccount === '' ? {} : { serviceAccountName: serviceAccount, serviceAccount }
}

/** Ports of the host's network are the container's own. */
const onHost = (containers: Json | undefined): Json[] =>
  listOf(containers).map(item => {
    const one = objectOf(item)
    if (!Array.isArray(one['ports'])) return one
    const ports = one['ports'].map(port => withDefault(objectOf(port), { hostPort: objectOf(port)['containerPort'] as Json }))
    return { ...one, ports }
  })

function podSpec(given: JsonObject): JsonObject {
  const spec = withDefault(given, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  })
  return { ...spec, ...serviceAccountOf(spec) }
}

/** A volume of no kind is an empty folder. */
const volume: Fill = given => (Object.keys(given).some(field => field !== 'name') ? given : { ...given, emptyDir: {} })

/** What is requested of a resource that is limited alone is its limit. */
const requestsLikeLimits = (containers: Json | undefined): Json[] =>
  listOf(containers).map(item => {
    const one = objectOf(item)
    const { limits, requests, ...resources } = objectOf(one['resources'])
    if (Object.keys(objectOf(limits)).length === 0) return one
    return { ...one, resources: { ...resources, limits: objectOf(limits), requests: { ...objectOf(limits), ...objectOf(requests) } } }
  })

/** Pods alone, and not their templates, get these. */
function pod(given: JsonObject): JsonObject {
  const spec = objectOf(given['spec'])
  const onItsPorts = (containers: Json | undefined) => requestsLikeLimits(spec['hostNetwork'] === true ? onHost(containers) : containers)
  return {
    ...given,
    spec: {
      ...withDefault(spec, { enableServiceLinks: true }),
      containers: onItsPorts(spec['containers']),
      ...(spec['initContainers'] !== undefined && { initContainers: onItsPorts(spec['initContainers']) }),
    },
  }
}

/**
 * Defaults of pods and of what is in their templates, by the name of the type. Kubernetes API reference, "PodSpec" and what it refers to, and
 * pkg/apis/core/v1/defaults.go of kube-apiserver.
 */
export const podDefaults: { readonly [typeName: string]: Fill } = {
  Pod: pod,
  PodTemplateSpec: given => withDefault(given, { metadata: {} }),
  PodSpec: podSpec,
  Container: container,
  EphemeralContainer: container,
  ContainerPort: given => withDefault(given, { protocol: 'TCP' }),
  Probe: given => withDefault(given, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  HTTPGetAction: given => withDefault(given, { path: '/', scheme: 'HTTP' }),
  GRPCAction: given => withDefault(given, { service: '' }),
  ObjectFieldSelector: given => withDefault(given, { apiVersion: 'v1' }),
  Volume: volume,
  SecretVolumeSource: given => withDefault(given, mode),
  ConfigMapVolumeSource: given => withDefault(given, mode),
  DownwardAPIVolumeSource: given => withDefault(given, mode),
  ProjectedVolumeSource: given => withDefault(given, mode),
  ServiceAccountTokenProjection: given => withDefault(given, { expirationSeconds: 3600 }),
  HostPathVolumeSource: given => withDefault(given, { type: '' }),
  ISCSIVolumeSource: given => withDefault(given, { iscsiInterface: 'default' }),
  RBDVolumeSource: given => withDefault(given, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }),
  AzureDiskVolumeSource: given => withDefault(given, { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false }),
  ScaleIOVolumeSource: given => withDefault(given, { storageMode: 'ThinProvisioned', fsType: 'xfs' }),
  PersistentVolumeClaimSpec: given => withDefault(given, { volumeMode: 'Filesystem' }),
}
