import { sql } from 'kysely'
import { callAggregate, callScalar, isAggregate, isScalarFunction } from './functions.ts'
import type { Caller } from './function-calls.ts'
import { isSpecialFunction, callSpecial } from './special-functions.ts'
import { castValue, typeOfWritten } from './casts.ts'
import { QueryProblem } from './query-problem.ts'
import type { Scope } from './scope.ts'
import type { Comparison, Expression, Operator, Query, Window } from './syntax.ts'
import { callWindow, isWindowFunction } from './window-functions.ts'
import { bigint, boolean, double, isNumber, type Type, typeName, unknown, varchar } from './types.ts'
import { alike, coerced, jsonValue, requireScalar, type Sql, structured, type Value } from './values.ts'

/** What an expression is compiled in. */
export interface Surroundings {
  readonly scope: Scope
  /** Epoch milliseconds that `now()` tells. */
  readonly now: number
  /** Keys of what the selection is grouped by; absent where columns may stand by themselves. */
  readonly grouped?: ReadonlySet<string>
  /** Whether aggregate functions may stand here. */
  readonly aggregates: boolean
  /** Whether what cannot be cast is absent, as within `try`. */
  readonly lenient?: boolean
  /** Whether functions over windows may stand here: they look at rows that WHERE and GROUP BY have made. */
  readonly windows?: boolean
  /** Compiles a query whose one column is compared with. */
  readonly subquery: (query: Query) => { readonly sql: Sql; readonly types: readonly Type[] }
}

type Of<Kind extends Expression['is']> = Extract<Expression, { readonly is: Kind }>

/** Compiles an expression. @throws QueryProblem when it means nothing */
export function compileExpression(expression: Expression, within: Surroundings): Value {
  if (within.grouped?.has(within.scope.keyOf(expression)))
    return compileExpression(expression, { ...within, grouped: undefined, aggregates: false })
  const column = within.scope.column(expression)
  if (column) {
    if (within.grouped && !column.local)
      throw new QueryProblem(`'${column.name}' must be an aggregate expression or appear in GROUP BY clause`, expression.at)
    return column.value
  }
  switch (expression.is) {
    case 'literal':
      return literal(expression)
    case 'field':
      return field(expression, within)
    case 'subscript':
      return callSpecial('element_at', [expression.of, expression.index], callerIn(within), expression.at)
    case 'call':
      return call(expression, within)
    case 'not':
      return { type: boolean, sql: sql`(NOT ${condition(expression.of, within)})` }
    case 'negative': {
      const of = compileExpression(expression.of, within)
      if (!isNumber(of.type)) throw new QueryProblem(`Cannot negate ${typeName(of.type)}`, expression.at)
      return { type: of.type, sql: sql`(- ${of.sql})` }
    }
    case 'binary':
      return binary(expression, within)
    case 'null':
      return {
        type: boolean,
        sql: sql`(${compileExpression(expression.of, within).sql} ${sql.raw(expression.negated ? 'IS NOT NULL' : 'IS NULL')})`,
      }
    case 'in':
      return membership(expression, within)
    case 'between':
      return between(expression, within)
    case 'like':
      return like(expression, within)
    case 'case':
      return choice(expression, within)
    case 'cast':
      return cast(expression, within)
    case 'lambda':
      throw new QueryProblem('a lambda expression stands only where a function takes one', expression.at)
    default:
      throw new QueryProblem('the expression is not supported', expression.at)
  }
}

/** An expression that is true, false or unknown. @throws QueryProblem for values of other types */
export function condition(expression: Expression, within: Surroundings): Sql {
  const { type, sql: compiled } = compileExpression(expression, within)
  if (type.name !== 'boolean' && type.name !== 'unknown')
    throw new QueryProblem(`the condition must be of type boolean, it is of ${typeName(type)}`, expression.at)
  return compiled
}

const literalTypes: { readonly [Name in Of<'literal'>['type']]: Type } = { varchar, bigint, double, boolean, unknown }

