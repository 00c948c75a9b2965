import { selectsLabels } from '../../cluster-access/label-selector.ts'
import type { Json, JsonObject } from '../../types/json.ts'
import { duplicate, forbiddenField, required, unsupported, wrong, wrongValue } from './causes.ts'
import { keyProblems, labelNameProblems, valueProblems } from './names.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import type { Cause } from './status.ts'

type Check = (object: KubernetesObject) => Cause[]

/** Containers that can be told apart, each with an image. */
export function podSpecCauses(spec: JsonObject, at: string): Cause[] {
  const containers = listOf(spec['containers']).map(objectOf)
  if (containers.length === 0) return [required(`${at}.containers`, '')]
  return [
    ...containerCauses(containers, `${at}.containers`),
    ...containerCauses(listOf(spec['initContainers']).map(objectOf), `${at}.initContainers`),
  ]
}

function containerCauses(containers: readonly JsonObject[], at: string): Cause[] {
  const names = containers.map(container => textOf(container['name']))
  return containers.flatMap((container, index) => {
    const place = `${at}[${index}]`
    const name = names[index] as string
    const nameCauses =
      name === '' ? [required(`${place}.name`, '')] : labelNameProblems(name).map(problem => wrong(`${place}.name`, name, problem))
    const repeated = name !== '' && names.indexOf(name) < index
    return [
      ...nameCauses,
      ...(repeated ? [duplicate(`${place}.name`, name)] : []),
      ...(textOf(container['image']) === '' ? [required(`${place}.image`, '')] : []),
    ]
  })
}

/** A selector that chooses something, and the pods of the template it stands with. Kubernetes documentation, "Deployments", "Selector". */
function selectorCauses(spec: JsonObject, kind: string): Cause[] {
  const selector = spec['selector'] === undefined ? undefined : objectOf(spec['selector'])
  const labels = objectOf(objectOf(objectOf(spec['template'])['metadata'])['labels']) as { [key: string]: string }
  if (selector === undefined) {
    const missing = kind === 'daemonset' ? [] : [required('spec.selector', '')]
    // Without a selector nothing is chosen.
    return [...missing, wrongValue('spec.template.metadata.labels', labels, mismatch)]
  }
  const isEmpty = Object.keys(objectOf(selector['matchLabels'])).length === 0 && listOf(selector['matchExpressions']).length === 0
  const causes = labelSelectorCauses(selector, 'spec.selector')
  if (isEmpty) causes.push(wrongValue('spec.selector', selector, `empty selector is invalid for ${kind}`))
  else if (causes.length === 0 && !selectsLabels(selector, labels))
    causes.push(wrongValue('spec.template.metadata.labels', labels, mismatch))
  return causes
}

const mismatch = '`selector` does not match template `labels`'

