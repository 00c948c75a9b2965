import type { Random } from '../../types/random.ts'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Lower-case letters and digits at random. */
function letters(count: number, random: Random): string {
  let text = ''
  for (const byte of random.bytes(count)) text += alphabet[byte & 31]
  return text
}

/** Ids as the Organizations API Reference gives their patterns. */
export const newOrganizationId = (random: Random): string => `o-${letters(10, random)}`
export const newRootId = (random: Random): string => `r-${letters(4, random)}`
export const newUnitId = (rootId: string, random: Random): string => `ou-${rootId.slice(2)}-${letters(8, random)}`
export const newPolicyId = (random: Random): string => `p-${letters(10, random)}`
export const newResourcePolicyId = (random: Random): string => `rp-${letters(8, random)}`
export const newHandshakeId = (random: Random): string => `h-${letters(10, random)}`
export const newRequestId = (random: Random): string => `car-${letters(32, random)}`

/** Twelve digits, the first not zero, so that spreadsheets leave them whole. */
export function newAccountId(random: Random): string {
  const number = BigInt(`0x${Buffer.from(random.bytes(8)).toString('hex')}`)
  return String(100_000_000_000n + (number % 900_000_000_000n))
}
