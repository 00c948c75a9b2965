import { scrypt, timingSafeEqual } from 'node:crypto'
import type { Random } from '../types/random.ts'

/** Cost of a hash: about 150 ms and 16 MB. RFC 7914; OWASP Password Storage Cheat Sheet, "scrypt". */
const cost = { N: 16_384, r: 8, p: 5 }
const size = 32

const derive = (password: string, salt: Uint8Array, { N, r, p }: typeof cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, size, { N, r, p, maxmem: 256 * N * r }, (problem, key) =>
      problem ? reject(problem) : resolve(key),
    )
  })

/** A hash to keep instead of the password: its own cost, salt and key, as `scrypt$N$r$p$salt$key`. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, Buffer.from(salt).toString('base64url'), key.toString('base64url')].join('$')
}

/** Whether a password is the one of a hash. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = hash.split('$')
  const wanted = Buffer.from(key, 'base64url')
  const given = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}
