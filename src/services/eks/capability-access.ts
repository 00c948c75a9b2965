import { accessPolicyArn } from '../../catalogue/access-policies.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import type { CapabilityDetails } from './capability-details.ts'
import { grantPolicies, inCluster, type PolicyGrant } from './creator.ts'
import { roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'

type Context = Pick<HandleContext, 'tx' | 'now' | 'world'>

/** The access policies of each type of capability. EKS User Guide, "Security considerations for EKS Capabilities". */
function policiesOf({ type, configuration }: CapabilityDetails): PolicyGrant[] {
  switch (type) {
    case 'KRO':
      return [inCluster('AmazonEKSKROPolicy')]
    case 'ACK':
      return [inCluster('AmazonEKSACKPolicy')]
    default: {
      const namespaces = [configuration?.argoCd?.namespace ?? 'argocd']
      const inNamespace: PolicyGrant = { policyArn: accessPolicyArn('AmazonEKSArgoCDPolicy'), scope: 'namespace', namespaces }
      return [inCluster('AmazonEKSArgoCDClusterPolicy'), inNamespace]
    }
  }
}

/** @throws InvalidParameterException for a role that EKS could not assume for a capability */
export async function requireCapabilityRole(
  tx: Transaction,
  { account, name: clusterName }: ClustersTable,
  roleArn: string,
): Promise<void> {
  const role = await roleInAccount(tx, roleArn, account)
  if (!role) throw new eks.InvalidParameterException(`The role ${roleArn} cannot be found.`, { clusterName })
  if (!trustsService(role.trustPolicy.document, 'capabilities.eks.amazonaws.com'))
    throw new eks.InvalidParameterException(`The role ${roleArn} does not trust capabilities.eks.amazonaws.com.`, { clusterName })
}

/** Gives the capability's role an access entry with the policies of its type. */
export async function admitCapability(cluster: ClustersTable, details: CapabilityDetails, { tx, now, world }: Context): Promise<void> {
  const role = await roleInAccount(tx, details.roleArn, cluster.account)
  if (!role) return
  await grantPolicies(tx, cluster, { arn: details.roleArn, id: role.row.id }, policiesOf(details), world.random, now)
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
}

/** Takes the policies away, and the entry when it has no other policy and no group. */
export async function dismissCapability(cluster: ClustersTable, details: CapabilityDetails, { tx, now }: Context): Promise<void> {
  const ofRole = { clusterId: cluster.id, principalArn: details.roleArn }
  const policyArns = policiesOf(details).map(({ policyArn }) => policyArn)
  await tx
    .deleteFrom('accessPolicyAssociations')
    .where(whole => whole.and(ofRole))
    .where('policyArn', 'in', policyArns)
    .execute()
  const left = await tx
    .selectFrom('accessPolicyAssociations')
    .select('policyArn')
    .where(whole => whole.and(ofRole))
    .executeTakeFirst()
  if (!left)
    await tx
      .deleteFrom('accessEntries')
      .where(whole => whole.and(ofRole))
      .where('groups', '=', '[]')
      .execute()
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
}
