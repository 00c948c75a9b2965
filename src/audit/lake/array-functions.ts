import { sql } from 'kysely'
import { eachOf, itemJson, itemValue, madeFrom } from './array-values.ts'
import { QueryProblem } from './query-problem.ts'
import type { Call, SpecialFunction } from './function-calls.ts'
import { arrayOf, bigint, boolean, json, type Type, typeName, varchar } from './types.ts'
import { alike, asItem, coerced, type Sql, structured, type Value } from './values.ts'

/** Functions of arrays, and of maps as such. Trino documentation, "Array functions and operators", "Map functions and operators" and "Lambda expressions". */
export const arrayFunctions: { readonly [name: string]: SpecialFunction } = {
  cardinality: { least: 1, most: 1, compile: cardinality },
  contains: { least: 2, most: 2, compile: contains },
  array_join: { least: 2, most: 2, compile: join },
  array_distinct: { least: 1, most: 1, compile: distinct },
  array_sort: { least: 1, most: 1, compile: sorted },
  array_max: { least: 1, most: 1, compile: call => extremeOf(call, 'max') },
  array_min: { least: 1, most: 1, compile: call => extremeOf(call, 'min') },
  flatten: { least: 1, most: 1, compile: flatten },
  transform: { least: 2, most: 2, compile: transform },
  filter: {
    least: 2,
    most: 2,
    compile: call => {
      const { array, of, name } = itemsOf(call)
      return madeFrom(array, arrayOf(of), collected(sql`json(${itemJson(name)})`, array, name, test(call, of, name)))
    },
  },
  any_match: { least: 2, most: 2, compile: call => matching(call, 'EXISTS', '') },
  all_match: { least: 2, most: 2, compile: call => matching(call, 'NOT EXISTS', 'NOT') },
  none_match: { least: 2, most: 2, compile: call => matching(call, 'NOT EXISTS', '') },
  map_keys: { least: 1, most: 1, compile: call => partsOfMap(call, sql`"key"`, varchar) },
  map_values: { least: 1, most: 1, compile: call => partsOfMap(call, sql`json("json" -> "fullkey")`, json) },
}

const unexpected = (type: Type, name: string, at: number) =>
  new QueryProblem(`Unexpected parameters (${typeName(type)}) for function ${name}`, at)

interface Items {
  readonly array: Value
  readonly of: Type
  /** What its items are called in SQL: lambdas within lambdas have names of their own. */
  readonly name: string
}

function itemsOf({ name: called, compile, given, lambdas, at }: Call): Items {
  const array = compile(given[0] as Call['given'][number])
  if (array.type.name !== 'array' || !array.json) throw unexpected(array.type, called, at)
  return { array, of: array.type.of, name: `l${lambdas}` }
}

/** What the lambda makes of an item. */
function bound({ given, bind, name, at }: Call, of: Type, items: string): Value {
  const lambda = given[1]
  if (lambda?.is !== 'lambda') throw new QueryProblem(`function ${name} takes a lambda expression`, at)
  return bind(lambda, itemValue(items, of))
}

function test(call: Call, of: Type, items: string): Sql {
  const { type, sql: holds } = bound(call, of, items)
  if (type.name !== 'boolean' && type.name !== 'unknown') throw unexpected(type, call.name, call.at)
  return holds
}

const collected = (item: Sql, array: Value, name: string, where?: Sql): Sql =>
  sql`SELECT json_group_array(${item}) FROM ${eachOf(array, name)}${where ? sql` WHERE ${where}` : sql``}`

function transform(call: Call): Value {
  const { array, of, name } = itemsOf(call)
  const made = bound(call, of, name)
  return madeFrom(array, arrayOf(made.type), collected(asItem(made), array, name))
}

function matching(call: Call, word: 'EXISTS' | 'NOT EXISTS', negation: 'NOT' | ''): Value {
  const { array, of, name } = itemsOf(call)
  const found = sql`${sql.raw(word)} (SELECT 1 FROM ${eachOf(array, name)} WHERE ${sql.raw(negation)} (${test(call, of, name)}))`
  return { type: boolean, sql: sql`(CASE WHEN ${array.sql} IS NOT NULL THEN ${found} END)` }
}

