import type { SqliteConnection } from './sqlite-connection.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (problem: unknown) => void
}

interface Unit extends Waiting {
  readonly work: (tx: Transaction) => Promise<unknown>
}

/** One row for one table. */
interface Append extends Waiting {
  readonly table: string
  readonly row: object
}

/** Units that share one commit at most; more would only let the first wait longer. */
const largestGroup = 256

/** The one writer. Units that wait together share one commit, and so one wait for the disk, each in a savepoint of its own. */
export class SqliteWriter {
  readonly #connection: SqliteConnection
  readonly #committed: () => void
  #queue: (Unit | Append)[] = []
  #draining: Promise<void> | undefined
  #closed = false

  /** @param committed  told of each commit, before those who wait for it */
  constructor(connection: SqliteConnection, committed: () => void) {
    this.#connection = connection
    this.#committed = committed
  }

  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#enqueue({ work, resolve: resolve as (value: unknown) => void, reject }))
  }

  append(table: string, row: object): Promise<void> {
    return new Promise<void>((resolve, reject) => this.#enqueue({ table, row, resolve: () => resolve(), reject }))
  }

  #enqueue(entry: Unit | Append): void {
    if (this.#closed) {
      entry.reject(new StoreError('the store is closed'))
      return
    }
    this.#queue.push(entry)
    this.#draining ??= this.#drain()
  }

  /** Takes no more units; resolves when those that wait are done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#gather()
      const group = this.#queue.slice(0, largestGroup)
      this.#queue = this.#queue.slice(largestGroup)
      await this.#commit(group)
    }
    this.#draining = undefined
  }

  /** Calls that arrive join the group for as long as each turn of the event loop brings more: a commit costs far more than a turn. */
  async #gather(): Promise<void> {
    let before = 0
    while (this.#queue.length > before && before < largestGroup) {
      before = this.#queue.length
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  async #commit(group: readonly (Unit | Append)[]): Promise<void> {
    const settle: (() => void)[] = []
    try {
      this.#connection.command('BEGIN IMMEDIATE')
      for (const entry of group) settle.push('work' in entry ? await this.#runInSavepoint(entry) : this.#appendRow(entry))
      this.#connection.command('COMMIT')
    } catch (problem) {
      this.#rollBack()
      for (const { reject } of group) reject(problem)
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

  /** One statement is atomic by itself and needs no savepoint. SQLite documentation, "SAVEPOINT" and "Atomic Commit". */
  #appendRow({ table, row, resolve, reject }: Append): () => void {
    try {
      this.#connection.append(table, row)
      return () => resolve(undefined)
    } catch (problem) {
      if (!this.#connection.database.inTransaction) throw problem
      return () => reject(problem)
    }
  }

  #rollBack(): void {
    if (this.#connection.database.inTransaction) this.#connection.command('ROLLBACK')
  }
}
