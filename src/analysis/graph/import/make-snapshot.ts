import { managedPolicy } from '../../../catalogue/managed-policies.ts'
import { parseArn } from '../../../types/arn.ts'
import {
  type ClusterSettings,
  type Snapshot,
  type SnapshotCluster,
  type SnapshotNode,
  type SnapshotOrganization,
  snapshotFormat,
} from '../snapshot.ts'
import type { ClusterParts, OrganizationParts, SnapshotBuilder } from './builder.ts'
import { egressPolicyOf } from './network-policies.ts'
import { type Fields, fieldsOf, isFalse, isTrue, objectsOf, textMembers, textOf, textsOf, timeAs } from './fields.ts'
import { bindingOf, clusterRolesOf, namespaceEntry, nameOf, nodeOf, podOf, rolesOf, serviceAccountOf } from './kubernetes.ts'

/** Makes the snapshot of all that was read, and names what it lacks. */
export function makeSnapshot(builder: SnapshotBuilder): Snapshot {
  nameMissingPolicies(builder)
  const organization = organizationOf(builder)
  const clusters = [...builder.clusters.values()].map(parts => clusterOf(parts, builder))
  const arnOf = new Map(clusters.map(({ name, arn }) => [name, arn]))
  return {
    format: snapshotFormat,
    users: [...builder.users.values()],
    groups: [...builder.groups.values()],
    roles: [...builder.roles.values()],
    managedPolicies: [...builder.policies.values()],
    ...(organization && { organization }),
    resourcePolicies: [...builder.resourcePolicies].map(([resource, document]) => ({ resource, document })),
    ...(builder.snapshotShares.size > 0 && {
      snapshotShares: [...builder.snapshotShares].map(([resource, accounts]) => ({ resource, accounts })),
    }),
    instances: [...builder.instances.values()],
    clusters,
    ...(Object.keys(builder.account).length > 0 && { account: builder.account }),
    gaps: builder.gaps.map(({ what, about }) => ({ what, about: about.map(name => arnOf.get(name) ?? name) })),
  }
}

function nameMissingPolicies(builder: SnapshotBuilder): void {
  if (builder.users.size + builder.roles.size === 0) builder.gap('no users and roles were read (aws iam get-account-authorization-details)')
  const isThere = (arn: string) =>
    builder.policies.get(arn)?.versions[builder.policies.get(arn)?.defaultVersion ?? ''] || managedPolicy(arn)
  const missing = new Map<string, string[]>()
  const miss = (what: string, arn: string) => missing.set(what, [...(missing.get(what) ?? []), arn])
  const groupsOf = Map.groupBy(builder.groups.values(), ({ arn }) => parseArn(arn)?.account ?? '')
  for (const { arn: holder, attached } of [...builder.users.values(), ...builder.roles.values(), ...builder.groups.values()]) {
    for (const arn of attached) if (!isThere(arn)) miss(`the text of policy ${arn}`, holder)
  }
  for (const { arn, boundary } of [...builder.users.values(), ...builder.roles.values()])
    if (boundary !== undefined && !isThere(boundary)) miss(`the text of permissions boundary ${boundary}`, arn)
  for (const { arn, trust } of builder.roles.values()) if (trust === '') miss(`the trust policy of ${arn}`, arn)
  for (const { arn, groups } of builder.users.values()) {
    const known = groupsOf.get(parseArn(arn)?.account ?? '') ?? []
    for (const name of groups) if (!known.some(group => group.name === name)) miss(`group ${name}`, arn)
  }
  // What a group lacks, its members lack.
  for (const [what, arns] of missing) {
    const members = [...builder.users.values()].filter(user =>
      user.groups.some(name =>
        arns.some(arn => builder.groups.get(arn)?.name === name && parseArn(arn)?.account === parseArn(user.arn)?.account),
      ),
    )
    builder.gap(what, [...arns, ...members.map(({ arn }) => arn)])
  }
}

