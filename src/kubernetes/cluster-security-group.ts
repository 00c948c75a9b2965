import { createHash } from 'node:crypto'
import { defaultNetwork } from '../catalogue/default-network.ts'
import type { Transaction } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'

/** The security group that EKS makes for a cluster. */
export interface ClusterSecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Undefined where the cluster's subnets are not known here. */
  readonly vpcId: string | undefined
}

/**
 * A cluster's own security group, whose id and number come of the cluster's id, so that they stay and no other cluster has them. It is there when the cluster is made;
 * clusters that run elsewhere have none. EKS User Guide, "View Amazon EKS security group requirements for clusters".
 */
export function clusterSecurityGroup(cluster: ClustersTable): ClusterSecurityGroup | undefined {
  if (cluster.status === 'CREATING' || cluster.kind === 'attached') return undefined
  return groupOf(cluster)
}

function groupOf(cluster: ClustersTable): ClusterSecurityGroup {
  const digest = createHash('sha256').update(`security group ${cluster.id}`).digest()
  return {
    id: `sg-${digest.toString('hex').slice(0, 17)}`,
    name: `eks-cluster-sg-${cluster.name}-${digest.readUInt32BE(28)}`,
    description:
      'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    vpcId: clusterVpc(cluster),
  }
}

/** The VPC of a cluster's subnets, where they are those of the account's default VPC: others are not known here. */
export function clusterVpc(cluster: Pick<ClustersTable, 'account' | 'region' | 'details'>): string | undefined {
  const { vpcId, subnets } = defaultNetwork(cluster)
  const { resourcesVpcConfig = {} } = JSON.parse(cluster.details) as {
    readonly resourcesVpcConfig?: { readonly subnetIds?: readonly string[] }
  }
  return subnets.some(({ id }) => resourcesVpcConfig.subnetIds?.includes(id)) ? vpcId : undefined
}

/** Gives a new cluster's group the tags that EKS gives it; everybody may change the last of them, as EC2 tags. */
export async function tagClusterSecurityGroup(tx: Transaction, cluster: ClustersTable): Promise<void> {
  const { id, name } = groupOf(cluster)
  const tags = { Name: name, 'aws:eks:cluster-name': cluster.name, [`kubernetes.io/cluster/${cluster.name}`]: 'owned' }
  const rows = Object.entries(tags).map(([key, value]) => ({ ownerKind: 'ec2', ownerId: id, key, keyKey: key, value }))
  await tx.insertInto('tags').values(rows).execute()
}

/** Forgets the tags of the group of a cluster that goes. */
export const untagClusterSecurityGroup = (tx: Transaction, cluster: ClustersTable) =>
  tx.deleteFrom('tags').where('ownerKind', '=', 'ec2').where('ownerId', '=', groupOf(cluster).id).execute()
