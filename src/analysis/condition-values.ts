import { compileCondition } from '../policy/condition.ts'
import type { Condition } from '../policy/document.ts'
import { conditionOperators, type ContextValue, type PolicyPrincipal } from '../policy/index.ts'
import { parsePrefix } from '../policy/ip.ts'
import { parseTemplate, resolveText } from '../policy/variables.ts'
import { appendLiteral, appendPattern, type PatternCodes } from '../policy/wildcard.ts'
import { type Budget, textWithin } from './strings.ts'
import { keyFacts } from './validation/condition-keys.ts'
import { insideValues, isInside, resourceKeys, type ZoneOfTrust } from './zone-of-trust.ts'

/** A condition of a statement, as the search knows it. */
export interface ConditionOf {
  readonly condition: Condition
  readonly variables: boolean
}

/** Values of one key: one for each way in which its conditions can turn out. */
export interface KeyChoices {
  readonly key: string
  /** Undefined: the request does not have the key. */
  readonly values: readonly (ContextValue | undefined)[]
  /** By condition: whether it holds, for each of the values. */
  readonly holds: ReadonlyMap<Condition, readonly boolean[]>
  /** Every way is there. */
  readonly complete: boolean
}

/** Whose requests are in question, and what policy variables hold in them. */
export interface Asker {
  readonly principal: PolicyPrincipal
  readonly context: Readonly<Record<string, string>>
  /** Whose requests are not in question, and what is known of the resource. */
  readonly zone?: ZoneOfTrust | undefined
}

/** Keys that every request of a user or role session has. IAM User Guide, "AWS global condition context keys". */
export const alwaysPresent = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:userid',
  'aws:principalisawsservice',
  'aws:resourceaccount',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  'aws:requestedregion',
  'aws:viaawsservice',
])

/**
 * Splits the values of a key into the cells that its conditions can tell apart: text by the product of its patterns, numbers and dates at their
 * breakpoints, addresses at the ends of ranges, absence as a value of its own; for set operators the sets of cells that a witness can need.
 */
export function choicesOf(key: string, conditions: readonly ConditionOf[], budget: Budget, asker: Asker): KeyChoices {
  const mayBeAbsent = !alwaysPresent.has(key)
  const { singles, complete: allSingles } = singleValues(key, conditions, budget, asker)
  const qualified = conditions.filter(({ condition }) => condition.qualifier !== undefined).length
  const several = qualified > 0 || keyFacts(key)?.multivalued === true
  const { sets, complete: allSets } = several ? setsOf(singles, Math.max(1, conditions.length)) : { sets: [], complete: true }
  const all: (ContextValue | undefined)[] = [...(mayBeAbsent ? [undefined] : []), ...(several ? [] : singles), ...sets]
  const tests = conditions.map(({ condition, variables }) => [condition, compileCondition(condition, variables)] as const)
  const kept = new Map<string, { value: ContextValue | undefined; outcome: boolean[] }>()
  for (const value of all) {
    const { [key]: _, ...others } = asker.context
    const context = value === undefined ? others : { ...others, [key]: value }
    // Where the key is absent, nothing may be derived of the principal in its place.
    const principal = value === undefined ? ({ type: 'anonymous' } as const) : asker.principal
    const request = { principal, action: 'x:x', resource: '*', context }
    const outcome = tests.map(([, test]) => test(request))
    const signature = outcome.join()
    if (!kept.has(signature)) kept.set(signature, { value, outcome })
  }
  const ways = [...kept.values()]
  return {
    key,
    values: ways.map(({ value }) => value),
    holds: new Map(tests.map(([condition], i) => [condition, ways.map(({ outcome }) => outcome[i] === true)])),
    complete: allSingles && allSets,
  }
}

/** Sets as large as one member for each condition: who must be there for one, or spoils another. */
function setsOf(singles: readonly string[], largest: number): { sets: string[][]; complete: boolean } {
  const sets: string[][] = [[]]
  let last: string[][] = [[]]
  for (let size = 1; size <= Math.min(largest, singles.length); size++) {
    const grown = last.flatMap(set =>
      singles.slice(set.length === 0 ? 0 : singles.indexOf(set.at(-1) as string) + 1).map(single => [...set, single]),
    )
    sets.push(...grown)
    if (sets.length > 2000) return { sets: sets.slice(0, 2000), complete: false }
    last = grown
  }
  return { sets, complete: true }
}

/** Whether the values of policy variables, and the ends of IPv6 ranges, leave no other ways. */
function isClosed(conditions: readonly ConditionOf[], { zone }: Asker): boolean {
  const ranged = conditions.some(
    ({ condition }) =>
      conditionOperators[condition.base]?.type === 'ip' && condition.values.some(value => value.includes(':') && !value.endsWith('::/0')),
  )
  const values = new Set(conditions.filter(({ condition }) => condition.base !== 'Null').flatMap(({ condition }) => condition.values))
  if (ranged || !conditions.some(({ variables }) => variables) || ![...values].some(value => value.includes('${'))) return !ranged
  // One variable and nothing beside it: a value is equal to it or not.
  const [only = '', ...others] = values
  const name = /^\$\{([^},]+)\}$/.exec(only)?.[1]?.toLowerCase()
  return (
    others.length === 0 &&
    name !== undefined &&
    (alwaysPresent.has(name) || (zone !== undefined && Object.hasOwn(resourceKeys(zone), name)))
  )
}

