/** How often a cache was asked, since the process began. */
export interface CacheUse {
  readonly hits: number
  readonly misses: number
  /** Entries kept now. */
  readonly entries: number
}

/**
 * A cache that forgets the least recently used entries, and those that depend on something that changed.
 * Distinct keys are unbounded in real life; this is not.
 */
export class BoundedCache<Value> {
  readonly #capacity: number
  readonly #entries = new Map<string, { readonly value: Value; readonly dependencies: readonly string[] }>()
  readonly #dependents = new Map<string, Set<string>>()
  #generation = 0
  #hits = 0
  #misses = 0

  /** @param capacity  entries kept at most */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get use(): CacheUse {
    return { hits: this.#hits, misses: this.#misses, entries: this.#entries.size }
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#hits++
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /**
   * Loads and keeps a value, unless something changed while it was loading: then it may be stale and is only returned.
   * @param load  gives the value and the ids of all that it was made from
   */
  async load(key: string, load: () => Promise<{ value: Value; dependencies: readonly string[] }>): Promise<Value> {
    const known = this.get(key)
    if (known !== undefined) return known
    this.#misses++
    const generation = this.#generation
    const { value, dependencies } = await load()
    if (generation === this.#generation) this.#keep(key, value, dependencies)
    return value
  }

  /** Forgets every entry made from one of these ids. */
  invalidate(ids: readonly string[]): void {
    this.#generation++
    for (const id of ids) for (const key of this.#dependents.get(id) ?? []) this.#forget(key)
  }

  #keep(key: string, value: Value, dependencies: readonly string[]): void {
    this.#forget(key)
    if (this.#entries.size >= this.#capacity) this.#forget(this.#entries.keys().next().value as string)
    this.#entries.set(key, { value, dependencies })
    for (const id of dependencies) {
      const keys = this.#dependents.get(id)
      if (keys) keys.add(key)
      else this.#dependents.set(id, new Set([key]))
    }
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    for (const id of entry.dependencies) {
      const keys = this.#dependents.get(id)
      keys?.delete(key)
      if (keys?.size === 0) this.#dependents.delete(id)
    }
  }
}
