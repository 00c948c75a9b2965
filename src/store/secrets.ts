import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { type DataKeys, firstDataKey, openUnder, sealUnder } from './envelope.ts'
import { HeldKeys } from './held-keys.ts'
import { changeKeys, type DataKeyState, type KeySlot, newSlot, openSlots, readKeys, wrapped, writeFirstSlot } from './key-slots.ts'
import { isPassphrase, type MasterKey, MasterKeyError } from './master-key.ts'
import type { Store } from './store.ts'

/** Encrypts what Gatehouse must be able to read again: access key secrets, issuer keys. Envelopes under the data keys. */
export interface Secrets {
  /** @param context  authenticated, such as the access key's id: an envelope moved to another row does not open */
  encrypt(plaintext: Uint8Array | string, context: string): string
  /** @throws Error when the envelope was altered, or made for another context */
  decrypt(envelope: string, context: string): Buffer
  /** Ids of the data keys, the one that seals first. */
  dataKeyIds(): readonly string[]
  /** A 32-byte key of its own for one purpose under one data key, the same at each start; undefined when that opens nothing any more. */
  derivedKey(purpose: string, dataKeyId: string): KeyObject | undefined
}

/** Secrets, and what changes the keys that open them. */
export interface OpenedSecrets extends Secrets {
  /** The data keys themselves, for other processes of this Gatehouse. */
  heldKeys(): DataKeys
  /** Tells of the data keys whenever they changed. */
  onKeys(listener: (keys: DataKeys) => void): void
  /** What the data keys do, as far as this process has heard. */
  dataKeys(): readonly DataKeyState[]
  /** Makes another data key, which is to seal once every process knows it. @returns its id @throws MasterKeyError when that cannot be now */
  addDataKey(now: number): Promise<string>
  /** Lets the data key that was added seal. */
  sealWithNext(now: number): Promise<void>
  /** Takes down that nothing in the store is sealed under a former data key any more. */
  noteResealed(id: string, now: number): Promise<void>
  /** Lets a former data key open nothing any more: sessions that it signed are over. @throws MasterKeyError when something is still sealed under it */
  retireDataKey(id: string, now: number): Promise<void>
  masterKeys(): Promise<readonly MasterKeySummary[]>
  /** Lets another master key open the data keys too. @returns its id */
  addMasterKey(masterKey: MasterKey, now: number): Promise<string>
  /**
   * Lets another master key open the data keys in place of the one in use.
   * @param keep  keeps it where the next start finds it; while that runs, either key opens
   * @returns     its id
   */
  replaceMasterKey(masterKey: MasterKey, keep: () => void, now: number): Promise<string>
  /**
   * Lets a master key open nothing any more.
   * @throws MasterKeyError when there is none of that id, or it is the one in use
   */
  retireMasterKey(id: string, now: number): Promise<void>
}

export interface MasterKeySummary {
  readonly id: string
  readonly kind: 'key' | 'passphrase'
  /** Epoch milliseconds; 0 in what versions before slots wrote. */
  readonly madeAt: number
  /** Whether the next start of this process is to use it, as the last one did. */
  readonly inUse: boolean
}

/**
 * Opens the data keys, making the first at first start. They are wrapped by the master key, which never touches the database.
 * @param now        epoch milliseconds
 * @param onProblem  told when data keys changed that this process cannot read
 * @throws           MasterKeyError when the master key wraps no data key here
 */
export async function openSecrets(
  store: Store,
  masterKey: MasterKey,
  now: number = Date.now(),
  onProblem: (problem: unknown) => void = () => {},
): Promise<OpenedSecrets> {
  const table = await store.read(readKeys)
  if (table.slots.length === 0) {
    const { slot } = await newSlot(new Map([[firstDataKey, randomBytes(32)]]), masterKey, now)
    await writeFirstSlot(store, slot, now)
    return openSecrets(store, masterKey, now, onProblem)
  }
  const own = await openSlots(table.slots, masterKey)
  if (!own) throw new MasterKeyError(reason(table.slots, masterKey))
  return secretsOf(store, new HeldKeys(store, table, own, onProblem))
}

function reason(slots: readonly KeySlot[], masterKey: MasterKey): string {
  if (isPassphrase(masterKey)) {
    return slots.some(({ derivation }) => derivation)
      ? 'the passphrase does not open this data folder: give the one it was sealed with'
      : 'a master key opens this data folder, not a passphrase: give the key it was made with'
  }
  if (slots.every(({ derivation }) => derivation))
    return 'the master key does not open this data folder: a passphrase does, give it with --master-key-passphrase-file'
  return `the master key does not open this data folder: give the one it was made with (id ${slots.map(({ id }) => id).join(' or ')})`
}

