import { anyText, anyUnit, matchesSegments, type PatternCodes, segmentText, segmentUnit } from '../policy/wildcard.ts'

/** Work that may be done before the answer is "undetermined". */
export class Budget {
  #left: number
  constructor(steps: number) {
    this.#left = steps
  }
  get spent(): boolean {
    return this.#left <= 0
  }
  spend(steps = 1) {
    this.#left -= steps
  }
}

const colon = 0x3a
const isWildcard = (code: number): boolean => code >= anyText
/** Units for text that no pattern names, those that read best first. */
const freshUnits = [...'xqzjvwkyubghfdmnprtceloisa0123456789-_.'].map(letter => letter.charCodeAt(0))

/**
 * Text that matches all of some patterns and none of others: a walk through the product of their automata. A pattern to avoid that nothing can match any
 * more drops out, and one that everything matches from here on ends the walk.
 * @returns undefined when there is no such text, or when the budget is spent: look at the budget
 */
export function textWithin(wanted: readonly PatternCodes[], avoided: readonly PatternCodes[], budget: Budget): string | undefined {
  const patterns = [...wanted, ...avoided]
  const literal = wanted.find(pattern => !pattern.some(isWildcard))
  if (literal) {
    const text = String.fromCharCode(...literal)
    budget.spend()
    return wanted.every(pattern => matchesSegments(pattern, text)) && !avoided.some(pattern => matchesSegments(pattern, text))
      ? text
      : undefined
  }
  const fresh = freshUnits.find(unit => !patterns.some(pattern => pattern.includes(unit))) ?? 0x3be
  const guess = wanted.map(pattern => guessed(pattern, fresh)).find(text => isWithin(text, wanted, avoided))
  budget.spend()
  if (guess !== undefined) return guess
  const start = patterns.map(pattern => closure(pattern, [0]))
  const open: { sets: (readonly number[])[]; text: string }[] = [{ sets: start, text: '' }]
  const seen = new Set<string>()
  // Shortest first, so that a star is not walked for ever.
  for (let next = 0; next < open.length; next++) {
    const { sets, text } = open[next] as (typeof open)[number]
    if (patterns.every((pattern, i) => (sets[i] as readonly number[]).includes(pattern.length) === i < wanted.length)) return text
    for (const unit of unitsAt(patterns, sets, fresh)) {
      const stepped = patterns.map((pattern, i) => step(pattern, sets[i] as readonly number[], unit))
      budget.spend(1 + (stepped.reduce((sum, set) => sum + set.length, 0) >> 3))
      if (budget.spent) return undefined
      if (stepped.some((set, i) => (i < wanted.length ? set.length === 0 : takesAll(patterns[i] as PatternCodes, set)))) continue
      const key = stepped.map(set => set.join(',')).join(';')
      if (seen.has(key)) continue
      seen.add(key)
      open.push({ sets: stepped, text: text + String.fromCharCode(unit) })
    }
  }
  return undefined
}

/** Units that some pattern tells apart where the walk has come to: all others do what a fresh one does, which satisfies most who avoid something and so comes first. */
function unitsAt(patterns: readonly PatternCodes[], sets: readonly (readonly number[])[], fresh: number): number[] {
  const units = [colon]
  for (let i = 0; i < patterns.length; i++) {
    for (const at of sets[i] as readonly number[]) {
      const code = patterns[i]?.[at]
      if (code !== undefined && !isWildcard(code) && !units.includes(code)) units.push(code)
    }
  }
  units.sort((a, b) => a - b)
  units.unshift(fresh)
  return units
}

const isWithin = (text: string, wanted: readonly PatternCodes[], avoided: readonly PatternCodes[]): boolean =>
  wanted.every(pattern => matchesSegments(pattern, text)) && !avoided.some(pattern => matchesSegments(pattern, text))

/** What most often does: fresh text for every wildcard. */
const guessed = (pattern: PatternCodes, fresh: number): string =>
  String.fromCharCode(...pattern.map(code => (isWildcard(code) ? fresh : code)))

function step(pattern: PatternCodes, from: readonly number[], unit: number): number[] {
  const to: number[] = []
  for (const at of from) {
    const code = pattern[at]
    if (code === anyText || (code === segmentText && unit !== colon)) to.push(at)
    else if (code === unit || code === anyUnit || (code === segmentUnit && unit !== colon)) to.push(at + 1)
  }
  return to.length === 0 ? to : closure(pattern, to)
}

/** With the places after stars, which may take nothing; absorbed by a star at the end. @param places  in order */
function closure(pattern: PatternCodes, places: readonly number[]): number[] {
  const all: number[] = []
  let last = -1
  let lastStar = -1
  for (const place of places) {
    for (let at = place; ; at++) {
      const code = pattern[at]
      if (at > last) {
        all.push(at)
        last = at
        if (code === anyText) lastStar = at
      }
      if (code !== anyText && code !== segmentText) break
    }
  }
  // What a later free star reaches, everything before it reaches no more of.
  return lastStar === -1 ? all : all.filter(at => at >= lastStar)
}

const takesAll = (pattern: PatternCodes, set: readonly number[]): boolean => set.includes(pattern.length - 1) && pattern.at(-1) === anyText

/** Whether some text matches both. */
export function codesMeet(first: PatternCodes, second: PatternCodes): boolean {
  if (!prefixesAgree(first, second)) return false
  if (first[0] === anyText && first.length === 1) return true
  if (second[0] === anyText && second.length === 1) return true
  if (!first.some(isWildcard) && !second.some(isWildcard)) return first.length === second.length
  const budget = new Budget(200_000)
  return textWithin([first, second], [], budget) !== undefined || budget.spent
}

/** Most patterns differ in what is before their first wildcard. */
function prefixesAgree(first: PatternCodes, second: PatternCodes): boolean {
  for (let i = 0; i < first.length && i < second.length; i++) {
    const a = first[i] as number
    const b = second[i] as number
    if (isWildcard(a) || isWildcard(b)) return true
    if (a !== b) return false
  }
  const longer = first.length > second.length ? first : second
  const next = longer[Math.min(first.length, second.length)]
  return next === undefined || isWildcard(next)
}

/** As `patternCovers`: whether whatever matches the second certainly matches the first. Units from the private use area stand for the same unknown text in both. */
export function codesCover(wide: PatternCodes, narrow: PatternCodes): boolean {
  // No ARN or action is as long; not knowing is safe.
  if (wide.length * narrow.length > 1_000_000) return false
  const width = narrow.length + 1
  const reached = new Set<number>()
  const open = [0]
  while (open.length > 0) {
    const at = open.pop() as number
    if (reached.has(at)) continue
    reached.add(at)
    const i = Math.floor(at / width)
    const j = at % width
    if (i === wide.length && j === narrow.length) return true
    const a = wide[i]
    const b = narrow[j]
    if (a === anyText || a === segmentText) {
      open.push(at + width)
      if (b !== undefined && (a === anyText || staysInSegment(b))) open.push(at + 1)
    } else if (a !== undefined && b !== undefined && oneCovers(a, b)) open.push(at + width + 1)
  }
  return false
}

export const isUnknown = (code: number): boolean => code >= 0xe000 && code <= 0xf8ff
const staysInSegment = (code: number): boolean => code !== colon && code !== anyText && code !== anyUnit && !isUnknown(code)

function oneCovers(a: number, b: number): boolean {
  if (a === b) return true
  if (isUnknown(b) || b === anyText || b === segmentText) return false
  return a === anyUnit || (a === segmentUnit && b !== colon && b !== anyUnit)
}
