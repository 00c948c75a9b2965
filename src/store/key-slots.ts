import { firstDataKey, open, seal } from './envelope.ts'
import {
  type Derivation,
  derivedMasterKey,
  isPassphrase,
  type MasterKey,
  MasterKeyError,
  masterKeyId,
  newDerivation,
} from './master-key.ts'
import { recordChange, type Store, type Transaction } from './store.ts'
import { systemSetting } from './system-settings.ts'

/**
 * The data keys, wrapped by one master key. While a master key is replaced there are two slots, and either key opens the data keys: nodes that still have the
 * old one may start again.
 * @see LUKS On-Disk Format Specification, "key slots", whose idea it is
 */
export interface KeySlot {
  /** The master key's id; `former` in what versions before slots wrote. */
  readonly id: string
  readonly madeAt: number
  /** How the master key comes from a passphrase; absent, it is given as it is. */
  readonly derivation?: Derivation
  /** Envelopes of data keys by id. */
  readonly dataKeys: Readonly<Record<string, string>>
}

/**
 * What a data key does: `next` is known to all before it seals, `sealing` is the one that seals, and a `former` one opens what it sealed until that is sealed anew and the
 * sessions that it signed are over.
 */
export interface DataKeyState {
  readonly id: string
  readonly madeAt: number
  readonly stage: 'next' | 'sealing' | 'former'
  /** When the stage began. */
  readonly since: number
  /** Of a former one: nothing in the store is sealed under it any more. */
  readonly resealed?: boolean
}

/** The keys of a store: which data keys there are, and who may open them. */
export interface KeyTable {
  readonly dataKeys: readonly DataKeyState[]
  readonly slots: readonly KeySlot[]
}

/** Where keys are kept. */
export const keysSetting = 'masterKeys'
/** Of versions before slots: the envelope alone. */
const formerName = 'dataKey'
const formerId = 'former'
/** What those versions find there then, which they refuse: with nothing there they would make another data key. */
const noEnvelope = `see ${keysSetting}`

/** While there is the first data key alone: versions that know no other read and write it. */
interface OneDataKey {
  readonly format: 1
  readonly slots: readonly (Omit<KeySlot, 'dataKeys'> & { readonly dataKey: string })[]
}
interface SeveralDataKeys extends KeyTable {
  readonly format: 2
}

const firstAlone: readonly DataKeyState[] = [{ id: firstDataKey, madeAt: 0, stage: 'sealing', since: 0 }]
const oneDataKey = (slots: OneDataKey['slots']): KeyTable => ({
  dataKeys: firstAlone,
  slots: slots.map(({ dataKey, ...slot }) => ({ ...slot, dataKeys: { [firstDataKey]: dataKey } })),
})

export async function readKeys(tx: Transaction): Promise<KeyTable> {
  const setting = await systemSetting(tx, keysSetting)
  if (setting !== undefined) return tableOf(setting)
  const former = await systemSetting(tx, formerName)
  return former === undefined ? { dataKeys: [], slots: [] } : oneDataKey([{ id: formerId, madeAt: 0, dataKey: former }])
}

export function tableOf(setting: string): KeyTable {
  const kept = JSON.parse(setting) as OneDataKey | SeveralDataKeys
  if (kept.format === 1) return oneDataKey(kept.slots)
  if (kept.format === 2) return { dataKeys: kept.dataKeys, slots: kept.slots }
  throw new MasterKeyError('the master keys were written by a newer Gatehouse: use that version')
}

function textOf({ dataKeys, slots }: KeyTable): string {
  const [first, ...more] = dataKeys
  if (first?.id !== firstDataKey || more.length > 0) return JSON.stringify({ format: 2, dataKeys, slots } satisfies SeveralDataKeys)
  const only = slots.map(({ dataKeys: { [firstDataKey]: dataKey = '' }, ...slot }) => ({ ...slot, dataKey }))
  return JSON.stringify({ format: 1, slots: only } satisfies OneDataKey)
}

