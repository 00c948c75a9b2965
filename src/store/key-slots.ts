import { open, seal } from './envelope.ts'
import {
  type Derivation,
  derivedMasterKey,
  isPassphrase,
  type MasterKey,
  MasterKeyError,
  masterKeyId,
  newDerivation,
} from './master-key.ts'
import type { Store, Transaction } from './store.ts'
import { systemSetting } from './system-settings.ts'

/**
 * The data key, wrapped by one master key. While a master key is replaced there are two slots, and either key opens the data key: nodes that still have the
 * old one may start again.
 * @see LUKS On-Disk Format Specification, "key slots", whose idea it is
 */
export interface KeySlot {
  /** The master key's id; `former` in what versions before slots wrote. */
  readonly id: string
  readonly madeAt: number
  /** How the master key comes from a passphrase; absent, it is given as it is. */
  readonly derivation?: Derivation
  /** The data key's envelope. */
  readonly dataKey: string
}

const settingName = 'masterKeys'
/** Of versions before slots: the envelope alone. */
const formerName = 'dataKey'
const formerId = 'former'
/** What those versions find there then, which they refuse: with nothing there they would make another data key. */
const noEnvelope = `see ${settingName}`

interface Slots {
  readonly format: 1
  readonly slots: readonly KeySlot[]
}

export async function readSlots(tx: Transaction): Promise<readonly KeySlot[]> {
  const setting = await systemSetting(tx, settingName)
  if (setting !== undefined) return slotsOf(setting)
  const former = await systemSetting(tx, formerName)
  return former === undefined ? [] : [{ id: formerId, madeAt: 0, dataKey: former }]
}

function slotsOf(setting: string): readonly KeySlot[] {
  const { format, slots } = JSON.parse(setting) as Slots
  if (format !== 1) throw new MasterKeyError('the master keys were written by a newer Gatehouse: use that version')
  return slots
}

/** Writes the first slot. Of nodes that start together one does. */
export const writeFirstSlot = (store: Store, slot: KeySlot): Promise<void> =>
  changeSlots(store, slots => (slots.length === 0 ? [slot] : slots))

/** Puts other slots in place of those there are, in one unit. */
export const changeSlots = (store: Store, change: (slots: readonly KeySlot[]) => readonly KeySlot[]): Promise<void> =>
  store.write(async tx => {
    const value = textOf(change(await readSlots(tx)))
    await tx.deleteFrom('settings').where('name', 'in', [settingName, formerName]).execute()
    const rows = [
      { name: settingName, value },
      { name: formerName, value: noEnvelope },
    ]
    await tx.insertInto('settings').values(rows).execute()
  })

const textOf = (slots: readonly KeySlot[]): string => JSON.stringify({ format: 1, slots } satisfies Slots)

const contextOf = (id: string) => (id === formerId ? formerName : `${formerName}/${id}`)

/** Wraps a data key. */
export async function newSlot(dataKey: Uint8Array, masterKey: MasterKey, madeAt: number): Promise<KeySlot> {
  const derivation = isPassphrase(masterKey) ? newDerivation() : undefined
  const key = derivation && isPassphrase(masterKey) ? await derivedMasterKey(masterKey.passphrase, derivation) : (masterKey as Uint8Array)
  const id = masterKeyId(key)
  return { id, madeAt, ...(derivation && { derivation }), dataKey: seal(key, dataKey, contextOf(id)) }
}

/** @returns the data key, and the id of the master key that opened it; undefined when this one opens no slot */
export async function openSlots(
  slots: readonly KeySlot[],
  masterKey: MasterKey,
): Promise<{ readonly dataKey: Buffer; readonly openedBy: string } | undefined> {
  for (const { id, derivation, dataKey } of slots) {
    if ((derivation !== undefined) !== isPassphrase(masterKey)) continue
    const key = derivation && isPassphrase(masterKey) ? await derivedMasterKey(masterKey.passphrase, derivation) : (masterKey as Uint8Array)
    if (id !== formerId && masterKeyId(key) !== id) continue
    try {
      return { dataKey: open(key, dataKey, contextOf(id)), openedBy: id }
    } catch {
      // A slot of another key, or an altered one: the next may open.
    }
  }
  return undefined
}
