/** Whose rates are remembered at once; beyond, the one who called longest ago is forgotten, and so begins anew. */
const mostRemembered = 100_000

/** How often each of many may call: a bucket of tokens each, that holds a second's worth and fills evenly. */
export class RateLimit {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; readonly at: number }>()

  /** @param perSecond  calls a second that each may make; 0 sets no limit */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Takes a token. @returns false when there is none left */
  take(who: string): boolean {
    if (this.#perSecond === 0) return true
    const at = this.#now()
    const bucket = this.#buckets.get(who)
    // A clock that is set back gives nothing, and takes nothing away.
    const earned = bucket ? (Math.max(0, at - bucket.at) / 1000) * this.#perSecond : this.#perSecond
    const tokens = Math.min(this.#perSecond, (bucket?.tokens ?? 0) + earned)
    const may = tokens >= 1
    // Set anew, so that the map is in order of last use.
    this.#buckets.delete(who)
    if (this.#buckets.size >= mostRemembered) this.#buckets.delete(this.#buckets.keys().next().value as string)
    this.#buckets.set(who, { tokens: may ? tokens - 1 : tokens, at })
    return may
  }
}
