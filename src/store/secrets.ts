import { hkdfSync, randomBytes } from 'node:crypto'
import { open, seal } from './envelope.ts'
import { changeSlots, type KeySlot, newSlot, openSlots, readSlots, writeFirstSlot } from './key-slots.ts'
import { isPassphrase, type MasterKey, MasterKeyError } from './master-key.ts'
import type { Store } from './store.ts'

/** Encrypts what Gatehouse must be able to read again: access key secrets, issuer keys. Envelopes under the data key. */
export interface Secrets {
  /** @param context  authenticated, such as the access key's id: an envelope moved to another row does not open */
  encrypt(plaintext: Uint8Array | string, context: string): string
  /** @throws Error when the envelope was altered, or made for another context */
  decrypt(envelope: string, context: string): Buffer
  /** A 32-byte key of its own for one purpose, the same at each start. */
  derivedKey(purpose: string): Buffer
}

/** Secrets, and what changes the master keys that open them. */
export interface OpenedSecrets extends Secrets {
  /** The data key itself, for other processes of this Gatehouse. */
  dataKey(): Buffer
  masterKeys(): Promise<readonly MasterKeySummary[]>
  /** Lets another master key open the data key too. @returns its id */
  addMasterKey(masterKey: MasterKey, now: number): Promise<string>
  /**
   * Lets another master key open the data key in place of the one in use.
   * @param keep  keeps it where the next start finds it; while that runs, either key opens
   * @returns     its id
   */
  replaceMasterKey(masterKey: MasterKey, keep: () => void, now: number): Promise<string>
  /**
   * Lets a master key open nothing any more.
   * @throws MasterKeyError when there is none of that id, or it is the one in use
   */
  retireMasterKey(id: string): Promise<void>
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
 * Opens the data key, making it at first start. It is wrapped by the master key, which never touches the database.
 * @param now  epoch milliseconds
 * @throws     MasterKeyError when the master key wraps no data key here
 */
export async function openSecrets(store: Store, masterKey: MasterKey, now: number = Date.now()): Promise<OpenedSecrets> {
  const slots = await store.read(readSlots)
  if (slots.length === 0) {
    await writeFirstSlot(store, await newSlot(randomBytes(32), masterKey, now))
    return openSecrets(store, masterKey, now)
  }
  const opened = await openSlots(slots, masterKey)
  if (!opened) throw new MasterKeyError(reason(slots, masterKey))
  return secretsUnder(store, opened)
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

/** Encrypts under a data key. */
export const secretsUnderKey = (dataKey: Buffer): Secrets => ({
  encrypt: (plaintext, context) => seal(dataKey, plaintext, context),
  decrypt: (envelope, context) => open(dataKey, envelope, context),
  derivedKey: purpose => Buffer.from(hkdfSync('sha256', dataKey, '', purpose, 32)),
})

function secretsUnder(store: Store, opened: { readonly dataKey: Buffer; readonly openedBy: string }): OpenedSecrets {
  const { dataKey } = opened
  let inUse = opened.openedBy
  const add = async (masterKey: MasterKey, now: number) => {
    const slot = await newSlot(dataKey, masterKey, now)
    await changeSlots(store, slots => [...slots.filter(({ id }) => id !== slot.id), slot])
    return slot.id
  }
  const retire = (retired: string) =>
    changeSlots(store, slots => {
      if (!slots.some(({ id }) => id === retired)) throw new MasterKeyError(`no master key ${retired} opens this data folder`)
      return slots.filter(({ id }) => id !== retired)
    })
  return {
    ...secretsUnderKey(dataKey),
    dataKey: () => dataKey,
    masterKeys: async () => (await store.read(readSlots)).map(summary(inUse)),
    addMasterKey: add,
    async replaceMasterKey(masterKey, keep, now) {
      const former = inUse
      inUse = await add(masterKey, now)
      keep()
      await retire(former)
      return inUse
    },
    async retireMasterKey(id) {
      if (id === inUse) throw new MasterKeyError(`the master key ${id} is in use here: start with another one first`)
      await retire(id)
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
