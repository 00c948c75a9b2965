import { CallError, callQuery, openClient } from './client.ts'
import { type ClusterClient, openCluster } from './cluster-client.ts'
import { textOf } from './irsa-iam.ts'
import { kiamRoleAnnotation, type KubernetesObject, type MigrationGroup, type MigrationPlan, migrationPlan } from './irsa-migrate-plan.ts'
import { defaultAudience, issuerOf, roleAnnotation } from './irsa-target.ts'
import { readNamedJson } from './named-file.ts'

export interface MigrateOptions {
  readonly cluster?: string
  readonly from?: readonly string[]
  readonly issuer?: string
  readonly baseRoleArn?: string
  readonly json?: boolean
  readonly data?: string
}

/** Prints how the pods that kiam or kube2iam give roles get them by their service accounts instead. Changes nothing. */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { cluster, from, json } = options
  if (cluster === undefined && from === undefined) throw new Error('give --cluster, or --from with files of "kubectl get -o json"')
  const plan = migrationPlan(await objectsOf(options), {
    issuer: await issuerFor(options),
    audience: defaultAudience,
    baseRoleArn: await baseRoleArnFor(options),
  })
  console.log(json ? JSON.stringify(plan, undefined, 2) : textOfPlan(plan))
}

async function objectsOf({ cluster, from, data }: MigrateOptions): Promise<KubernetesObject[]> {
  if (from !== undefined) return from.flatMap(readObjects)
  const kubernetes = await openCluster(openClient(data), cluster ?? '')
  const lists = await Promise.all(Object.entries(listed).map(([kind, path]) => listObjects(kubernetes, kind, path)))
  return lists.flat()
}

/** What is listed of a cluster. */
const listed: { readonly [kind: string]: string } = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/serviceaccounts',
  Deployment: '/apis/apps/v1/deployments',
  DaemonSet: '/apis/apps/v1/daemonsets',
  StatefulSet: '/apis/apps/v1/statefulsets',
  CronJob: '/apis/batch/v1/cronjobs',
  Job: '/apis/batch/v1/jobs',
  Pod: '/api/v1/pods',
}

/** A list's items do not tell their kind; an API that is not served (an embedded cluster's `apps`) has no objects. */
async function listObjects(cluster: ClusterClient, kind: string, path: string): Promise<KubernetesObject[]> {
  try {
    const { items } = (await cluster.read(path)) as { readonly items: readonly KubernetesObject[] }
    return items.map(item => ({ ...item, kind }))
  } catch (problem) {
    if (problem instanceof CallError && problem.status === 404) return []
    throw problem
  }
}

/** A list, or one object. @throws Error when the file is neither */
function readObjects(file: string): readonly KubernetesObject[] {
  const value = readNamedJson(file)
  const { kind, items } = (value ?? {}) as { readonly kind?: unknown; readonly items?: unknown }
  if (Array.isArray(items)) return items as readonly KubernetesObject[]
  if (typeof kind === 'string') return [value as KubernetesObject]
  throw new Error(`${file} is not what "kubectl get -o json" writes`)
}

async function issuerFor({ issuer, cluster, data }: MigrateOptions): Promise<string> {
  if (issuer !== undefined) return issuer
  if (cluster === undefined) throw new Error('give --issuer with the URL of the cluster, or --cluster to have it asked for')
  return issuerOf(openClient(data), cluster)
}

/** Without the option: of the caller's account, as both daemons find theirs by the account of their own node. */
async function baseRoleArnFor({ baseRoleArn, cluster, data }: MigrateOptions): Promise<string> {
  if (baseRoleArn !== undefined) return baseRoleArn.endsWith('/') ? baseRoleArn : `${baseRoleArn}/`
  if (cluster === undefined) throw new Error('give --base-role-arn, such as arn:aws:iam::111122223333:role/, as the daemon has it')
  const caller = await callQuery(openClient(data), { name: 'sts', version: '2011-06-15' }, 'GetCallerIdentity')
  const [, partition] = textOf(caller, 'Arn').split(':')
  return `arn:${partition}:iam::${textOf(caller, 'Account')}:role/`
}

function textOfPlan({ groups, refused, notes }: MigrationPlan): string {
  const left = refused.map(({ workload, reason }) => `# left out: ${workload}: ${reason}`)
  const providers = [...new Set(groups.map(({ providerArn }) => providerArn))]
  const parts = [
    [...left, ...notes.map(note => `# note: ${note}`)],
    providers.map(arn => `# needed: ${arn} ("gatehouse irsa enable" or "eksctl utils associate-iam-oidc-provider" makes it)`),
    ...groups.map(textOfGroup),
  ]
  if (groups.length === 0) parts.push([`# no workload to move has ${kiamRoleAnnotation}`])
  return parts.flat().join('\n')
}

function textOfGroup(group: MigrationGroup): string[] {
  const { namespace, serviceAccount, roleArn, workloads, target, conflicts, statement } = group
  const annotate = `kubectl annotate --overwrite serviceaccount ${target} -n ${namespace} ${roleAnnotation}=${roleArn}`
  return [
    '',
    `# ${namespace}/${serviceAccount}: ${roleArn}, for ${workloads.join(', ')}`,
    ...conflicts.map(conflict => `# conflict: ${conflict}`),
    `# add to the trust policy of ${roleArn} (aws iam update-assume-role-policy):`,
    `#   ${JSON.stringify(statement)}`,
    ...(target === serviceAccount ? [annotate] : newServiceAccount(group)),
    ...workloads.map(workload => moveWorkload(workload, group)),
  ]
}

/** Its rights in the cluster are the old one's only when its bindings name it. */
const newServiceAccount = ({ namespace, serviceAccount, target, roleArn }: MigrationGroup): string[] => [
  `# a new service account: bindings that name ${serviceAccount} must name ${target} too, if the workloads call the cluster`,
  `kubectl apply -f - <<'MANIFEST'`,
  'apiVersion: v1',
  'kind: ServiceAccount',
  'metadata:',
  `  name: ${target}`,
  `  namespace: ${namespace}`,
  '  annotations:',
  `    ${roleAnnotation}: ${roleArn}`,
  'MANIFEST',
]

/** New pods get the role; the daemon's annotation goes in the same step. */
function moveWorkload(workload: string, { namespace, target }: MigrationGroup): string {
  const [kind = '', name = ''] = workload.split('/')
  if (kind === 'Pod' || kind === 'Job') return `# make ${workload} anew with serviceAccountName ${target} and without ${kiamRoleAnnotation}`
  const template = { metadata: { annotations: { [kiamRoleAnnotation]: null } }, spec: { serviceAccountName: target } }
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template }
  return `kubectl patch ${kind.toLowerCase()} ${name} -n ${namespace} --type merge -p '${JSON.stringify({ spec })}'`
}
