import type Sqlite from 'better-sqlite3'
import { type CompiledQuery, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Transaction } from './store.ts'
import { type EngineDialect, runUnit } from './unit.ts'

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
    return runOnSqlite(work, () => this)
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

/** @param connectionOf  asked for a connection at the work's first query: work that asks nothing needs none */
export function runOnSqlite<T>(work: (tx: Transaction) => Promise<T>, connectionOf: () => SqliteConnection): Promise<T> {
  let connection: SqliteConnection | undefined
  return runUnit(work, dialect, async query => {
    connection ??= connectionOf()
    return connection.execute(query)
  })
}

const adapter = new SqliteAdapter()
const compiler = new SqliteQueryCompiler()
const dialect: EngineDialect = {
  createAdapter: () => adapter,
  createQueryCompiler: () => compiler,
  createIntrospector: database => new SqliteIntrospector(database),
}
