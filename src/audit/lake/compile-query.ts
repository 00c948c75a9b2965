import { sql } from 'kysely'
import { compileExpression, condition, type Surroundings } from './compile-expression.ts'
import { absentColumns, columnsOf, eventJson, type EventKind } from './event-schema.ts'
import { itemValue } from './array-values.ts'
import { compileValues } from './compile-values.ts'
import { isAggregate } from './functions.ts'
import { QueryProblem } from './query-problem.ts'
import { type Relation, Scope, type SourceColumn } from './scope.ts'
import type { Column, Combination, Expression, Order, Query, Selection, Source, Unnest, Values } from './syntax.ts'
import { bigint, commonType, isScalar, timestamp, type Type, typeName, varchar } from './types.ts'
import { jsonValue, type Sql, structured, type Value } from './values.ts'
import { orderSql } from './window-functions.ts'

/** A column of a result. */
export interface Output {
  readonly name: string
  readonly type: Type
}

export interface CompiledStatement {
  readonly sql: Sql
  readonly outputs: readonly Output[]
}

interface Inputs {
  /** The events of each event data store that the statement names, by id, as a query with the columns `at` and `json`. */
  readonly stores: ReadonlyMap<string, { readonly query: Sql; readonly kind?: EventKind }>
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * Compiles a parsed statement to one of the store. Nothing of the statement's text is in it but as bound values: names are ours.
 * @throws QueryProblem when names, types or grouping do not hold
 */
export function compileQuery(query: Query, inputs: Inputs): CompiledStatement {
  return new Compiler(inputs).query(query)
}

/** The ids of event data stores that a statement reads. */
export function storesOf(query: Query): readonly string[] {
  const ids = new Set<string>()
  visit(query, part => {
    if (part.is === 'store') ids.add(String((part as Extract<Source, { is: 'store' }>).id))
  })
  return [...ids]
}

interface Part {
  readonly is: string
}

function visit(part: unknown, see: (part: Part) => void | 'skip'): void {
  if (typeof part !== 'object' || part === null) return
  if ('is' in part && see(part as Part) === 'skip') return
  for (const inner of Object.values(part)) visit(inner, see)
}

function hasAggregate(part: unknown): boolean {
  let found = false
  visit(part, each => {
    if (each.is === 'query') return 'skip'
    const call = each.is === 'call' ? (each as Extract<Expression, { is: 'call' }>) : undefined
    // Over a window it looks at rows as they are.
    if (call && !call.over && isAggregate(call.name.toLowerCase())) found = true
    return undefined
  })
  return found
}

class Compiler {
  readonly #inputs: Inputs
  #sources = 0

  constructor(inputs: Inputs) {
    this.#inputs = inputs
  }

  query({ body, orderBy, ...part }: Query): CompiledStatement {
    if (body.is === 'select') return this.#selection(body, orderBy, part)
    const { sql: inner, outputs } = body.is === 'query' ? this.query(body) : this.#combination(body)
    const order = orderBy.map(({ by, ...rest }) => orderSql(outputOf(by, outputs), rest))
    return { sql: sql`SELECT * FROM (${inner})${clause('ORDER BY', order)}${partSql(part)}`, outputs }
  }

  #combination({ operator, left, right, at }: Combination): CompiledStatement {
    const one = left.is === 'combination' ? this.#combination(left) : this.#term(left)
    const other = this.#term(right)
    if (one.outputs.length !== other.outputs.length)
      throw new QueryProblem(`${operator} query has different number of fields: ${one.outputs.length}, ${other.outputs.length}`, at)
    const outputs = one.outputs.map(({ name, type }, index) => {
      const common = commonType(type, (other.outputs[index] as Output).type)
      if (!common) throw new QueryProblem(`column ${index + 1} in ${operator} query has incompatible types`, at)
      return { name, type: common }
    })
    return { sql: sql`SELECT * FROM (${one.sql}) ${sql.raw(operator)} SELECT * FROM (${other.sql})`, outputs }
  }

