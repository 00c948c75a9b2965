import type { SqliteConnection } from './sqlite-connection.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'

interface Unit {
  readonly work: (tx: Transaction) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (problem: unknown) => void
}

/** Units that share one commit at most; more would only let the first wait longer. */
const largestGroup = 256

/** The one writer. Units that wait together share one commit, and so one wait for the disk, each in a savepoint of its own. */
export class SqliteWriter {
  readonly #connection: SqliteConnection
  readonly #committed: () => void
  #queue: Unit[] = []
  #draining: Promise<void> | undefined
  #closed = false

  /** @param committed  told of each commit, before those who wait for it */
  constructor(connection: SqliteConnection, committed: () => void) {
    this.#connection = connection
    this.#committed = committed
  }

  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(new StoreError('the store is closed'))
        return
      }
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Takes no more units; resolves when those that wait are done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // Calls that arrive in this turn of the event loop join the group.
      await new Promise(resolve => setImmediate(resolve))
      const group = this.#queue.slice(0, largestGroup)
      this.#queue = this.#queue.slice(largestGroup)
      await this.#commit(group)
    }
    this.#draining = undefined
  }

  async #commit(group: readonly Unit[]): Promise<void> {
    const settle: (() => void)[] = []
    try {
      this.#connection.command('BEGIN IMMEDIATE')
      for (const unit of group) settle.push(await this.#runInSavepoint(unit))
      this.#connection.command('COMMIT')
    } catch (problem) {
      this.#rollBack()
      for (const unit of group) unit.reject(problem)
      return
    }
    this.#committed()
    for (const done of settle) done()
  }

  async #runInSavepoint({ work, resolve, reject }: Unit): Promise<() => void> {
    this.#connection.command('SAVEPOINT "unit"')
    try {
      const value = await this.#connection.run(work)
      this.#connection.command('RELEASE "unit"')
      return () => resolve(value)
    } catch (problem) {
      // When SQLite has rolled back the whole transaction (a full disk) there is no savepoint, and the group fails with this error.
      if (!this.#connection.database.inTransaction) throw problem
      this.#connection.command('ROLLBACK TO "unit"')
      this.#connection.command('RELEASE "unit"')
      return () => reject(problem)
    }
  }

  #rollBack(): void {
    if (this.#connection.database.inTransaction) this.#connection.command('ROLLBACK')
  }
}
