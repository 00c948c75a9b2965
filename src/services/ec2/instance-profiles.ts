import { instanceProfileArn, roleArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'
import type { IamInstanceProfileSpecification } from '../../wire/models/ec2.ts'
import type { AccessStatement } from '../operation.ts'
import { ec2Error } from './errors.ts'

/** An instance profile of IAM, as EC2 sees it. */
export interface InstanceProfile {
  readonly id: string
  readonly arn: string
  /** The ARN of its role; absent when it has none. */
  readonly roleArn?: string
}

/**
 * The profile that a request names by ARN or by name.
 * @returns undefined when the account has no such profile
 */
export async function findProfile(
  tx: Transaction,
  account: string,
  { Arn, Name }: IamInstanceProfileSpecification,
): Promise<InstanceProfile | undefined> {
  const name = Arn === undefined ? Name : Arn.slice(Arn.lastIndexOf('/') + 1)
  if (name === undefined) return undefined
  const row = await tx
    .selectFrom('instanceProfiles')
    .selectAll()
    .where('account', '=', account)
    .where('nameKey', '=', name.toLowerCase())
    .executeTakeFirst()
  const arn = row && instanceProfileArn(account, row.path, row.name)
  if (!row || arn === undefined || (Arn !== undefined && Arn !== arn)) return undefined
  const role =
    row.roleId === null ? undefined : await tx.selectFrom('roles').select(['path', 'name']).where('id', '=', row.roleId).executeTakeFirst()
  return { id: row.id, arn, ...(role && { roleArn: roleArn(account, role.path, role.name) }) }
}

/** @throws InvalidParameterValue, InvalidParameterCombination in EC2's words */
export function requireProfile(found: InstanceProfile | undefined, { Arn, Name }: IamInstanceProfileSpecification): InstanceProfile {
  if (Arn !== undefined && Name !== undefined)
    throw ec2Error(
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    )
  if (found) return found
  throw Arn === undefined
    ? ec2Error(
        'InvalidParameterValue',
        `Value (${Name ?? ''}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      )
    : ec2Error('InvalidParameterValue', `Value (${Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`)
}

/** Whoever gives an instance a profile hands its role over. EC2 User Guide, "Grant permissions to attach an IAM role to an instance". */
export const passRole = (profile: InstanceProfile | undefined, instanceArn: string): readonly AccessStatement[] =>
  profile?.roleArn === undefined
    ? []
    : [
        {
          action: 'iam:PassRole',
          resource: profile.roleArn,
          keys: { 'iam:PassedToService': 'ec2.amazonaws.com', 'iam:AssociatedResourceArn': instanceArn },
        },
      ]
