import type Sqlite from 'better-sqlite3'
import { runOnSqlite, SqliteConnection } from './sqlite-connection.ts'
import { explained } from './sqlite-problem.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'

/** Connections kept open while nobody reads: as many as calls that go on at once, as opening one costs more than what most calls read. */
const mostIdle = 64

/** Connections that read, each read in a snapshot of its own: writers never hold it up, and it never sees half of two commits. */
export class SqliteReaders {
  readonly #open: () => Sqlite.Database
  readonly #idle: SqliteConnection[] = []
  readonly #active = new Set<Promise<unknown>>()
  #closed = false

  /** @param open  opens a read-only connection */
  constructor(open: () => Sqlite.Database) {
    this.#open = open
  }

  async read<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError('the store is closed')
    const reading = this.#readOnce(work)
    this.#active.add(reading)
    try {
      return await reading
    } finally {
      this.#active.delete(reading)
    }
  }

  /** Takes no more reads; resolves when those that run are done and their connections closed. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#active)
    for (const connection of this.#idle.splice(0)) connection.database.close()
  }

  async #readOnce<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    let used: SqliteConnection | undefined
    try {
      return await runOnSqlite(work, () => {
        used = this.#idle.pop() ?? new SqliteConnection(this.#open())
        used.command('BEGIN')
        return used
      })
    } catch (problem) {
      throw explained(problem)
    } finally {
      if (used) this.#release(used)
    }
  }

  #release(connection: SqliteConnection): void {
    try {
      if (connection.database.inTransaction) connection.command('COMMIT')
    } catch {
      // What the read met, such as a damaged page, is what its caller hears of.
      connection.database.close()
      return
    }
    if (this.#idle.length < mostIdle) this.#idle.push(connection)
    else connection.database.close()
  }
}
