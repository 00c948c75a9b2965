import type { Change } from './store.ts'

type Listener = (changes: readonly Change[]) => void

/** Those who follow the change feed in this process. */
export class ChangeListeners {
  readonly #listeners = new Set<Listener>()

  /** @returns a function that ends it */
  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(changes)
      } catch (problem) {
        // A cache that missed a change would answer from rights that are gone: better to stop than to go on.
        process.nextTick(() => {
          throw problem
        })
      }
    }
  }
}
