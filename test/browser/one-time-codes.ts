import { createHmac } from 'node:crypto'

const stepSeconds = 30
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The codes that an authenticator app shows in the step before, in this one and in the next, from the secret that the QR code holds. RFC 6238; RFC 4648, base32. */
export function codesOf(secret: string, now: number): [string, string, string] {
  const bits = Array.from(secret, character => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)?.map(byte => Number.parseInt(byte, 2)) ?? [])
  const step = Math.floor(now / 1000 / stepSeconds)
  return [codeAt(key, step - 1), codeAt(key, step), codeAt(key, step + 1)]
}

function codeAt(key: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest.at(-1) as number) & 0xf
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