function organizationOf({ organization: parts, gaps }: SnapshotBuilder): SnapshotOrganization | undefined {
  const { id, managementAccount, parents, roots, accounts, policies, named, attachments } = parts
  if (id === undefined && policies.size + named.size + attachments.size + accounts.size === 0) return undefined
  if (managementAccount === undefined)
    gaps.push({
      what: 'which account manages the organization, whom no policies limit (aws organizations describe-organization)',
      about: ['*'],
    })
  for (const { policyId, targetId } of attachments.values()) {
    if (policies.has(policyId) || named.get(policyId) === 'FullAWSAccess' || /^p-(RCP)?FullAWSAccess$/.test(policyId)) continue
    gaps.push({
      what: `the text of organization policy ${policyId} (aws organizations describe-policy)`,
      about: accountsBelow(targetId, parts),
    })
  }
  if (accounts.size === 0) gaps.push({ what: 'the accounts of the organization (aws organizations list-accounts)', about: ['*'] })
  if (policies.size + named.size === 0)
    gaps.push({ what: 'the policies of the organization (aws organizations list-policies)', about: ['*'] })
  if (attachments.size === 0) gaps.push({ what: 'which organization policies are attached where (list-targets-for-policy)', about: ['*'] })
  const known = new Set([...accounts, ...[...parents.keys()].filter(key => /^\d{12}$/.test(key))])
  const chains: { [account: string]: string[] } = {}
  for (const account of known) {
    const chain = chainOf(account, parents)
    if (!roots.has(chain[0] ?? '') && !chain[0]?.startsWith('r-'))
      gaps.push({ what: `the place of account ${account} in the organization (aws organizations list-parents)`, about: [account] })
    chains[account] = chain
  }
  return {
    id: id ?? '',
    managementAccount: managementAccount ?? '',
    parents: chains,
    policies: [...policies.values()],
    attachments: [...attachments.values()],
  }
}

/** Units are nested five deep at most. Organizations User Guide, "Quotas". */
const deepest = 8

function chainOf(child: string, parents: ReadonlyMap<string, string>): string[] {
  const chain: string[] = []
  for (let at = parents.get(child); at !== undefined && chain.length < deepest; at = parents.get(at)) chain.unshift(at)
  return chain
}

function accountsBelow(target: string, { accounts, parents }: OrganizationParts): string[] {
  if (/^\d{12}$/.test(target)) return [target]
  const below = [...accounts].filter(account => chainOf(account, parents).includes(target))
  return below.length > 0 ? below : ['*']
}

const modes = ['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP'] as const

function clusterOf(parts: ClusterParts, builder: SnapshotBuilder): SnapshotCluster {
  const { name, described, entries, grants, associations, nodeRoles } = parts
  const objects = (kind: string) => parts.objects.get(kind) ?? []
  const arn = textOf(described?.['arn']) || `arn:aws:eks:us-east-1:${accountOf(builder)}:cluster/${name}`
  const access = fieldsOf(described?.['accessConfig'])
  const mode = modes.find(each => each === access['authenticationMode'])
  nameMissingParts(parts, mode, builder)
  const issuer = textOf(fieldsOf(fieldsOf(described?.['identity'])['oidc'])['issuer'])
  const version = textOf(described?.['version'])
  const policies = objects('NetworkPolicy').flatMap(egressPolicyOf)
  const nodes = objects('Node').map(nodeOf)
  nameMissingInstances(name, nodes, builder)
  const awsAuth = objects('ConfigMap').find(map => nameOf(map) === 'aws-auth')
  return {
    arn,
    name,
    authenticationMode: mode ?? 'API_AND_CONFIG_MAP',
    ...(/^\d+\.\d+$/.test(version) && { version }),
    ...(described && { settings: settingsOf(described) }),
    ...(issuer !== '' && { issuer }),
    accessEntries: [...entries].map(([principalArn, entry]) => ({
      principalArn,
      type: textOf(entry['type']) || 'STANDARD',
      username: textOf(entry['username']),
      groups: textsOf(entry['kubernetesGroups']),
      policies: grants.get(principalArn) ?? [],
      ...timeAs('createdAt', entry['createdAt']),
    })),
    associations: [...associations.values()]
      .filter(({ roleArn }) => typeof roleArn === 'string')
      .map(({ namespace, serviceAccount, roleArn, associationId }) => ({
        namespace: textOf(namespace),
        serviceAccount: textOf(serviceAccount),
        roleArn: textOf(roleArn),
        ...(typeof associationId === 'string' && { id: associationId }),
      })),
    nodeRoles: [...nodeRoles],
    ...(awsAuth && { awsAuth: textMembers(awsAuth['data']) }),
    clusterRoles: clusterRolesOf(objects('ClusterRole')),
    roles: rolesOf(objects('Role')),
    clusterRoleBindings: objects('ClusterRoleBinding').map(binding => bindingOf(binding, false)),
    roleBindings: objects('RoleBinding').map(binding => bindingOf(binding, true)),
    namespaces: objects('Namespace').map(namespaceEntry),
    serviceAccounts: objects('ServiceAccount').map(serviceAccountOf),
    pods: objects('Pod').map(pod => podOf(pod, policies)),
    nodes,
  }
}

