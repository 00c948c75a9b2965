import { createHmac } from 'node:crypto'

/** Seconds of a time step. RFC 6238, section 4.1. */
const stepSeconds = 30

/** The time step of an instant. @param now  epoch milliseconds */
export const stepAt = (now: number): number => Math.floor(now / 1000 / stepSeconds)

/** The six-digit code of a time step. RFC 4226, section 5.3; HMAC-SHA-1, as the authenticator apps have it. */
export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', seed).update(counter).digest()
  const offset = (digest[digest.length - 1] as number) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/**
 * The step that a code is of, near an instant.
 * @param code    as typed
 * @param center  the step to look around
 * @param window  how many steps before and after still count
 * @param after   steps up to this one were used and do not count
 */
export function stepOfCode(seed: Uint8Array, code: string, center: number, window: number, after: number): number | undefined {
  for (let distance = 0; distance <= window; distance++) {
    for (const step of distance === 0 ? [center] : [center - distance, center + distance]) {
      if (step > after && codeOf(seed, step) === code) return step
    }
  }
  return undefined
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Bytes as base 32 without padding. RFC 4648, section 6. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text
}
