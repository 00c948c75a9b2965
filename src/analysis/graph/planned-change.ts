import { parseAllDocuments } from 'yaml'
import { MalformedPolicyDocument, parsePolicy, type PolicyKind } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { type Fields, fieldsOf, textMembers, textOf } from './import/fields.ts'
import { bindingOf, clusterRolesOf, nameOf, rolesOf, serviceAccountOf } from './import/kubernetes.ts'
import type { InlinePolicy, Snapshot, SnapshotCluster } from './snapshot.ts'

/** A file that takes the place of something in a snapshot. */
export interface PlannedChange {
  /** `ARN` of a managed policy, of a role (its trust policy) or of a resource; `ARN#NAME`, an inline policy; a cluster's name. */
  readonly subject: string
  readonly text: string
  readonly source: string
}

/** A snapshot as it will be with a change. @throws Error when the subject is not there, or the file is not what it should be */
export function withChange(snapshot: Snapshot, change: PlannedChange): Snapshot {
  const { subject } = change
  if (!subject.startsWith('arn:')) return withObjects(snapshot, change)
  const [arn = '', inline] = subject.split('#')
  const { service = '', resource = '' } = parseArn(arn) ?? {}
  if (inline !== undefined) return withInline(snapshot, arn, { name: inline, document: policyIn(change, 'identity') })
  if (service === 'iam' && resource.startsWith('policy/')) return withManaged(snapshot, arn, policyIn(change, 'identity'))
  if (service === 'iam' && resource.startsWith('role/')) return withTrust(snapshot, arn, policyIn(change, 'trust'))
  if (service === 'organizations') return withOrganizationPolicy(snapshot, arn, change)
  const document = policyIn(change, 'resource')
  return {
    ...snapshot,
    resourcePolicies: [...snapshot.resourcePolicies.filter(each => each.resource !== arn), { resource: arn, document }],
  }
}

function policyIn({ text, source }: PlannedChange, kind: PolicyKind): string {
  const [document, ...others] = parseAllDocuments(text) as { readonly errors: readonly Error[]; toJS(): unknown }[]
  if (!document || others.length > 0) throw new Error(`${source}: one policy is wanted`)
  if (document.errors[0]) throw new Error(`${source}: ${document.errors[0].message}`)
  const json = JSON.stringify(document.toJS())
  try {
    parsePolicy(json, kind)
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    throw new Error(`${source}: ${problem.message}`, { cause: problem })
  }
  return json
}

/** Replaces the one of a list that has an ARN. */
function replaced<T extends { readonly arn: string }>(list: readonly T[], arn: string, change: (item: T) => T): T[] {
  if (!list.some(item => item.arn === arn)) throw new Error(`there is no ${arn} to change`)
  return list.map(item => (item.arn === arn ? change(item) : item))
}

const withManaged = (snapshot: Snapshot, arn: string, document: string): Snapshot => ({
  ...snapshot,
  managedPolicies: replaced(snapshot.managedPolicies, arn, policy => ({
    ...policy,
    versions: { ...policy.versions, [policy.defaultVersion]: document },
  })),
})

const withTrust = (snapshot: Snapshot, arn: string, trust: string): Snapshot => ({
  ...snapshot,
  roles: replaced(snapshot.roles, arn, role => ({ ...role, trust })),
})

function withInline(snapshot: Snapshot, arn: string, policy: InlinePolicy): Snapshot {
  const changed = <T extends { readonly arn: string; readonly inline: readonly InlinePolicy[] }>(list: readonly T[]): T[] =>
    replaced(list, arn, holder => ({ ...holder, inline: [...holder.inline.filter(({ name }) => name !== policy.name), policy] }))
  const kind = parseArn(arn)?.resource.split('/')[0]
  if (kind === 'user') return { ...snapshot, users: changed(snapshot.users) }
  if (kind === 'group') return { ...snapshot, groups: changed(snapshot.groups) }
  return { ...snapshot, roles: changed(snapshot.roles) }
}

function withOrganizationPolicy(snapshot: Snapshot, arn: string, change: PlannedChange): Snapshot {
  const { organization } = snapshot
  if (!organization) throw new Error(`there is no ${arn} to change`)
  const policies = replaced(organization.policies, arn, policy => ({ ...policy, document: policyIn(change, policy.type) }))
  return { ...snapshot, organization: { ...organization, policies } }
}

/** Objects of a manifest take the place of those of the same kind and name, or come to them. */
function withObjects(snapshot: Snapshot, { subject, text, source }: PlannedChange): Snapshot {
  const cluster = snapshot.clusters.find(({ name, arn }) => name === subject || arn === subject)
  if (!cluster) throw new Error(`there is no cluster ${subject} to change`)
  const documents = parseAllDocuments(text) as { readonly errors: readonly Error[]; toJS(): unknown }[]
  const problem = documents.flatMap(({ errors }) => errors)[0]
  if (problem) throw new Error(`${source}: ${problem.message}`)
  const objects = documents
    .map(document => fieldsOf(document.toJS()))
    .flatMap(object =>
      textOf(object['kind']).endsWith('List') && Array.isArray(object['items']) ? object['items'].map(fieldsOf) : [object],
    )
    .filter(object => Object.keys(object).length > 0)
  const changed = objects.reduce((before, object) => withObject(before, object, source), cluster)
  return { ...snapshot, clusters: snapshot.clusters.map(each => (each === cluster ? changed : each)) }
}

function withObject(cluster: SnapshotCluster, object: Fields, source: string): SnapshotCluster {
  const kind = textOf(object['kind'])
  const change = objectChanges[kind]
  if (!change)
    throw new Error(`${source}: objects of kind ${kind || '(none)'} are not changed: ${Object.keys(objectChanges).join(', ')} are`)
  const labels = textMembers(fieldsOf(object['metadata'])['labels'])
  const aggregates = object['aggregationRule'] !== undefined || Object.keys(labels).some(key => key.includes('/aggregate-to-'))
  if (aggregates)
    throw new Error(`${source}: ${kind} ${nameOf(object)} is aggregated, which is not followed: change the aggregated role itself`)
  return change(cluster, object)
}

const samePlace = (a: { readonly name: string; readonly namespace?: string }, b: typeof a): boolean =>
  a.name === b.name && a.namespace === b.namespace

const objectChanges: { readonly [kind: string]: (cluster: SnapshotCluster, object: Fields) => SnapshotCluster } = {
  ClusterRole: (cluster, object) => ({ ...cluster, clusterRoles: { ...cluster.clusterRoles, ...clusterRolesOf([object]) } }),
  Role: (cluster, object) => ({ ...cluster, roles: { ...cluster.roles, ...rolesOf([object]) } }),
  ClusterRoleBinding: (cluster, object) => {
    const binding = bindingOf(object, false)
    return { ...cluster, clusterRoleBindings: [...cluster.clusterRoleBindings.filter(each => !samePlace(each, binding)), binding] }
  },
  RoleBinding: (cluster, object) => {
    const binding = bindingOf(object, true)
    return { ...cluster, roleBindings: [...cluster.roleBindings.filter(each => !samePlace(each, binding)), binding] }
  },
  ServiceAccount: (cluster, object) => {
    const account = serviceAccountOf(object)
    return { ...cluster, serviceAccounts: [...cluster.serviceAccounts.filter(each => !samePlace(each, account)), account] }
  },
  ConfigMap: (cluster, object) => {
    if (nameOf(object) !== 'aws-auth') throw new Error(`the ConfigMap ${nameOf(object)} decides nothing: only aws-auth does`)
    return { ...cluster, awsAuth: textMembers(object['data']) }
  },
}
