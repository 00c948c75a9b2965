import type { Decision } from './decide.ts'
import type { PolicyType } from './plan.ts'
import type { AuthorizationRequest, PolicyPrincipal } from './request.ts'

/** How messages name a policy type. IAM User Guide, "Troubleshoot access denied error messages". */
const names: Readonly<Record<PolicyType, { readonly article: string; readonly name: string }>> = {
  identity: { article: 'an', name: 'identity-based policy' },
  resource: { article: 'a', name: 'resource-based policy' },
  boundary: { article: 'a', name: 'permissions boundary' },
  session: { article: 'a', name: 'session policy' },
  scp: { article: 'a', name: 'service control policy' },
  rcp: { article: 'a', name: 'resource control policy' },
  vpce: { article: 'a', name: 'VPC endpoint policy' },
}

/** How a message names the principal: its ARN; roles' sessions by theirs. */
export function principalNameOf(principal: PolicyPrincipal): string {
  switch (principal.type) {
    case 'webIdentity':
    case 'saml':
      return principal.provider
    case 'service':
      return principal.service
    case 'anonymous':
      return 'anonymous'
    default:
      return principal.arn
  }
}

/**
 * The message of an AccessDenied error, as AWS words it.
 * @param decision      a denial of the request
 * @param principalArn  how the message names the principal, when not by its own ARN
 * @see                 IAM User Guide, "Troubleshoot access denied error messages"
 */
export function denialMessage(
  { principal, action, resource }: AuthorizationRequest,
  decision: Decision,
  principalArn: string = principalNameOf(principal),
): string {
  // Before there is a principal there is no one to name.
  if (principal.type === 'webIdentity' || principal.type === 'saml') return `Not authorized to perform ${action}`
  const who = principal.type === 'anonymous' ? 'User: anonymous' : `User: ${principalArn}`
  const what = `${who} is not authorized to perform: ${action}${resource === '*' ? '' : ` on resource: ${resource}`}`
  return `${what} ${denialReason(action, decision)}`
}

/**
 * The last part of the message: `because no ... allows the ... action`, or `with an explicit deny in ...` and, inside one account, the ARN of the
 * policy that denies when it has one. AWS Security Blog, "Enhanced access denied error messages with policy ARNs".
 */
export function denialReason(action: string, { effect, decidedBy, statements, crossAccount }: Decision): string {
  if (decidedBy === 'none') return ''
  const isTrust =
    statements[0]?.policy.type === 'trust' || (decidedBy === 'resource' && /^sts:(AssumeRole|TagSession|SetSourceIdentity)/i.test(action))
  const { article, name } = isTrust ? { article: 'the', name: 'role trust policy' } : names[decidedBy]
  if (effect === 'implicitDeny') return `because no ${name} allows the ${action} action`
  const arn = crossAccount || decidedBy === 'resource' || decidedBy === 'vpce' ? undefined : statements[0]?.policy.arn
  return `with an explicit deny in ${article} ${name}${arn === undefined ? '' : `: ${arn}`}`
}
