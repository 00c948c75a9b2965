import type { Principal } from '../../../src/identity/principal.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations } from '../../../src/services/organizations/index.ts'
import { operations as sts } from '../../../src/services/sts/index.ts'
import { type House, openHouse } from '../call.ts'
import { principalOf } from '../sts/house.ts'

/** A house that serves IAM, STS and Organizations, whose operations come last: of two of one name, such as CreatePolicy, its own is called. */
export const organizationHouse = (): Promise<House> => openHouse([...iam, ...sts, ...operations])

/** Makes a member account. @returns its id */
export async function makeMember(house: House, name: string): Promise<string> {
  const { CreateAccountStatus: begun } = await house.call('CreateAccount', { AccountName: name, Email: `${name}@example.com` })
  const { CreateAccountStatus: ended } = await house.call('DescribeCreateAccountStatus', { CreateAccountRequestId: begun.Id })
  if (ended.State !== 'SUCCEEDED') throw new Error(`${name}: ${ended.FailureReason}`)
  return ended.AccountId
}

/** The way into a member account: its access role, assumed by somebody of the management account. */
export async function enter(house: House, account: string, as: Principal): Promise<Principal> {
  const RoleArn = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`
  const { Credentials } = await house.call('AssumeRole', { RoleArn, RoleSessionName: 'visit' }, { as })
  return principalOf(house, Credentials)
}

/** An SCP or RCP of one statement. */
export const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

/** Makes a policy and attaches it. @returns its id */
export async function attachNew(house: House, Type: string, TargetId: string, statement: object, Name = 'limits'): Promise<string> {
  const { Policy } = await house.call('CreatePolicy', { Type, Name, Description: '', Content: policy(statement) })
  await house.call('AttachPolicy', { PolicyId: Policy.PolicySummary.Id, TargetId })
  return Policy.PolicySummary.Id
}