function literal({ type, value }: Of<'literal'>): Value {
  // A number is bound as a real one: integers, which divide otherwise, are bound as what they are.
  const bound = type === 'bigint' ? BigInt(value as number) : typeof value === 'boolean' ? Number(value) : value
  return {
    type: literalTypes[type],
    sql: sql`${bound}`,
    ...(type === 'varchar' && { text: String(value) }),
    ...(typeof value === 'boolean' && { truth: value }),
  }
}

function field({ of, name, at }: Of<'field'>, within: Surroundings): Value {
  const { type, json } = compileExpression(of, within)
  if (type.name !== 'struct' || !json) throw new QueryProblem(`${typeName(type)} has no field '${name}'`, at)
  const found = Object.entries(type.fields).find(([key]) => key.toLowerCase() === name.toLowerCase())
  if (!found) throw new QueryProblem(`Column '${name}' cannot be resolved`, at)
  return jsonValue(json.source, `${json.path}.${found[0]}`, found[1])
}

function call(expression: Of<'call'>, within: Surroundings): Value {
  const { arguments: given, distinct, star, at } = expression
  const name = expression.name.toLowerCase()
  if (expression.over) return windowed(name, expression, expression.over, within)
  if (isAggregate(name)) {
    if (!within.aggregates) throw new QueryProblem(`the aggregate function ${name} cannot stand here`, at)
    if (star) {
      if (name !== 'count') throw new QueryProblem(`${name}(*) is not supported`, at)
      return { type: bigint, sql: sql`count(*)` }
    }
    const inside = { ...within, grouped: undefined, aggregates: false }
    return callAggregate(
      name,
      given.map(each => compileExpression(each, inside)),
      distinct,
      at,
    )
  }
  if (star || distinct) throw new QueryProblem(`Function ${name} is not an aggregate function`, at)
  if (isSpecialFunction(name)) return callSpecial(name, given, callerIn(within), at)
  if (!isScalarFunction(name)) throw new QueryProblem(`Function '${name}' not registered`, at)
  return callScalar(
    name,
    given.map(each => compileExpression(each, within)),
    at,
  )
}

function windowed(name: string, { arguments: given, distinct, star, at }: Of<'call'>, over: Window, within: Surroundings): Value {
  if (!within.windows) throw new QueryProblem(`the window function ${name} cannot stand here`, at)
  if (!isWindowFunction(name)) throw new QueryProblem(`Function '${name}' over a window is not supported`, at)
  if (distinct || (star && name !== 'count')) throw new QueryProblem(`Unexpected parameters for function ${name}`, at)
  // A window within a window would look at rows that are not there yet.
  const inside = { ...within, windows: false }
  const compiled = (each: Expression) => compileExpression(each, inside)
  return callWindow(
    name,
    given.map(compiled),
    {
      partitionBy: over.partitionBy.map(each => compiled(each).sql),
      orderBy: over.orderBy.map(({ by, ...rest }) => ({ ...rest, by: compiled(by).sql })),
    },
    at,
  )
}

/** How a function compiles what it is given. */
const callerIn = (within: Surroundings): Caller => ({
  now: within.now,
  compile: expression => compileExpression(expression, within),
  compileLeniently: expression => compileExpression(expression, { ...within, lenient: true }),
  lambdas: within.scope.locals.size,
  bind: ({ parameter, body }, item) => compileExpression(body, { ...within, scope: within.scope.withLocal(parameter, item) }),
})

const arithmetic = new Set<Operator>(['+', '-', '*', '/', '%'])

function binary({ operator, left, right, at }: Of<'binary'>, within: Surroundings): Value {
  if (operator === 'AND' || operator === 'OR')
    return { type: boolean, sql: sql`(${condition(left, within)} ${sql.raw(operator)} ${condition(right, within)})` }
  const both = [compileExpression(left, within), compileExpression(right, within)] as const
  const [one, other] = both
  if (operator === '||') {
    if (both.some(({ type }) => type.name !== 'varchar' && type.name !== 'unknown'))
      throw new QueryProblem(`Cannot apply operator: ${typeName(one.type)} || ${typeName(other.type)}`, at)
    return { type: varchar, sql: sql`(${one.sql} || ${other.sql})` }
  }
  if (arithmetic.has(operator)) {
    if (!isNumber(one.type) || !isNumber(other.type))
      throw new QueryProblem(`Cannot apply operator: ${typeName(one.type)} ${operator} ${typeName(other.type)}`, at)
    const type = [one, other].some(({ type: each }) => each.name === 'double') ? double : bigint
    return { type, sql: sql`(${one.sql} ${sql.raw(operator)} ${other.sql})` }
  }
  return compared(operator as Comparison, one, other, at)
}