/** Encrypts under data keys. @param held  may change between calls */
export function secretsUnder(held: () => DataKeys): Secrets {
  const derived = new WeakMap<Uint8Array, Map<string, KeyObject>>()
  return {
    encrypt: (plaintext, context) => sealUnder(held(), plaintext, context),
    decrypt: (envelope, context) => openUnder(held(), envelope, context),
    dataKeyIds() {
      const { sealing, keys } = held()
      return [sealing, ...[...keys.keys()].filter(id => id !== sealing)]
    },
    derivedKey(purpose, dataKeyId) {
      const dataKey = held().keys.get(dataKeyId)
      if (!dataKey) return undefined
      const known = derived.get(dataKey) ?? new Map<string, KeyObject>()
      derived.set(dataKey, known)
      // A key object: the same bytes in a buffer are read anew for each HMAC, which takes five times as long.
      const key = known.get(purpose) ?? createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, '', purpose, 32)))
      known.set(purpose, key)
      return key
    },
  }
}

/** Names a data key without telling it. */
const dataKeyId = (key: Uint8Array): string => Buffer.from(hkdfSync('sha256', key, '', 'data key id', 8)).toString('hex')

function secretsOf(store: Store, held: HeldKeys): OpenedSecrets {
  const add = async (masterKey: MasterKey, now: number) => {
    await held.read()
    const made = await newSlot(held.keys, masterKey, now)
    await changeKeys(store, now, ({ dataKeys, slots }) => {
      if (dataKeys.some(({ id }) => !Object.hasOwn(made.slot.dataKeys, id)))
        throw new MasterKeyError('the data keys changed meanwhile: try again')
      return { dataKeys, slots: [...slots.filter(({ id }) => id !== made.slot.id), made.slot] }
    })
    return made
  }
  const retire = (retired: string, now: number) =>
    changeKeys(store, now, ({ dataKeys, slots }) => {
      if (!slots.some(({ id }) => id === retired)) throw new MasterKeyError(`no master key ${retired} opens this data folder`)
      return { dataKeys, slots: slots.filter(({ id }) => id !== retired) }
    })
  /** Changes what data keys do, and resolves when this process knows. */
  const restage = async (now: number, change: (states: readonly DataKeyState[]) => readonly DataKeyState[]) => {
    await changeKeys(store, now, ({ dataKeys: before, slots }) => {
      const dataKeys = change(before)
      const left = (envelopes: KeySlot['dataKeys']) =>
        Object.fromEntries(Object.entries(envelopes).filter(([id]) => dataKeys.some(key => key.id === id)))
      return { dataKeys, slots: slots.map(slot => ({ ...slot, dataKeys: left(slot.dataKeys) })) }
    })
    await held.read()
  }
  return {
    ...secretsUnder(() => held),
    heldKeys: () => ({ sealing: held.sealing, keys: held.keys }),
    onKeys: listener => held.onRead(listener),
    dataKeys: () => held.states,
    async addDataKey(now) {
      const key = randomBytes(32)
      const id = dataKeyId(key)
      await changeKeys(store, now, ({ dataKeys, slots }) => {
        const [slot] = slots
        if (slots.length !== 1 || slot?.id !== held.own.slot.id)
          throw new MasterKeyError(
            'more than one master key opens the data: retire the others first (gatehouse keys retire), and add them again afterwards',
          )
        if (dataKeys.some(({ stage, resealed }) => stage === 'next' || (stage === 'former' && !resealed)))
          throw new MasterKeyError('a new data key is on its way already: wait until everything is sealed under it (gatehouse keys list)')
        const envelope = wrapped(slot.id, held.own.wrapping, id, key)
        return {
          dataKeys: [...dataKeys, { id, madeAt: now, stage: 'next', since: now }],
          slots: [{ ...slot, dataKeys: { ...slot.dataKeys, [id]: envelope } }],
        }
      })
      await held.read()
      return id
    },
    sealWithNext: now =>
      restage(now, states =>
        states.some(({ stage }) => stage === 'next')
          ? states.map(state => {
              if (state.stage === 'sealing') return { ...state, stage: 'former', since: now, resealed: false }
              return state.stage === 'next' ? { ...state, stage: 'sealing', since: now } : state
            })
          : states,
      ),
    noteResealed: (id, now) =>
      restage(now, states => states.map(state => (state.id === id && state.stage === 'former' ? { ...state, resealed: true } : state))),
    retireDataKey: (id, now) =>
      restage(now, states => {
        const state = states.find(key => key.id === id)
        if (state?.stage !== 'former') throw new MasterKeyError(`no former data key ${id} opens this data folder`)
        if (!state.resealed) throw new MasterKeyError(`something is still sealed under the data key ${id}: wait until it is sealed anew`)
        return states.filter(key => key !== state)
      }),
    masterKeys: async () => (await store.read(readKeys)).slots.map(summary(held.own.slot.id)),
    addMasterKey: async (masterKey, now) => (await add(masterKey, now)).slot.id,
    async replaceMasterKey(masterKey, keep, now) {
      const former = held.own.slot.id
      const made = await add(masterKey, now)
      held.goOnWith(made)
      keep()
      await retire(former, now)
      return made.slot.id
    },
    async retireMasterKey(id, now) {
      if (id === held.own.slot.id) throw new MasterKeyError(`the master key ${id} is in use here: start with another one first`)
      await retire(id, now)
    },
  }
}

const summary =
  (inUse: string) =>
  ({ id, madeAt, derivation }: KeySlot): MasterKeySummary => ({
    id,
    kind: derivation ? 'passphrase' : 'key',
    madeAt,
    inUse: id === inUse,
  })
