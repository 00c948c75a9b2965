/** How often a cache was asked, since the process began. */
export interface CacheUse {
  readonly hits: number
  readonly misses: number
  /** Entries kept now. */
  readonly entries: number
}

interface Loaded<Value> {
  readonly value: Value
  readonly dependencies: readonly string[]
}

/**
 * A cache that forgets the least recently used entries, and those that depend on something that changed.
 * Distinct keys are unbounded in real life; this is not.
 */
export class BoundedCache<Value> {
  readonly #capacity: number
  readonly #entries = new Map<string, { readonly value: Value; readonly dependencies: readonly string[] }>()
  readonly #dependents = new Map<string, Set<string>>()
  readonly #loads = new Map<string, Promise<Loaded<Value>>>()
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
   * Loads and keeps a value, unless something changed while it was loading: then it may be stale and is only returned. Those who ask while it
   * loads, and before anything changed, wait for the same load: a change on a busy server would else be read once for each call under way.
   * @param load    gives the value and the ids of all that it was made from
   * @param shared  what makes two loads the same, where the key alone does not
   */
  async load(key: string, load: () => Promise<Loaded<Value>>, shared = key): Promise<Value> {
    const known = this.get(key)
    if (known !== undefined) return known
    this.#misses++
    const underWay = this.#loads.get(shared)
    if (underWay) return (await underWay).value
    const generation = this.#generation
    const loading = load()
    if (generation === this.#generation) this.#loads.set(shared, loading)
    try {
      const { value, dependencies } = await loading
      if (generation === this.#generation) this.#keep(key, value, dependencies)
      return value
    } finally {
      if (this.#loads.get(shared) === loading) this.#loads.delete(shared)
    }
  }

  /** Forgets every entry made from one of these ids. */
  invalidate(ids: readonly string[]): void {
    this.#generation++
    // What they read may be older than the change: nobody who asks from now on may wait for them.
    this.#loads.clear()
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
