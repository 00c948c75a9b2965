import { sql } from 'kysely'
import { QueryProblem } from './query-problem.ts'
import { arrayOf, bigint, boolean, date, double, isMade, isNumber, isTime, timestamp, type Type, typeName, varchar } from './types.ts'
import { alike, asItem, coerced, integral, type Sql, structured, type Value } from './values.ts'

type Parameter = 'varchar' | 'bigint' | 'number' | 'time' | 'boolean'

interface Rule {
  readonly takes: readonly Parameter[]
  /** How many of these may be left out at the end. */
  readonly optional?: number
  /** Whether the last may come again. */
  readonly repeats?: boolean
  readonly gives: Type | ((given: readonly Value[]) => Type)
  readonly sql: (...given: readonly Sql[]) => Sql
}

/** A function of SQLite's, or of those that we add to it. */
const calls =
  (name: string) =>
  (...given: readonly Sql[]): Sql =>
    sql`${sql.raw(`"${name}"`)}(${sql.join(given)})`

const sameAsFirst = ([first]: readonly Value[]): Type => first?.type ?? double
const text = (name: string, ...takes: readonly Parameter[]): Rule => ({ takes: ['varchar', ...takes], gives: varchar, sql: calls(name) })
const partOfTime = (part: string): Rule => ({ takes: ['time'], gives: bigint, sql: at => sql`"time_part"(${part}, ${at})` })
const padding = (side: 'left' | 'right'): Rule => ({
  takes: ['varchar', 'bigint', 'varchar'],
  gives: varchar,
  sql: (of, size, by) => sql`"pad"(${side}, ${of}, ${size}, ${by})`,
})
const partOfUrl = (part: string): Rule => ({ takes: ['varchar'], gives: varchar, sql: of => sql`"url_part"(${part}, ${of})` })
const ofNumber = (name: string): Rule => ({ takes: ['number'], gives: double, sql: calls(name) })
const rounding = (name: string): Rule => ({ takes: ['number'], gives: sameAsFirst, sql: calls(name) })

