import { Worker } from 'node:worker_threads'
import { threadFile } from './asked-thread.ts'
import {
  type LongRead,
  type LongReadAnswer,
  LongReadError,
  type LongReadEvents,
  type LongReadLimits,
  type LongReadQuery,
  type LongReadResult,
  type LongReadSource,
  type LongReadTask,
} from './long-read.ts'
import { StoreError } from './store-error.ts'

/** How much longer than its time a thread that does not end by itself is left alone: a regular expression may keep it. */
const graceMilliseconds = 2_000

/** Long reads, each in a thread of its own with a connection of its own that cannot write. */
export class LongReads {
  readonly #sourceOf: (events: LongReadEvents) => LongReadSource
  readonly #running = new Set<{ readonly read: LongRead }>()
  #closed = false

  /** @param sourceOf  where the events are that a read looks at */
  constructor(sourceOf: (events: LongReadEvents) => LongReadSource) {
    this.#sourceOf = sourceOf
  }

  start({ sql, parameters, events }: LongReadQuery, limits: LongReadLimits): LongRead {
    if (this.#closed) throw new StoreError('the store is closed')
    const stop = new SharedArrayBuffer(4)
    const task: LongReadTask = { source: this.#sourceOf(events), sql, parameters, limits, stop }
    let end = (_problem: LongReadError) => {}
    const entry = {
      read: {
        result: new Promise<LongReadResult>((resolve, reject) => {
          const worker = new Worker(threadFile('long-read-thread'), { workerData: task })
          end = problem => {
            reject(problem)
            void worker.terminate()
          }
          const timer = setTimeout(() => end(new LongReadError('timed out', 'the time is over')), limits.milliseconds + graceMilliseconds)
          worker.once('message', (answer: LongReadAnswer) => {
            if ('end' in answer) reject(new LongReadError(answer.end, answer.message))
            else resolve(answer)
          })
          worker.once('error', problem => reject(new LongReadError('failed', problem.message)))
          worker.once('exit', () => {
            clearTimeout(timer)
            this.#running.delete(entry)
            reject(new LongReadError('failed', 'the read ended without an answer'))
          })
        }),
        cancel() {
          Atomics.store(new Int32Array(stop), 0, 1)
          setTimeout(() => end(new LongReadError('cancelled', 'the read was cancelled')), graceMilliseconds).unref()
        },
      },
    }
    this.#running.add(entry)
    return entry.read
  }

  /** Ends those that run. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running].map(({ read }) => read)
    for (const read of running) read.cancel()
    await Promise.allSettled(running.map(({ result }) => result))
  }
}