  #term(term: Selection | Query): CompiledStatement {
    return term.is === 'select' ? this.#selection(term, [], { offset: 0, limit: undefined }) : this.query(term)
  }

  #selection(selection: Selection, orderBy: readonly Order[], part: Pick<Query, 'offset' | 'limit'>): CompiledStatement {
    const { scope, sql: from, events } = this.#source(selection.from)
    const plain: Surroundings = { scope, now: this.#inputs.now, aggregates: false, subquery: query => this.#subquery(query) }
    const where = selection.where && condition(selection.where, plain)
    const grouped = this.#groups(selection, plain)
    const keys = new Set(grouped.map(({ key }) => key))
    const isGrouped = grouped.length > 0 || selection.having !== undefined || hasAggregate(selection.columns) || hasAggregate(orderBy)
    const within = isGrouped ? { ...plain, grouped: keys, aggregates: true } : plain
    const shown = { ...within, windows: true }
    const columns = selection.columns.flatMap((column, index) => this.#columns(column, index, shown))
    const outputs = columns.map(({ name, value }) => ({ name, type: value.type }))
    const having = selection.having && condition(selection.having, within)
    const order = orderBy.map(({ by, ...rest }) => orderSql(this.#ordering(by, columns, selection.distinct, shown), rest))
    const list = columns.map(({ value }, index) => sql`${value.sql} AS ${nameOf(index)}`)
    // With a column of every source, which no index has, it is called when the other tests have been made.
    const tests = [...(where ? [where] : []), ...(events.length > 0 ? [sql`"matched"(${sql.join(events)})`] : [])]
    const parts = [
      sql`SELECT ${sql.raw(selection.distinct ? 'DISTINCT ' : '')}${sql.join(list)} FROM ${from}`,
      clause('WHERE', tests.length > 0 ? [sql`${sql.join(tests, sql` AND `)}`] : []),
      clause(
        'GROUP BY',
        grouped.map(({ sql: each }) => each),
      ),
      // Without GROUP BY, SQLite wants an aggregate beside HAVING; a group of everything is the same.
      having ? sql`${grouped.length === 0 ? sql` GROUP BY NULL` : sql``} HAVING ${having}` : sql``,
      clause('ORDER BY', order),
      partSql(part),
    ]
    return { sql: sql.join(parts, sql``), outputs }
  }

  #subquery(query: Query) {
    const { sql: compiled, outputs } = this.query(query)
    return { sql: compiled, types: outputs.map(({ type }) => type) }
  }

  #groups({ groupBy, columns }: Selection, plain: Surroundings): readonly { readonly key: string; readonly sql: Sql }[] {
    return groupBy.map(expression => {
      const chosen = isPlace(expression) ? columnAt(columns, expression) : expression
      if (hasAggregate(chosen)) throw new QueryProblem('GROUP BY clause cannot contain aggregations', expression.at)
      return { key: plain.scope.keyOf(chosen), sql: compileExpression(chosen, plain).sql }
    })
  }

  #columns(
    column: Column,
    index: number,
    within: Surroundings,
  ): readonly { readonly name: string; readonly value: Value; readonly written?: Expression }[] {
    if (column.is === 'column') {
      const { value, alias } = column
      const compiled = compileExpression(value, within)
      return [{ name: alias ?? writtenName(value) ?? `_col${index}`, value: compiled, written: value }]
    }
    const { of, at } = column
    const relations = within.scope.relations.filter(({ alias }) => of === undefined || alias?.toLowerCase() === of.toLowerCase())
    if (relations.length === 0) throw new QueryProblem(`Unable to resolve reference ${of}`, at)
    return relations.flatMap(({ columns }) =>
      columns
        .filter(({ hidden }) => !hidden)
        .map(({ name, value, key }) => {
          if (within.grouped && !within.grouped.has(JSON.stringify(`#${key}`)))
            throw new QueryProblem(`'${name}' must be an aggregate expression or appear in GROUP BY clause`, at)
          return { name, value }
        }),
    )
  }

  /** A column of the result by name or place, else an expression over the sources. */
  #ordering(
    by: Expression,
    columns: readonly { readonly name: string; readonly written?: Expression }[],
    distinct: boolean,
    within: Surroundings,
  ): Sql {
    if (isPlace(by)) return outputOf(by, columns)
    const key = within.scope.keyOf(by)
    const chosen = columns.findIndex(
      ({ name, written }) =>
        (by.is === 'name' && name.toLowerCase() === by.name.toLowerCase()) || (written && within.scope.keyOf(written) === key),
    )
    if (chosen >= 0) return nameOf(chosen)
    if (distinct) throw new QueryProblem('For SELECT DISTINCT, ORDER BY expressions must appear in select list', by.at)
    return compileExpression(by, within).sql
  }

  #source(source: Source): { readonly scope: Scope; readonly sql: Sql; readonly events: readonly Sql[] } {
    if (source.is === 'store') return this.#store(source)
    if (source.is === 'query') return this.#derived(source)
    if (source.is === 'unnest') return this.#unnest(source)
    if (source.is === 'values') return this.#values(source)
    const left = this.#source(source.left)
    const right = this.#source(source.right)
    const scope = new Scope([...left.scope.relations, ...right.scope.relations])
    const within: Surroundings = { scope, now: this.#inputs.now, aggregates: false, subquery: query => this.#subquery(query) }
    const on = condition(source.on, within)
    return {
      scope,
      sql: sql`${left.sql} ${sql.raw(source.kind)} JOIN ${right.sql} ON ${on}`,
      events: [...left.events, ...right.events],
    }
  }

  #unnest({ kind, left: from, of, alias, columns: names, ordinality, at }: Unnest) {
    const left = this.#source(from)
    const within: Surroundings = { scope: left.scope, now: this.#inputs.now, aggregates: false, subquery: query => this.#subquery(query) }
    const { type, json } = compileExpression(of, within)
    if (!json || type.name === 'struct' || isScalar(type)) throw new QueryProblem(`Cannot unnest type: ${typeName(type)}`, at)
    const name = `s${this.#sources++}`
    if (ordinality && type.name !== 'array') throw new QueryProblem('WITH ORDINALITY is supported of arrays', at)
    const ordinal = { name: 'ordinality', value: { type: bigint, sql: sql`(${sql.raw(`"${name}"."key"`)} + 1)` } }
    const items = [...itemsOf(name, type.name === 'array' ? type.of : undefined), ...(ordinality ? [ordinal] : [])]
    if (names.length > 0 && names.length !== items.length)
      throw new QueryProblem(`Column alias list has ${names.length} entries but relation has ${items.length} columns`, at)
    const columns = items.map((item, index): SourceColumn => ({ ...item, name: names[index] ?? item.name, key: `${name}.${index}` }))
    return {
      scope: new Scope([...left.scope.relations, { alias, columns }]),
      sql: sql`${left.sql} ${sql.raw(kind)} JOIN json_each(${json.source}, ${json.path}) AS ${sql.raw(`"${name}"`)} ON 1`,
      events: left.events,
    }
  }

  #values({ left: from, alias, ...written }: Values) {
    const left = this.#source(from)
    const name = `s${this.#sources++}`
    const within = { scope: new Scope([]), now: this.#inputs.now, aggregates: false, subquery: (query: Query) => this.#subquery(query) }
    const { columns, rows } = compileValues(written, name, within)
    return {
      scope: new Scope([...left.scope.relations, { alias, columns }]),
      sql: sql`${left.sql} JOIN (${rows}) AS ${sql.raw(`"${name}"`)}`,
      events: left.events,
    }
  }

  #store({ id, alias, at }: Extract<Source, { is: 'store' }>) {
    const events = this.#inputs.stores.get(id)
    if (!events) throw new QueryProblem(`Event data store '${id}' does not exist`, at)
    const name = `s${this.#sources++}`
    const json = sql.raw(`"${name}"."json"`)
    const column = (shown: string, value: Value): SourceColumn => ({ name: shown, value, key: `${name}.${shown}` })
    const columns = Object.entries(columnsOf[events.kind ?? 'calls']).map(([field, type]) =>
      column(field, field === 'eventTime' ? { type: timestamp, sql: sql.raw(`"${name}"."at"`) } : jsonValue(json, `$.${field}`, type)),
    )
    const whole = { ...column(eventJson, { type: varchar, sql: json }), hidden: true }
    const absent = absentColumns.map(shown => ({ ...column(shown, { type: varchar, sql: sql`NULL` }), hidden: true }))
    return {
      scope: new Scope([{ alias: alias ?? id, columns: [...columns, whole, ...absent] }]),
      sql: sql`(${events.query}) AS ${sql.raw(`"${name}"`)}`,
      events: [sql.raw(`"${name}"."json" IS NULL`)],
    }
  }

  #derived({ query, alias }: Extract<Source, { is: 'query' }>) {
    const { sql: inner, outputs } = this.query(query)
    const name = `s${this.#sources++}`
    const columns = outputs.map(({ name: shown, type }, index): SourceColumn => {
      const of = sql.raw(`"${name}"."c${index}"`)
      return { name: shown, key: `${name}.${index}`, value: structured({ type, sql: of }) }
    })
    const relation: Relation = { alias, columns }
    return { scope: new Scope([relation]), sql: sql`(${inner}) AS ${sql.raw(`"${name}"`)}`, events: [] }
  }
}

