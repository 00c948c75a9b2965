import { actionName } from '../../policy/action.ts'
import { conditionsHold, coversResource } from '../../policy/compile.ts'
import type { CompiledStatement } from '../../policy/compiled-statement.ts'
import type { Condition } from '../../policy/document.ts'
import type { AuthorizationRequest, ContextValue, Decision, MatchedStatement, Plan, PolicyType } from '../../policy/index.ts'
import { decideWithPlan } from '../../policy/index.ts'
import { derivedKeys } from '../../policy/principal-keys.ts'
import { reachesNot } from '../../policy/principal.ts'
import { choicesOf, type ConditionOf, type KeyChoices } from '../condition-values.ts'
import { Budget } from '../strings.ts'

/**
 * Whether a request is allowed, of which only some circumstances are known: `allowed` whatever the others are, `conditional` for some of them, `denied` for
 * all; `undetermined` when there were too many to try. All but `undetermined` were replayed through the engine.
 */
export interface Verdict {
  readonly outcome: 'allowed' | 'conditional' | 'denied' | 'undetermined'
  /** The request that was replayed; of a conditional verdict one that is allowed. */
  readonly request: AuthorizationRequest
  readonly decision: Decision
  /** What must hold, in words; only of conditional verdicts. */
  readonly conditions: readonly string[]
}

/** Combinations of circumstances that are tried at most. */
const mostTries = 4096

/** Statements of the policies of one type and level that are about an action. */
interface Relevant {
  readonly type: PolicyType
  readonly statement: CompiledStatement
  readonly variables: boolean
}

const noConditions: readonly Relevant[] = []
const relevantByPlan = new WeakMap<Plan, Map<string, readonly Relevant[]>>()

/**
 * Settles a request.
 * @param request  its context holds the circumstances that are known
 * @param plan     every policy that applies
 * @param absent   beginnings of names of keys that are known too: what the context does not hold of them, the request does not have; lower case
 */
export function settle(request: AuthorizationRequest, plan: Plan, absent: readonly string[] = []): Verdict {
  const conditional = relevantTo(plan, request.action)
  if (conditional.length === 0) return plain(request, plan)
  const known = new Set(Object.keys(request.context).map(key => key.toLowerCase()))
  const isKnown = (key: string) => known.has(key) || Object.hasOwn(derivedKeys, key) || absent.some(start => key.startsWith(start))
  const bounded = plan.groups.some(({ type }) => type === 'boundary')
  const open = conditional.filter(({ statement }) => mayApply(statement, request, isKnown, bounded))
  if (!open.some(({ statement }) => statement.statement.conditions.some(({ key }) => !isKnown(key.toLowerCase()))))
    return plain(request, plan)
  return tried(request, plan, open, isKnown)
}

function plain(request: AuthorizationRequest, plan: Plan): Verdict {
  const decision = decideWithPlan(request, plan)
  return { outcome: decision.effect === 'allowed' ? 'allowed' : 'denied', request, decision, conditions: [] }
}

/** The statements about an action that have conditions; when none has, there is nothing to try. */
function relevantTo(plan: Plan, action: string): readonly Relevant[] {
  let byAction = relevantByPlan.get(plan)
  if (!byAction) relevantByPlan.set(plan, (byAction = new Map()))
  const known = byAction.get(action)
  if (known) return known
  const name = actionName(action)
  const found: Relevant[] = []
  for (const { type, policies } of plan.groups) {
    for (const policy of policies) {
      const statements: CompiledStatement[] = []
      policy.index.collect(name, statements, statements)
      for (const statement of new Set(statements))
        if (statement.conditions.length > 0) found.push({ type, statement, variables: policy.document.version === '2012-10-17' })
    }
  }
  const relevant = found.length === 0 ? noConditions : found
  byAction.set(action, relevant)
  return relevant
}

/** Whether a statement can apply to the request under some circumstances. */
function mayApply(
  compiled: CompiledStatement,
  request: AuthorizationRequest,
  isKnown: (key: string) => boolean,
  bounded: boolean,
): boolean {
  if (compiled.principal && compiled.principal(request.principal, bounded) === reachesNot) return false
  if (!coversResource(compiled, request) && !compiled.resources?.some(({ hasVariables }) => hasVariables)) return false
  return compiled.statement.conditions.every(({ key }, i) => !isKnown(key.toLowerCase()) || compiled.conditions[i]?.(request) === true)
}

