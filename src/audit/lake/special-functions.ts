import { sql } from 'kysely'
import { extreme } from './functions.ts'
import { arrayConstructor } from './parse-expression.ts'
import { QueryProblem } from './query-problem.ts'
import type { Expression } from './syntax.ts'
import { arrayOf, bigint, boolean, date, timestamp, typeName, varchar } from './types.ts'
import { alike, coerced, jsonValue, memberOfMap, quotedKey, type Sql, type Value } from './values.ts'

interface Clock {
  readonly now: number
}
type Compile<Within> = (expression: Expression, within: Within) => Value
interface Call {
  readonly given: readonly Expression[]
  readonly compiled: () => readonly Value[]
  readonly now: number
  readonly at: number
}

/** Functions whose result depends on more than the types of their arguments. Trino documentation, "Functions and operators". */
const special: { readonly [name: string]: { readonly least: number; readonly most: number; readonly compile: (call: Call) => Value } } = {
  coalesce: { least: 2, most: 100, compile: ({ compiled, at }) => together('coalesce', compiled(), at) },
  nullif: {
    least: 2,
    most: 2,
    compile: ({ compiled, at }) => {
      const { values, type } = alike(compiled(), 'nullif', at)
      return { type, sql: sql`nullif(${sql.join(values.map(value => value.sql))})` }
    },
  },
  if: {
    least: 2,
    most: 3,
    compile: ({ compiled, at }) => {
      const [test, ...results] = compiled() as [Value, ...Value[]]
      if (test.type.name !== 'boolean') throw new QueryProblem('the condition of if must be of type boolean', at)
      const { type, values } = alike(results, 'if', at)
      const [yes, no] = values
      return { type, sql: sql`(CASE WHEN ${test.sql} THEN ${yes?.sql} ELSE ${no ? no.sql : sql`NULL`} END)` }
    },
  },
  greatest: { least: 1, most: 100, compile: ({ compiled, at }) => extreme('max', compiled(), at) },
  least: { least: 1, most: 100, compile: ({ compiled, at }) => extreme('min', compiled(), at) },
  element_at: { least: 2, most: 2, compile: elementAt },
  cardinality: { least: 1, most: 1, compile: cardinality },
  contains: { least: 2, most: 2, compile: contains },
  [arrayConstructor]: { least: 1, most: 100, compile: arrayOfValues },
  map_keys: {
    least: 1,
    most: 1,
    compile: ({ compiled, at }) => {
      const { json, type } = compiled()[0] as Value
      if (type.name !== 'map' || !json) throw new QueryProblem(`Unexpected parameters (${typeName(type)}) for function map_keys`, at)
      const keys = sql`(SELECT json_group_array("key") FROM json_each(${json.source}, ${json.path}))`
      return { type: arrayOf(varchar), sql: keys, json: { source: keys, path: '$' } }
    },
  },
  split: {
    least: 2,
    most: 2,
    compile: ({ compiled, at }) => {
      const parts = sql`"split"(${sql.join(compiled().map(value => coerced(value, varchar, at).sql))})`
      return { type: arrayOf(varchar), sql: parts, json: { source: parts, path: '$' } }
    },
  },
  json_extract: { least: 2, most: 2, compile: jsonPart },
  json_extract_scalar: { least: 2, most: 2, compile: jsonScalar },
  now: { least: 0, most: 0, compile: ({ now }) => ({ type: timestamp, sql: sql`${now}` }) },
  current_date: { least: 0, most: 0, compile: ({ now }) => ({ type: date, sql: sql`${now - (now % 86_400_000)}` }) },
}

export const isSpecialFunction = (name: string): boolean => Object.hasOwn(special, name)

/** @throws QueryProblem when the arguments do not fit */
export function callSpecial<Within extends Clock>(
  name: string,
  given: readonly Expression[],
  within: Within,
  compile: Compile<Within>,
  at: number,
): Value {
  const { least, most, compile: of } = special[name] as (typeof special)[string]
  if (given.length < least || given.length > most) throw new QueryProblem(`Unexpected parameters for function ${name}`, at)
  return of({ given, compiled: () => given.map(each => compile(each, within)), now: within.now, at })
}

function together(name: string, given: readonly Value[], at: number): Value {
  const { type, values } = alike(given, name, at)
  const result = sql`${sql.raw(name)}(${sql.join(values.map(value => value.sql))})`
  return { type, sql: result, ...(['map', 'struct', 'array'].includes(type.name) && { json: { source: result, path: '$' } }) }
}

