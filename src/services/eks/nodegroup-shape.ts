import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Issue, Nodegroup } from '../../wire/models/eks.ts'
import type { HandleContext } from '../operation.ts'
import type { Asked } from './ask-cluster.ts'
import { tagsOf } from './cluster-store.ts'
import { nodeAccessProblem, type NodeAccessProblem, nodesStatus, type NodeType } from './node-access.ts'
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
export async function nodegroupShape(
  { tx, now }: Pick<HandleContext, 'tx' | 'now'>,
  cluster: ClustersTable,
  group: Resource<NodegroupDetails>,
  asked: Asked = {},
): Promise<Nodegroup> {
  const { taints = [], ...details } = group.details
  const problem = await nodeAccessProblem(tx, cluster, group.details.nodeRole, nodeTypeOf(group.details), asked)
  const status = nodesStatus(problem, group.createdAt, now)
  return {
    nodegroupName: group.name,
    nodegroupArn: group.arn,
    clusterName: cluster.name,
    ...details,
    ...(taints.length > 0 && { taints }),
    createdAt: new Date(group.createdAt),
    modifiedAt: new Date(group.modifiedAt),
    status,
    // There are no instances here, and so no Auto Scaling group.
    resources: { autoScalingGroups: [] },
    health: { issues: status === 'DEGRADED' ? issuesOf(group.details, problem) : [] },
    tags: await tagsOf(tx, group.arn),
  }
}

/** A node group as CreateNodegroup answers it: what it has not got yet is left out. AWS CLI Command Reference, "create-nodegroup". */
export function nodegroupInMaking({ labels = {}, resources: _none, ...shape }: Nodegroup): Nodegroup {
  return { ...shape, ...(Object.keys(labels).length > 0 && { labels }), status: 'CREATING' }
}

/** EKS API Reference, "Issue". */
function issuesOf(details: NodegroupDetails, problem: NodeAccessProblem | undefined): Issue[] {
  const { nodeRole } = details
  if (problem === undefined) return []
  if (problem === 'roleNotFound')
    return [
      { code: 'IamNodeRoleNotFound', message: `The IAM role of the node group, ${nodeRole}, does not exist.`, resourceIds: [nodeRole] },
    ]
  const why = {
    roleReplaced: 'was deleted and made anew: its access entry is for the role that was deleted',
    otherEntry: `has an access entry that is not of type ${nodeTypeOf(details)}`,
    noEntry: 'has no access entry, and no lines in the aws-auth ConfigMap',
  }[problem]
  return [{ code: 'AccessDenied', message: `The nodes cannot join the cluster: the role ${nodeRole} ${why}.`, resourceIds: [nodeRole] }]
}
