import { type Append, type AppendAnswer, type AppendBatch, type AppendTask, batchOf } from './append.ts'
import { AskedThread } from './asked-thread.ts'
import { explained } from './sqlite-problem.ts'
import { StoreError } from './store-error.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

interface Waiting {
  readonly group: readonly Append[]
  readonly resolve: () => void
  readonly reject: (problem: Error) => void
}

/** Groups that the thread is given while the event loop still reads requests of the same turn, so that both work. */
const groupsOfBatch = 64

export interface AppenderParts {
  readonly task: AppendTask
  readonly log: WriteAheadLog
}

/**
 * Rows that stand for themselves, written by a thread with a connection of its own: neither the pages of their indexes nor the disk keep the event loop.
 * The thread is given them as they come, and commits together what came while it wrote and synced what was before.
 */
export class SqliteAppender {
  readonly #parts: AppenderParts
  readonly #writing = new Set<Promise<void>>()
  #waiting: Waiting[] = []
  #thread: AskedThread<AppendBatch, AppendAnswer> | undefined
  #closed = false

  constructor(parts: AppenderParts) {
    this.#parts = parts
  }

  /** Rows that are there together or not at all. */
  append(group: readonly Append[]): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#closed) {
        reject(new StoreError('the store is closed'))
        return
      }
      const waiting = this.#waiting.push({ group, resolve, reject })
      if (waiting === groupsOfBatch) this.#send()
      else if (waiting === 1) setImmediate(() => this.#send())
    })
  }

  /** Takes no more rows; resolves when those that wait are done. */
  async close(): Promise<void> {
    this.#closed = true
    this.#send()
    await Promise.all(this.#writing)
    await this.#thread?.close()
  }

  #send(): void {
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    const writing = this.#write(batch).then(answer => this.#settle(batch, answer))
    this.#writing.add(writing)
    void writing.finally(() => this.#writing.delete(writing))
  }

  async #write(batch: readonly Waiting[]): Promise<AppendAnswer> {
    const rows = batchOf(batch.map(({ group }) => group))
    const thread = this.#openThread()
    const answer = await thread.ask(rows)
    if (!('failed' in answer) || !readOnly.test(answer.failed.code)) return answer
    // A connection that was opened while the file could not be written stays so: another may write now.
    if (this.#thread === thread) this.#thread = undefined
    await thread.close()
    return this.#openThread().ask(rows)
  }

  #openThread(): AskedThread<AppendBatch, AppendAnswer> {
    const thread = (this.#thread ??= new AskedThread<AppendBatch, AppendAnswer>(
      'append-thread',
      this.#parts.task,
      // Whether the batch of a thread that ended was committed nobody knows; none of it may be called durable.
      failed => ({ failed }),
      () => {
        if (this.#thread === thread) this.#thread = undefined
      },
    ))
    return thread
  }

  #settle(batch: readonly Waiting[], answer: AppendAnswer): void {
    // What was committed can neither be taken back nor called durable: better to stop than to go on.
    if ('unsynced' in answer) {
      process.nextTick(() => {
        throw new StoreError(answer.unsynced.message, answer.unsynced.code)
      })
      return
    }
    if ('outcomes' in answer && answer.shared > 0) this.#parts.log.committed(answer.shared)
    for (const [index, { resolve, reject }] of batch.entries()) {
      const problem = 'failed' in answer ? answer.failed : answer.outcomes[index]
      if (problem === undefined) resolve()
      else reject(explained(new StoreError(problem.message, problem.code)))
    }
  }
}

const readOnly = /^SQLITE_(READONLY|CANTOPEN)/
