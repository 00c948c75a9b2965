import { actionName } from './action.ts'
import { coversActionOf } from './candidates.ts'
import { type CompiledPolicy, conditionsHold, coversResource } from './compile.ts'
import type { CompiledStatement, MatchedStatement } from './compiled-statement.ts'
import { contextKey, contextValue } from './context-keys.ts'
import { type Decision, decideWithPlan, isExempt, planOf } from './decide.ts'
import type { Condition, Statement } from './document.ts'
import type { ApplicablePolicies, PolicyType } from './plan.ts'
import type { Reach } from './principal.ts'
import type { AuthorizationRequest, ContextValue } from './request.ts'
import { parseTemplate } from './variables.ts'

/** A decision with everything that led to it. */
export interface Explanation {
  readonly request: AuthorizationRequest
  readonly decision: Decision
  /** One entry a policy type, or a level of SCPs and RCPs, in the order of evaluation. */
  readonly groups: readonly GroupExplanation[]
  /** Keys that statements about the action ask for and that the request does not have, as the policies spell them. */
  readonly missingContextKeys: readonly string[]
}

export interface GroupExplanation {
  readonly type: PolicyType
  /** For SCPs and RCPs: 0 is the root of the organization. */
  readonly level?: number | undefined
  /** False when policies of the type do not restrict the principal. */
  readonly considered: boolean
  readonly says: 'allows' | 'denies' | 'nothing'
  /** The statements whose Action covers the action. */
  readonly statements: readonly StatementExplanation[]
}

export interface StatementExplanation extends MatchedStatement {
  /** The statement applies: everything below holds. */
  readonly applies: boolean
  /** How the Principal element reaches the principal; absent where there is no such element. */
  readonly principal?: 'not' | 'account' | 'entity' | 'direct' | undefined
  readonly resource: boolean
  readonly conditions: readonly ConditionExplanation[]
}

export interface ConditionExplanation extends Condition {
  readonly holds: boolean
  /** What the request has for the key; undefined when nothing. */
  readonly actual: ContextValue | undefined
}

const reachNames = ['not', 'account', 'entity', 'direct'] as const satisfies Record<Reach, string>

/**
 * Explains a decision. Recomputes in full, so it is slower than `decide`, and says the same.
 * @param request   as for `decide`
 * @param policies  as for `decide`
 */
export function explain(request: AuthorizationRequest, policies: ApplicablePolicies): Explanation {
  const plan = planOf(policies)
  const decision = decideWithPlan(request, plan)
  const bounded = plan.groups.some(({ type }) => type === 'boundary')
  const levels = new Map<PolicyType, number>()
  const groups = plan.groups.map(({ type, policies: ofType }) => {
    const level = levels.get(type) ?? 0
    levels.set(type, level + 1)
    const statements = ofType.flatMap(policy => statementsAbout(policy, request, bounded))
    const applying = statements.filter(statement => statement.applies)
    const says = applying.some(({ effect }) => effect === 'Deny') ? 'denies' : applying.length > 0 ? 'allows' : 'nothing'
    const hasLevels = type === 'scp' || type === 'rcp'
    return { type, level: hasLevels ? level : undefined, considered: !isExempt(type, request.principal), says, statements } as const
  })
  return {
    request,
    decision,
    groups,
    missingContextKeys: missingKeys(
      plan.groups.flatMap(group => group.policies),
      request,
    ),
  }
}

const aboutAction = (compiled: CompiledStatement, request: AuthorizationRequest) => coversActionOf(compiled, actionName(request.action))

function statementsAbout(policy: CompiledPolicy, request: AuthorizationRequest, bounded: boolean): StatementExplanation[] {
  return policy.statements
    .filter(compiled => aboutAction(compiled, request))
    .map(compiled => {
      const principal = compiled.principal && reachNames[compiled.principal(request.principal, bounded)]
      const resource = coversResource(compiled, request)
      const conditions = compiled.statement.conditions.map((condition, i) => ({
        ...condition,
        holds: compiled.conditions[i]?.(request) === true,
        actual: contextValue(contextKey(condition.key), request),
      }))
      const applies = principal !== 'not' && resource && conditionsHold(compiled, request)
      return { ...compiled.matched, applies, principal, resource, conditions }
    })
}

function missingKeys(policies: readonly CompiledPolicy[], request: AuthorizationRequest): string[] {
  const missing = new Map<string, string>()
  for (const { document, statements } of policies) {
    for (const compiled of statements) {
      if (!aboutAction(compiled, request)) continue
      for (const name of keysOfStatement(compiled.statement, document.version === '2012-10-17')) {
        const key = contextKey(name)
        if (!missing.has(key.name) && contextValue(key, request) === undefined) missing.set(key.name, name)
      }
    }
  }
  return [...missing.values()]
}

/**
 * The condition keys of a statement, in conditions and in policy variables, in the order and spelling of their mention; a key may come twice.
 * @param variables  whether the policy's version has variables
 */
export function* keysOfStatement(statement: Statement, variables: boolean): Iterable<string> {
  const inText = (text: string) => (variables ? (parseTemplate(text)?.parts ?? []) : [])
  for (const value of statement.resource?.values ?? []) for (const part of inText(value)) if (part.type === 'variable') yield part.name
  for (const { key, values } of statement.conditions) {
    yield key
    for (const value of values) for (const part of inText(value)) if (part.type === 'variable') yield part.name
  }
}