/** A value with its policy variables filled in. */
function filledIn(value: string, { principal, context }: Asker): string {
  const template = parseTemplate(value)
  return (template && resolveText(template, { principal, action: 'x:x', resource: '*', context })) ?? value
}

function singleValues(
  key: string,
  conditions: readonly ConditionOf[],
  budget: Budget,
  asker: Asker,
): { singles: string[]; complete: boolean } {
  const singles = new Set<string>()
  const families = new Set<string>()
  const patterns: PatternCodes[] = []
  const points: number[] = []
  for (const { condition, variables } of conditions) {
    const form = conditionOperators[condition.base]
    if (!form || form.type === 'null') continue
    families.add(form.type === 'arn' || form.type === 'boolean' ? 'string' : form.type)
    for (const value of condition.values) {
      const wanted = variables ? filledIn(value, asker) : value
      if (form.type === 'numeric') points.push(Number(wanted))
      else if (form.type === 'date') for (const value of aroundDate(wanted)) singles.add(value)
      else if (form.type === 'ip') for (const value of aroundRange(wanted)) singles.add(value)
      else {
        const codes: number[] = []
        if (form.wildcards) appendPattern(codes, wanted)
        else appendLiteral(codes, wanted)
        patterns.push(codes)
        if (form.ignoreCase) singles.add(wanted.toUpperCase())
      }
    }
  }
  if (families.has('numeric')) for (const value of aroundPoints(points)) singles.add(value)
  const inside = asker.zone ? insideValues(asker.zone, key) : []
  const { texts, complete } = cellsOf([...patterns, ...inside], budget)
  if (families.has('string') || singles.size === 0) {
    for (const text of texts) singles.add(text)
    const arns = conditions.some(({ condition }) => conditionOperators[condition.base]?.type === 'arn')
    if (arns) singles.add('arn:aws:xyz:us-east-1:999999999999:unnamed/x')
  }
  const outside = [...singles].filter(single => !isInside(inside, single))
  return { singles: outside, complete: complete && families.size <= 1 && isClosed(conditions, asker) }
}

/** A text for each way in which patterns can match. */
function cellsOf(patterns: readonly PatternCodes[], budget: Budget): { texts: string[]; complete: boolean } {
  const distinct = [...new Map(patterns.map(codes => [codes.join(), codes])).values()]
  let cells: { wanted: PatternCodes[]; avoided: PatternCodes[]; text: string }[] = [{ wanted: [[0x10000]], avoided: [[]], text: 'x' }]
  for (const codes of distinct) {
    const split: typeof cells = []
    for (const { wanted, avoided } of cells) {
      const inside = textWithin([...wanted, codes], avoided, budget)
      if (inside !== undefined) split.push({ wanted: [...wanted, codes], avoided, text: inside })
      const outside = textWithin(wanted, [...avoided, codes], budget)
      if (outside !== undefined) split.push({ wanted, avoided: [...avoided, codes], text: outside })
    }
    cells = split
    if (cells.length > 400 || budget.spent) return { texts: cells.map(({ text }) => text), complete: false }
  }
  return { texts: cells.map(({ text }) => text), complete: true }
}

/** Each point, what is between them, and what is beyond. */
function aroundPoints(given: readonly number[]): string[] {
  const points = [...new Set(given.filter(point => !Number.isNaN(point)))].sort((a, b) => a - b)
  const [first = 0] = points
  const between = points.map((point, i) => (point + (points[i + 1] ?? point + 2)) / 2)
  return [first - 1, ...points, ...between].map(String).concat('none')
}

function aroundDate(wanted: string): string[] {
  const at = Date.parse(wanted)
  if (Number.isNaN(at)) return [wanted, '2026-01-01T00:00:00Z']
  return [at, at - 1000, at + 1000].map(time => `${new Date(time).toISOString().slice(0, 19)}Z`)
}

function aroundRange(wanted: string): string[] {
  const others = ['198.51.100.77', '2001:db8:ffff::77']
  const prefix = parsePrefix(wanted)
  if (!prefix) return others
  if (typeof prefix.address !== 'number') return [wanted.split('/')[0] ?? '', ...others]
  const size = 2 ** (32 - prefix.length)
  const start = Math.floor(prefix.address / size) * size
  return [start, start - 1, start + size - 1, start + size]
    .filter(at => at >= 0 && at < 2 ** 32)
    .map(dotted)
    .concat(others)
}

const dotted = (address: number): string => [24, 16, 8, 0].map(bits => Math.floor(address / 2 ** bits) % 256).join('.')
