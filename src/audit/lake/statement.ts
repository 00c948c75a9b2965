import {
  compileLongRead,
  type LongRead,
  LongReadError,
  type LongReadLimits,
  type LongReadQuery,
  type LongReadResult,
  type Store,
} from '../../store/index.ts'
import { compileQuery, type Output, storesOf } from './compile-query.ts'
import { parseQuery } from './parse-query.ts'
import { QueryProblem } from './query-problem.ts'
import type { Query } from './syntax.ts'
import { shown } from './types.ts'
import type { StoredEvents } from './stored-events.ts'

/** A statement that was parsed. */
export interface Statement {
  /** Ids of the event data stores that it reads. */
  readonly stores: readonly string[]
  /**
   * Compiles it to a query of the store.
   * @param stores  the events of each event data store by id
   * @throws        QueryProblem
   */
  compile(stores: ReadonlyMap<string, StoredEvents>, now: number): RunnableStatement
}

export interface RunnableStatement {
  readonly query: LongReadQuery
  readonly outputs: readonly Output[]
}

/** Parses a statement of CloudTrail Lake. @throws QueryProblem */
export function parseStatement(statement: string, parameters: readonly string[] = []): Statement {
  const query: Query = parseQuery(statement, parameters)
  return {
    stores: storesOf(query),
    compile(stores, now) {
      const events = [...stores.values()]
      const { sql, outputs } = compileQuery(query, { stores, now })
      const compiled = compileLongRead(sql, {
        accounts: [...new Set(events.flatMap(({ accounts }) => accounts))],
        importedTo: events.map(({ storeArn }) => storeArn),
        from: Math.min(...events.map(({ from }) => from)),
      })
      // SQLite takes this many bound values. SQLite documentation, "Implementation Limits For SQLite".
      if (compiled.parameters.length > mostParameters) throw new QueryProblem('the statement is too large')
      return { query: compiled, outputs }
    },
  }
}

const mostParameters = 32_766

/** Queries may take this long, and answer this much. CloudTrail User Guide, "Quotas in AWS CloudTrail", says an hour; records here are on one machine. */
const limits: LongReadLimits = { milliseconds: 5 * 60_000, rows: 50_000, characters: 32 * 1024 * 1024 }

/** Starts a statement. @throws StoreError when the store is closed */
export const startStatement = (store: Store, { query }: RunnableStatement): LongRead => store.longRead(query, limits)

/** A row of a result as GetQueryResults shows it: one pair a column. CloudTrail API Reference, "GetQueryResults", QueryResultRows. */
export const shownRow = (row: LongReadResult['rows'][number], outputs: readonly Output[]): { readonly [name: string]: string }[] =>
  outputs.map(({ name, type }, index) => ({ [name]: shown(row[index], type) }))

export { LongReadError, QueryProblem }