/** What pods reach by their nodes' metadata depends on the instances behind the nodes. */
function nameMissingInstances(cluster: string, nodes: readonly SnapshotNode[], builder: SnapshotBuilder): void {
  const read = new Set([...builder.instances.keys()].map(arn => arn.slice(arn.lastIndexOf('/') + 1)))
  const [first, ...others] = nodes.filter(({ instanceId }) => instanceId !== undefined && !read.has(instanceId))
  if (!first) return
  const more = others.length === 0 ? '' : ` and ${others.length} others`
  builder.gap(`instance ${first.instanceId} of node ${first.name}${more} (aws ec2 describe-instances) of cluster ${cluster}`, [cluster])
}

function settingsOf(described: Fields): ClusterSettings {
  const network = fieldsOf(described['resourcesVpcConfig'])
  const logging = objectsOf(fieldsOf(described['logging'])['clusterLogging'])
  const encrypted = objectsOf(described['encryptionConfig']).flatMap(({ resources }) => textsOf(resources))
  return {
    publicCidrs: isTrue(network['endpointPublicAccess']) ? textsOf(network['publicAccessCidrs']) : [],
    hasPrivateEndpoint: isTrue(network['endpointPrivateAccess']),
    logs: logging.filter(({ enabled }) => isTrue(enabled)).flatMap(({ types }) => textsOf(types)),
    encryptsSecrets: encrypted.includes('secrets'),
    creatorIsAdmin: !isFalse(fieldsOf(described['accessConfig'])['bootstrapClusterCreatorAdminPermissions']),
    ...timeAs('createdAt', described['createdAt']),
  }
}

/** The account of the export, when only one was read. */
function accountOf({ users, roles }: SnapshotBuilder): string {
  const [first] = [...users.keys(), ...roles.keys()]
  return parseArn(first ?? '')?.account ?? ''
}

/** Kinds without which an answer about a cluster is not whole, and how to read them. */
const wanted = [
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Namespace',
  'ServiceAccount',
  'Pod',
  'Node',
  'NetworkPolicy',
] as const

function nameMissingParts(parts: ClusterParts, mode: string | undefined, builder: SnapshotBuilder): void {
  const { name, described, entries, listedEntries, grants, associations, objects } = parts
  const miss = (what: string) => builder.gap(`${what} of cluster ${name}`, [name])
  if (!described) miss('the description (aws eks describe-cluster)')
  else if (mode === undefined) miss('the authentication mode')
  for (const kind of wanted) if (!objects.has(kind)) miss(`the objects of kind ${kind} (kubectl get -A -o json)`)
  if (mode === 'CONFIG_MAP') miss('the creator, who is an administrator whom neither EKS nor aws-auth names,')
  if (mode !== 'API' && !objects.has('ConfigMap')) miss('the ConfigMap aws-auth (kubectl -n kube-system get configmap aws-auth -o json)')
  if (mode !== 'CONFIG_MAP' && entries.size + listedEntries.size === 0) miss('the access entries (aws eks list-access-entries)')
  for (const arn of listedEntries) if (!entries.has(arn)) miss(`the access entry of ${arn} (aws eks describe-access-entry)`)
  for (const arn of entries.keys()) if (!grants.has(arn)) miss(`the access policies of ${arn} (aws eks list-associated-access-policies)`)
  if (!parts.listsAssociations) miss('the pod identity associations (aws eks list-pod-identity-associations)')
  for (const [id, { roleArn }] of associations)
    if (typeof roleArn !== 'string') miss(`the role of pod identity association ${id} (aws eks describe-pod-identity-association)`)
}
