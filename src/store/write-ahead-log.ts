import { closeSync, fdatasync, openSync } from 'node:fs'
import { Checkpoints } from './checkpoints.ts'

/**
 * The log of a database that this process commits to. A commit with synchronous=NORMAL puts its pages into the log; they are durable once the log is synced,
 * as synchronous=FULL does within the commit itself. The wait is beside the event loop, and one sync serves all who ask before it begins.
 * SQLite documentation, "PRAGMA synchronous" and "Write-Ahead Logging".
 */
export class WriteAheadLog {
  readonly #file: string
  readonly #checkpoints: Checkpoints
  #descriptor: number | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** @param file  the database, whose log is there: a connection has written to it */
  constructor(file: string) {
    this.#file = `${file}-wal`
    this.#checkpoints = new Checkpoints(file)
  }

  /** To be called after each commit. @param units  how many shared it */
  committed(units: number): void {
    this.#checkpoints.committed(units)
  }

  /**
   * Resolves when all that was committed before the call is on the disk. When the disk fails the process ends:
   * what was committed can neither be taken back nor called durable.
   */
  durable(): Promise<void> {
    if (!this.#running) return this.#sync()
    // The one that runs may have begun before the commit.
    return (this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#sync()
    }))
  }

  /** Gives the file back. To be called when nobody waits. */
  async close(): Promise<void> {
    await this.#checkpoints.close()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #sync(): Promise<void> {
    const descriptor = (this.#descriptor ??= openSync(this.#file, 'r+'))
    this.#running = new Promise(resolve =>
      fdatasync(descriptor, problem => {
        this.#running = undefined
        if (problem) throw problem
        resolve()
      }),
    )
    return this.#running
  }
}