/** The columns of unnested items: a structure's fields, an item by itself, or keys and values of a map. */
function itemsOf(name: string, of: Type | undefined): readonly Pick<SourceColumn, 'name' | 'value'>[] {
  const column = (part: string) => sql.raw(`"${name}"."${part}"`)
  if (of?.name === 'struct')
    return Object.entries(of.fields).map(([field, type]) => ({ name: field, value: jsonValue(column('value'), `$.${field}`, type) }))
  if (of) return [{ name: '_col0', value: itemValue(name, of) }]
  const text = sql`CASE ${column('type')} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(${column('value')} AS TEXT) END`
  return [
    { name: '_col0', value: { type: varchar, sql: column('key') } },
    { name: '_col1', value: { type: varchar, sql: sql`(${text})` } },
  ]
}

type Place = Extract<Expression, { is: 'literal' }>

const isPlace = (expression: Expression): expression is Place => expression.is === 'literal' && expression.type === 'bigint'

function columnAt(columns: readonly Column[], { value, at }: Place): Expression {
  const column = columns[Number(value) - 1]
  if (column?.is !== 'column') throw new QueryProblem(`GROUP BY position ${String(value)} is not in select list`, at)
  return column.value
}

function outputOf(by: Expression, outputs: readonly { readonly name: string }[]): Sql {
  const index = isPlace(by)
    ? Number(by.value) - 1
    : outputs.findIndex(({ name }) => by.is === 'name' && name.toLowerCase() === by.name.toLowerCase())
  if (index >= 0 && index < outputs.length) return nameOf(index)
  throw new QueryProblem(
    isPlace(by) ? `ORDER BY position ${String(by.value)} is not in select list` : 'ORDER BY must name a column of the result',
    by.at,
  )
}

const writtenName = (expression: Expression): string | undefined =>
  expression.is === 'name' || expression.is === 'field' ? expression.name : undefined

const nameOf = (index: number): Sql => sql.raw(`"c${index}"`)

const clause = (words: string, parts: readonly Sql[]): Sql => (parts.length > 0 ? sql` ${sql.raw(words)} ${sql.join(parts)}` : sql``)

/** SQLite has no OFFSET without a LIMIT; a negative one is none. */
const partSql = ({ offset, limit }: Pick<Query, 'offset' | 'limit'>): Sql =>
  limit === undefined && offset === 0 ? sql`` : sql` LIMIT ${limit ?? -1}${offset === 0 ? sql`` : sql` OFFSET ${offset}`}`