function labelSelectorCauses(selector: JsonObject, at: string): Cause[] {
  const labels = Object.entries(objectOf(selector['matchLabels'])).flatMap(([key, value]) => [
    ...keyProblems(key).map(problem => wrong(`${at}.matchLabels`, key, problem)),
    ...valueProblems(textOf(value)).map(problem => wrong(`${at}.matchLabels`, textOf(value), problem)),
  ])
  const expressions = listOf(selector['matchExpressions'])
    .map(objectOf)
    .flatMap(({ key, operator, values }, index) => {
      const place = `${at}.matchExpressions[${index}]`
      const count = listOf(values).length
      const ofSet = operator === 'In' || operator === 'NotIn'
      const ofPresence = operator === 'Exists' || operator === 'DoesNotExist'
      return [
        ...(ofSet && count === 0 ? [required(`${place}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : []),
        ...(ofPresence && count > 0
          ? [forbiddenField(`${place}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
          : []),
        ...(ofSet || ofPresence ? [] : [wrong(`${place}.operator`, textOf(operator), 'not a valid selector operator')]),
        ...keyProblems(textOf(key)).map(problem => wrong(`${place}.key`, textOf(key), problem)),
      ]
    })
  return [...labels, ...expressions]
}

const templateCauses = (spec: JsonObject, at: string) => podSpecCauses(objectOf(objectOf(spec['template'])['spec']), `${at}.template.spec`)

/** Pods of these run for ever. */
function restartsAlways(spec: JsonObject): Cause[] {
  const policy = textOf(objectOf(objectOf(spec['template'])['spec'])['restartPolicy'])
  return policy === 'Always' ? [] : [unsupported('spec.template.spec.restartPolicy', policy, ['Always'])]
}

const lasting =
  (kind: string): Check =>
  object => {
    const spec = objectOf(object['spec'])
    return [
      ...notNegative(spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], 'spec'),
      ...selectorCauses(spec, kind),
      ...templateCauses(spec, 'spec'),
      ...restartsAlways(spec),
    ]
  }

const notNegative = (spec: JsonObject, fields: readonly string[], at: string): Cause[] =>
  fields.flatMap(field => {
    const value = spec[field]
    return typeof value === 'number' && value < 0 ? [wrongValue(`${at}.${field}`, value, 'must be greater than or equal to 0')] : []
  })

/** Pods of jobs end. Kubernetes documentation, "Jobs", "Pod template". */
function jobCauses(spec: JsonObject, at: string): Cause[] {
  const policy = textOf(objectOf(objectOf(spec['template'])['spec'])['restartPolicy'])
  const place = `${at}.template.spec.restartPolicy`
  return [
    ...notNegative(spec, ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'], at),
    ...templateCauses(spec, at),
    ...(policy === 'Always' || policy === ''
      ? [required(place, 'valid values: "OnFailure", "Never"')]
      : policy === 'OnFailure' || policy === 'Never'
        ? []
        : [unsupported(place, policy, ['OnFailure', 'Never'])]),
  ]
}

/** Five fields, or a word such as `@daily`. What is in the fields is not looked at: nothing here runs by them. */
function scheduleCauses(schedule: string): Cause[] {
  const fields = schedule.trim().split(/\s+/)
  const zone = schedule.includes('TZ')
  return [
    ...(zone || schedule.startsWith('@') || fields.length === 5
      ? []
      : [wrong('spec.schedule', schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)]),
    ...(zone ? [wrong('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')] : []),
  ]
}

const concurrencyPolicies = ['Allow', 'Forbid', 'Replace']
/** The job's name is the cron job's with eleven characters of time. Kubernetes documentation, "CronJob". */
const longestCronJobName = 52

function cronJob(object: KubernetesObject): Cause[] {
  const spec = objectOf(object['spec'])
  const schedule = textOf(spec['schedule'])
  const name = object.metadata.name ?? ''
  const policy = textOf(spec['concurrencyPolicy'])
  return [
    ...(schedule === '' ? [required('spec.schedule', '')] : scheduleCauses(schedule)),
    ...(concurrencyPolicies.includes(policy) ? [] : [unsupported('spec.concurrencyPolicy', policy, concurrencyPolicies)]),
    ...jobCauses(objectOf(objectOf(spec['jobTemplate'])['spec']), 'spec.jobTemplate.spec'),
    ...notNegative(spec, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'], 'spec'),
    ...(name.length > longestCronJobName ? [wrong('metadata.name', name, `must be no more than ${longestCronJobName} characters`)] : []),
  ]
}

function controllerRevision({ data = null, revision }: KubernetesObject): Cause[] {
  const negative = typeof revision === 'number' && revision < 0
  return [
    ...(negative ? [wrongValue('revision', revision, 'must be greater than or equal to 0')] : []),
    ...(data === null ? [required('data', 'data is mandatory')] : []),
    ...(data !== null && (typeof data !== 'object' || Array.isArray(data)) ? [required('data', 'data must be a valid JSON object')] : []),
  ]
}

/** What is wrong with workloads, by kind. pkg/apis/apps/validation and pkg/apis/batch/validation of kube-apiserver. */
export const workloadChecks: { readonly [kind: string]: Check } = {
  Pod: object => podSpecCauses(objectOf(object['spec']), 'spec'),
  ControllerRevision: controllerRevision,
  Deployment: lasting('deployment'),
  DaemonSet: lasting('daemonset'),
  ReplicaSet: lasting('replicaset'),
  StatefulSet: lasting('statefulset'),
  Job: object => jobCauses(objectOf(object['spec']), 'spec'),
  CronJob: cronJob,
}

/** Fields of a `spec` that cannot be changed, by kind. */
const immutable: { readonly [kind: string]: readonly string[] } = {
  Deployment: ['selector'],
  DaemonSet: ['selector'],
  ReplicaSet: ['selector'],
  Job: ['completions', 'selector', 'template', 'completionMode'],
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

/** What an update changes that nobody may change. */
export function workloadChangeCauses(kind: string, before: JsonObject, after: JsonObject): Cause[] {
  const differs = (field: string) => JSON.stringify(sorted(before[field])) !== JSON.stringify(sorted(after[field]))
  if (kind === 'StatefulSet') {
    const fields = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...fields].some(field => !changeable.includes(field) && differs(field))
      ? [
          forbiddenField(
            'spec',
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
          ),
        ]
      : []
  }
  return (immutable[kind] ?? []).filter(differs).map(field => wrongValue(`spec.${field}`, after[field] ?? null, 'field is immutable'))
}

/** The state that a revision keeps stays as it is. */
export const revisionChangeCauses = (before: KubernetesObject, { data = null }: KubernetesObject): Cause[] =>
  JSON.stringify(sorted(before['data'])) === JSON.stringify(sorted(data)) ? [] : [wrongValue('data', data, 'field is immutable')]

/** Order of fields is no difference. */
const sorted = (value: Json | undefined): Json => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}
