import { sql } from 'kysely'
import { arrayFunctions, arrayOfValues } from './array-functions.ts'
import { extreme } from './functions.ts'
import { jsonFunctions } from './json-functions.ts'
import { arrayConstructor } from './parse-expression.ts'
import { QueryProblem } from './query-problem.ts'
import type { Call, Caller, SpecialFunction } from './function-calls.ts'
import type { Expression } from './syntax.ts'
import { arrayOf, date, timestamp, typeName, varchar } from './types.ts'
import { alike, coerced, jsonValue, memberOfMap, structured, type Value } from './values.ts'

/** Functions whose result depends on more than the types of their arguments. Trino documentation, "Functions and operators". */
const special: { readonly [name: string]: SpecialFunction } = {
  ...arrayFunctions,
  ...jsonFunctions,
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
      return structured({ type, sql: sql`(CASE WHEN ${test.sql} THEN ${yes?.sql} ELSE ${no ? no.sql : sql`NULL`} END)` })
    },
  },
  greatest: { least: 1, most: 100, compile: ({ compiled, at }) => extreme('max', compiled(), at) },
  least: { least: 1, most: 100, compile: ({ compiled, at }) => extreme('min', compiled(), at) },
  element_at: { least: 2, most: 2, compile: elementAt },
  typeof: {
    least: 1,
    most: 1,
    compile: ({ compiled }) => {
      const name = typeName((compiled()[0] as Value).type)
      return { type: varchar, sql: sql`${name}`, text: name }
    },
  },
  try: { least: 1, most: 1, compile: ({ given, compileLeniently }) => compileLeniently(given[0] as Expression) },
  [arrayConstructor]: { least: 1, most: 100, compile: arrayOfValues },
  split: {
    least: 2,
    most: 2,
    compile: ({ compiled, at }) => {
      const parts = sql`"split"(${sql.join(compiled().map(value => coerced(value, varchar, at).sql))})`
      return { type: arrayOf(varchar), sql: parts, json: { source: parts, path: '$' } }
    },
  },
  now: { least: 0, most: 0, compile: ({ now }) => ({ type: timestamp, sql: sql`${now}` }) },
  current_date: { least: 0, most: 0, compile: ({ now }) => ({ type: date, sql: sql`${now - (now % 86_400_000)}` }) },
}

export const isSpecialFunction = (name: string): boolean => Object.hasOwn(special, name)

/** @throws QueryProblem when the arguments do not fit */
export function callSpecial(name: string, given: readonly Expression[], caller: Caller, at: number): Value {
  const { least, most, compile } = special[name] as SpecialFunction
  if (given.length < least || given.length > most) throw new QueryProblem(`Unexpected parameters for function ${name}`, at)
  return compile({ ...caller, name, given, compiled: () => given.map(each => caller.compile(each)), at })
}

function together(name: string, given: readonly Value[], at: number): Value {
  const { type, values } = alike(given, name, at)
  return structured({ type, sql: sql`${sql.raw(name)}(${sql.join(values.map(value => value.sql))})` })
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
