/**
 * What the organization's resource policy can let members do: "any Organizations read-only action", and what is done to policies. Reads that every member
 * may make need no delegation. Organizations User Guide, "Delegated administrator for AWS Organizations"; "Resource-based policy examples".
 */
const delegable: readonly string[] = [
  'AttachPolicy',
  'CreatePolicy',
  'DeletePolicy',
  'DescribeAccount',
  'DescribeCreateAccountStatus',
  'DescribeOrganizationalUnit',
  'DescribePolicy',
  'DescribeResourcePolicy',
  'DetachPolicy',
  'DisablePolicyType',
  'EnablePolicyType',
  'ListAWSServiceAccessForOrganization',
  'ListAccounts',
  'ListAccountsForParent',
  'ListChildren',
  'ListCreateAccountStatus',
  'ListDelegatedAdministrators',
  'ListDelegatedServicesForAccount',
  'ListHandshakesForOrganization',
  'ListOrganizationalUnitsForParent',
  'ListParents',
  'ListPolicies',
  'ListPoliciesForTarget',
  'ListRoots',
  'ListTagsForResource',
  'ListTargetsForPolicy',
  'TagResource',
  'UntagResource',
  'UpdatePolicy',
]
/** Those that policies may name, though every member may make them. */
const openToMembers = ['DescribeEffectivePolicy', 'DescribeOrganization', 'DescribeHandshake', 'ListHandshakesForAccount']

export const needsDelegation = (operation: string): boolean => delegable.includes(operation)

/** @param action  a name, or the beginning of several with `*` at its end */
export function canBeDelegated(action: string): boolean {
  const name = action.toLowerCase()
  const names = [...delegable, ...openToMembers].map(each => each.toLowerCase())
  return name.endsWith('*') ? names.some(each => each.startsWith(name.slice(0, -1))) : names.includes(name)
}
