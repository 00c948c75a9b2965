import { closeSync, fdatasync, openSync } from 'node:fs'

/**
 * Waits for the disk beside the event loop. A commit with synchronous=NORMAL puts its pages into the write-ahead log; they are durable once the log is synced,
 * as synchronous=FULL does within the commit itself. One sync serves all who ask before it begins.
 * SQLite documentation, "PRAGMA synchronous" and "Write-Ahead Logging".
 */
export class LogSync {
  readonly #descriptor: number
  #closed = false
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** @param file  the database, whose log is there: a connection has written to it */
  constructor(file: string) {
    this.#descriptor = openSync(`${file}-wal`, 'r+')
  }

  /** Resolves when all that was committed before the call is on the disk. */
  durable(): Promise<void> {
    if (!this.#running) return this.#sync()
    // The one that runs may have begun before the commit.
    const next = () => {
      this.#next = undefined
      return this.#sync()
    }
    return (this.#next ??= this.#running.then(next, next))
  }

  /** Gives the log back. To be called when nobody waits. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#descriptor)
  }

  #sync(): Promise<void> {
    this.#running = new Promise((resolve, reject) =>
      fdatasync(this.#descriptor, problem => {
        this.#running = undefined
        if (problem) reject(problem)
        else resolve()
      }),
    )
    return this.#running
  }
}