/** A place that is written in the statement: a path of JSON is made of it. */
function elementAt({ given, compiled, at }: Call): Value {
  const [of, index] = compiled() as [Value, Value]
  const written = given[1]
  if (of.type.name === 'map' && of.json) {
    if (index.text === undefined) throw new QueryProblem('the key of a map must be a text that is written in the statement', at)
    return memberOfMap(of.json, index.text)
  }
  if (of.type.name !== 'array' || !of.json)
    throw new QueryProblem(`Unexpected parameters (${typeName(of.type)}) for function element_at`, at)
  if (written?.is !== 'literal' || written.type !== 'bigint' || Number(written.value) < 1)
    throw new QueryProblem('the place in an array must be a number from 1 that is written in the statement', at)
  return jsonValue(of.json.source, `${of.json.path}[${Number(written.value) - 1}]`, of.type.of)
}

/** `ARRAY[...]` of texts or numbers. */
function arrayOfValues({ compiled, at }: Call): Value {
  const { type, values } = alike(compiled(), 'ARRAY', at)
  if (!['varchar', 'bigint', 'double'].includes(type.name)) throw new QueryProblem(`an ARRAY of ${typeName(type)} is not supported`, at)
  const array = sql`json_array(${sql.join(values.map(value => value.sql))})`
  return { type: arrayOf(type), sql: array, json: { source: array, path: '$' } }
}

function cardinality({ compiled, at }: Call): Value {
  const { type, json } = compiled()[0] as Value
  if (!json || type.name === 'struct') throw new QueryProblem(`Unexpected parameters (${typeName(type)}) for function cardinality`, at)
  const count = sql`(SELECT count(*) FROM json_each(${json.source}, ${json.path}))`
  return { type: bigint, sql: sql`(CASE WHEN json_type(${json.source}, ${json.path}) IN ('array', 'object') THEN ${count} END)` }
}

function contains({ compiled, at }: Call): Value {
  const [of, wanted] = compiled() as [Value, Value]
  if (of.type.name !== 'array' || !of.json || !['varchar', 'bigint', 'double'].includes(of.type.of.name))
    throw new QueryProblem(`Unexpected parameters (${typeName(of.type)}) for function contains`, at)
  const { source, path } = of.json
  const value = coerced(wanted, of.type.of, at)
  return { type: boolean, sql: sql`EXISTS (SELECT 1 FROM json_each(${source}, ${path}) WHERE "value" = ${value.sql})` }
}

/** Where a path that is written in the statement leads to: of names and places. Trino documentation, "JSON functions and operators". */
function jsonPlace({ compiled, at }: Call): { readonly source: Sql; readonly place: string } {
  const [of, path] = compiled() as [Value, Value]
  if (path.text === undefined) throw new QueryProblem('the path of JSON must be written in the statement', at)
  return { source: of.json?.source ?? coerced(of, varchar, at).sql, place: sqlitePath(path.text, of.json?.path ?? '$', at) }
}

/** json_extract: JSON, shown as its text. */
function jsonPart(call: Call): Value {
  const { source, place } = jsonPlace(call)
  return { type: varchar, sql: sql`(CASE WHEN json_valid(${source}) THEN ${source} -> ${place} END)` }
}

/** json_extract_scalar: what is no scalar is absent. */
function jsonScalar(call: Call): Value {
  const { source, place } = jsonPlace(call)
  const found = sql`json_extract(${source}, ${place})`
  const kind = sql`json_type(${source}, ${place})`
  const value = sql`CASE ${kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'object' THEN NULL WHEN 'array' THEN NULL ELSE CAST(${found} AS TEXT) END`
  return { type: varchar, sql: sql`(CASE WHEN json_valid(${source}) THEN ${value} END)` }
}

function sqlitePath(path: string, from: string, at: number): string {
  const steps = /^\$((?:\.\w+|\[\d+\]|\["[^"\\]+"\]|\['[^'\\]+'\])*)$/.exec(path)
  if (!steps) throw new QueryProblem(`Invalid JSON path: '${path.slice(0, 100)}'`, at)
  const [, rest = ''] = steps
  return (
    from +
    rest.replace(
      /\.(\w+)|\[(\d+)\]|\[["']([^\]]+)["']\]/g,
      (_step, name: string | undefined, place: string | undefined, key: string | undefined) =>
        place === undefined ? `.${quotedKey(name ?? key ?? '')}` : `[${place}]`,
    )
  )
}