/** Writes the first slot. Of nodes that start together one does. */
export const writeFirstSlot = (store: Store, slot: KeySlot, at: number): Promise<void> =>
  changeKeys(store, at, table => (table.slots.length === 0 ? { dataKeys: firstAlone, slots: [slot] } : table))

/** What the change feed says when keys change: whoever holds them reads them anew. */
export const keysChange = 'keys'
/** What it says of a data key that opens nothing any more: caches of what it opened depend on it. */
export const dataKeyGone = (id: string): string => `data key ${id}`

/** Puts other keys in place of those there are, in one unit. */
export const changeKeys = (store: Store, at: number, change: (table: KeyTable) => KeyTable): Promise<void> =>
  store.write(async tx => {
    const before = await readKeys(tx)
    const after = change(before)
    await tx.deleteFrom('settings').where('name', 'in', [keysSetting, formerName]).execute()
    const rows = [
      { name: keysSetting, value: textOf(after) },
      { name: formerName, value: noEnvelope },
    ]
    await tx.insertInto('settings').values(rows).execute()
    const gone = before.dataKeys.filter(({ id }) => !after.dataKeys.some(other => other.id === id))
    for (const id of [keysChange, ...gone.map(key => dataKeyGone(key.id))])
      await recordChange(tx, { account: '', kind: keysChange, id, at })
  })

/** What a data key's envelope belongs to: the slot, and which data key it is. */
function contextOf(slotId: string, dataKeyId: string): string {
  const slot = slotId === formerId ? formerName : `${formerName}/${slotId}`
  return dataKeyId === firstDataKey ? slot : `${slot}/${dataKeyId}`
}

/** Wraps a data key for a slot. */
export const wrapped = (slotId: string, wrapping: Uint8Array, dataKeyId: string, dataKey: Uint8Array): string =>
  seal(wrapping, dataKey, contextOf(slotId, dataKeyId))

/** A slot that a master key opens, and the 32 bytes that open it. */
export interface WrappedSlot {
  readonly slot: KeySlot
  readonly wrapping: Uint8Array
}

/** Wraps data keys. */
export async function newSlot(dataKeys: ReadonlyMap<string, Uint8Array>, masterKey: MasterKey, madeAt: number): Promise<WrappedSlot> {
  const derivation = isPassphrase(masterKey) ? newDerivation() : undefined
  const wrapping =
    derivation && isPassphrase(masterKey) ? await derivedMasterKey(masterKey.passphrase, derivation) : (masterKey as Uint8Array)
  const id = masterKeyId(wrapping)
  const envelopes = [...dataKeys].map(([dataKeyId, key]) => [dataKeyId, wrapped(id, wrapping, dataKeyId, key)])
  return { slot: { id, madeAt, ...(derivation && { derivation }), dataKeys: Object.fromEntries(envelopes) }, wrapping }
}

/** Opens what a slot wraps. @throws Error when the key is another, or an envelope was altered */
export const unwrapped = ({ slot: { id, dataKeys }, wrapping }: WrappedSlot): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(dataKeys).map(([dataKeyId, envelope]) => [dataKeyId, open(wrapping, envelope, contextOf(id, dataKeyId))]))

/** @returns the slot that a master key opens; undefined when this one opens none */
export async function openSlots(slots: readonly KeySlot[], masterKey: MasterKey): Promise<WrappedSlot | undefined> {
  for (const slot of slots) {
    const { id, derivation } = slot
    if ((derivation !== undefined) !== isPassphrase(masterKey)) continue
    const wrapping =
      derivation && isPassphrase(masterKey) ? await derivedMasterKey(masterKey.passphrase, derivation) : (masterKey as Uint8Array)
    if (id !== formerId && masterKeyId(wrapping) !== id) continue
    try {
      unwrapped({ slot, wrapping })
      return { slot, wrapping }
    } catch {
      // A slot of another key, or an altered one: the next may open.
    }
  }
  return undefined
}
