import { roleOfArn } from '../../identity/assumable-role.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ClusterIssue } from '../../wire/models/eks.ts'

/** What keeps EKS from managing a cluster, as far as Gatehouse knows. EKS API Reference, "ClusterIssue". */
export async function clusterIssues(tx: Transaction, { roleArn }: ClustersTable): Promise<ClusterIssue[]> {
  if (await roleOfArn(tx, roleArn)) return []
  return [{ code: 'IamRoleNotFound', message: `The role of the cluster, ${roleArn}, does not exist.`, resourceIds: [roleArn] }]
}
