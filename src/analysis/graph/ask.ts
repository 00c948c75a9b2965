import { type ApplicablePolicies, type CompiledPolicy, type Plan, preparePlan, type RequestContext } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { settle, type Verdict } from './settle.ts'

/** A request of a member of an estate. */
export interface Question {
  readonly action: string
  readonly resource: string
  /** Circumstances that are known. */
  readonly context?: RequestContext
  /** Keys that the request does not have; lower case. */
  readonly without?: readonly string[]
}

/** Calls that a role's trust policy decides. STS API Reference, "Actions". */
const trustActions = /^sts:(assumerole|assumerolewithsaml|assumerolewithwebidentity|tagsession|setsourceidentity|setcontext)$/i

/** The policy of the resource itself, and whether it must allow even within its account. */
export function ownPolicyOf(
  estate: Estate,
  { action, resource }: Question,
): { readonly policy: CompiledPolicy | undefined; readonly must: boolean } {
  const role = trustActions.test(action) ? estate.members.get(resource) : undefined
  if (role?.kind === 'role') return { policy: role.trust, must: true }
  return { policy: estate.resourcePolicyOf(resource), must: parseArn(resource)?.service === 'kms' && resource.includes(':key/') }
}

/**
 * Whether a member may do something, by replaying it through the policy engine.
 * @param plan  of the member's policies alone; its usual one is kept, which costs memory for each action
 */
export function ask(estate: Estate, member: Member, question: Question, plan: Plan = estate.planOf(member)): Verdict {
  const { action, resource } = question
  // The organization's own rule lets the management account in: a member account has no policy that could say so.
  const owner = /^sts:assumeroot$/i.test(action) ? member.account : parseArn(resource)?.account || member.account
  const target = estate.members.get(resource)
  const tags = target?.source && 'tags' in target.source ? Object.entries(target.source.tags) : []
  const boundary = target?.source && 'boundary' in target.source ? target.source.boundary : undefined
  const context: RequestContext = {
    ...member.facts,
    ...resourceFacts(estate, owner),
    ...Object.fromEntries(
      tags.flatMap(([key, value]) => [[`aws:ResourceTag/${key}`, value] as const, [`iam:ResourceTag/${key}`, value] as const]),
    ),
    ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }),
    ...question.context,
  }
  const absent = [
    ...(question.without ?? []),
    ...(target ? ['aws:resourcetag/', 'iam:resourcetag/', 'iam:permissionsboundary'] : []),
    ...(member.kind === 'role' ? [] : ['aws:principaltag/']),
    ...(estate.snapshot.organization ? ['aws:principalorg', 'aws:resourceorg'] : []),
  ]
  const { policy, must } = ownPolicyOf(estate, question)
  const rcps = estate.organization.rcpsFor(action, owner)
  const joined = policy || must || rcps ? preparePlan(withResource(estate, member, policy, must, rcps)) : plan
  const request = { principal: member.principal, action, resource, context, ...(owner !== '' && { resourceAccount: owner }) }
  return settle(request, joined, absent)
}

function withResource(
  estate: Estate,
  member: Member,
  policy: CompiledPolicy | undefined,
  must: boolean,
  rcps: ApplicablePolicies['rcps'],
): ApplicablePolicies {
  const { scps } = estate.organization.limitsOf(member.account)
  return {
    identity: member.identity,
    ...(member.boundary && { boundary: member.boundary }),
    ...(scps && { scps }),
    ...(policy && { resource: policy }),
    ...(must && { resourceMustAllow: true }),
    ...(rcps && { rcps }),
  }
}

const resourceFacts = (estate: Estate, account: string): RequestContext =>
  Object.fromEntries(
    Object.entries(estate.organization.placeOf(account)).map(([key, value]) => [key.replace('Principal', 'Resource'), value] as const),
  )
