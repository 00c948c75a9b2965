/** How many guesses of a secret are taken. */
export interface AttemptLimit {
  /** Attempts in a row that may fail. */
  readonly most: number
  /** After so many none is taken until so long after the last one; failures of longer ago do not count. */
  readonly lockMilliseconds: number
}

/** Keys that are remembered at most; whoever makes more names up is held up by the limit of its address. */
const mostKeys = 100_000

/**
 * Counts attempts by what they are about, such as a user's name or a network address. They count when they begin, so that many at once
 * count as many.
 */
export class Attempts {
  readonly #limit: AttemptLimit
  readonly #counts = new Map<string, { count: number; lastAt: number }>()

  constructor(limit: AttemptLimit) {
    this.#limit = limit
  }

  /** @returns false when no attempt is taken now */
  begin(key: string, now: number): boolean {
    const known = this.#counts.get(key)
    const entry = known && now < known.lastAt + this.#limit.lockMilliseconds ? known : { count: 0, lastAt: now }
    // Refused attempts do not lengthen the lock: nobody is to be kept out for good by somebody else.
    if (entry.count >= this.#limit.most) return false
    this.#counts.delete(key)
    this.#counts.set(key, { count: entry.count + 1, lastAt: now })
    if (this.#counts.size > mostKeys) this.#counts.delete(this.#counts.keys().next().value as string)
    return true
  }

  /** A success ends a row of failures. */
  succeeded(key: string): void {
    this.#counts.delete(key)
  }

  /** Takes one attempt back: it did not fail. */
  undo(key: string): void {
    const entry = this.#counts.get(key)
    if (entry && --entry.count === 0) this.#counts.delete(key)
  }
}