/** A written truth beside a text is the text of it: AWS's samples compare `sessionCredentialFromConsole` both with `true` and with `'true'`. */
const besideText = (value: Value, other: Value): Value =>
  value.truth !== undefined && other.type.name === 'varchar' ? { type: varchar, sql: sql`${String(value.truth)}` } : value

/** A comparison of scalars. */
function compared(operator: Comparison, one: Value, other: Value, at: number): Value {
  const { values } = alike([besideText(one, other), besideText(other, one)], `operator ${operator}`, at)
  const [left, right] = values as [Value, Value]
  requireScalar(left, `operator ${operator}`, at)
  return { type: boolean, sql: sql`(${left.sql} ${sql.raw(operator)} ${right.sql})` }
}

function membership({ of, among, negated, at }: Of<'in'>, within: Surroundings): Value {
  const value = compileExpression(of, within)
  requireScalar(value, 'IN', at)
  const word = sql.raw(negated ? 'NOT IN' : 'IN')
  if (Array.isArray(among)) {
    const { values } = alike([value, ...(among as Expression[]).map(each => compileExpression(each, within))], 'IN', at)
    const [first, ...others] = values.map(each => each.sql) as [Sql, ...Sql[]]
    return { type: boolean, sql: sql`(${first} ${word} (${sql.join(others)}))` }
  }
  const { sql: query, types } = within.subquery(among as Query)
  const [type] = types
  if (!type || types.length > 1) throw new QueryProblem('Multiple columns returned by subquery are not yet supported', at)
  const { values } = alike([value, { type, sql: sql`` }], 'IN', at)
  return { type: boolean, sql: sql`(${(values[0] as Value).sql} ${word} (${query}))` }
}

function between({ of, low, high, negated, at }: Of<'between'>, within: Surroundings): Value {
  const { values } = alike(
    [of, low, high].map(each => compileExpression(each, within)),
    'BETWEEN',
    at,
  )
  for (const value of values) requireScalar(value, 'BETWEEN', at)
  const [value, from, to] = values.map(each => each.sql) as [Sql, Sql, Sql]
  return { type: boolean, sql: sql`(${value} ${sql.raw(negated ? 'NOT BETWEEN' : 'BETWEEN')} ${from} AND ${to})` }
}

function like({ of, pattern, escape, negated, at }: Of<'like'>, within: Surroundings): Value {
  const texts = [of, pattern, ...(escape ? [escape] : [])].map(each => coerced(compileExpression(each, within), varchar, at).sql)
  return { type: boolean, sql: sql`(${sql.raw(negated ? 'NOT ' : '')}"is_like"(${sql.join(texts)}))` }
}

function choice({ of, branches, otherwise, at }: Of<'case'>, within: Surroundings): Value {
  const subject = of && compileExpression(of, within)
  const conditions = branches.map(({ when }) =>
    subject ? compared('=', subject, compileExpression(when, within), when.at).sql : condition(when, within),
  )
  const results = [...branches.map(({ result }) => result), ...(otherwise ? [otherwise] : [])].map(each => compileExpression(each, within))
  const { type, values } = alike(results, 'CASE', at)
  const parts = conditions.map((when, index) => sql`WHEN ${when} THEN ${(values[index] as Value).sql}`)
  const last = otherwise ? sql` ELSE ${(values.at(-1) as Value).sql}` : sql``
  return structured({ type, sql: sql`(CASE ${sql.join(parts, sql` `)}${last} END)` })
}

function cast({ of, to, lenient, at }: Of<'cast'>, within: Surroundings): Value {
  return castValue(compileExpression(of, within), typeOfWritten(to, at), lenient || within.lenient === true, at)
}
