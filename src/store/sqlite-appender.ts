import { type Append, type AppendAnswer, type AppendBatch, type AppendTask, batchOf } from './append.ts'
import { AskedThread } from './asked-thread.ts'
import { explained } from './sqlite-problem.ts'
import { StoreError } from './store-error.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'
import type { WriteTurns } from './write-turns.ts'

interface Waiting {
  readonly group: readonly Append[]
  readonly resolve: () => void
  readonly reject: (problem: Error) => void
}

/** Groups of rows that share one commit at most; more would only let the first wait longer. */
const largestBatch = 1_024
/** Groups of a batch so small that the thread waits for the disk itself: two turns between threads cost those few more than the next batch could win. */
const fewest = 4

export interface AppenderParts {
  readonly task: AppendTask
  readonly turns: WriteTurns
  readonly log: WriteAheadLog
}

/**
 * Rows that stand for themselves, written by a thread with a connection of its own: the pages of their indexes do not keep the event loop. Rows that come
 * while a batch is under way are the next one, which is written while the disk takes the one before.
 */
export class SqliteAppender {
  readonly #parts: AppenderParts
  readonly #syncing = new Set<Promise<void>>()
  #queue: Waiting[] = []
  #draining: Promise<void> | undefined
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
      this.#queue.push({ group, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Takes no more rows; resolves when those that wait are done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
    await Promise.all(this.#syncing)
    await this.#thread?.close()
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // What the event loop reads in one turn is written together. To wait for more would leave the thread idle, and then the loop.
      await new Promise(resolve => setImmediate(resolve))
      const endTurn = await this.#parts.turns.take()
      const batch = this.#queue.splice(0, largestBatch)
      try {
        this.#settleWhenDurable(batch, await this.#write(batch))
      } finally {
        endTurn()
      }
    }
    this.#draining = undefined
  }

  #settleWhenDurable(batch: readonly Waiting[], answer: AppendAnswer): void {
    this.#parts.log.committed(batch.length)
    if ('failed' in answer || answer.durable) {
      settle(batch, answer)
      return
    }
    const syncing = this.#parts.log.durable().then(() => settle(batch, answer))
    this.#syncing.add(syncing)
    void syncing.finally(() => this.#syncing.delete(syncing))
  }

  async #write(batch: readonly Waiting[]): Promise<AppendAnswer> {
    const answer = await this.#writeOnThread(batch)
    if (!('failed' in answer) || !readOnly.test(answer.failed.code)) return answer
    // A connection that was opened while the file could not be written stays so: another may write now.
    await this.#thread?.close()
    return this.#writeOnThread(batch)
  }

  #writeOnThread(batch: readonly Waiting[]): Promise<AppendAnswer> {
    // Whether the batch of a thread that ended was committed nobody knows; none of it may be called durable.
    this.#thread ??= new AskedThread<AppendBatch, AppendAnswer>(
      'append-thread',
      this.#parts.task,
      failed => ({ failed }),
      () => {
        this.#thread = undefined
      },
    )
    return this.#thread.ask(
      batchOf(
        batch.map(({ group }) => group),
        batch.length <= fewest && this.#syncing.size === 0,
      ),
    )
  }
}

const readOnly = /^SQLITE_(READONLY|CANTOPEN)/

function settle(batch: readonly Waiting[], answer: AppendAnswer): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const problem = 'failed' in answer ? answer.failed : answer.outcomes[index]
    if (problem === undefined) resolve()
    else reject(explained(new StoreError(problem.message, problem.code)))
  }
}
