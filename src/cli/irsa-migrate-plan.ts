import { runInNewContext } from 'node:vm'
import { withoutScheme } from '../analysis/irsa-trust.ts'
import { trustStatement } from './irsa-target.ts'

/** A Kubernetes object, as far as a plan reads it. */
export interface KubernetesObject {
  readonly kind?: string
  readonly metadata?: Metadata
  readonly spec?: object
}

interface Metadata {
  readonly name?: string
  readonly namespace?: string
  readonly annotations?: Annotations
  readonly ownerReferences?: readonly object[]
}

type Annotations = { readonly [key: string]: string }

interface PodTemplate {
  readonly metadata?: Metadata
  readonly spec?: { readonly serviceAccountName?: string }
}

/** What of the cluster and the daemon is not in its objects. */
export interface MigrationWorld {
  readonly issuer: string
  readonly audience: string
  /** What goes before a role that is no ARN: kube2iam's `--base-role-arn`, kiam's `--role-base-arn`. */
  readonly baseRoleArn: string
}

/** One service account that gets one role. */
export interface MigrationGroup {
  readonly namespace: string
  /** As the workloads have it now. */
  readonly serviceAccount: string
  readonly roleArn: string
  /** `Deployment/web`. */
  readonly workloads: readonly string[]
  /** The service account to annotate: a new one where the present one cannot have the role for itself. */
  readonly target: string
  readonly conflicts: readonly string[]
  readonly providerArn: string
  readonly statement: object
}

export interface MigrationPlan {
  readonly groups: readonly MigrationGroup[]
  /** What is left out, and why. */
  readonly refused: readonly { readonly workload: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

export const kiamRoleAnnotation = 'iam.amazonaws.com/role'
const externalIdAnnotation = 'iam.amazonaws.com/external-id'
const permittedAnnotation = 'iam.amazonaws.com/permitted'
const allowedRolesAnnotation = 'iam.amazonaws.com/allowed-roles'
const irsaAnnotation = 'eks.amazonaws.com/role-arn'

interface Workload {
  readonly namespace: string
  readonly label: string
  readonly serviceAccount: string
  readonly role?: string
  readonly externalId: boolean
}

/** Where each kind keeps the template of its pods. */
const templateOf: { readonly [kind: string]: (spec: object) => PodTemplate | undefined } = {
  Deployment: spec => (spec as { template?: PodTemplate }).template,
  DaemonSet: spec => (spec as { template?: PodTemplate }).template,
  StatefulSet: spec => (spec as { template?: PodTemplate }).template,
  Job: spec => (spec as { template?: PodTemplate }).template,
  CronJob: spec => (spec as { jobTemplate?: { spec?: { template?: PodTemplate } } }).jobTemplate?.spec?.template,
}

/**
 * From the roles that kiam or kube2iam give to pods by annotation, to roles for service accounts. What a namespace's annotations do not
 * permit is left out, and a service account that others use too is not annotated.
 * @see kube2iam's README, "iam.amazonaws.com/allowed-roles"; kiam's README, "iam.amazonaws.com/permitted"
 */
export function migrationPlan(objects: readonly KubernetesObject[], world: MigrationWorld): MigrationPlan {
  const namespaces = new Map(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => [metadata?.name ?? '', metadata]))
  const accounts = new Map(
    objects
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => [placeOf(metadata?.namespace ?? 'default', metadata?.name ?? ''), metadata?.annotations ?? {}]),
  )
  const workloads = workloadsOf(objects)
  const found = new Map<string, Workload[]>()
  const refused: { workload: string; reason: string }[] = []
  const notes: string[] = []
  for (const workload of workloads) {
    const { namespace, label, serviceAccount, role, externalId } = workload
    if (role === undefined) continue
    const roleArn = arnOf(role, world)
    const reason = isRoleArn(roleArn)
      ? refusal(role, roleArn, namespaces.get(namespace)?.annotations ?? {}, world)
      : `${quoted(role)} is no role`
    if (reason !== undefined) {
      refused.push({ workload: `${namespace}: ${label}`, reason })
      continue
    }
    if (externalId)
      notes.push(`${namespace}: ${label} has ${externalIdAnnotation}: AssumeRoleWithWebIdentity takes none, the role must not ask for it`)
    const key = JSON.stringify([namespace, serviceAccount, roleArn])
    found.set(key, [...(found.get(key) ?? []), workload])
  }
  const names = new Set(accounts.keys())
  const keys = [...found.keys()].sort()
  const groups = keys.map(key => {
    const [namespace, serviceAccount, roleArn] = JSON.parse(key) as [string, string, string]
    const place = placeOf(namespace, serviceAccount)
    const same = workloads.filter(each => placeOf(each.namespace, each.serviceAccount) === place)
    const conflicts = conflictsOf(roleArn, same, accounts.get(place) ?? {}, world)
    const target = conflicts.length > 0 ? newName(namespace, serviceAccount, roleArn, names) : serviceAccount
    const providerArn = `${roleArn.split(':').slice(0, 5).join(':')}:oidc-provider/${withoutScheme(world.issuer)}`
    const subject = `system:serviceaccount:${namespace}:${target}`
    return {
      namespace,
      serviceAccount,
      roleArn,
      workloads: (found.get(key) ?? []).map(({ label }) => label),
      target,
      conflicts,
      providerArn,
      statement: trustStatement({ providerArn, issuer: world.issuer, subject }, world.audience),
    }
  })
  return { groups, refused, notes }
}

