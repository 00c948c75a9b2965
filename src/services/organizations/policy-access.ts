import { organizationOf } from '../../identity/organization-accounts.ts'
import { awsPolicy, organizationPolicyArn } from '../../identity/organization-policies.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'

/** Access to a policy that a request names by id; its type is a condition key. Service Authorization Reference, "AWS Organizations". */
export async function policyAccess({ tx, account }: AccessContext, policyId: string): Promise<AccessStatement> {
  const organization = await organizationOf(tx, account)
  const row = await tx.selectFrom('organizationPolicies').select('type').where('id', '=', policyId).executeTakeFirst()
  const type = awsPolicy(policyId)?.type ?? row?.type
  return {
    resource: organizationPolicyArn(organization?.managementAccount ?? account, organization?.id ?? '*', type ?? '*', policyId),
    resourceAccount: account,
    keys: type === undefined ? {} : { 'organizations:PolicyType': type },
  }
}
