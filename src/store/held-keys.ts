import type { DataKeys } from './envelope.ts'
import { type DataKeyState, dataKeyGone, keysChange, type KeyTable, readKeys, unwrapped, type WrappedSlot } from './key-slots.ts'
import { MasterKeyError } from './master-key.ts'
import type { Change, Store } from './store.ts'
import { StoreUnavailable } from './store-error.ts'

const againMilliseconds = 500
/** What seals by keys that may have changed for longer than this does not seal: another node may already go without the old one. */
const patienceMilliseconds = 2_000

const sealingOf = (states: readonly DataKeyState[]): string => states.find(({ stage }) => stage === 'sealing')?.id as string

/** The keys that open something after changes. To be asked for before caches hear of these, which must not load again what is over. */
export function withoutGone(keys: DataKeys['keys'], changes: readonly Change[]): DataKeys['keys'] {
  const gone = new Set(changes.map(({ id }) => id))
  return new Map([...keys].filter(([id]) => !gone.has(dataKeyGone(id))))
}

/** The data keys as this process has opened them. They follow the change feed: what one node does with keys, all know soon. */
export class HeldKeys implements DataKeys {
  readonly #store: Store
  readonly #onProblem: (problem: unknown) => void
  readonly #listeners = new Set<(keys: DataKeys) => void>()
  /** The slot that opens them. */
  #own: WrappedSlot
  #states: readonly DataKeyState[]
  #keys: ReadonlyMap<string, Uint8Array>
  #sealing: string
  /** Since when it is known that they changed, by a clock that only goes forward. */
  #changedAt: number | undefined
  #reading: Promise<void> | undefined
  #again = false

  /** @param onProblem  told when keys that changed cannot be read */
  constructor(store: Store, { dataKeys }: KeyTable, own: WrappedSlot, onProblem: (problem: unknown) => void) {
    this.#store = store
    this.#onProblem = onProblem
    this.#own = own
    this.#states = dataKeys
    this.#keys = unwrapped(own)
    this.#sealing = sealingOf(dataKeys)
    store.onChange(changes => {
      const ofKeys = changes.filter(({ kind }) => kind === keysChange)
      if (ofKeys.length === 0) return
      this.#keys = withoutGone(this.#keys, ofKeys)
      this.#changedAt ??= performance.now()
      this.read().catch(this.#onProblem)
    })
  }

  get sealing(): string {
    if (this.#changedAt !== undefined && performance.now() - this.#changedAt > patienceMilliseconds)
      throw new StoreUnavailable('the data keys changed, and could not be read since')
    return this.#sealing
  }

  get keys(): ReadonlyMap<string, Uint8Array> {
    return this.#keys
  }

  get states(): readonly DataKeyState[] {
    return this.#states
  }

  get own(): WrappedSlot {
    return this.#own
  }

  /** Goes on with another slot, as the own one is about to go. */
  goOnWith(own: WrappedSlot): void {
    this.#own = own
  }

  /** Tells of the keys whenever they were read anew. */
  onRead(listener: (keys: DataKeys) => void): void {
    this.#listeners.add(listener)
  }

  /** Reads them anew; resolves when what was committed before is known. */
  async read(): Promise<void> {
    this.#again = true
    this.#reading ??= this.#readUntilCurrent().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readUntilCurrent(): Promise<void> {
    while (this.#again) {
      this.#again = false
      try {
        this.#take(await this.#store.read(readKeys))
      } catch (problem) {
        if (problem instanceof MasterKeyError) throw problem
        setTimeout(() => void this.read().catch(this.#onProblem), againMilliseconds).unref()
        throw problem
      }
    }
  }

  #take({ dataKeys, slots }: KeyTable): void {
    const slot = slots.find(({ id }) => id === this.#own.slot.id)
    if (!slot) throw new MasterKeyError('the master key of this start opens nothing any more: start again with the present one')
    this.#own = { ...this.#own, slot }
    this.#keys = unwrapped(this.#own)
    this.#states = dataKeys
    this.#sealing = sealingOf(dataKeys)
    this.#changedAt = undefined
    for (const listener of this.#listeners) listener({ sealing: this.#sealing, keys: this.#keys })
  }
}
