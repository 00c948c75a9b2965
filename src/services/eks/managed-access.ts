import { accessPolicyArn } from '../../catalogue/access-policies.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import { type ClusterDetails, detailsOf } from './cluster-shape.ts'
import { associatePolicies, inCluster } from './creator.ts'
import { roleInAccount } from './roles.ts'
import { eks } from './service.ts'
import { linkedServices, serviceLinkedRoleArn } from './service-linked-roles.ts'

/** The user, and on EKS Auto Mode clusters the group, that EKS's controllers are. */
const managed = 'eks:managed'

/** What EKS needs of every cluster: it looks for insights, and reads events. EKS User Guide, "Prepare for Kubernetes version upgrades with cluster insights". */
const ofEveryCluster = ['AmazonEKSClusterInsightsPolicy', 'AmazonEKSEventPolicy']

/** What the controllers of EKS Auto Mode need. EKS User Guide, "Review access policy permissions". */
const ofAutoMode = ['BlockStorage', 'Compute', 'LoadBalancing', 'Networking'].flatMap(part => [
  `AmazonEKS${part}ClusterPolicy`,
  `AmazonEKS${part}Policy`,
])

/** EKS User Guide, "Review access policy permissions", AmazonEKSHybridPolicy. */
const ofHybridNodes = ['AmazonEKSHybridPolicy']

const policiesOf = ({ computeConfig, remoteNetworkConfig }: ClusterDetails): string[] => [
  ...ofEveryCluster,
  ...(computeConfig?.enabled ? ofAutoMode : []),
  ...(remoteNetworkConfig?.remoteNodeNetworks?.length ? ofHybridNodes : []),
]

/**
 * Makes the access entry by which EKS itself gets into a cluster, as its service-linked role, or brings it up to date with the cluster's settings.
 * EKS User Guide, "Grant additional Kubernetes RBAC to EKS Auto Mode managed controllers", says whose entry it is and when it has a group; which access policies EKS may
 * associate with it the AWS managed policy AmazonEKSServiceRolePolicy says; its user name and the first two policies are those that users find.
 */
export async function keepManagedEntry(
  cluster: ClustersTable,
  { tx, world, now }: Pick<HandleContext, 'tx' | 'world' | 'now'>,
): Promise<void> {
  const principalArn = serviceLinkedRoleArn(cluster.account, linkedServices.cluster)
  const role = await roleInAccount(tx, principalArn, cluster.account)
  // EKS is not in clusters that run elsewhere.
  if (!role || cluster.kind === 'attached' || cluster.authenticationMode === 'CONFIG_MAP') return
  const details = detailsOf(cluster)
  const groups = JSON.stringify(details.computeConfig?.enabled ? [managed] : [])
  const ofRole = { clusterId: cluster.id, principalArn }
  const entry = { ...ofRole, principalId: role.row.id, entryId: world.random.uuid(), type: 'STANDARD', username: managed }
  await tx
    .insertInto('accessEntries')
    .values({ ...entry, groups, createdAt: now, modifiedAt: now })
    .onConflict(conflict => conflict.columns(['clusterId', 'principalArn']).doUpdateSet({ groups, modifiedAt: now }))
    .execute()
  const policies = policiesOf(details)
  await tx
    .deleteFrom('accessPolicyAssociations')
    .where(whole => whole.and(ofRole))
    .where('policyArn', 'not in', policies.map(accessPolicyArn))
    .execute()
  await associatePolicies(tx, cluster, principalArn, policies.map(inCluster), now)
}

/**
 * Entries of service-linked roles are their services' own. The words are those that users were shown (terraform-provider-aws, issue 36447).
 * @throws InvalidParameterException
 */
export function refuseManagedEntry(principalArn: string, clusterName: string): void {
  if (isServiceLinkedRole(principalArn))
    throw new eks.InvalidParameterException(
      'The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role',
      { clusterName },
    )
}

/** IAM User Guide, "Create a service-linked role": their path is kept for them. */
const isServiceLinkedRole = (principalArn: string) => /^arn:aws[a-z-]*:iam::\d{12}:role\/aws-service-role\//.test(principalArn)
