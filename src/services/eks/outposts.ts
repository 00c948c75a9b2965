import type { ClustersTable } from '../../store/tables/eks.ts'
import { detailsOf } from './cluster-shape.ts'
import { eks } from './service.ts'

/** Whether a cluster is a local one on AWS Outposts. */
export const isLocal = (cluster: ClustersTable): boolean => detailsOf(cluster).outpostConfig !== undefined

/**
 * Local clusters run self-managed nodes and add-ons, and their pods get no roles of their own.
 * EKS User Guide, "Deploy an Amazon EKS cluster on AWS Outposts" and "IAM roles for service accounts".
 * @param feature  as the guide calls it, first in a sentence
 * @throws         InvalidRequestException
 */
export function refuseOnOutposts(cluster: ClustersTable, feature: string): void {
  if (isLocal(cluster))
    throw new eks.InvalidRequestException(`${feature} is not available: ${cluster.name} is a local cluster on AWS Outposts.`, {
      clusterName: cluster.name,
    })
}
