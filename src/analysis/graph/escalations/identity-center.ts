import { type AwsEscalation, rule } from './aws-escalation.ts'

/** What IAM Identity Center allows: its permission sets become roles of every account. Identity Center API Reference. */
export const identityCenterRules: readonly AwsEscalation[] = [
  [
    'attach-managed-policy',
    'attaches a policy to a permission set',
    ['sso:AttachManagedPolicyToPermissionSet', 'sso:ProvisionPermissionSet'],
  ],
  ['put-inline-policy', 'puts an inline policy on a permission set', ['sso:PutInlinePolicyToPermissionSet', 'sso:ProvisionPermissionSet']],
  [
    'attach-customer-policy',
    'attaches a customer managed policy to a permission set',
    ['sso:AttachCustomerManagedPolicyReferenceToPermissionSet', 'sso:ProvisionPermissionSet'],
  ],
  [
    'delete-boundary',
    'removes the boundary of a permission set',
    ['sso:DeletePermissionsBoundaryFromPermissionSet', 'sso:ProvisionPermissionSet'],
  ],
  ['create-account-assignment', 'assigns itself a permission set of an account', ['sso:CreateAccountAssignment']],
  ['join-group', 'joins a group that is assigned a permission set', ['identitystore:CreateGroupMembership']],
].map(([id, title, actions]) =>
  rule(
    `sso-${id as string}`,
    title as string,
    'identity center',
    (actions as string[]).map(action => ({ action, on: 'any' })),
    { assuming: 'the account manages Identity Center, and the caller signs in by it', performed: false },
  ),
)