/** Scalar functions by name. Trino documentation, "Functions and operators". Those that need more than types are in scalar-calls.ts. */
const rules: { readonly [name: string]: Rule } = {
  lower: text('lower'),
  upper: text('upper'),
  trim: text('trim'),
  ltrim: text('ltrim'),
  rtrim: text('rtrim'),
  reverse: text('reverse'),
  length: { takes: ['varchar'], gives: bigint, sql: calls('length') },
  substr: { takes: ['varchar', 'bigint', 'bigint'], optional: 1, gives: varchar, sql: calls('substring_of') },
  substring: { takes: ['varchar', 'bigint', 'bigint'], optional: 1, gives: varchar, sql: calls('substring_of') },
  replace: {
    takes: ['varchar', 'varchar', 'varchar'],
    optional: 1,
    gives: varchar,
    sql: (of, what, by = sql`''`) => calls('replace')(of, what, by),
  },
  strpos: { takes: ['varchar', 'varchar'], gives: bigint, sql: calls('instr') },
  starts_with: { takes: ['varchar', 'varchar'], gives: boolean, sql: calls('starts_with') },
  ends_with: { takes: ['varchar', 'varchar'], gives: boolean, sql: calls('ends_with') },
  split_part: { takes: ['varchar', 'varchar', 'bigint'], gives: varchar, sql: calls('split_part') },
  concat: { takes: ['varchar', 'varchar'], repeats: true, gives: varchar, sql: (...given) => sql`(${sql.join(given, sql` || `)})` },
  regexp_like: { takes: ['varchar', 'varchar'], gives: boolean, sql: calls('regexp_like') },
  regexp_extract: {
    takes: ['varchar', 'varchar', 'bigint'],
    optional: 1,
    gives: varchar,
    sql: (of, pattern, group = sql`0`) => calls('regexp_extract')(of, pattern, group),
  },
  regexp_replace: {
    takes: ['varchar', 'varchar', 'varchar'],
    optional: 1,
    gives: varchar,
    sql: (of, pattern, by = sql`''`) => calls('regexp_replace')(of, pattern, by),
  },
  regexp_count: { takes: ['varchar', 'varchar'], gives: bigint, sql: calls('regexp_count') },
  regexp_extract_all: {
    takes: ['varchar', 'varchar', 'bigint'],
    optional: 1,
    gives: arrayOf(varchar),
    sql: (of, pattern, group = sql`0`) => calls('regexp_extract_all')(of, pattern, group),
  },
  regexp_split: { takes: ['varchar', 'varchar'], gives: arrayOf(varchar), sql: calls('regexp_split') },
  lpad: padding('left'),
  rpad: padding('right'),
  translate: text('translate', 'varchar', 'varchar'),
  concat_ws: { takes: ['varchar', 'varchar'], repeats: true, gives: varchar, sql: calls('concat_ws') },
  url_extract_host: partOfUrl('host'),
  url_extract_path: partOfUrl('path'),
  url_extract_protocol: partOfUrl('protocol'),
  url_extract_query: partOfUrl('query'),
  url_extract_fragment: partOfUrl('fragment'),
  url_extract_parameter: text('url_parameter', 'varchar'),
  url_decode: text('url_decode'),
  abs: rounding('abs'),
  sign: rounding('sign'),
  truncate: rounding('trunc'),
  sqrt: ofNumber('sqrt'),
  exp: ofNumber('exp'),
  ln: ofNumber('ln'),
  log2: ofNumber('log2'),
  log10: ofNumber('log10'),
  power: { takes: ['number', 'number'], gives: double, sql: calls('pow') },
  pow: { takes: ['number', 'number'], gives: double, sql: calls('pow') },
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  ceiling: rounding('ceil'),
  round: { takes: ['number', 'bigint'], optional: 1, gives: sameAsFirst, sql: calls('round') },
  mod: { takes: ['number', 'number'], gives: sameAsFirst, sql: calls('mod') },
  date: { takes: ['time'], gives: date, sql: at => sql`(${at} - ((${at} % 86400000) + 86400000) % 86400000)` },
  date_trunc: { takes: ['varchar', 'time'], gives: ([, of]) => of?.type ?? timestamp, sql: calls('date_trunc') },
  date_add: { takes: ['varchar', 'bigint', 'time'], gives: ([, , of]) => of?.type ?? timestamp, sql: calls('date_add') },
  date_diff: { takes: ['varchar', 'time', 'time'], gives: bigint, sql: calls('date_diff') },
  date_format: { takes: ['time', 'varchar'], gives: varchar, sql: calls('date_format') },
  from_iso8601_timestamp: { takes: ['varchar'], gives: timestamp, sql: calls('iso_time') },
  to_iso8601: { takes: ['time'], gives: varchar, sql: calls('to_iso8601') },
  from_unixtime: { takes: ['number'], gives: timestamp, sql: seconds => sql`CAST(round(${seconds} * 1000) AS INTEGER)` },
  to_unixtime: { takes: ['time'], gives: double, sql: at => sql`(${at} / 1000.0)` },
  ...Object.fromEntries(
    ['year', 'quarter', 'month', 'week', 'day', 'day_of_week', 'day_of_year', 'hour', 'minute', 'second', 'millisecond'].map(part => [
      part,
      partOfTime(part),
    ]),
  ),
  day_of_month: partOfTime('day'),
  dow: partOfTime('day_of_week'),
  doy: partOfTime('day_of_year'),
  week_of_year: partOfTime('week'),
}

const accepts: { readonly [Name in Parameter]: (type: Type) => boolean } = {
  varchar: ({ name }) => name === 'varchar' || name === 'unknown',
  bigint: ({ name }) => name === 'bigint' || name === 'unknown',
  number: isNumber,
  time: isTime,
  boolean: ({ name }) => name === 'boolean' || name === 'unknown',
}

export const isScalarFunction = (name: string): boolean => Object.hasOwn(rules, name)

/** Calls a scalar function. @throws QueryProblem when the arguments do not fit */
export function callScalar(name: string, given: readonly Value[], at: number): Value {
  const { takes, optional = 0, repeats = false, gives, sql: emit } = rules[name] as Rule
  const fits = given.length >= takes.length - optional && (repeats || given.length <= takes.length)
  const values = fits ? given.map((value, index) => argumentOf(value, (takes[index] ?? takes.at(-1)) as Parameter, at)) : []
  if (!fits || values.includes(undefined)) {
    throw new QueryProblem(`Unexpected parameters (${given.map(({ type }) => typeName(type)).join(', ')}) for function ${name}`, at)
  }
  const taken = values as Value[]
  const type = typeof gives === 'function' ? gives(taken) : gives
  return structured(integral({ type, sql: emit(...taken.map(value => value.sql)) }))
}

