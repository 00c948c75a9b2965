import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../types/json.ts'
import { type KubernetesObject, objectOf } from './objects.ts'
import type { ResourceType } from './resource-types.ts'

/** What a new object says of itself before any controller has looked at it, by kind. pkg/registry of kube-apiserver, the strategies' PrepareForCreate. */
const initialStatus: { readonly [kind: string]: JsonObject } = {
  Deployment: {},
  DaemonSet: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  ReplicaSet: { replicas: 0 },
  StatefulSet: { availableReplicas: 0, replicas: 0 },
  Job: {},
  CronJob: {},
  Service: { loadBalancer: {} },
}

/** Kinds whose `spec` is counted in generations. Kubernetes API conventions, "Metadata". */
const counted = new Set(['CronJob', 'DaemonSet', 'Deployment', 'Job', 'NetworkPolicy', 'Pod', 'ReplicaSet', 'StatefulSet'])

export const hasGeneration = ({ kind }: ResourceType) => counted.has(kind)

/** A new object as its kind's strategy makes it: what callers say of its status does not count, and a job finds its pods by its own id. */
export function prepared({ kind }: ResourceType, object: KubernetesObject): KubernetesObject {
  const status = initialStatus[kind]
  const fresh = status === undefined ? object : { ...object, status }
  if (kind === 'Namespace') return withOwnName(fresh)
  return kind === 'Job' ? withOwnSelector(fresh) : fresh
}

/** Kubernetes documentation, "Namespaces", "Automatic labelling". */
const withOwnName = (namespace: KubernetesObject): KubernetesObject => ({
  ...namespace,
  metadata: {
    ...namespace.metadata,
    labels: { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name ?? '' },
  },
})

/** Kubernetes documentation, "Jobs", "Specifying your own Pod selector". */
function withOwnSelector(job: KubernetesObject): KubernetesObject {
  const spec = objectOf(job['spec'])
  if (spec['manualSelector'] === true) return job
  const template = objectOf(spec['template'])
  const metadata = objectOf(template['metadata'])
  const selector = objectOf(spec['selector'])
  const { uid = '', name = '' } = job.metadata
  const own = {
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'batch.kubernetes.io/controller-uid': uid,
  }
  const given = objectOf(metadata['labels'])
  const labels = { ...own, ...given }
  // A job that had no labels took its template's, and takes these too.
  const sharesLabels = isDeepStrictEqual({ ...job.metadata.labels }, { ...given }) && Object.keys(given).length > 0
  return {
    ...job,
    ...(sharesLabels && { metadata: { ...job.metadata, labels: { ...own, ...job.metadata.labels } } }),
    spec: {
      ...spec,
      template: { ...template, metadata: { ...metadata, labels } },
      selector: { ...selector, matchLabels: { 'batch.kubernetes.io/controller-uid': uid, ...objectOf(selector['matchLabels']) } },
    },
  }
}

const templateGeneration = 'deprecated.daemonset.template.generation'

/** A field of earlier versions that version 1 shows as an annotation. */
export function withTemplateGeneration(set: KubernetesObject, generation = 1): KubernetesObject {
  return { ...set, metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, [templateGeneration]: String(generation) } } }
}

/** The same after an update: it counts changes of the template. */
export function countedTemplate(current: KubernetesObject, next: KubernetesObject): KubernetesObject {
  const template = (object: KubernetesObject) => JSON.stringify(objectOf(object['spec'])['template'] ?? null)
  const before = Number(current.metadata.annotations?.[templateGeneration] ?? 1)
  return withTemplateGeneration(next, template(current) === template(next) ? before : before + 1)
}
