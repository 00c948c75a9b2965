import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

// An envelope says its version before its first dot. Each version that was ever written can be opened; the newest is written.

interface EnvelopeVersion {
  seal(key: Uint8Array, plaintext: Uint8Array | string, context: string): Buffer
  open(key: Uint8Array, bytes: Buffer, context: string): Buffer
}

const nonceSize = 12
const tagSize = 16

/** Nonce (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM; the context is authenticated. NIST SP 800-38D. */
const aesGcm: EnvelopeVersion = {
  seal(key, plaintext, context) {
    const nonce = randomBytes(nonceSize)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()])
  },
  open(key, bytes, context) {
    if (bytes.length < nonceSize + tagSize) throw new Error('envelope is too short')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceSize), { authTagLength: tagSize })
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagSize))
    return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()])
  },
}

const versions: ReadonlyMap<string, EnvelopeVersion> = new Map([['v1', aesGcm]])
const newest = 'v1'

/** @param context  what the content belongs to, such as the id of its row: an envelope moved elsewhere does not open */
export const seal = (key: Uint8Array, plaintext: Uint8Array | string, context: string): string =>
  `${newest}.${(versions.get(newest) as EnvelopeVersion).seal(key, plaintext, context).toString('base64url')}`

/** @throws Error when the envelope was altered, or sealed with another key or for another context */
export function open(key: Uint8Array, envelope: string, context: string): Buffer {
  const dot = envelope.indexOf('.')
  const version = versions.get(envelope.slice(0, Math.max(dot, 0)))
  if (!version) throw new Error('unknown envelope version')
  return version.open(key, Buffer.from(envelope.slice(dot + 1), 'base64url'), context)
}
