import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ComputeConfigResponse } from '../../wire/models/eks.ts'
import type { HandleContext } from '../operation.ts'
import { associatePolicies, inCluster } from './creator.ts'
import { makeNodeEntry, nodeEntry, removeEntry } from './node-access.ts'
import { eks } from './service.ts'

type Context = Pick<HandleContext, 'tx' | 'now' | 'world'>

/** The type of the access entries of roles of EKS Auto Mode nodes. EKS User Guide, "Create a Node Class for Amazon EKS". */
const entryType = 'EC2'

/**
 * Lets the nodes of the built-in node pools into a cluster, and shuts out those of a role that they have no more: EKS makes the entry of the built-in pools' role, and none for a cluster without them.
 * EKS User Guide, "Create a Node Class for Amazon EKS"; terraform-aws-eks, issue 3241.
 * @throws InvalidParameterException when the role is let in as something else
 */
export async function changeAutoModeNodes(
  cluster: ClustersTable,
  before: ComputeConfigResponse | undefined,
  after: ComputeConfigResponse | undefined,
  context: Context,
): Promise<void> {
  const { tx, now } = context
  const [old, wanted] = [before, after].map(compute => (compute?.enabled ? compute.nodeRoleArn : undefined))
  const former = old === undefined || old === wanted ? undefined : await nodeEntry(tx, cluster.id, old)
  if (former?.type === entryType) await removeEntry(cluster, former, context)
  if (wanted === undefined) return
  const known = await nodeEntry(tx, cluster.id, wanted)
  if (known && known.type !== entryType)
    throw new eks.InvalidParameterException(
      `The role ${wanted} has an access entry of type ${known.type} already: that of EKS Auto Mode nodes is of type ${entryType}.`,
      { clusterName: cluster.name },
    )
  await makeNodeEntry(cluster, wanted, entryType, context)
  await associatePolicies(tx, cluster, wanted, [inCluster('AmazonEKSAutoNodePolicy')], now)
}
