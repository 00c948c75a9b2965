import { sql } from 'kysely'
import { QueryProblem } from './query-problem.ts'
import type { Call, SpecialFunction } from './function-calls.ts'
import { bigint, boolean, json, typeName, varchar } from './types.ts'
import { coerced, quotedKey, scalarOfJson, type Sql, structured, type Value } from './values.ts'

/** Functions of JSON. Trino documentation, "JSON functions and operators". */
export const jsonFunctions: { readonly [name: string]: SpecialFunction } = {
  json_extract: { least: 2, most: 2, compile: call => structured({ type: json, sql: partOf(call) }) },
  json_extract_scalar: { least: 2, most: 2, compile: call => ({ type: varchar, sql: scalarOfJson({ type: json, sql: partOf(call) }) }) },
  json_parse: {
    least: 1,
    most: 1,
    compile: ({ compiled, at }) => structured({ type: json, sql: sql`json(${coerced(compiled()[0] as Value, varchar, at).sql})` }),
  },
  json_format: { least: 1, most: 1, compile: call => ({ type: varchar, sql: jsonOf(call) }) },
  json_array_get: { least: 2, most: 2, compile: itemOf },
  json_array_length: {
    least: 1,
    most: 1,
    compile: call => {
      const text = jsonOf(call)
      return { type: bigint, sql: sql`(CASE WHEN json_type(${text}) = 'array' THEN json_array_length(${text}) END)` }
    },
  },
  json_array_contains: { least: 2, most: 2, compile: contains },
  is_json_scalar: {
    least: 1,
    most: 1,
    compile: call => ({ type: boolean, sql: sql`(json_type(${jsonOf(call)}) NOT IN ('object', 'array'))` }),
  },
}

/** The first argument as JSON text: what is none, is absent. */
function jsonOf({ compiled, at }: Call): Sql {
  const of = compiled()[0] as Value
  return of.json ? of.sql : sql`"json_or_null"(${coerced(of, varchar, at).sql})`
}

/** What is at a path that is written in the statement: of names and places, and of all items of an array. */
function partOf(call: Call): Sql {
  const path = call.compiled()[1] as Value
  if (path.text === undefined) throw new QueryProblem('the path of JSON must be written in the statement', call.at)
  const text = jsonOf(call)
  const steps = stepsOf(path.text, call.at)
  if (steps.includes('*')) return sql`"json_at"(${text}, ${JSON.stringify(steps)})`
  return sql`(${text} -> ${`$${steps.map(step => (typeof step === 'number' ? `[${step}]` : `.${quotedKey(step)}`)).join('')}`})`
}

/** Names, places, and `*` for all items. */
function stepsOf(path: string, at: number): readonly (string | number)[] {
  const whole = /^\$((?:\.[\w:-]+|\[(?:\d+|\*)\]|\["[^"\\]+"\]|\['[^'\\]+'\])*)$/.exec(path)
  if (!whole) throw new QueryProblem(`Invalid JSON path: '${path.slice(0, 100)}'`, at)
  return [...(whole[1] as string).matchAll(/\.([\w:-]+)|\[(\d+)\]|\[(\*)\]|\[["']([^\]]+)["']\]/g)].map(([, name, place, all, key]) =>
    place === undefined ? (all ?? name ?? key ?? '') : Number(place),
  )
}

/** From 0, or from the end when negative. */
function itemOf(call: Call): Value {
  const place = call.given[1]
  const sign = place?.is === 'negative' ? -1 : 1
  const number = place?.is === 'negative' ? place.of : place
  if (number?.is !== 'literal' || number.type !== 'bigint')
    throw new QueryProblem('the place in an array must be a number that is written in the statement', call.at)
  const index = Number(number.value)
  return structured({ type: json, sql: sql`(${jsonOf(call)} -> ${sign < 0 ? `$[#-${index}]` : `$[${index}]`})` })
}

function contains(call: Call): Value {
  const wanted = call.compiled()[1] as Value
  const kinds: { readonly [name: string]: readonly string[] | undefined } = {
    varchar: ['text'],
    bigint: ['integer', 'real'],
    double: ['integer', 'real'],
    boolean: ['true', 'false'],
  }
  const kind = kinds[wanted.type.name]
  if (!kind) throw new QueryProblem(`Unexpected parameters (${typeName(wanted.type)}) for function json_array_contains`, call.at)
  const text = jsonOf(call)
  const found = sql`EXISTS (SELECT 1 FROM json_each(${text}) WHERE "type" IN (${sql.join(kind)}) AND "atom" = ${wanted.sql})`
  return { type: boolean, sql: sql`(CASE WHEN json_type(${text}) = 'array' THEN ${found} END)` }
}
