import type { JsonObject } from '../../../types/json.ts'
import { listOf, objectOf } from '../objects.ts'
import type { Fill } from './fill.ts'

const deployment: Fill = spec => ({
  replicas: 1,
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  ...spec,
  strategy: rolling(objectOf(spec['strategy']), { maxUnavailable: '25%', maxSurge: '25%' }),
})

const daemonSet: Fill = spec => ({
  revisionHistoryLimit: 10,
  ...spec,
  updateStrategy: rolling(objectOf(spec['updateStrategy']), { maxUnavailable: 1, maxSurge: 0 }),
})

const statefulSet: Fill = spec => ({
  podManagementPolicy: 'OrderedReady',
  replicas: 1,
  revisionHistoryLimit: 10,
  ...spec,
  // Clients that know of no services are told that there is none.
  serviceName: spec['serviceName'] ?? '',
  persistentVolumeClaimRetentionPolicy: {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
    ...objectOf(spec['persistentVolumeClaimRetentionPolicy']),
  },
  updateStrategy: rolling(objectOf(spec['updateStrategy']), { partition: 0 }),
  ...(spec['volumeClaimTemplates'] !== undefined && {
    volumeClaimTemplates: listOf(spec['volumeClaimTemplates']).map(template => ({
      ...objectOf(template),
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      status: { phase: 'Pending', ...objectOf(objectOf(template)['status']) },
    })),
  }),
})

/** Pods are replaced step by step unless another strategy is asked for. */
function rolling(strategy: JsonObject, defaults: JsonObject): JsonObject {
  const type = strategy['type'] ?? 'RollingUpdate'
  if (type !== 'RollingUpdate') return strategy
  return { ...strategy, type, rollingUpdate: { ...defaults, ...objectOf(strategy['rollingUpdate']) } }
}

/** Job, with its pods' labels when it has none of its own. */
function job(given: JsonObject): JsonObject {
  const spec = objectOf(given['spec'])
  const { completions, parallelism } = spec
  const metadata = objectOf(given['metadata'])
  const labels = objectOf(objectOf(objectOf(spec['template'])['metadata'])['labels'])
  const unlabeled = Object.keys(objectOf(metadata['labels'])).length === 0 && Object.keys(labels).length > 0
  return {
    ...given,
    metadata: unlabeled ? { ...metadata, labels } : metadata,
    spec: {
      backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2_147_483_647,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
      ...(completions === undefined && parallelism === undefined && { completions: 1 }),
      parallelism: 1,
      ...spec,
    },
  }
}

/**
 * Defaults of workloads by the name of the type. Kubernetes API reference, "Workload Resources", and pkg/apis/apps/v1/defaults.go and
 * pkg/apis/batch/v1/defaults.go of kube-apiserver.
 */
export const workloadDefaults: { readonly [typeName: string]: Fill } = {
  DeploymentSpec: deployment,
  DaemonSetSpec: daemonSet,
  StatefulSetSpec: statefulSet,
  ReplicaSetSpec: spec => ({ replicas: 1, ...spec }),
  Job: job,
  JobTemplateSpec: given => ({ metadata: {}, ...given }),
  CronJobSpec: spec => ({ concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, ...spec }),
}
