import type Sqlite from 'better-sqlite3'
import { castTo } from './sqlite-casts.ts'
import { dateAdd, dateDiff, dateFormat, dateTrunc, isoTime, timePart } from './sqlite-times.ts'
import { expression, pad, regexpExtractAll, regexpReplace, translate, urlParameter, urlPart } from './sqlite-texts.ts'

type Argument = string | number | null
type Implementation = (...given: never[]) => string | number | boolean | null

/**
 * Functions that SQLite lacks, or knows otherwise, by name. With an absent argument each is absent.
 * Trino documentation, "Functions and operators".
 */
const functions: { readonly [name: string]: Implementation } = {
  lower: (text: string) => text.toLowerCase(),
  upper: (text: string) => text.toUpperCase(),
  reverse: (text: string) => [...text].toReversed().join(''),
  substring_of: substringOf,
  starts_with: (text: string, beginning: string) => text.startsWith(beginning),
  ends_with: (text: string, ending: string) => text.endsWith(ending),
  split: (text: string, delimiter: string) => JSON.stringify(parts(text, delimiter)),
  split_part: splitPart,
  is_like: isLike,
  regexp_like: (text: string, pattern: string) => expression(pattern).test(text),
  regexp_extract: (text: string, pattern: string, group: number) => expression(pattern).exec(text)?.[group] ?? null,
  regexp_replace: regexpReplace,
  regexp_count: (text: string, pattern: string) => [...text.matchAll(expression(pattern, true))].length,
  regexp_extract_all: regexpExtractAll,
  regexp_split: (text: string, pattern: string) => JSON.stringify(text.split(expression(pattern))),
  pad,
  translate,
  url_part: urlPart,
  url_parameter: urlParameter,
  url_decode: (text: string) => decodeURIComponent(text.replaceAll('+', ' ')),
  date_trunc: dateTrunc,
  date_add: dateAdd,
  date_diff: dateDiff,
  date_format: dateFormat,
  time_part: timePart,
  iso_time: isoTime,
  to_iso8601: (at: number) => new Date(at).toISOString(),
  cast_to: castTo,
  json_or_null: jsonOrNull,
  json_at: jsonAt,
}

/** Adds the functions to a connection. */
export function addFunctions(database: Sqlite.Database): void {
  addExtremes(database)
  for (const [name, implementation] of Object.entries(functions)) {
    database.function(name, { deterministic: true, varargs: true }, (...given: Argument[]) => {
      if (given.some(argument => argument === null)) return null
      const result = implementation(...(given as never[]))
      return typeof result === 'boolean' ? Number(result) : result
    })
  }
}

/**
 * Adds `max_by` and `min_by`, of pairs as JSON: the value, and what is compared. Rows where that is absent do not count.
 * Trino documentation, "Aggregate functions".
 */
function addExtremes(database: Sqlite.Database): void {
  type Pair = readonly [value: unknown, by: string | number | null]
  const read = (pair: string) => JSON.parse(pair) as Pair
  const beats = {
    max_by: (one: Pair, other: Pair) => (one[1] ?? '') > (other[1] ?? ''),
    min_by: (one: Pair, other: Pair) => (one[1] ?? '') < (other[1] ?? ''),
  }
  for (const [name, wins] of Object.entries(beats))
    database.aggregate(name, {
      start: (): string | null => null,
      step: (best: string | null, next: string | null) =>
        next !== null && read(next)[1] !== null && (best === null || wins(read(next), read(best))) ? next : best,
      result: (best: string | null) => {
        const value = best === null ? null : read(best)[0]
        return typeof value === 'object' && value !== null ? JSON.stringify(value) : typeof value === 'boolean' ? Number(value) : value
      },
    })
}

function jsonOrNull(text: string): string | null {
  try {
    JSON.parse(text)
    return text
  } catch {
    return null
  }
}

/** All that a path leads to, as an array, where `*` is every item of an array. @param steps  JSON of names, places and `*` */
function jsonAt(text: string, steps: string): string {
  let found: unknown[] = [JSON.parse(text)]
  for (const step of JSON.parse(steps) as (string | number)[]) {
    found = found.flatMap(part => {
      if (step === '*') return Array.isArray(part) ? (part as unknown[]) : []
      const holds = typeof part === 'object' && part !== null && Object.hasOwn(part, step)
      return holds ? [(part as { readonly [step: string | number]: unknown })[step]] : []
    })
  }
  return JSON.stringify(found)
}

/** Places are counted from 1, or from the end when negative. Trino documentation, "String functions", substr. */
function substringOf(text: string, start: number, length?: number): string {
  const characters = [...text]
  const from = start > 0 ? start - 1 : characters.length + start
  if (start === 0 || from < 0 || from >= characters.length || (length !== undefined && length < 0)) return ''
  return characters.slice(from, length === undefined ? undefined : from + length).join('')
}

function splitPart(text: string, delimiter: string, index: number): string | null {
  if (index < 1) throw new Error('Index must be greater than zero')
  return parts(text, delimiter)[index - 1] ?? null
}

function parts(text: string, delimiter: string): string[] {
  if (delimiter === '') throw new Error('The delimiter may not be the empty string')
  return text.split(delimiter)
}

/**
 * LIKE, in time that grows with the product of the lengths whatever the pattern: SQLite's own grows with their power.
 * Trino documentation, "Comparison functions and operators", LIKE.
 */
function isLike(text: string, pattern: string, escape?: string): boolean {
  const wanted = likeParts(pattern, escape)
  let [at, part] = [0, 0]
  let [retryAt, retryPart] = [0, -1]
  while (at < text.length) {
    const next = wanted[part]
    if (next === anything) {
      retryAt = at
      retryPart = ++part
    } else if (next === anyone || next === text[at]) {
      at++
      part++
    } else if (retryPart >= 0) {
      at = ++retryAt
      part = retryPart
    } else return false
  }
  while (wanted[part] === anything) part++
  return part === wanted.length
}

const anything = Symbol('%')
const anyone = Symbol('_')

function likeParts(pattern: string, escape: string | undefined): readonly (string | symbol)[] {
  if (escape !== undefined && escape.length !== 1) throw new Error('Escape string must be a single character')
  const parts: (string | symbol)[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === escape) {
      const escaped = pattern.charAt(++at)
      if (escaped !== '%' && escaped !== '_' && escaped !== escape)
        throw new Error("Escape character must be followed by '%', '_' or the escape character itself")
      parts.push(escaped)
    } else parts.push(character === '%' ? anything : character === '_' ? anyone : character)
  }
  return parts
}
