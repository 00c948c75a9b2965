import { sql } from 'kysely'
import { QueryProblem } from './query-problem.ts'
import type { WrittenType } from './syntax.ts'
import { arrayOf, bigint, boolean, date, double, json, map, timestamp, type Type, typeName, varchar } from './types.ts'
import { coerced, integral, requireScalar, scalarOfJson, structured, type Value } from './values.ts'

const written: { readonly [name: string]: Type } = {
  VARCHAR: varchar,
  BIGINT: bigint,
  INTEGER: bigint,
  INT: bigint,
  DOUBLE: double,
  BOOLEAN: boolean,
  TIMESTAMP: timestamp,
  DATE: date,
  JSON: json,
}

/** The type that a statement names; maps are those of texts. @throws QueryProblem */
export function typeOfWritten({ name, of }: WrittenType, at: number): Type {
  if (name === 'ARRAY' && of.length === 1) return arrayOf(typeOfWritten(of[0] as WrittenType, at))
  if (name === 'MAP' && of.length === 2 && of[0]?.name === 'VARCHAR') return map
  const type = written[name]
  if (!type) throw new QueryProblem(`Unknown type: ${name}`, at)
  return type
}

/**
 * A value as one of another type. What cannot be cast is absent for TRY_CAST, and ends the query otherwise; of JSON, what is of another kind is absent.
 * Trino documentation, "Conversion functions" and "Cast from JSON".
 */
export function castValue(value: Value, type: Type, lenient: boolean, at: number): Value {
  if (value.text !== undefined && (type === timestamp || type === date) && !lenient) return coerced(value, type, at)
  if (value.type.name === 'unknown' || typeName(value.type) === typeName(type)) return structured({ type, sql: value.sql })
  if (type.name === 'json') return structured({ type, sql: value.json ? value.sql : sql`json_quote(${value.sql})` })
  if (type.name === 'array' || type.name === 'map') return structured({ type, sql: madeOf(value, type, at) })
  const scalar = value.type.name === 'json' ? { type: varchar, sql: scalarOfJson(value) } : value
  if (scalar.type.name === type.name) return scalar
  requireScalar(scalar, 'CAST', at)
  return integral({ type, sql: sql`"cast_to"(${type.name}, ${scalar.type.name}, ${lenient ? 1 : 0}, ${scalar.sql})` })
}

/** JSON text of the kind that an array or a map is read from. */
function madeOf({ type: from, sql: text }: Value, type: Type, at: number) {
  const fits = from.name === 'json' || (from.name === 'array' && type.name === 'array' && isJsonWithin(from))
  if (!fits) throw new QueryProblem(`Cannot cast ${typeName(from)} to ${typeName(type)}`, at)
  return sql`(CASE json_type(${text}) WHEN ${type.name === 'map' ? 'object' : 'array'} THEN ${text} END)`
}

const isJsonWithin = (type: Type): boolean => type.name === 'json' || (type.name === 'array' && isJsonWithin(type.of))
