import { gather } from './gather.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { explained } from './sqlite-problem.ts'
import { StoreError } from './store-error.ts'
import type { Transaction } from './store.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'
import { beginOnLoop } from './write-lock.ts'

interface Unit {
  readonly work: (tx: Transaction) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (problem: unknown) => void
}

/** Units that share one commit at most; more would only let the first wait longer. */
const largestGroup = 256

export interface WriterParts {
  readonly connection: SqliteConnection
  readonly log: WriteAheadLog
  /** Told of each commit, before those who wait for it; they wait until it resolves. */
  readonly committed: () => Promise<void>
}

/**
 * Runs units one after the other. Those that wait together share one commit, each in a savepoint of its own; the next group runs while the disk takes the
 * commit of the one before.
 */
export class SqliteWriter {
  readonly #parts: WriterParts
  readonly #connection: SqliteConnection
  readonly #syncing = new Set<Promise<void>>()
  #queue: Unit[] = []
  #draining: Promise<void> | undefined
  #closed = false

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#connection = parts.connection
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
    await Promise.all(this.#syncing)
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await gather(() => this.#queue.length, largestGroup)
      const group = this.#queue.slice(0, largestGroup)
      this.#queue = this.#queue.slice(largestGroup)
      await this.#commit(group)
    }
    this.#draining = undefined
  }

  async #commit(group: readonly Unit[]): Promise<void> {
    const settle: (() => void)[] = []
    try {
      await beginOnLoop(() => this.#connection.command('BEGIN IMMEDIATE'))
      for (const unit of group) settle.push(await this.#runInSavepoint(unit))
      this.#connection.command('COMMIT')
    } catch (problem) {
      this.#rollBack()
      for (const { reject } of group) reject(explained(problem))
      return
    }
    this.#parts.log.committed(group.length)
    const syncing = this.#settleWhenDurable(settle, this.#parts.committed())
    this.#syncing.add(syncing)
    void syncing.finally(() => this.#syncing.delete(syncing))
  }

  async #settleWhenDurable(settle: readonly (() => void)[], told: Promise<void>): Promise<void> {
    try {
      await Promise.all([this.#parts.log.durable(), told])
    } catch (problem) {
      // What was committed cannot be taken back, nor be kept from those who hold what was before: better to stop than to go on.
      process.nextTick(() => {
        throw problem
      })
      return
    }
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
      return () => reject(explained(problem))
    }
  }

  #rollBack(): void {
    if (this.#connection.database.inTransaction) this.#connection.command('ROLLBACK')
  }
}
