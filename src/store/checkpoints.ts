import { AskedThread } from './asked-thread.ts'
import type { WriteTurns } from './write-turns.ts'

/** Pages of the log, by estimate, after which it is moved into the database: half of what connections that write let it become. */
const pagesBetween = 8_192
/** A record's own and those of its indexes; what shares its commit adds about one each. */
const pagesOfCommit = 13

/**
 * Moves the write-ahead log into the database in a thread with a connection of its own. A connection that does so at the end of its commit makes that commit, and those behind it,
 * wait for two syncs and thousands of pages. Here they wait for the few pages alone that were committed while the others moved: with them the log is moved whole, and the next
 * commit begins it anew.
 * SQLite documentation, "Write-Ahead Logging", "Checkpointing" and "PRAGMA wal_checkpoint".
 */
export class Checkpoints {
  readonly #file: string
  readonly #turns: WriteTurns
  #pages = 0
  #thread: AskedThread<'checkpoint', 'done'> | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(file: string, turns: WriteTurns) {
    this.#file = file
    this.#turns = turns
  }

  /** To be called after each commit. @param units  how many shared it */
  committed(units: number): void {
    this.#pages += pagesOfCommit + units
    if (this.#pages < pagesBetween || this.#running || this.#closed) return
    this.#pages = 0
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when the thread has given the file back. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#thread?.close()
  }

  async #run(): Promise<void> {
    // Should the thread end, connections that write move the log: see configureConnection.
    this.#thread ??= new AskedThread<'checkpoint', 'done'>(
      'checkpoint-thread',
      { file: this.#file },
      () => 'done',
      () => {
        this.#thread = undefined
      },
    )
    await this.#thread.ask('checkpoint')
    const endTurn = await this.#turns.take()
    try {
      await this.#thread?.ask('checkpoint')
    } finally {
      endTurn()
    }
  }
}
