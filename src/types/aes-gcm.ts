import { createCipheriv, createDecipheriv } from 'node:crypto'

// AES-256-GCM, as all that is sealed has it: nonce (12 bytes), ciphertext and tag (16 bytes). NIST SP 800-38D.

export const nonceSize = 12
export const tagSize = 16

/**
 * @param nonce    random, and never used with the same key before
 * @param context  what the content belongs to, which is authenticated with it
 */
export function sealedBytes(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array | string, context: string): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()])
}

/** @throws Error when the bytes were altered, or sealed with another key or for another context */
export function openedBytes(key: Uint8Array, bytes: Uint8Array, context: string): Buffer {
  if (bytes.length < nonceSize + tagSize) throw new Error('what was sealed is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceSize), { authTagLength: tagSize })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagSize))
  return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()])
}
