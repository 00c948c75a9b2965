import type { Random } from '../../types/random.ts'

/** How long a browser may take for the next step. */
const lifeMilliseconds = 600_000
/** Nobody has one without having shown a password; when there are more, the oldest begin anew. */
const mostPending = 10_000

/** What waits for the next step of a browser, by a name that nobody else can guess. Kept in memory: a restart has people begin anew. */
export class Pending<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  keep(value: Value, now: number): string {
    const id = Buffer.from(this.#random.bytes(32)).toString('base64url')
    this.keepAs(id, value, now)
    return id
  }

  /** Keeps it by a name that is as good; what had it before is forgotten. */
  keepAs(id: string, value: Value, now: number): void {
    this.#entries.delete(id)
    for (const [id, { until }] of this.#entries) {
      if (until > now && this.#entries.size < mostPending) break
      this.#entries.delete(id)
    }
    this.#entries.set(id, { value, until: now + lifeMilliseconds })
  }

  find(id: string, now: number): Value | undefined {
    const entry = this.#entries.get(id)
    return entry && entry.until > now ? entry.value : undefined
  }

  /** Finds it for the last time. */
  take(id: string, now: number): Value | undefined {
    const value = this.find(id, now)
    this.#entries.delete(id)
    return value
  }
}
