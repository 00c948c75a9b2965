import type { Principal } from '../../identity/principal.ts'
import { accessPolicyArn } from '../../catalogue/access-policies.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Random } from '../../types/random.ts'
import { defaultUsername } from '../../cluster-access/access-entry-names.ts'
import { eks } from './service.ts'

/** The IAM principal behind a caller, as access entries name it: a role rather than its session. */
export interface Creator {
  readonly arn: string
  readonly id: string
}

/** Who becomes cluster administrator by creating a cluster. EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries". */
export function clusterCreator(principal: Principal): Creator {
  switch (principal.type) {
    case 'user':
      return { arn: principal.arn, id: principal.userId }
    case 'roleSession':
      return { arn: principal.roleArn, id: principal.roleId }
    case 'root':
      return { arn: principal.arn, id: principal.account }
    default:
      throw new eks.InvalidRequestException('Clusters are created by users, roles or the root user.')
  }
}

/** Makes the creator's access entry, with the cluster administrator policy for the whole cluster. */
export const grantCreator = (tx: Transaction, cluster: ClustersTable, creator: Creator, random: Random, now: number): Promise<void> =>
  grantPolicies(tx, cluster, creator, [inCluster('AmazonEKSClusterAdminPolicy')], random, now)

/** An access policy, and where in a cluster it holds. */
export interface PolicyGrant {
  readonly policyArn: string
  readonly scope: 'cluster' | 'namespace'
  readonly namespaces: readonly string[]
}

/** An access policy for the whole of a cluster. @param name  such as `AmazonEKSViewPolicy` */
export const inCluster = (name: string): PolicyGrant => ({ policyArn: accessPolicyArn(name), scope: 'cluster', namespaces: [] })

/** Gives a principal access policies, by the access entry that it has or gets. */
export async function grantPolicies(
  tx: Transaction,
  cluster: ClustersTable,
  { arn, id }: Creator,
  policies: readonly PolicyGrant[],
  random: Random,
  now: number,
): Promise<void> {
  const times = { createdAt: now, modifiedAt: now }
  const entry = { clusterId: cluster.id, principalArn: arn, principalId: id, entryId: random.uuid(), ...times }
  await tx
    .insertInto('accessEntries')
    .values({ ...entry, type: 'STANDARD', username: defaultUsername(arn), groups: '[]' })
    .onConflict(conflict => conflict.columns(['clusterId', 'principalArn']).doNothing())
    .execute()
  await associatePolicies(tx, cluster, arn, policies, now)
}

/** Associates access policies with an entry, but those that it has. */
export async function associatePolicies(
  tx: Transaction,
  { id: clusterId }: ClustersTable,
  principalArn: string,
  policies: readonly PolicyGrant[],
  now: number,
): Promise<void> {
  for (const { policyArn, scope, namespaces } of policies) {
    const association = { clusterId, principalArn, policyArn, scope, namespaces: JSON.stringify(namespaces) }
    await tx
      .insertInto('accessPolicyAssociations')
      .values({ ...association, associatedAt: now, modifiedAt: now })
      .onConflict(conflict => conflict.columns(['clusterId', 'principalArn', 'policyArn']).doNothing())
      .execute()
  }
}
