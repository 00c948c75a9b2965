import { roleOfArn, type ServiceAssumedRole } from '../../identity/assumable-role.ts'
import type { PolicyDocument } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AccessStatement } from '../operation.ts'

/**
 * Whoever gives EKS a role hands it over.
 * IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; EKS User Guide, "Amazon EKS identity-based policy examples", for the service.
 */
export const passRole = (roleArn: string, service = 'eks.amazonaws.com', associatedResourceArn?: string): AccessStatement => ({
  action: 'iam:PassRole',
  resource: roleArn,
  keys: { 'iam:PassedToService': service, 'iam:AssociatedResourceArn': associatedResourceArn },
})

/** A role of the account itself: iam:PassRole works within one account. */
export async function roleInAccount(tx: Transaction, arn: string, account: string): Promise<ServiceAssumedRole | undefined> {
  const role = await roleOfArn(tx, arn)
  return role?.row.account === account ? role : undefined
}

/** Whether some statement could let a service assume the role; conditions are tested when it does. */
export const trustsService = ({ statements }: PolicyDocument, service: string): boolean =>
  statements.some(
    ({ effect, principal, action }) =>
      effect === 'Allow' &&
      principal?.entries.some(({ type, value }) => type === 'Service' && value === service) &&
      action.values.some(value => /^(sts:assumerole|sts:assume\*|sts:\*|\*)$/i.test(value)),
  )
