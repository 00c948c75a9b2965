import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Issue, Nodegroup } from '../../wire/models/eks.ts'
import { tagsOf } from './cluster-store.ts'
import { nodeAccessProblem, type NodeType } from './node-access.ts'
import type { Resource } from './resources.ts'

/** What DescribeNodegroup repeats of what callers gave, and what updates made of it. */
export type NodegroupDetails = Pick<
  Nodegroup,
  | 'releaseVersion'
  | 'scalingConfig'
  | 'instanceTypes'
  | 'subnets'
  | 'remoteAccess'
  | 'labels'
  | 'taints'
  | 'diskSize'
  | 'updateConfig'
  | 'nodeRepairConfig'
  | 'launchTemplate'
  | 'warmPoolConfig'
  | 'capacityType'
> & { readonly version: string; readonly nodeRole: string; readonly amiType: string }

export const nodeTypeOf = ({ amiType }: NodegroupDetails): NodeType => (amiType.startsWith('WINDOWS_') ? 'EC2_WINDOWS' : 'EC2_LINUX')

/** A node group as DescribeNodegroup shows it; it is DEGRADED while its nodes could not join. EKS API Reference, "Nodegroup". */
export async function nodegroupShape(tx: Transaction, cluster: ClustersTable, group: Resource<NodegroupDetails>): Promise<Nodegroup> {
  const issues = await issuesOf(tx, cluster, group.details)
  return {
    nodegroupName: group.name,
    nodegroupArn: group.arn,
    clusterName: cluster.name,
    ...group.details,
    createdAt: new Date(group.createdAt),
    modifiedAt: new Date(group.modifiedAt),
    status: issues.length > 0 ? 'DEGRADED' : 'ACTIVE',
    // There are no instances here, and so no Auto Scaling group.
    resources: { autoScalingGroups: [] },
    health: { issues },
    tags: await tagsOf(tx, group.arn),
  }
}

/** EKS API Reference, "Issue". */
async function issuesOf(tx: Transaction, cluster: ClustersTable, details: NodegroupDetails): Promise<Issue[]> {
  const { nodeRole } = details
  const problem = await nodeAccessProblem(tx, cluster, nodeRole, nodeTypeOf(details))
  if (problem === undefined) return []
  if (problem === 'roleNotFound')
    return [
      { code: 'IamNodeRoleNotFound', message: `The IAM role of the node group, ${nodeRole}, does not exist.`, resourceIds: [nodeRole] },
    ]
  const why = {
    roleReplaced: 'was deleted and made anew: its access entry is for the role that was deleted',
    otherEntry: `has an access entry that is not of type ${nodeTypeOf(details)}`,
    noEntry: 'has no access entry',
  }[problem]
  return [{ code: 'AccessDenied', message: `The nodes cannot join the cluster: the role ${nodeRole} ${why}.`, resourceIds: [nodeRole] }]
}
