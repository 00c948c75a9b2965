import type { Condition, ContextValue } from '../policy/index.ts'
import type { PatternCodes } from '../policy/wildcard.ts'
import { type Literals, type Pattern, satisfiable, shapeOf } from './literals.ts'
import type { PatternList, Rule, Space } from './space.ts'
import { type Budget, codesCover, codesMeet } from './strings.ts'

/** Requests that the search has come to: every one of them, unless a policy variable decides, is in question. */
export interface Region {
  readonly action: Literals
  readonly resource: Literals
  /** By key: the choices that are left, by number. */
  readonly context: ReadonlyMap<string, readonly number[]>
  /** The statement that allows. */
  readonly by: Rule
}

/** What is asked: allowed by one set of rules, and not by another. */
export interface Question {
  readonly allowed: readonly Rule[]
  readonly notAllowed: readonly Rule[]
  /** Further patterns that the request must match. */
  readonly within?: { readonly action?: Pattern; readonly resource?: Pattern }
}

export const actionShape: PatternCodes = shapeOf('?*:?*')
const resourceShapes: readonly PatternCodes[] = [shapeOf('arn:?*:?*:*:*:?*'), ['*'.charCodeAt(0)]]

const nothing: Literals = { wanted: [], avoided: [] }

/**
 * Regions of requests that the first rules allow and the others do not. Each statement that must not apply fails by its action, its resource or one of its
 * conditions: a Boolean problem, searched with the statements that leave the fewest ways first, a region given up as soon as one of its dimensions is empty.
 * When it ends with budget left, there are no other regions.
 */
export function* regions({ allowed, notAllowed, within }: Question, space: Space, budget: Budget): Generator<Region> {
  const denies = allowed.filter(rule => !rule.allow)
  // What both deny in the same words is not allowed by the first either.
  const inBoth = new Set(denies.map(wordsOf))
  const deniedBefore = notAllowed.filter(rule => !rule.allow && !inBoth.has(wordsOf(rule)))
  for (const rule of allowed) {
    if (!rule.allow) continue
    for (const start of applying(rule, { action: within?.action, resource: within?.resource, region: undefined }, space, budget)) {
      yield* avoiding(start, [...denies, ...notAllowed.filter(other => other.allow)], space, budget)
      for (const deny of deniedBefore) {
        const from = { action: undefined, resource: undefined, region: start }
        for (const denied of applying(deny, from, space, budget)) yield* avoiding({ ...denied, by: rule }, denies, space, budget)
      }
    }
  }
}

/** A statement as it is written, and in which version of the language. */
const wordsOf = ({ statement: { start, end }, document }: Rule): string =>
  `${document.version} ${document.text.slice(start.offset, end.offset)}`

interface From {
  readonly action: Pattern | undefined
  readonly resource: Pattern | undefined
  readonly region: Region | undefined
}

/** The regions in which a rule applies. */
function* applying(rule: Rule, { action, resource, region }: From, space: Space, budget: Budget): Generator<Region> {
  const context = conditionsTrue(rule.statement.conditions, region?.context ?? new Map(), space)
  if (!context) return
  for (const actions of matching(rule.actions, withPattern(region?.action ?? nothing, action))) {
    if (!satisfiable(actions, [actionShape], budget)) continue
    const given = withPattern(region?.resource ?? nothing, resource)
    for (const resources of rule.resources ? matching(rule.resources, given) : [given]) {
      if (budget.spent) return
      if (satisfiable(resources, resourceShapes, budget)) yield { action: actions, resource: resources, context, by: rule }
    }
  }
}

const withPattern = (literals: Literals, pattern: Pattern | undefined): Literals =>
  pattern ? { ...literals, wanted: [...literals.wanted, pattern] } : literals

/** A list matches by one of its patterns, a negated one by none. */
function matching({ negated, patterns }: PatternList, literals: Literals): Literals[] {
  if (negated) return [{ ...literals, avoided: [...literals.avoided, ...patterns] }]
  return patterns.map(pattern => ({ ...literals, wanted: [...literals.wanted, pattern] }))
}

