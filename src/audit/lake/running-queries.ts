import type { LongRead, LongReadResult } from '../../store/index.ts'

/** Threads that run queries at the same time; more would only take the processor from the calls. */
const mostThreads = 2

interface Entry {
  read: LongRead | undefined
  cancelled: boolean
}

/** The queries that wait or run, by id. */
export class RunningQueries {
  readonly #entries = new Map<string, Entry>()
  #free = mostThreads
  readonly #waiting: (() => void)[] = []

  /**
   * Runs a query when a thread is free.
   * @returns undefined when it was cancelled before it began
   * @throws  LongReadError
   */
  async run(id: string, start: () => LongRead): Promise<LongReadResult | undefined> {
    const entry: Entry = { read: undefined, cancelled: false }
    this.#entries.set(id, entry)
    await this.#thread()
    try {
      if (entry.cancelled) return undefined
      entry.read = start()
      return await entry.read.result
    } finally {
      this.#entries.delete(id)
      this.#free++
      this.#waiting.shift()?.()
    }
  }

  async #thread(): Promise<void> {
    while (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#free--
  }

  isRunning(id: string): boolean {
    return this.#entries.get(id)?.read !== undefined
  }

  cancel(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.cancelled = true
    entry.read?.cancel()
  }
}
