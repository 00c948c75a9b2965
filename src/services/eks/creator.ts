import type { Principal } from '../../identity/principal.ts'
import { clusterAdminPolicyArn } from '../../catalogue/access-policies.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Random } from '../../types/random.ts'
import { defaultUsername } from './access-entry-names.ts'
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
export async function grantCreator(
  tx: Transaction,
  cluster: ClustersTable,
  { arn, id }: Creator,
  random: Random,
  now: number,
): Promise<void> {
  const entry = {
    clusterId: cluster.id,
    principalArn: arn,
    principalId: id,
    entryId: random.uuid(),
    type: 'STANDARD',
    username: defaultUsername(arn),
    groups: '[]',
    createdAt: now,
    modifiedAt: now,
  }
  await tx.insertInto('accessEntries').values(entry).execute()
  const association = {
    clusterId: cluster.id,
    principalArn: arn,
    policyArn: clusterAdminPolicyArn,
    scope: 'cluster',
    namespaces: '[]',
    associatedAt: now,
    modifiedAt: now,
  } as const
  await tx.insertInto('accessPolicyAssociations').values(association).execute()
}
