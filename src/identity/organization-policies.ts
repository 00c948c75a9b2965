/** Policy types that take part in decisions. Organizations User Guide, "Authorization policies". */
export type AuthorizationPolicyType = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'

interface AwsPolicy {
  readonly id: string
  readonly type: AuthorizationPolicyType
  readonly name: string
  readonly description: string
  readonly content: string
}

/**
 * The policies of AWS's own, which every root, unit and account has once their type is enabled.
 * Organizations User Guide, "Attaching and detaching SCPs" and "Attaching and detaching RCPs".
 */
export const awsPolicies: readonly AwsPolicy[] = [
  {
    id: 'p-FullAWSAccess',
    type: 'SERVICE_CONTROL_POLICY',
    name: 'FullAWSAccess',
    description: 'Allows access to every operation',
    content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  },
  {
    id: 'p-RCPFullAWSAccess',
    type: 'RESOURCE_CONTROL_POLICY',
    name: 'RCPFullAWSAccess',
    description: 'Allows access to every resource',
    content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
  },
]

/** AWS's policy of an id; undefined for customers' policies. */
export const awsPolicy = (id: string): AwsPolicy | undefined => awsPolicies.find(policy => policy.id === id)

/** ARN of a policy of either kind. Service Authorization Reference, "Resource types defined by AWS Organizations". */
export function organizationPolicyArn(managementAccount: string, organizationId: string, type: string, id: string): string {
  const kind = type.toLowerCase()
  return awsPolicy(id)
    ? `arn:aws:organizations::aws:policy/${kind}/${id}`
    : `arn:aws:organizations::${managementAccount}:policy/${organizationId}/${kind}/${id}`
}
