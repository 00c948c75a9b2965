import { roleOfArn, type ServiceAssumedRole } from '../../identity/assumable-role.ts'
import type { PolicyDocument } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AccessStatement } from '../operation.ts'
import { eks } from './service.ts'

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

/** What a service does with a role, as trust policies name it. */
const trusted = {
  'sts:AssumeRole': /^(sts:assumerole|sts:assume\*|sts:\*|\*)$/i,
  'sts:TagSession': /^(sts:tagsession|sts:tag\*|sts:\*|\*)$/i,
} as const

/** Whether some statement could let a service assume the role, or tag its session; conditions are tested when it does. */
export const trustsService = ({ statements }: PolicyDocument, service: string, does: keyof typeof trusted = 'sts:AssumeRole'): boolean =>
  statements.some(
    ({ effect, principal, action }) =>
      effect === 'Allow' &&
      principal?.entries.some(({ type, value }) => type === 'Service' && value === service) &&
      action.values.some(value => trusted[does].test(value)),
  )

/** The words are those that users were shown (pulumi-eks, issue 758). */
export const couldNotBeAssumed = (arn: string, clusterName: string) =>
  new eks.InvalidParameterException(
    `Role with arn: ${arn}, could not be assumed because it does not exist or the trusted entity is not correct`,
    { clusterName },
  )
