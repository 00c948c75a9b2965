import type { Cast, ClusterPerformance } from './cluster-performances.ts'
import type { Kubernetes } from './stage.ts'

/** What workloads are performed with: a namespace with a strong service account, and what a pod of one reaches. */
export interface WorkloadScene {
  prepare(cast: Cast): Promise<unknown>
  goal(cast: Cast): string
  asPod(cast: Cast, account: string): Promise<unknown>
}

type Fields = { readonly [name: string]: unknown }

interface Workload {
  readonly group: string
  readonly kind: string
  /** The spec around a template of pods. */
  spec(template: Fields, labels: Fields): Fields
  /** A merge patch of the template. */
  patch(template: Fields): Fields
  templateOf(spec: Fields): Fields
}

const plain = {
  patch: (template: Fields) => ({ template }),
  templateOf: (spec: Fields) => spec['template'] as Fields,
}
const selecting = { ...plain, spec: (template: Fields, matchLabels: Fields) => ({ selector: { matchLabels }, template }) }

const workloads: Readonly<Record<string, Workload>> = {
  deployments: { group: 'apps', kind: 'Deployment', ...selecting },
  daemonsets: { group: 'apps', kind: 'DaemonSet', ...selecting },
  replicasets: { group: 'apps', kind: 'ReplicaSet', ...selecting },
  statefulsets: { group: 'apps', kind: 'StatefulSet', ...selecting },
  jobs: { group: 'batch', kind: 'Job', ...plain, spec: template => ({ template }) },
  cronjobs: {
    group: 'batch',
    kind: 'CronJob',
    spec: template => ({ schedule: '0 * * * *', jobTemplate: { spec: { template } } }),
    patch: template => ({ jobTemplate: { spec: { template } } }),
    templateOf: spec => ((spec['jobTemplate'] as Fields)['spec'] as Fields)['template'] as Fields,
  },
  replicationcontrollers: { group: '', kind: 'ReplicationController', ...plain, spec: (template, selector) => ({ selector, template }) },
}

const titles = ['create', 'patch', 'update'] as const

/** How rules about objects that make pods are performed; nobody but the API server runs, so the test makes the pod as their controller does. */
export const workloadPerformances = (plurals: readonly string[], scene: WorkloadScene): Record<string, ClusterPerformance> =>
  Object.fromEntries(
    plurals.flatMap(plural =>
      titles
        .filter(verb => plural !== 'jobs' || verb === 'create')
        .map(verb => [`kubernetes-${verb}-${plural}`, performance(plural, verb, scene)] as const),
    ),
  )

function performance(plural: string, verb: (typeof titles)[number], { prepare, goal, asPod }: WorkloadScene): ClusterPerformance {
  const workload = workloads[plural] as Workload
  const { group, kind } = workload
  const apiVersion = group === '' ? 'v1' : `${group}/v1`
  const place = ({ namespace }: Cast) => `/${group === '' ? 'api/v1' : `apis/${apiVersion}`}/namespaces/${namespace}/${plural}`
  const labels = { app: 'web' }
  const objectOf = (serviceAccountName: string): Fields => {
    const restarts = group === 'batch' && { restartPolicy: 'Never' }
    const spec = { serviceAccountName, containers: [{ name: 'main', image: 'busybox' }], ...restarts }
    return { apiVersion, kind, metadata: { name: 'web' }, spec: workload.spec({ metadata: { labels }, spec }, labels) }
  }
  const write = (me: Kubernetes, cast: Cast): Promise<Fields> => {
    if (verb === 'create') return me('POST', place(cast), objectOf('strong'))
    if (verb === 'update') return me('PUT', `${place(cast)}/web`, objectOf('strong'))
    return me('PATCH', `${place(cast)}/web`, { spec: workload.patch({ spec: { serviceAccountName: 'strong' } }) })
  }
  return {
    goal,
    async prepare(cast) {
      await prepare(cast)
      if (verb !== 'create') await cast.operator('POST', place(cast), objectOf('default'))
    },
    async act(me, cast) {
      await write(me, cast)
      const kept = await cast.operator('GET', `${place(cast)}/web`)
      const { spec } = workload.templateOf(kept['spec'] as Fields)
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1' }, spec }
      const made = await cast.operator('POST', `/api/v1/namespaces/${cast.namespace}/pods`, pod)
      await asPod(cast, (made['spec'] as { serviceAccountName: string }).serviceAccountName)
    },
  }
}