function tried(request: AuthorizationRequest, plan: Plan, open: readonly Relevant[], isKnown: (key: string) => boolean): Verdict {
  // Where circumstances can only deny, what nothing allows stays denied.
  const onlyDenies = open.every(({ statement }) => !statement.allow)
  if (onlyDenies) {
    const decision = decideWithPlan(request, plan)
    if (decision.effect === 'implicitDeny') return { outcome: 'denied', request, decision, conditions: [] }
  }
  const choices = openChoices(request, open, isKnown)
  const ways = choices.reduce((product, { values }) => product * values.length, 1)
  let allowed: { readonly request: AuthorizationRequest; readonly decision: Decision } | undefined
  let denied: typeof allowed
  for (let way = 0; way < Math.min(ways, mostTries); way++) {
    const attempt = { ...request, context: { ...request.context, ...assignment(choices, way) } }
    const decision = decideWithPlan(attempt, plan)
    if (decision.effect === 'allowed') allowed ??= { request: attempt, decision }
    else denied ??= { request: attempt, decision }
    if (allowed && denied) break
  }
  if (allowed && denied) return { outcome: 'conditional', ...allowed, conditions: inWords(allowed.request, open, isKnown) }
  const complete = ways <= mostTries && choices.every(choice => choice.complete)
  const settled = (allowed ?? denied) as { readonly request: AuthorizationRequest; readonly decision: Decision }
  if (!complete)
    return { outcome: allowed ? 'conditional' : 'undetermined', ...settled, conditions: inWords(settled.request, open, isKnown) }
  return { outcome: allowed ? 'allowed' : 'denied', ...settled, conditions: [] }
}

/** The circumstances of one of the ways: a number whose digits are the choices. */
function assignment(choices: readonly KeyChoices[], way: number): Record<string, ContextValue | undefined> {
  const context: Record<string, ContextValue | undefined> = {}
  let rest = way
  for (const { key, values } of choices) {
    const value = values[rest % values.length]
    if (value !== undefined) context[key] = value
    rest = Math.floor(rest / values.length)
  }
  return context
}

const ids = new WeakMap<Condition, number>()
let lastId = 0
function idOf(condition: Condition): number {
  const known = ids.get(condition)
  if (known !== undefined) return known
  ids.set(condition, ++lastId)
  return lastId
}

const kept = new Map<string, KeyChoices>()
const mostKept = 10_000

/** The values that matter of each unknown key. Many principals hold the same policies, so they are kept. */
function openChoices(request: AuthorizationRequest, open: readonly Relevant[], isKnown: (key: string) => boolean): KeyChoices[] {
  const byKey = new Map<string, ConditionOf[]>()
  for (const { statement, variables } of open) {
    for (const condition of statement.statement.conditions) {
      const key = condition.key.toLowerCase()
      if (isKnown(key)) continue
      const list = byKey.get(key) ?? []
      byKey.set(key, list)
      list.push({ condition, variables })
    }
  }
  return [...byKey].map(([key, conditions]) => {
    const asker = conditions.some(({ condition }) => condition.values.some(value => value.includes('${')))
    const name = `${key} ${conditions.map(({ condition }) => idOf(condition)).join()}${asker ? JSON.stringify(request.principal) : ''}`
    const before = kept.get(name)
    if (before) return before
    const made = choicesOf(key, conditions, new Budget(50_000), { principal: request.principal, context: textsOf(request.context) })
    if (kept.size >= mostKept) kept.clear()
    kept.set(name, made)
    return made
  })
}

const textsOf = (context: AuthorizationRequest['context']): Record<string, string> =>
  Object.fromEntries(Object.entries(context).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

/** The conditions under which an allowed request is allowed: those of statements that allow it, and that some condition of each that would deny fails. */
function inWords(request: AuthorizationRequest, open: readonly Relevant[], isKnown: (key: string) => boolean): string[] {
  const words = new Set<string>()
  for (const { type, statement } of open) {
    const unknown = statement.statement.conditions.filter(({ key }) => !isKnown(key.toLowerCase()))
    if (unknown.length === 0) continue
    const applies = coversResource(statement, request) && conditionsHold(statement, request)
    if (statement.allow && applies) for (const condition of unknown) words.add(describeCondition(condition))
    if (!statement.allow && !applies)
      words.add(`not (${unknown.map(describeCondition).join(' and ')}), which the ${type} policy ${nameOf(statement.matched)} denies`)
  }
  return [...words]
}

/** A condition as people read it. */
export const describeCondition = ({ operator, key, values }: Condition): string =>
  `${key} ${operator} ${values.length === 1 ? values[0] : `one of ${values.join(', ')}`}`

/** A statement as people find it. */
export const nameOf = ({ policy, sid, index }: MatchedStatement): string =>
  `${policy.id}, ${sid ? `statement ${sid}` : `statement ${index + 1}`}`
