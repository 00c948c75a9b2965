import { type ApplicablePolicies, type CompiledPolicy, preparePlan } from '../../policy/index.ts'
import { everything } from '../witness.ts'
import { type Justification, justificationOf } from './answers.ts'
import { ask } from './ask.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'

/** Who may do these on everything may do anything: the calls that give rights, and one that no service has today. */
export const probes = ['iam:CreateUser', 'iam:AttachRolePolicy', 'iam:PutUserPolicy', 'gatehouse-probe:AnythingElse']

/** Whether a member is an administrator of its account, and by what. Root is, unless SCPs say otherwise. */
export function administers(estate: Estate, member: Member): readonly Justification[] | undefined {
  const plan = preparePlan(policiesOf(estate, member))
  const reasons: Justification[] = []
  for (const action of probes) {
    const verdict = ask(estate, member, { action, resource: '*' }, plan)
    if (verdict.outcome !== 'allowed' && verdict.outcome !== 'conditional') return undefined
    reasons.push(justificationOf(verdict))
  }
  return reasons
}

/** The policies of a member alone, in a plan that is not kept. */
export function policiesOf(estate: Estate, { identity, boundary, account }: Member): ApplicablePolicies {
  const { scps } = estate.organization.limitsOf(account)
  return { identity, ...(boundary && { boundary }), ...(scps && { scps }) }
}

/** A member as it would be with other policies. */
export function changed(
  member: Member,
  {
    name,
    identity = member.identity,
    boundary = member.boundary,
  }: {
    readonly name: string
    readonly identity?: readonly CompiledPolicy[]
    readonly boundary?: CompiledPolicy | undefined | null
  },
): Member {
  const { kind, account, principal, facts, groups, source, trust } = member
  return {
    arn: `${member.arn} ${name}`,
    kind,
    account,
    name: member.name,
    principal,
    facts,
    groups,
    source,
    trust,
    identity,
    boundary: boundary ?? undefined,
  }
}

/** A member that gave itself any policy it likes: all that its boundary and the organization leave. */
export const withAnyPolicy = (member: Member): Member =>
  changed(member, { name: 'with any policy', identity: [...member.identity, everything] })