function flatten(call: Call): Value {
  const { array, of } = itemsOf(call)
  if (of.name !== 'array') throw unexpected(array.type, call.name, call.at)
  const inner = sql`json_each(CASE "f0"."type" WHEN 'array' THEN "f0"."value" ELSE '[]' END) AS "f1"`
  return madeFrom(array, of, sql`SELECT json_group_array(json(${itemJson('f1')})) FROM ${eachOf(array, 'f0')} JOIN ${inner}`)
}

function distinct(call: Call): Value {
  const { array } = itemsOf(call)
  const items = sql`SELECT DISTINCT ${itemJson('d0')} AS "item" FROM ${eachOf(array, 'd0')}`
  return madeFrom(array, array.type, sql`SELECT json_group_array(json("item")) FROM (${items})`)
}

/** Absent items come last. Trino documentation, "Array functions and operators", array_sort. */
function sorted(call: Call): Value {
  const { array, of } = itemsOf(call)
  if (!sortable.has(of.name)) throw unexpected(array.type, call.name, call.at)
  const items = sql`SELECT ${itemJson('o0')} AS "item" FROM ${eachOf(array, 'o0')} ORDER BY "o0"."value" IS NULL, "o0"."value"`
  return madeFrom(array, array.type, sql`SELECT json_group_array(json("item")) FROM (${items})`)
}

const sortable: ReadonlySet<string> = new Set(['varchar', 'bigint', 'double'])

/** Absent when an item is. */
function extremeOf(call: Call, extreme: 'max' | 'min'): Value {
  const { array, of } = itemsOf(call)
  if (!sortable.has(of.name)) throw unexpected(array.type, call.name, call.at)
  const found = sql`SELECT CASE WHEN count(*) = count("m0"."value") THEN ${sql.raw(extreme)}("m0"."value") END FROM ${eachOf(array, 'm0')}`
  return { type: of, sql: sql`(${found})` }
}

function join(call: Call): Value {
  const { array, of } = itemsOf(call)
  if (!['varchar', 'bigint', 'double'].includes(of.name)) throw unexpected(array.type, call.name, call.at)
  const delimiter = coerced(call.compile(call.given[1] as Call['given'][number]), varchar, call.at)
  const joined = sql`SELECT coalesce(group_concat("j0"."value", ${delimiter.sql}), '') FROM ${eachOf(array, 'j0')}`
  return { type: varchar, sql: sql`(CASE WHEN ${array.sql} IS NOT NULL THEN (${joined}) END)` }
}

/** `ARRAY[...]`. */
export function arrayOfValues({ compiled, at }: Call): Value {
  const { type, values } = alike(compiled(), 'ARRAY', at)
  if (type.name === 'timestamp' || type.name === 'date') throw new QueryProblem(`an ARRAY of ${typeName(type)} is not supported`, at)
  return structured({ type: arrayOf(type), sql: sql`json_array(${sql.join(values.map(asItem))})` })
}

function cardinality({ compiled, at }: Call): Value {
  const { type, json: place } = compiled()[0] as Value
  if (!place || (type.name !== 'array' && type.name !== 'map')) throw unexpected(type, 'cardinality', at)
  const count = sql`(SELECT count(*) FROM json_each(${place.source}, ${place.path}))`
  return {
    type: bigint,
    sql: sql`(CASE WHEN json_type(${place.source}, ${place.path}) IN ('array', 'object') THEN ${count} END)`,
  }
}

function contains({ compiled, at }: Call): Value {
  const [of, wanted] = compiled() as [Value, Value]
  if (of.type.name !== 'array' || !of.json || !['varchar', 'bigint', 'double'].includes(of.type.of.name))
    throw unexpected(of.type, 'contains', at)
  const { source, path } = of.json
  const value = coerced(wanted, of.type.of, at)
  return { type: boolean, sql: sql`EXISTS (SELECT 1 FROM json_each(${source}, ${path}) WHERE "value" = ${value.sql})` }
}

function partsOfMap({ compiled, name, at }: Call, part: Sql, of: Type): Value {
  const map = compiled()[0] as Value
  if (map.type.name !== 'map' || !map.json) throw unexpected(map.type, name, at)
  return madeFrom(map, arrayOf(of), sql`SELECT json_group_array(${part}) FROM json_each(${map.json.source}, ${map.json.path})`)
}
