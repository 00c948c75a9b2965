import { parseAwsAuth, withoutPath, withoutRole, withRole } from '../../cluster-access/aws-auth.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { AccessEntriesTable, ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import { nodeEntryTypes } from '../../cluster-access/access-entry-names.ts'
import { accessEntryArn } from './arns.ts'
import type { Asked } from './ask-cluster.ts'
import { removeAllTags } from './cluster-store.ts'
import { roleInAccount } from './roles.ts'

/** What nodes of a role are: the type of the role's access entry. */
export type NodeType = 'EC2_LINUX' | 'EC2_WINDOWS' | 'FARGATE_LINUX'

type Context = Pick<HandleContext, 'tx' | 'now' | 'world' | 'afterCommit'>

/** The groups that aws-auth gives to nodes' roles. EKS User Guide, "Migrating existing aws-auth ConfigMap entries to access entries". */
const configMapGroups: { readonly [type in NodeType]: readonly string[] } = {
  EC2_LINUX: ['system:bootstrappers', 'system:nodes'],
  EC2_WINDOWS: ['eks:kube-proxy-windows', 'system:bootstrappers', 'system:nodes'],
  FARGATE_LINUX: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'],
}

/**
 * Lets the nodes of a role into a cluster: by an access entry, or by aws-auth where the cluster knows no entries.
 * EKS User Guide, "Create access entries": EKS does it for managed node groups and Fargate profiles.
 */
export async function admitNodes(cluster: ClustersTable, roleArn: string, type: NodeType, context: Context): Promise<void> {
  if (cluster.authenticationMode !== 'CONFIG_MAP') return makeNodeEntry(cluster, roleArn, type, context)
  const { username } = nodeEntryTypes[type] ?? { username: '' }
  const mapping = { username, groups: configMapGroups[type] }
  context.afterCommit(() => context.world.clusters.editAwsAuth(cluster.id, data => withRole(data, roleArn, mapping)))
}

/** Makes the entry of a node role, unless the role has one. @param type  EC2 is that of EKS Auto Mode */
export async function makeNodeEntry(
  cluster: ClustersTable,
  roleArn: string,
  type: NodeType | 'EC2',
  { tx, now, world }: Pick<Context, 'tx' | 'now' | 'world'>,
): Promise<void> {
  const role = await roleInAccount(tx, roleArn, cluster.account)
  const { username, groups } = nodeEntryTypes[type] ?? {}
  if (!role || username === undefined) return
  const entry = {
    clusterId: cluster.id,
    principalArn: roleArn,
    principalId: role.row.id,
    entryId: world.random.uuid(),
    type,
    username,
    groups: JSON.stringify(groups),
    createdAt: now,
    modifiedAt: now,
  }
  await tx
    .insertInto('accessEntries')
    .values(entry)
    .onConflict(conflict => conflict.columns(['clusterId', 'principalArn']).doNothing())
    .execute()
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
}

/**
 * Shuts out a role that no managed nodes of a cluster use any more, even where nodes that nobody manages still do: an entry that is one of
 * nodes goes, and so do the role's lines in aws-auth. EKS User Guide, "Delete a managed node group from your cluster".
 */
export async function dismissNodes(cluster: ClustersTable, roleArn: string, { tx, now, world, afterCommit }: Context): Promise<void> {
  const { id, authenticationMode } = cluster
  const entry = await nodeEntry(tx, id, roleArn)
  if (entry && entry.type in configMapGroups) await removeEntry(cluster, entry, { tx, now })
  if (authenticationMode !== 'API') afterCommit(() => world.clusters.editAwsAuth(id, data => withoutRole(data, roleArn)))
}

/** Removes an access entry with its associations and tags. */
export async function removeEntry(
  { id, account, region, name }: ClustersTable,
  { principalArn, entryId }: Pick<AccessEntriesTable, 'principalArn' | 'entryId'>,
  { tx, now }: Pick<Context, 'tx' | 'now'>,
): Promise<void> {
  for (const table of ['accessPolicyAssociations', 'accessEntries'] as const)
    await tx.deleteFrom(table).where('clusterId', '=', id).where('principalArn', '=', principalArn).execute()
  await removeAllTags(tx, accessEntryArn(region, account, name, principalArn, entryId))
  await recordChange(tx, { account, kind: 'cluster', id, at: now })
}

export const nodeEntry = (tx: Transaction, clusterId: string, roleArn: string) =>
  tx
    .selectFrom('accessEntries')
    .select(['type', 'entryId', 'principalArn', 'principalId'])
    .where('clusterId', '=', clusterId)
    .where('principalArn', '=', roleArn)
    .executeTakeFirst()

/** Why nodes cannot join a cluster. */
export type NodeAccessProblem = 'roleNotFound' | 'roleReplaced' | 'otherEntry' | 'noEntry'

/**
 * Why nodes of a role cannot join a cluster; undefined when they can.
 * @param asked  aws-auth; where it is not known, it is taken to map the role
 */
export async function nodeAccessProblem(
  tx: Transaction,
  cluster: ClustersTable,
  roleArn: string,
  type: NodeType,
  { awsAuth }: Asked,
): Promise<NodeAccessProblem | undefined> {
  const { authenticationMode: mode } = cluster
  const role = await roleInAccount(tx, roleArn, cluster.account)
  if (!role) return 'roleNotFound'
  const entry = mode === 'CONFIG_MAP' ? undefined : await nodeEntry(tx, cluster.id, roleArn)
  if (entry && entry.principalId !== role.row.id) return 'roleReplaced'
  if (entry) return entry.type === type ? undefined : 'otherEntry'
  const mapped = mode !== 'API' && (!awsAuth || parseAwsAuth(awsAuth).roles.has(withoutPath(roleArn).toLowerCase()))
  return mapped ? undefined : 'noEntry'
}

/** What was made a moment ago is not let in yet: aws-auth is written after the call. */
const settlingMilliseconds = 60_000

/** The status of what nodes of a role belong to. @param now  epoch milliseconds */
export function nodesStatus(problem: NodeAccessProblem | undefined, createdAt: number, now: number): 'ACTIVE' | 'CREATING' | 'DEGRADED' {
  if (problem === undefined) return 'ACTIVE'
  return problem === 'noEntry' && now - createdAt < settlingMilliseconds ? 'CREATING' : 'DEGRADED'
}