/** What people wrote into annotations is shown on one line, so that a plan can be run as a script. */
const quoted = (text: string) => JSON.stringify(text)

/** @throws Error for what Kubernetes takes for no name. Kubernetes documentation, "Object Names and IDs" */
function nameOf(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(text)) throw new Error(`${quoted(text)} is no name of a Kubernetes object`)
  return text
}

const placeOf = (namespace: string, name: string) => `${namespace}/${name}`

/** Pods and jobs that something else made are its own, when it is among the objects. */
function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  const all = objects.flatMap(object => {
    const { kind = '', metadata = {}, spec } = object
    const template = kind === 'Pod' ? (object as PodTemplate) : spec && templateOf[kind]?.(spec)
    if (!template) return []
    const annotations = template.metadata?.annotations ?? {}
    const role = annotations[kiamRoleAnnotation]?.trim()
    const workload: Workload = {
      namespace: nameOf(metadata.namespace ?? 'default'),
      label: `${kind}/${nameOf(metadata.name ?? '')}`,
      serviceAccount: nameOf(template.spec?.serviceAccountName || 'default'),
      ...(role && { role }),
      externalId: annotations[externalIdAnnotation] !== undefined,
    }
    return [{ workload, owned: (metadata.ownerReferences ?? []).length > 0 }]
  })
  const keyOf = ({ namespace, serviceAccount, role }: Workload) => JSON.stringify([namespace, serviceAccount, role])
  const own = new Set(all.filter(({ owned }) => !owned).map(({ workload }) => keyOf(workload)))
  return all.filter(({ workload, owned }) => !owned || !own.has(keyOf(workload))).map(({ workload }) => workload)
}

const arnOf = (role: string, { baseRoleArn }: MigrationWorld): string =>
  role.startsWith('arn:') ? role : `${baseRoleArn}${role.replace(/^\//, '')}`

const isRoleArn = (arn: string): boolean => /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn)

/** Why a namespace keeps its pods from a role. A namespace without either annotation is taken for one whose daemon restricts nothing. */
function refusal(role: string, roleArn: string, annotations: Annotations, world: MigrationWorld): string | undefined {
  const permitted = annotations[permittedAnnotation]
  if (permitted !== undefined) {
    const expression = expressionOf(permitted)
    if (!expression) return `${permittedAnnotation} of the namespace is no regular expression: ${quoted(permitted)}`
    const permits = matchesAny(expression, [role, roleArn])
    if (permits === undefined) return `${permittedAnnotation} of the namespace takes too long to match: ${quoted(permitted)}`
    if (!permits) return `${permittedAnnotation} of the namespace does not permit ${quoted(role)}`
  }
  const allowed = annotations[allowedRolesAnnotation]
  if (allowed === undefined) return undefined
  const patterns = listOf(allowed)
  if (!patterns) return `${allowedRolesAnnotation} of the namespace is no JSON list: ${quoted(allowed)}`
  const matches = patterns.some(pattern => globMatches(arnOf(pattern, world), roleArn))
  return matches ? undefined : `${allowedRolesAnnotation} of the namespace does not allow ${quoted(role)}`
}

function expressionOf(text: string): RegExp | undefined {
  try {
    return new RegExp(text)
  } catch {
    return undefined
  }
}

const matchMilliseconds = 200

/**
 * Whether an expression that somebody else wrote matches a text. kiam's expressions take linear time; JavaScript's may take for ever, so they are stopped.
 * @returns undefined when it was stopped
 */
function matchesAny(expression: RegExp, texts: readonly string[]): boolean | undefined {
  try {
    return runInNewContext('texts.some(text => expression.test(text))', { expression, texts }, { timeout: matchMilliseconds }) as boolean
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw problem
  }
}

function listOf(text: string): readonly string[] | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) && value.every(each => typeof each === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

/** `*` for anything: the pieces between must follow each other. */
function globMatches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const next = text.indexOf(piece, at)
    if (next < 0) return false
    at = next + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Why a service account cannot have a role for its own: everyone who uses it would get it. */
function conflictsOf(roleArn: string, users: readonly Workload[], annotations: Annotations, world: MigrationWorld): string[] {
  const others = [...new Set(users.flatMap(({ role }) => (role === undefined ? [] : [arnOf(role, world)])))].filter(arn => arn !== roleArn)
  const without = users.filter(({ role }) => role === undefined).map(({ label }) => label)
  const present = annotations[irsaAnnotation]
  return [
    ...(others.length > 0 ? [`other workloads of the service account have ${others.map(quoted).join(', ')}`] : []),
    ...(without.length > 0 ? [`workloads of the service account have no role: ${without.join(', ')}`] : []),
    ...(present && present !== roleArn ? [`the service account has ${quoted(present)} already`] : []),
  ]
}

/** A name that no service account has, told by the role. Kubernetes documentation, "Object Names and IDs". */
function newName(namespace: string, serviceAccount: string, roleArn: string, names: Set<string>): string {
  const role = roleArn
    .slice(roleArn.lastIndexOf('/') + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
  const base = `${serviceAccount}-${role}`.slice(0, 240).replace(/-+$/, '')
  let name = base
  for (let count = 2; names.has(placeOf(namespace, name)); count += 1) name = `${base}-${count}`
  names.add(placeOf(namespace, name))
  return name
}
