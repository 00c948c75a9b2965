import type { Expression } from './syntax.ts'
import { QueryProblem } from './query-problem.ts'
import type { Value } from './values.ts'

/** A column that a source has; `key` tells it from all others of the statement's sources. */
export interface SourceColumn {
  readonly name: string
  readonly value: Value
  readonly key: string
  /** Left out of `*`. */
  readonly hidden?: boolean
  /** Of a lambda: it stands by itself whatever a selection is grouped by. */
  readonly local?: boolean
}

/** A source of a selection: an event data store or a query in FROM. */
export interface Relation {
  readonly alias: string | undefined
  readonly columns: readonly SourceColumn[]
}

/** The names that a selection's expressions can use. */
export class Scope {
  readonly relations: readonly Relation[]
  /** Parameters of the lambdas around, by name in lower case; they come before columns. */
  readonly locals: ReadonlyMap<string, SourceColumn>

  constructor(relations: readonly Relation[], locals: ReadonlyMap<string, SourceColumn> = new Map()) {
    this.relations = relations
    this.locals = locals
  }

  /** The scope of a lambda's body. */
  withLocal(name: string, value: Value): Scope {
    const column: SourceColumn = { name, value, key: `lambda ${this.locals.size}`, local: true }
    return new Scope(this.relations, new Map([...this.locals, [name.toLowerCase(), column]]))
  }

  /**
   * The column that a name, or `alias.name`, stands for.
   * @returns undefined when the expression is something else, such as a field of a structure
   * @throws  QueryProblem when there is no such column, or more than one
   */
  column(expression: Expression): SourceColumn | undefined {
    if (expression.is === 'name')
      return this.locals.get(expression.name.toLowerCase()) ?? this.#named(expression.name, this.relations, expression.at)
    if (expression.is !== 'field' || expression.of.is !== 'name') return undefined
    const alias = expression.of.name.toLowerCase()
    if (this.locals.has(alias)) return undefined
    const relation = this.relations.find(each => each.alias?.toLowerCase() === alias)
    if (!relation || this.#candidates(alias, this.relations).length > 0) return undefined
    return this.#named(expression.name, [relation], expression.at)
  }

  #candidates(name: string, relations: readonly Relation[]): readonly SourceColumn[] {
    const wanted = name.toLowerCase()
    return relations.flatMap(({ columns }) => columns.filter(column => column.name.toLowerCase() === wanted))
  }

  #named(name: string, relations: readonly Relation[], at: number): SourceColumn {
    const [column, ...others] = this.#candidates(name, relations)
    if (!column) throw new QueryProblem(`Column '${name}' cannot be resolved`, at)
    if (others.length > 0) throw new QueryProblem(`Column '${name}' is ambiguous`, at)
    return column
  }

  /** A text that is the same for expressions that mean the same, wherever they stand. */
  keyOf(expression: Expression): string {
    return JSON.stringify(expression, (name, part: unknown) => {
      if (name === 'at') return undefined
      if (!isExpression(part)) return part
      const column = part.is === 'name' || part.is === 'field' ? this.#columnOrNothing(part) : undefined
      if (column) return `#${column.key}`
      return part.is === 'field' || part.is === 'call' ? { ...part, name: part.name.toLowerCase() } : part
    })
  }

  #columnOrNothing(expression: Expression): SourceColumn | undefined {
    try {
      return this.column(expression)
    } catch (problem) {
      if (problem instanceof QueryProblem) return undefined
      throw problem
    }
  }
}

const isExpression = (part: unknown): part is Expression => typeof part === 'object' && part !== null && 'is' in part && 'at' in part
