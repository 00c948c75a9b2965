import type { Transaction } from '../../store/index.ts'
import { roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'

/**
 * Nodes are instances, which take their role from EC2. EKS User Guide, "Amazon EKS node IAM role".
 * @throws InvalidParameterException in the words that users of node groups were shown
 */
export async function requireNodeRole(
  tx: Transaction,
  nodeRole: string,
  account: string,
  fields: { readonly clusterName: string; readonly nodegroupName?: string },
): Promise<void> {
  const role = await roleInAccount(tx, nodeRole, account)
  if (!role)
    throw new eks.InvalidParameterException(`The role with name ${nodeRole.slice(nodeRole.lastIndexOf('/') + 1)} cannot be found.`, fields)
  if (!trustsService(role.trustPolicy.document, 'ec2.amazonaws.com'))
    throw new eks.InvalidParameterException(
      `Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole ${nodeRole}`,
      fields,
    )
}
