import { StoreError } from './store-error.ts'
import type { Change } from './store.ts'

/** The change feed of a database that several processes write to, whatever its engine. */
export interface FeedSource {
  /** The last change: what comes after it is news. */
  last(): Promise<number>
  /** The changes after a seq that can be seen now. */
  read(after: number): Promise<FeedPage>
}

export interface FeedPage {
  /** In the order of their seqs. */
  readonly changes: readonly Change[]
  /**
   * No change at or before this seq is still to come. Below the last change's seq, where an engine gives seqs before commits and units overlap: then
   * changes beyond it are read again, as others may yet appear among them.
   */
  readonly settled: number
}

export interface FeedOptions {
  readonly source: FeedSource
  /** Told of each change once. */
  readonly tell: (changes: readonly Change[]) => void
  /** Between two looks when nobody wakes the follower. */
  readonly pollMilliseconds: number
  /** How long after its last look a follower still counts as current. */
  readonly boundMilliseconds: number
  /** How long the source keeps changes: a follower that was away for longer has missed some. */
  readonly keptMilliseconds: number
  /** Milliseconds of a clock that only goes forward. */
  readonly clock: () => number
  readonly onProblem: (problem: unknown) => void
}

/**
 * Follows the change feed of a database that other processes write to: tells of every change once, however late it became visible, and knows
 * whether what it has told is recent enough to decide by. docs/decisions/change-feed.md says why it is so.
 */
export class FeedFollower {
  readonly #options: FeedOptions
  /** Seqs beyond the settled one that were told already. */
  readonly #told = new Set<number>()
  #settled = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Begins after the last change there is. */
  async start(): Promise<void> {
    const { source, clock } = this.#options
    const at = clock()
    this.#settled = await source.last()
    this.#lookedAt = at
    this.#rest()
  }

  /** Whether all that had been committed a bound ago was told. Where not, rights may be gone that caches still hold. */
  get current(): boolean {
    const { clock, boundMilliseconds } = this.#options
    return clock() - this.#lookedAt <= boundMilliseconds
  }

  /** Tells of changes that this process made itself, without waiting for the feed to bring them. */
  tellOwn(changes: readonly Change[]): void {
    const news = changes.filter(({ seq }) => seq > this.#settled && !this.#told.has(seq))
    for (const { seq } of news) this.#told.add(seq)
    this.#options.tell(news)
  }

  /** Looks at once. Resolves when everything that was committed before the call has been told; those who call meanwhile share a look. */
  async catchUp(): Promise<void> {
    if (!this.#looking) return this.#begin()
    // The look that goes on may have begun too early.
    this.#next ??= this.#looking.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  /** Looks as soon as may be; to be called when something tells of news. */
  wake(): void {
    if (!this.#stopped) this.catchUp().catch(this.#options.onProblem)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking?.catch(() => undefined)
  }

  #begin(): Promise<void> {
    this.#next = undefined
    clearTimeout(this.#timer)
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      this.#rest()
    })
    return this.#looking
  }

  #rest(): void {
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), this.#options.pollMilliseconds).unref()
  }

  async #look(): Promise<void> {
    const { source, clock, keptMilliseconds } = this.#options
    const at = clock()
    const { changes, settled } = await source.read(this.#settled)
    // The source has forgotten some of what this follower has not told, and nobody can say which.
    if (at - this.#lookedAt > keptMilliseconds)
      process.nextTick(() => {
        throw new StoreError('the change feed was out of reach for longer than changes are kept: start again')
      })
    this.tellOwn(changes)
    this.#settle(settled)
    this.#lookedAt = at
  }

  #settle(seq: number): void {
    if (seq <= this.#settled) return
    this.#settled = seq
    for (const told of this.#told) if (told <= seq) this.#told.delete(told)
  }
}
