import type { Json, JsonObject } from '../../types/json.ts'
import { ageOf } from './ages.ts'
import { ageColumn, type Column, labelsText, nameColumn, none, numberOf, selectorText, specOf, statusOf } from './column.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'

type PodSpecOf = (object: KubernetesObject) => JsonObject

const templateSpec: PodSpecOf = object => objectOf(objectOf(specOf(object)['template'])['spec'])
const jobOf = (object: KubernetesObject) => objectOf(objectOf(specOf(object)['jobTemplate'])['spec'])

const listed = (podSpec: JsonObject, member: string) =>
  listOf(podSpec['containers'])
    .map(container => textOf(objectOf(container)[member]))
    .join(',')

/** Names and images of what would run. */
const containerColumns = (podSpec: PodSpecOf): Column[] => [
  { name: 'Containers', value: object => listed(podSpec(object), 'name'), wide: true },
  { name: 'Images', value: object => listed(podSpec(object), 'image'), wide: true },
]

const selectorColumn: Column = { name: 'Selector', value: object => selectorText(objectOf(specOf(object)['selector'])), wide: true }

const statusNumber = (name: string, member: string): Column => ({ name, value: object => numberOf(statusOf(object)[member]) })

const readyOf = (member: string): Column => ({
  name: 'Ready',
  value: object => `${numberOf(statusOf(object)[member])}/${numberOf(specOf(object)['replicas'])}`,
})

const conditionsOf = (object: KubernetesObject) =>
  listOf(statusOf(object)['conditions'])
    .map(objectOf)
    .filter(({ status }) => status === 'True')
    .map(({ type }) => textOf(type))

function jobStatus(object: KubernetesObject): string {
  const conditions = conditionsOf(object)
  if (conditions.includes('Complete')) return 'Complete'
  if (conditions.includes('Failed')) return 'Failed'
  if (object.metadata.deletionTimestamp) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(type => conditions.includes(type)) ?? 'Running'
}

function completions(object: KubernetesObject): string {
  const { completions: wanted, parallelism } = specOf(object)
  const succeeded = numberOf(statusOf(object)['succeeded'])
  if (wanted !== undefined) return `${succeeded}/${numberOf(wanted)}`
  return numberOf(parallelism) > 1 ? `${succeeded}/1 of ${numberOf(parallelism)}` : `${succeeded}/1`
}

function jobDuration(object: KubernetesObject, now: number): string {
  const { startTime, completionTime } = statusOf(object)
  if (typeof startTime !== 'string') return ''
  return ageOf(startTime, typeof completionTime === 'string' ? Date.parse(completionTime) : now)
}

const containerStatuses = (object: KubernetesObject) => listOf(statusOf(object)['containerStatuses']).map(objectOf)

const podColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Ready',
    value: object =>
      `${containerStatuses(object).filter(({ ready }) => ready === true).length}/${listOf(specOf(object)['containers']).length}`,
  },
  {
    name: 'Status',
    value: object =>
      object.metadata.deletionTimestamp ? 'Terminating' : textOf(statusOf(object)['reason']) || textOf(statusOf(object)['phase']),
  },
  {
    name: 'Restarts',
    value: object => String(containerStatuses(object).reduce((sum, { restartCount }) => sum + numberOf(restartCount), 0)),
  },
  ageColumn,
  { name: 'IP', value: object => textOf(statusOf(object)['podIP']) || none, wide: true },
  { name: 'Node', value: object => textOf(specOf(object)['nodeName']) || none, wide: true },
  { name: 'Nominated Node', value: object => textOf(statusOf(object)['nominatedNodeName']) || none, wide: true },
  { name: 'Readiness Gates', value: readinessGates, wide: true },
]

function readinessGates(object: KubernetesObject): Json {
  const gates = listOf(specOf(object)['readinessGates']).map(gate => textOf(objectOf(gate)['conditionType']))
  if (gates.length === 0) return none
  const conditions = conditionsOf(object)
  return `${gates.filter(gate => conditions.includes(gate)).length}/${gates.length}`
}

/** The owner that controls an object, as `daemonset.apps/agent`. */
function controllerOf({ metadata }: KubernetesObject): string {
  const owner = listOf(metadata['ownerReferences'])
    .map(objectOf)
    .find(({ controller }) => controller === true)
  if (!owner) return none
  const group = textOf(owner['apiVersion']).split('/').slice(0, -1).join('')
  return `${textOf(owner['kind']).toLowerCase()}${group && `.${group}`}/${textOf(owner['name'])}`
}

/** Columns of pods and of what makes them. pkg/printers/internalversion/printers.go of kube-apiserver. */
export const workloadColumns: { readonly [kind: string]: readonly Column[] } = {
  Pod: podColumns,
  ControllerRevision: [
    nameColumn,
    { name: 'Controller', value: controllerOf },
    { name: 'Revision', value: object => numberOf(object['revision']) },
    ageColumn,
  ],
  DaemonSet: [
    nameColumn,
    statusNumber('Desired', 'desiredNumberScheduled'),
    statusNumber('Current', 'currentNumberScheduled'),
    statusNumber('Ready', 'numberReady'),
    statusNumber('Up-to-date', 'updatedNumberScheduled'),
    statusNumber('Available', 'numberAvailable'),
    { name: 'Node Selector', value: object => labelsText(templateSpec(object)['nodeSelector']) },
    ageColumn,
    ...containerColumns(templateSpec),
    selectorColumn,
  ],
  Deployment: [
    nameColumn,
    readyOf('readyReplicas'),
    statusNumber('Up-to-date', 'updatedReplicas'),
    statusNumber('Available', 'availableReplicas'),
    ageColumn,
    ...containerColumns(templateSpec),
    selectorColumn,
  ],
  ReplicaSet: [
    nameColumn,
    { name: 'Desired', value: object => numberOf(specOf(object)['replicas']) },
    statusNumber('Current', 'replicas'),
    statusNumber('Ready', 'readyReplicas'),
    ageColumn,
    ...containerColumns(templateSpec),
    selectorColumn,
  ],
  StatefulSet: [nameColumn, readyOf('readyReplicas'), ageColumn, ...containerColumns(templateSpec)],
  Job: [
    nameColumn,
    { name: 'Status', value: jobStatus },
    { name: 'Completions', value: completions },
    { name: 'Duration', value: jobDuration },
    ageColumn,
    ...containerColumns(templateSpec),
    selectorColumn,
  ],
  CronJob: [
    nameColumn,
    { name: 'Schedule', value: object => textOf(specOf(object)['schedule']) },
    { name: 'Timezone', value: object => textOf(specOf(object)['timeZone']) || none },
    { name: 'Suspend', value: object => (specOf(object)['suspend'] === true ? 'True' : 'False') },
    { name: 'Active', value: object => listOf(statusOf(object)['active']).length },
    {
      name: 'Last Schedule',
      value: (object, now) => {
        const { lastScheduleTime } = statusOf(object)
        return typeof lastScheduleTime === 'string' ? ageOf(lastScheduleTime, now) : none
      },
    },
    ageColumn,
    ...containerColumns(object => objectOf(objectOf(jobOf(object)['template'])['spec'])),
    { name: 'Selector', value: object => selectorText(objectOf(jobOf(object)['selector'])), wide: true },
  ],
}
