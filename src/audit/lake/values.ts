import { type RawBuilder, sql } from 'kysely'
import { QueryProblem } from './query-problem.ts'
import { commonType, date, isMade, isScalar, isTime, timeOf, timestamp, type Type, typeName, varchar } from './types.ts'

export type Sql = RawBuilder<unknown>

/** A part of a statement as SQL of the store. Times are epoch milliseconds, booleans 0 and 1, structures JSON text. */
export interface Value {
  readonly type: Type
  readonly sql: Sql
  /** Where in which JSON text a value is that parts can be read from. */
  readonly json?: { readonly source: Sql; readonly path: string }
  /** A text that is written in the statement: it is taken as a time where a time is wanted. */
  readonly text?: string
  /** A truth that is written in the statement. */
  readonly truth?: boolean
}

/** A value that parts can be read out of is JSON text of its own when it came out of an expression. */
export const structured = (value: Value): Value => (isMade(value.type) ? { ...value, json: { source: value.sql, path: '$' } } : value)

/** A value of a type at a place in a JSON text. */
export function jsonValue(source: Sql, path: string, type: Type): Value {
  const found = sql`json_extract(${source}, ${path})`
  const json = { source, path }
  switch (type.name) {
    case 'timestamp':
      return { type, sql: sql`"iso_time"(${found})` }
    case 'bigint':
    case 'double':
    case 'boolean':
    case 'varchar':
      return { type, sql: found }
    case 'json':
      return structured({ type, sql: sql`(${source} -> ${path})` })
    default:
      return { type, sql: found, json }
  }
}

/** The text of JSON that is a text, a number or a truth; absent for the others. */
export function scalarOfJson({ sql: text }: Value): Sql {
  const found = sql`json_extract(${text}, '$')`
  return sql`(CASE json_type(${text}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'object' THEN NULL WHEN 'array' THEN NULL ELSE CAST(${found} AS TEXT) END)`
}

/** A value as an item of JSON that SQLite makes. */
export function asItem({ type, sql: of }: Value): Sql {
  if (isMade(type)) return sql`json(${of})`
  return type.name === 'boolean' ? sql`json(CASE ${of} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)` : of
}

/** A member of a map of texts: what is no text there is its JSON. */
export function memberOfMap({ source, path }: { readonly source: Sql; readonly path: string }, key: string): Value {
  const place = `${path}.${quotedKey(key)}`
  const found = sql`json_extract(${source}, ${place})`
  return {
    type: varchar,
    sql: sql`CASE json_type(${source}, ${place}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(${found} AS TEXT) END`,
  }
}

/** A key in a path of SQLite's. SQLite documentation, "JSON Functions And Operators", "Path Arguments". */
export function quotedKey(key: string): string {
  if (/["\\\p{Cc}]/u.test(key)) throw new QueryProblem(`the key '${key.slice(0, 50)}' cannot be looked up`)
  return `"${key}"`
}

/** A value as one of another type, where Trino makes it one by itself. @throws QueryProblem */
export function coerced(value: Value, type: Type, at: number): Value {
  if (typeName(value.type) === typeName(type) || value.type.name === 'unknown') return { ...value, type }
  if (value.text !== undefined && type.name !== 'unknown' && isTime(type)) return timeLiteral(value.text, type, at)
  const common = commonType(value.type, type)
  if (!common || typeName(common) !== typeName(type))
    throw new QueryProblem(`Unexpected type: ${typeName(value.type)} instead of ${typeName(type)}`, at)
  return { type, sql: value.sql }
}

/** What comes out of a function as a real number, as the integer that it is. */
export const integral = (value: Value): Value =>
  value.type.name === 'bigint' ? { ...value, sql: sql`CAST(${value.sql} AS INTEGER)` } : value

/** Brings values to one type. @throws QueryProblem that names what was to be done with them */
export function alike(values: readonly Value[], doing: string, at: number): { readonly type: Type; readonly values: readonly Value[] } {
  let type: Type | undefined
  for (const value of values) {
    // A written text follows what it is compared with.
    if (value.text !== undefined && values.some(other => other.text === undefined && other.type.name !== 'unknown' && isTime(other.type)))
      continue
    const common: Type | undefined = type ? commonType(type, value.type) : value.type
    if (!common) throw new QueryProblem(`Cannot apply ${doing} to ${typeName(type as Type)}, ${typeName(value.type)}`, at)
    type = common
  }
  const common = type ?? varchar
  return { type: common, values: values.map(value => coerced(value, common, at)) }
}

/** @throws QueryProblem when values of the type have no order or cannot be told apart */
export function requireScalar({ type }: Value, doing: string, at: number): void {
  if (!isScalar(type)) throw new QueryProblem(`Cannot apply ${doing} to ${typeName(type)}`, at)
}

function timeLiteral(text: string, type: Type, at: number): Value {
  const time = timeOf(text)
  if (time === undefined) throw new QueryProblem(`Value cannot be cast to ${type.name}: ${text.slice(0, 50)}`, at)
  return { type: type.name === 'date' ? date : timestamp, sql: sql`${type.name === 'date' ? time - (time % 86_400_000) : time}` }
}