function conditionsTrue(conditions: readonly Condition[], context: Region['context'], space: Space): Region['context'] | undefined {
  let narrowed = context
  for (const condition of conditions) {
    const next = withOutcome(condition, true, narrowed, space)
    if (!next) return undefined
    narrowed = next
  }
  return narrowed
}

function withOutcome(condition: Condition, outcome: boolean, context: Region['context'], space: Space): Region['context'] | undefined {
  const key = condition.key.toLowerCase()
  const choices = space.choices.get(key)
  const holds = choices?.holds.get(condition)
  if (!choices || !holds) return undefined
  const left = (context.get(key) ?? choices.values.map((_, i) => i)).filter(i => holds[i] === outcome)
  return left.length === 0 ? undefined : new Map(context).set(key, left)
}

/** The parts of a region in which none of the rules applies. */
function* avoiding(region: Region, rules: readonly Rule[], space: Space, budget: Budget): Generator<Region> {
  if (budget.spent) return
  budget.spend()
  const open: { rule: Rule; ways: number }[] = []
  for (const rule of rules) {
    if (isApart(region, rule, space)) continue
    const actionWay = rule.actions.negated || !covered(rule.actions, region.action)
    const resourceWay = rule.resources !== undefined && (rule.resources.negated || !covered(rule.resources, region.resource))
    const ways = Number(actionWay) + Number(resourceWay) + rule.statement.conditions.length
    if (ways === 0) return
    open.push({ rule, ways })
  }
  const [first, ...rest] = open.sort((a, b) => a.ways - b.ways)
  if (!first) {
    yield region
    return
  }
  const others = rest.map(({ rule }) => rule)
  for (const part of failing(region, first.rule, space, budget)) yield* avoiding(part, others, space, budget)
}

function* failing(region: Region, { actions, resources, statement }: Rule, space: Space, budget: Budget): Generator<Region> {
  for (const action of unmatched(actions, region.action)) if (satisfiable(action, [actionShape], budget)) yield { ...region, action }
  for (const resource of resources ? unmatched(resources, region.resource) : []) {
    if (satisfiable(resource, resourceShapes, budget)) yield { ...region, resource }
  }
  for (const condition of statement.conditions) {
    const context = withOutcome(condition, false, region.context, space)
    if (context) yield { ...region, context }
  }
}

/** As `matching`, the other way round. */
const unmatched = ({ negated, patterns }: PatternList, literals: Literals): Literals[] =>
  matching({ negated: !negated, patterns: negated ? patterns : relevant(patterns, literals) }, literals)

/** Patterns that cannot match anyway need not be avoided. */
const relevant = (patterns: readonly Pattern[], { wanted }: Literals): Pattern[] =>
  patterns.filter(pattern => pattern.hasVariables || wanted.every(other => other.hasVariables || codesMeet(pattern.codes, other.codes)))

const covered = ({ patterns }: PatternList, { wanted }: Literals): boolean =>
  wanted.some(pattern => patterns.some(wide => codesCover(wide.codes, pattern.codes)))

/** Whether a rule applies nowhere in the region. */
function isApart({ action, resource, context }: Region, rule: Rule, space: Space): boolean {
  if (!rule.actions.negated && relevant(rule.actions.patterns, action).length === 0) return true
  if (rule.actions.negated && covered(rule.actions, action)) return true
  if (rule.resources && !rule.resources.negated && relevant(rule.resources.patterns, resource).length === 0) return true
  if (rule.resources?.negated && covered(rule.resources, resource)) return true
  return rule.statement.conditions.some(condition => {
    const holds = space.choices.get(condition.key.toLowerCase())?.holds.get(condition)
    const left = context.get(condition.key.toLowerCase())
    return holds !== undefined && (left ? !left.some(i => holds[i]) : !holds.includes(true))
  })
}

/** The context of a region's requests: its first choice for each key. */
export function contextOf({ context }: Region, space: Space): Record<string, ContextValue> {
  const values: Record<string, ContextValue> = {}
  for (const [key, { values: choices }] of space.choices) {
    const left = context.get(key)
    // A key that nothing asks of is left out where it can be.
    const value = left ? choices[left[0] as number] : choices.includes(undefined) ? undefined : choices[0]
    if (value !== undefined) values[key] = value
  }
  return values
}
