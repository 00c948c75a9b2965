import { type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, Kysely, type KyselyPlugin, type QueryResult } from 'kysely'
import type { Database } from './database.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'

/** How an engine's SQL differs. */
export type EngineDialect = Omit<Dialect, 'createDriver'> & { readonly plugins?: KyselyPlugin[] }

export type Execute = (query: CompiledQuery) => Promise<QueryResult<unknown>>

/**
 * Runs work in a transaction view that ends with it: a query that the work left running must not end up in the unit of somebody else.
 * Beginning and ending the transaction itself is the caller's.
 */
export async function runUnit<T>(work: (tx: Transaction) => Promise<T>, dialect: EngineDialect, execute: Execute): Promise<T> {
  const driver = new UnitDriver(execute)
  const { plugins = [], ...rest } = dialect
  try {
    return await work(new Kysely<Database>({ dialect: { ...rest, createDriver: () => driver }, plugins }))
  } finally {
    driver.over = true
  }
}

class UnitDriver implements Driver, DatabaseConnection {
  over = false
  readonly #execute: Execute

  constructor(execute: Execute) {
    this.#execute = execute
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.over) throw new StoreError('a query came after the end of its transaction: await every query')
    return this.#execute(query) as Promise<QueryResult<Row>>
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new StoreError('queries are not streamed: read a page at a time')
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
  beginTransaction = nested
  commitTransaction = nested
  rollbackTransaction = nested
}

async function nested(): Promise<void> {
  throw new StoreError('a unit of work is a transaction already')
}
