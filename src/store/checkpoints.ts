import { AskedThread } from './asked-thread.ts'

/** Pages of the log, by estimate, after which it is moved into the database: half of what connections that write let it become. */
const pagesBetween = 8_192
/** A record's own and those of its indexes; what shares its commit adds about one each. */
const pagesOfCommit = 13

/**
 * Moves the write-ahead log into the database in a thread with connections of its own. A connection that does so at the end of its commit makes that commit, and those behind it,
 * wait for two syncs and thousands of pages. Here they wait for the few pages alone that were committed while the others moved.
 * SQLite documentation, "Write-Ahead Logging", "Checkpointing" and "PRAGMA wal_checkpoint".
 */
export class Checkpoints {
  readonly #file: string
  #pages = 0
  #thread: AskedThread<'checkpoint', 'done'> | undefined
  #running: Promise<unknown> | undefined
  #closed = false

  constructor(file: string) {
    this.#file = file
  }

  /** To be called after each commit. @param units  how many shared it */
  committed(units: number): void {
    this.#pages += pagesOfCommit + units
    if (this.#pages < pagesBetween || this.#running || this.#closed) return
    this.#pages = 0
    // Should the thread end, connections that write move the log: see configureConnection.
    this.#thread ??= new AskedThread<'checkpoint', 'done'>(
      'checkpoint-thread',
      { file: this.#file },
      () => 'done',
      () => {
        this.#thread = undefined
      },
    )
    this.#running = this.#thread.ask('checkpoint').finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when the thread has given the file back. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#thread?.close()
  }
}
