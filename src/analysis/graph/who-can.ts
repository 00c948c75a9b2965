import { type ApplicablePolicies, type AuthorizationRequest, explain, type PolicyPrincipal, preparePlan } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { principalsOf } from '../principals.ts'
import { nameOf as principalName } from '../request-text.ts'
import { everything } from '../witness.ts'
import { isPossible, type Justification, justificationOf } from './answers.ts'
import { ask, ownPolicyOf, type Question } from './ask.ts'
import { type Estate, holderOf } from './estate.ts'
import type { Member } from './members.ts'
import { nameOf as statementName, settle } from './settle.ts'
import type { Gap } from './snapshot.ts'

/** Somebody who may do what was asked. */
export interface Access {
  readonly who: string
  readonly kind: Member['kind'] | 'outside'
  readonly because: Justification
  /** What is missing that this answer depends on. */
  readonly dependsOn: readonly string[]
}

export interface WhoCan {
  readonly access: readonly Access[]
  /** Of whom nothing was found, but of whom something is missing. */
  readonly unsure: readonly { readonly who: string; readonly dependsOn: readonly string[] }[]
  /** What is missing that the whole answer depends on. */
  readonly dependsOn: readonly string[]
}

/** Root users do not assume roles. STS API Reference, "AssumeRole". */
const notForRoot = /^sts:assumerole$/i

const whats = (gaps: readonly Gap[]): string[] => [...new Set(gaps.map(({ what }) => what))]

/** Who may do an action on a resource: users, roles, root users, and those outside whom the resource's policy lets in. */
export function whoCan(estate: Estate, question: Question): WhoCan {
  const access: Access[] = []
  const unsure: WhoCan['unsure'][number][] = []
  for (const member of estate.members.values()) {
    if (member.kind === 'root' && notForRoot.test(question.action)) continue
    const verdict = ask(estate, member, question)
    const gaps = estate.gapsOf(member.arn, member.account)
    if (isPossible(verdict)) access.push({ who: member.arn, kind: member.kind, because: justificationOf(verdict), dependsOn: ofOne(gaps) })
    else if (ofOne(gaps).length > 0) unsure.push({ who: member.arn, dependsOn: ofOne(gaps) })
  }
  access.push(...outsiders(estate, question))
  return { access, unsure, dependsOn: whats(estate.gapsOf(question.resource, holderOf(question.resource))) }
}

/** What is missing of everybody is told once, not of each. */
const ofOne = (gaps: readonly Gap[]): string[] => whats(gaps.filter(({ about }) => !about.includes('*')))

/** Whom the resource's policy names beyond the estate: other accounts, services, identity providers, everyone. */
function outsiders(estate: Estate, question: Question): Access[] {
  const { policy } = ownPolicyOf(estate, question)
  if (!policy) return []
  const owner = parseArn(question.resource)?.account ?? ''
  const policies = { identity: [everything], resource: policy, resourceMustAllow: true, ...rcps(estate, question, owner) }
  const plan = preparePlan(policies)
  return principalsOf([policy.document], policy.source.type === 'trust' ? 'trust' : 'resource')
    .all.filter(principal => !isInside(estate, principal))
    .flatMap(principal => {
      const verdict = settle(
        {
          principal,
          action: question.action,
          resource: question.resource,
          context: question.context ?? {},
          ...(owner && { resourceAccount: owner }),
        },
        plan,
      )
      if (!isPossible(verdict)) return []
      const because = { ...justificationOf(verdict), decidedBy: policy.source.type, statements: lettingIn(verdict.request, policies) }
      return [{ who: nameOfOutsider(principal), kind: 'outside' as const, because, dependsOn: [] }]
    })
}

/** The statements of the resource's policy that let somebody in: what their own account allows is not known. */
const lettingIn = (request: AuthorizationRequest, policies: ApplicablePolicies): string[] =>
  explain(request, policies)
    .groups.filter(({ type }) => type === 'resource')
    .flatMap(({ statements }) => statements.filter(({ applies, effect }) => applies && effect === 'Allow').map(statementName))

const rcps = (estate: Estate, { action }: Question, owner: string) => {
  const levels = estate.organization.rcpsFor(action, owner)
  return levels ? { rcps: levels } : {}
}

const isInside = (estate: Estate, principal: PolicyPrincipal): boolean =>
  'account' in principal && principal.account !== undefined && estate.accounts.has(principal.account)

const strangersAccount = '999999999999'

/** The principals by which policies are asked about anybody have names of their own. */
const nameOfOutsider = (principal: PolicyPrincipal): string => {
  if (principal.type === 'anonymous') return 'anyone, without credentials'
  if ('account' in principal && principal.account === strangersAccount)
    return `any ${principal.type === 'roleSession' ? 'role' : principal.type} of any account`
  if (
    'account' in principal &&
    principal.account !== undefined &&
    /:(user\/someone|assumed-role\/some-role\/session)$/.test(principalName(principal))
  )
    return `any ${principal.type === 'user' ? 'user' : 'role'} of account ${principal.account} that its account allows`
  return principalName(principal)
}
