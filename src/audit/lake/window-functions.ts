import { sql } from 'kysely'
import { QueryProblem } from './query-problem.ts'
import type { Order } from './syntax.ts'
import { bigint, double, isNumber, type Type, typeName } from './types.ts'
import { type Sql, structured, type Value } from './values.ts'

interface WindowFunction {
  readonly least: number
  readonly most: number
  readonly gives: (given: readonly Value[]) => Type
  /** Whether its arguments are numbers. */
  readonly ofNumbers?: boolean
}

const none = (type: Type): WindowFunction => ({ least: 0, most: 0, gives: () => type })
const sameAsFirst = ([first]: readonly Value[]): Type => first?.type ?? double
const ofOne: WindowFunction = { least: 1, most: 1, gives: sameAsFirst }

/** Functions over a window by name, which SQLite has by the same. Trino documentation, "Window functions". */
const functions: { readonly [name: string]: WindowFunction } = {
  row_number: none(bigint),
  rank: none(bigint),
  dense_rank: none(bigint),
  percent_rank: none(double),
  cume_dist: none(double),
  ntile: { least: 1, most: 1, gives: () => bigint, ofNumbers: true },
  lag: { least: 1, most: 2, gives: sameAsFirst },
  lead: { least: 1, most: 2, gives: sameAsFirst },
  first_value: ofOne,
  last_value: ofOne,
  count: { least: 0, most: 1, gives: () => bigint },
  sum: { ...ofOne, ofNumbers: true },
  avg: { least: 1, most: 1, gives: () => double, ofNumbers: true },
  min: ofOne,
  max: ofOne,
}

export const isWindowFunction = (name: string): boolean => Object.hasOwn(functions, name)

interface CompiledWindow {
  readonly partitionBy: readonly Sql[]
  readonly orderBy: readonly (Omit<Order, 'by'> & { readonly by: Sql })[]
}

export const orderSql = (by: Sql, { descending, nulls }: Omit<Order, 'by'>): Sql =>
  sql`${by} ${sql.raw(descending ? 'DESC' : 'ASC')} NULLS ${sql.raw(nulls)}`

/** Calls a function over a window. @throws QueryProblem when the arguments do not fit */
export function callWindow(name: string, given: readonly Value[], { partitionBy, orderBy }: CompiledWindow, at: number): Value {
  const { least, most, gives, ofNumbers = false } = functions[name] as WindowFunction
  const fits = given.length >= least && given.length <= most && (!ofNumbers || given.every(({ type }) => isNumber(type)))
  if (!fits)
    throw new QueryProblem(`Unexpected parameters (${given.map(({ type }) => typeName(type)).join(', ')}) for function ${name}`, at)
  const order = orderBy.map(({ by, ...rest }) => orderSql(by, rest))
  const parts = [
    ...(partitionBy.length > 0 ? [sql`PARTITION BY ${sql.join(partitionBy)}`] : []),
    ...(order.length > 0 ? [sql`ORDER BY ${sql.join(order)}`] : []),
  ]
  const over = parts.length > 0 ? sql.join(parts, sql` `) : sql``
  const taken = name === 'count' && given.length === 0 ? sql`*` : given.length === 0 ? sql`` : sql.join(given.map(value => value.sql))
  return structured({ type: gives(given), sql: sql`${sql.raw(`"${name}"`)}(${taken}) OVER (${over})` })
}
