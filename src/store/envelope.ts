import { randomBytes } from 'node:crypto'
import { nonceSize, openedBytes, sealedBytes } from '../types/aes-gcm.ts'

// An envelope says its version before its first dot: `v1.BYTES` was sealed under the first data key, or another key that the reader knows of, and `v2.KEY.BYTES` under the data key of that id.
// Each version that was ever written can be opened. v1 goes on being written while the first data key seals: versions that know no other can read that.

/** The data key that a store begins with. */
export const firstDataKey = 'first'

/** Keys under which secrets are sealed, by id. */
export interface DataKeys {
  /** The id of the one that seals. */
  readonly sealing: string
  /** All that open. */
  readonly keys: ReadonlyMap<string, Uint8Array>
}

/** @param context  what the content belongs to, such as the id of its row: an envelope moved elsewhere does not open */
export const seal = (key: Uint8Array, plaintext: Uint8Array | string, context: string): string =>
  `v1.${sealedText(key, plaintext, context)}`

/** @throws Error when the envelope was altered, or sealed with another key or for another context */
export const open = (key: Uint8Array, envelope: string, context: string): Buffer => openedText(key, parts(envelope, 'v1').bytes, context)

/** Seals under the data key whose turn it is. */
export function sealUnder({ sealing, keys }: DataKeys, plaintext: Uint8Array | string, context: string): string {
  const key = keys.get(sealing)
  if (!key) throw new Error(`no data key ${sealing}`)
  return sealing === firstDataKey ? seal(key, plaintext, context) : `v2.${sealing}.${sealedText(key, plaintext, context)}`
}

/** @throws Error as `open` does, and when its data key is none of these */
export function openUnder({ keys }: Pick<DataKeys, 'keys'>, envelope: string, context: string): Buffer {
  const { keyId, bytes } = parts(envelope)
  const key = keys.get(keyId)
  if (!key) throw new Error(`no data key ${keyId}`)
  return openedText(key, bytes, context)
}

/** The id of the data key that an envelope was sealed under. @throws Error for what is no envelope */
export const dataKeyOf = (envelope: string): string => parts(envelope).keyId

function parts(envelope: string, only?: 'v1'): { readonly keyId: string; readonly bytes: string } {
  const [version, first = '', second] = envelope.split('.', 3)
  if (version === 'v1') return { keyId: firstDataKey, bytes: first }
  if (version === 'v2' && second !== undefined && only === undefined) return { keyId: first, bytes: second }
  throw new Error('unknown envelope version')
}

const sealedText = (key: Uint8Array, plaintext: Uint8Array | string, context: string): string =>
  sealedBytes(key, randomBytes(nonceSize), plaintext, context).toString('base64url')

const openedText = (key: Uint8Array, text: string, context: string): Buffer => openedBytes(key, Buffer.from(text, 'base64url'), context)
