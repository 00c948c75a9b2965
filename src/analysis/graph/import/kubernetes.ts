import type { Binding, Subject } from '../../../cluster-access/evaluate.ts'
import { type LabelSelector, selectsLabels } from '../../../cluster-access/label-selector.ts'
import type { PolicyRule } from '../../../cluster-access/rules.ts'
import type { SnapshotNode, SnapshotPod, SnapshotServiceAccount } from '../snapshot.ts'
import type { ClusterParts, Origin, SnapshotBuilder } from './builder.ts'
import { clusterOf } from './eks.ts'
import { metadataKeptFrom, type NetworkPolicy, selectorOf } from './network-policies.ts'
import { type Fields, fieldsOf, objectsOf, textMembers, textOf, textsOf } from './fields.ts'

/** Kinds that say who may do what, or whom one can become. */
const kinds = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'Namespace',
  'NetworkPolicy',
  'Node',
  'Pod',
  'Role',
  'RoleBinding',
  'ServiceAccount',
])

/** Objects of the Kubernetes API, as `kubectl get -o json` prints them: one, or a List of any kinds. */
export function readObjects(document: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const cluster = clusterOf(builder, origin)
  if (!cluster) return
  const kind = textOf(document['kind'])
  // The API's own lists leave the kind of their items out.
  const items = kind.endsWith('List') ? objectsOf(document['items']) : [document]
  const itemKind = kind === 'List' ? undefined : kind.replace(/List$/, '')
  const listed = kind === 'List' && items.length === 0 ? kindOfFile(origin) : kind.endsWith('List') ? itemKind : undefined
  if (listed !== undefined && kinds.has(listed)) remember(cluster, listed)
  for (const item of items) {
    const own = textOf(item['kind']) || itemKind || ''
    if (kinds.has(own)) remember(cluster, own).push(item)
  }
  const { remainingItemCount } = fieldsOf(document['metadata'])
  const continues = textOf(fieldsOf(document['metadata'])['continue']) !== ''
  if (continues) builder.gap(`${origin.source} is cut: ${String(remainingItemCount ?? 'more')} objects are left`, [cluster.name])
}

/** kubectl does not say of which kind an empty list is: its file may, such as `roles.json`. */
function kindOfFile({ source }: Origin): string | undefined {
  const plural = source
    .slice(source.lastIndexOf('/') + 1)
    .replace(/\.jsonl?$/, '')
    .toLowerCase()
  return [...kinds].find(kind => kind.toLowerCase().replace(/y$/, 'ie') + 's' === plural)
}

function remember({ objects }: ClusterParts, kind: string): Fields[] {
  const list = objects.get(kind) ?? []
  objects.set(kind, list)
  return list
}

export const metadataOf = (object: Fields): Fields => fieldsOf(object['metadata'])
export const nameOf = (object: Fields): string => textOf(metadataOf(object)['name'])
export const namespaceOf = (object: Fields): string => textOf(metadataOf(object)['namespace']) || 'default'

const list = (value: unknown): readonly string[] | undefined => (Array.isArray(value) ? textsOf(value) : undefined)

function ruleOf(rule: Fields): PolicyRule {
  const [apiGroups, resources, resourceNames, nonResourceURLs] = [
    list(rule['apiGroups']),
    list(rule['resources']),
    list(rule['resourceNames']),
    list(rule['nonResourceURLs']),
  ]
  return {
    verbs: textsOf(rule['verbs']),
    ...(apiGroups && { apiGroups }),
    ...(resources && { resources }),
    ...(resourceNames && { resourceNames }),
    ...(nonResourceURLs && { nonResourceURLs }),
  }
}

const rulesOf = (role: Fields): PolicyRule[] => objectsOf(role['rules']).map(ruleOf)

/** ClusterRoles with the rules of those that their selectors match. Kubernetes documentation, "Using RBAC Authorization", "Aggregated ClusterRoles". */
export function clusterRolesOf(roles: readonly Fields[]): { [name: string]: readonly PolicyRule[] } {
  const selectorsOf = (role: Fields) => objectsOf(fieldsOf(role['aggregationRule'])['clusterRoleSelectors']).map(selectorOf)
  const isMember = (role: Fields, selectors: readonly LabelSelector[]) => {
    const labels = textMembers(metadataOf(role)['labels'])
    return selectors.some(selector => selectsLabels(selector, labels))
  }
  const filled = (role: Fields, seen: readonly Fields[]): PolicyRule[] => {
    const selectors = selectorsOf(role)
    if (selectors.length === 0) return rulesOf(role)
    const members = roles.filter(other => !seen.includes(other) && other !== role && isMember(other, selectors))
    const rules = [...rulesOf(role), ...members.flatMap(member => filled(member, [...seen, role]))]
    return [...new Map(rules.map(rule => [JSON.stringify(rule), rule])).values()]
  }
  return Object.fromEntries(roles.map(role => [nameOf(role), filled(role, [])]))
}

export const rolesOf = (roles: readonly Fields[]): { [place: string]: readonly PolicyRule[] } =>
  Object.fromEntries(roles.map(role => [`${namespaceOf(role)}/${nameOf(role)}`, rulesOf(role)]))

function subjectOf(subject: Fields): Subject {
  const namespace = textOf(subject['namespace'])
  return { kind: textOf(subject['kind']), name: textOf(subject['name']), ...(namespace !== '' && { namespace }) }
}

/** @param namespaced  of RoleBindings */
export const bindingOf = (binding: Fields, namespaced: boolean): Binding => {
  const { kind, name } = fieldsOf(binding['roleRef'])
  return {
    name: nameOf(binding),
    ...(namespaced && { namespace: namespaceOf(binding) }),
    subjects: objectsOf(binding['subjects']).map(subjectOf),
    roleRef: { kind: textOf(kind), name: textOf(name) },
  }
}

const mounting = ({ automountServiceAccountToken: mounts }: Fields): { readonly mountsToken?: boolean } =>
  typeof mounts === 'boolean' ? { mountsToken: mounts } : {}

export function serviceAccountOf(object: Fields): SnapshotServiceAccount {
  const roleArn = textMembers(metadataOf(object)['annotations'])['eks.amazonaws.com/role-arn']
  return { namespace: namespaceOf(object), name: nameOf(object), ...(roleArn !== undefined && { roleArn }), ...mounting(object) }
}

export function podOf(object: Fields, policies: readonly NetworkPolicy[]): SnapshotPod {
  const keptFrom = metadataKeptFrom({ namespace: namespaceOf(object), labels: textMembers(metadataOf(object)['labels']) }, policies)
  const spec = fieldsOf(object['spec'])
  const node = textOf(spec['nodeName'])
  return {
    namespace: namespaceOf(object),
    name: nameOf(object),
    serviceAccount: textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount']) || 'default',
    ...(node !== '' && { node }),
    hostNetwork: spec['hostNetwork'] === true,
    ...(keptFrom.length > 0 && { keptFrom }),
    ...mounting(spec),
  }
}

export function nodeOf(object: Fields): SnapshotNode {
  const instanceId = /\/(i-[0-9a-f]+)$/.exec(textOf(fieldsOf(object['spec'])['providerID']))?.[1]
  return { name: nameOf(object), ...(instanceId !== undefined && { instanceId }) }
}

export function namespaceEntry(object: Fields): { name: string; enforced?: string } {
  const enforced = textMembers(metadataOf(object)['labels'])['pod-security.kubernetes.io/enforce']
  return { name: nameOf(object), ...(enforced !== undefined && { enforced }) }
}
