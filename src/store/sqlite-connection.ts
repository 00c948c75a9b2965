import type Sqlite from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Database } from './database.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'

/** Statements that a connection keeps prepared: preparing costs more than most queries. */
const mostStatements = 1_000

/** One SQLite connection, which units of work use one after the other. */
export class SqliteConnection {
  readonly database: Sqlite.Database
  #statements = new Map<string, Sqlite.Statement>()

  constructor(database: Sqlite.Database) {
    this.database = database
  }

  /** Runs work on this connection. Beginning and ending the transaction itself is the caller's. */
  run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return runUnit(work, () => this)
  }

  execute<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    const statement = this.#statement(sql)
    if (statement.reader) return { rows: statement.all(parameters) as Row[] }
    const { changes, lastInsertRowid } = statement.run(parameters)
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
  }

  /** Runs a statement that begins, ends or marks a transaction. */
  command(sql: string): void {
    this.#statement(sql).run()
  }

  #statement(sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    if (this.#statements.size >= mostStatements) this.#statements.clear()
    const statement = this.database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/**
 * Runs work in a transaction view that ends with it: a query that the work left running must not end up in the unit of somebody else.
 * @param connectionOf  asked for a connection at the work's first query: work that asks nothing needs none
 */
export async function runUnit<T>(work: (tx: Transaction) => Promise<T>, connectionOf: () => SqliteConnection): Promise<T> {
  const driver = new UnitDriver(connectionOf)
  try {
    return await work(new Kysely<Database>({ dialect: dialectOf(driver) }))
  } finally {
    driver.over = true
  }
}

class UnitDriver implements Driver, DatabaseConnection {
  over = false
  readonly #connectionOf: () => SqliteConnection
  #connection: SqliteConnection | undefined

  constructor(connectionOf: () => SqliteConnection) {
    this.#connectionOf = connectionOf
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.over) throw new StoreError('a query came after the end of its transaction: await every query')
    this.#connection ??= this.#connectionOf()
    return this.#connection.execute<Row>(query)
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

const adapter = new SqliteAdapter()
const compiler = new SqliteQueryCompiler()
const dialectOf = (driver: Driver) => ({
  createAdapter: () => adapter,
  createDriver: () => driver,
  createQueryCompiler: () => compiler,
  createIntrospector: (database: Kysely<unknown>) => new SqliteIntrospector(database),
})