function argumentOf(value: Value, parameter: Parameter, at: number): Value | undefined {
  if (parameter === 'time' && value.text !== undefined) return coerced(value, timestamp, at)
  return accepts[parameter](value.type) ? value : undefined
}

interface Aggregate {
  /** Absent for any scalar. */
  readonly takes?: 'number' | 'boolean' | 'varchar'
  readonly gives: (given: Value) => Type
  readonly sql: (given: Sql, distinct: Sql) => Sql
}

/** Aggregate functions by name, but `count(*)`. Trino documentation, "Aggregate functions". */
const aggregates: { readonly [name: string]: Aggregate } = {
  count: { gives: () => bigint, sql: (given, distinct) => sql`count(${distinct}${given})` },
  approx_distinct: { gives: () => bigint, sql: given => sql`count(DISTINCT ${given})` },
  count_if: { takes: 'boolean', gives: () => bigint, sql: given => sql`count(CASE WHEN ${given} THEN 1 END)` },
  sum: { takes: 'number', gives: ({ type }) => type, sql: (given, distinct) => sql`sum(${distinct}${given})` },
  avg: { takes: 'number', gives: () => double, sql: (given, distinct) => sql`avg(${distinct}${given})` },
  min: { gives: ({ type }) => type, sql: given => sql`min(${given})` },
  max: { gives: ({ type }) => type, sql: given => sql`max(${given})` },
  arbitrary: { gives: ({ type }) => type, sql: given => sql`min(${given})` },
  any_value: { gives: ({ type }) => type, sql: given => sql`min(${given})` },
  bool_or: { takes: 'boolean', gives: () => boolean, sql: given => sql`max(${given})` },
  bool_and: { takes: 'boolean', gives: () => boolean, sql: given => sql`min(${given})` },
  every: { takes: 'boolean', gives: () => boolean, sql: given => sql`min(${given})` },
  array_agg: { takes: 'varchar', gives: ({ type }) => arrayOf(type), sql: (given, distinct) => sql`json_group_array(${distinct}${given})` },
}

/** The value of the row where another one is greatest, or least. */
const extremesBy: ReadonlySet<string> = new Set(['max_by', 'min_by'])

export const isAggregate = (name: string): boolean => Object.hasOwn(aggregates, name) || extremesBy.has(name)

/** Calls an aggregate function. @throws QueryProblem when the argument does not fit */
export function callAggregate(name: string, given: readonly Value[], distinct: boolean, at: number): Value {
  if (extremesBy.has(name)) return extremeBy(name, given, at)
  const { takes, gives, sql: emit } = aggregates[name] as Aggregate
  const [value] = given
  const fits = takes === undefined ? isComparable : accepts[takes]
  if (!value || given.length > 1 || !fits(value.type))
    throw new QueryProblem(`Unexpected parameters (${given.map(({ type }) => typeName(type)).join(', ')}) for function ${name}`, at)
  const type = gives(value)
  const result = emit(value.sql, distinct ? sql`DISTINCT ` : sql``)
  return { type, sql: result, ...(type.name === 'array' && { json: { source: result, path: '$' } }) }
}

function extremeBy(name: string, given: readonly Value[], at: number): Value {
  const [value, by] = given
  if (!value || !by || given.length > 2 || !isComparable(by.type))
    throw new QueryProblem(`Unexpected parameters (${given.map(({ type }) => typeName(type)).join(', ')}) for function ${name}`, at)
  return structured({ type: value.type, sql: sql`${sql.raw(`"${name}"`)}(json_array(${asItem(value)}, ${by.sql}))` })
}

const isComparable = (type: Type): boolean => !isMade(type)

/** `greatest` and `least`, by SQLite's names. */
export function extreme(name: 'max' | 'min', given: readonly Value[], at: number): Value {
  const { type, values } = alike(given, name === 'max' ? 'greatest' : 'least', at)
  const [first, ...others] = values
  if (!first || !isComparable(type)) throw new QueryProblem('Unexpected parameters for a comparison', at)
  // With one argument these are aggregates in SQLite.
  return others.length === 0 ? first : { type, sql: sql`${sql.raw(name)}(${sql.join(values.map(value => value.sql))})` }
}
