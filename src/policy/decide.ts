import type { CompiledStatement, MatchedStatement } from './compiled-statement.ts'
import { forgetRequest } from './context-keys.ts'
import { type ActionPlan, type ApplicablePolicies, type GroupCandidates, Plan, type PolicyType } from './plan.ts'
import { type Reach, reachesAccount, reachesDirectly, reachesNot } from './principal.ts'
import { type AuthorizationRequest, isOwner, type PolicyPrincipal } from './request.ts'

export type DecisionEffect = 'allowed' | 'implicitDeny' | 'explicitDeny'

export interface Decision {
  readonly effect: DecisionEffect
  /** The policy type that allowed, or that denied; `none` for the root user, who needs no policy. */
  readonly decidedBy: PolicyType | 'none'
  /** The statement that allowed or denied; none for an implicit denial. */
  readonly statements: readonly MatchedStatement[]
  /** The resource belongs to another account than the principal. */
  readonly crossAccount: boolean
}

// Plans of policy sets that are passed again as the same object.
const plans = new WeakMap<ApplicablePolicies, Plan>()

/**
 * Decides a request. Never throws for a valid request, never allows what no policy allows.
 * @param request   principal, action, resource, context
 * @param policies  every policy that applies; passing the same object again is faster
 */
export function decide(request: AuthorizationRequest, policies: ApplicablePolicies): Decision {
  return decideWithPlan(request, planOf(policies))
}

/** The plan of a policy set, kept as long as the set. */
export function planOf(policies: ApplicablePolicies): Plan {
  let plan = plans.get(policies)
  if (plan === undefined) {
    plan = new Plan(policies)
    plans.set(policies, plan)
  }
  return plan
}

/**
 * As `decide`, with the policies already joined.
 *
 * The order is that of the documentation: explicit denies of any type, RCPs, SCPs, the VPC endpoint's policy, the resource's policy, the identity's policies, the
 * permissions boundary, session policies. IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access",
 * "Policy evaluation for requests within a single account", "Cross-account policy evaluation logic".
 */
export function decideWithPlan(request: AuthorizationRequest, plan: Plan): Decision {
  forgetRequest()
  const action = plan.forAction(request.action)
  const { principal } = request
  const bounded = action.boundary !== undefined

  for (let i = 0; i < action.denies.length; i++) {
    const group = action.denies[i] as GroupCandidates
    if (isExempt(group.type, principal)) continue
    const found = group.deny?.find(request, bounded)
    if (found) return denied('explicitDeny', group.type, request, found)
  }
  const limit = guardrail(action, request)
  if (limit) return denied('implicitDeny', limit, request)

  const direct = action.resource?.allow?.findMostDirect(request)
  const reach: Reach = direct?.reach ?? reachesNot
  const crossAccount = isCrossAccount(request)
  const needsResource = plan.resourceMustAllow || crossAccount || !hasIdentityPolicies(principal)
  if (needsResource && reach === reachesNot) return denied('implicitDeny', 'resource', request)
  if (!hasIdentityPolicies(principal)) return allowed('resource', crossAccount, direct?.compiled)
  if (principal.type === 'root') {
    return reach === reachesNot ? allowed('none', crossAccount) : allowed('resource', crossAccount, direct?.compiled)
  }
  if (!crossAccount && reach === reachesDirectly) return allowed('resource', crossAccount, direct?.compiled)

  // A resource policy that names the role, or the user who federated, stands in for the identity policies but not for the limits.
  const entityNamed = !crossAccount && reach > reachesAccount
  const found = entityNamed ? direct?.compiled : action.identity?.allow?.find(request)
  if (!found) return denied('implicitDeny', 'identity', request)
  if (action.boundary && !action.boundary.allow?.find(request)) return denied('implicitDeny', 'boundary', request)
  if (action.session ? !action.session.allow?.find(request) : principal.type === 'federatedUser') {
    return denied('implicitDeny', 'session', request)
  }
  return allowed(entityNamed ? 'resource' : 'identity', crossAccount, found)
}

/** The first policy type of those that only limit, and limit whoever asks, that does not allow. */
function guardrail(action: ActionPlan, request: AuthorizationRequest): PolicyType | undefined {
  const { principal } = request
  if (!isExempt('rcp', principal)) for (const level of action.rcps) if (!level.allow?.find(request)) return 'rcp'
  if (!isExempt('scp', principal)) for (const level of action.scps) if (!level.allow?.find(request)) return 'scp'
  if (action.vpce && !action.vpce.allow?.find(request)) return 'vpce'
  return undefined
}

/**
 * Organizations policies do not restrict service-linked roles, and SCPs only principals of the organization's accounts.
 * Organizations User Guide, "Service control policies" and "Resource control policies".
 */
export function isExempt(type: PolicyType, principal: PolicyPrincipal): boolean {
  if (type !== 'scp' && type !== 'rcp') return false
  if (principal.type === 'roleSession' && principal.serviceLinked) return true
  return type === 'scp' && !hasIdentityPolicies(principal)
}

/** Whether the principal is of an account, so that its own policies count. */
export function hasIdentityPolicies(principal: PolicyPrincipal): boolean {
  switch (principal.type) {
    case 'root':
    case 'user':
    case 'roleSession':
    case 'federatedUser':
      return true
    default:
      return false
  }
}

function isCrossAccount(request: AuthorizationRequest): boolean {
  const { principal } = request
  return hasIdentityPolicies(principal) && principal.account !== undefined && !isOwner(principal.account, request)
}

const nothing: readonly MatchedStatement[] = []

function denied(effect: DecisionEffect, decidedBy: PolicyType, request: AuthorizationRequest, found?: CompiledStatement): Decision {
  return { effect, decidedBy, statements: found ? [found.matched] : nothing, crossAccount: isCrossAccount(request) }
}

function allowed(decidedBy: PolicyType | 'none', crossAccount: boolean, found?: CompiledStatement): Decision {
  return { effect: 'allowed', decidedBy, statements: found ? [found.matched] : nothing, crossAccount }
}
