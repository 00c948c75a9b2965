import { Worker } from 'node:worker_threads'

/** The thread's code: beside the bundle, or beside this file when it runs from its source. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './checkpoint-thread.ts' : './checkpoint-thread.js', import.meta.url)

/** Commits after which the log is moved into the database: about a megabyte of it. */
const commitsBetween = 64

/**
 * Moves the write-ahead log into the database in a thread with a connection of its own. A connection that does so at the end of its commit
 * makes that commit, and those behind it, wait for two syncs and thousands of pages.
 * SQLite documentation, "Write-Ahead Logging", "Checkpointing" and "PRAGMA wal_checkpoint".
 */
export class Checkpoints {
  readonly #file: string
  #commits = 0
  #worker: Worker | undefined
  #busy = false
  #ended: Promise<void> = Promise.resolve()
  #closed = false

  constructor(file: string) {
    this.#file = file
  }

  /** To be called after each commit. */
  committed(): void {
    this.#commits++
    if (this.#commits < commitsBetween || this.#busy || this.#closed) return
    this.#commits = 0
    this.#busy = true
    this.#worker ??= this.#start()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    this.#worker.postMessage('checkpoint')
  }

  /** Resolves when the thread has given the file back. */
  async close(): Promise<void> {
    this.#closed = true
    this.#worker?.ref()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    this.#worker?.postMessage('close')
    await this.#ended
  }

  #start(): Worker {
    const worker = new Worker(threadFile, { workerData: { file: this.#file } })
    worker.on('message', () => {
      this.#busy = false
    })
    // Without the thread the connections that write move the log, at a larger size: see configureConnection.
    worker.on('error', () => {})
    this.#ended = new Promise(resolve => {
      worker.once('exit', () => {
        this.#worker = undefined
        this.#busy = false
        resolve()
      })
    })
    worker.unref()
    return worker
  }
}
