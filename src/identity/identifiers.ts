import type { Random } from '../types/random.ts'

/** Prefixes of unique ids. IAM User Guide, "IAM identifiers", "Unique identifiers". */
const prefixes = {
  user: 'AIDA',
  role: 'AROA',
  group: 'AGPA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
  serverCertificate: 'ASCA',
  publicKey: 'APKA',
} as const

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const lettersAfterPrefix = 17

/** A new unique id of 21 characters, such as `AIDACKCEVSQ6C2EXAMPLE`. */
export function uniqueId(kind: keyof typeof prefixes, random: Random): string {
  let id: string = prefixes[kind]
  for (const byte of random.bytes(lettersAfterPrefix)) id += alphabet[byte & 31]
  return id
}

const accessKeyPrefixes = { permanent: 'AKIA', temporary: 'ASIA' } as const
const accessKeyLetters = 16

/**
 * A new access key id of 20 characters that tells its account, as AWS's do: GetAccessKeyInfo must answer for session keys too, which
 * are kept nowhere. The 16 characters after the prefix are 80 bits in base 32: a one, the account's number in 40 bits, and 39 random ones.
 * AWS does not document the form; we write what tools that read it expect, so that they are right about ours.
 */
export function newAccessKeyId(kind: keyof typeof accessKeyPrefixes, account: string, random: Random): string {
  const randomPart = BigInt(`0x${Buffer.from(random.bytes(5)).toString('hex')}`) & 0x7f_ffff_ffffn
  let bits = (1n << 79n) | (BigInt(account) << 39n) | randomPart
  let letters = ''
  for (let place = 0; place < accessKeyLetters; place++, bits >>= 5n) letters = alphabet[Number(bits & 31n)] + letters
  return accessKeyPrefixes[kind] + letters
}

/** The account that an access key id tells; undefined when it tells none, as ids that people chose themselves. */
export function accountOfAccessKey(accessKeyId: string): string | undefined {
  const letters = /^A[KS]IA([A-Z2-7]{16})$/.exec(accessKeyId)?.[1]
  if (letters === undefined) return undefined
  let bits = 0n
  for (const letter of letters) bits = (bits << 5n) | BigInt(alphabet.indexOf(letter))
  const account = (bits >> 39n) & 0xff_ffff_ffffn
  return bits >> 79n === 1n && account < 1_000_000_000_000n ? String(account).padStart(12, '0') : undefined
}

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** A new secret access key: 40 characters, 240 bits. */
export function newSecretAccessKey(random: Random): string {
  let secret = ''
  for (const byte of random.bytes(40)) secret += secretAlphabet[byte & 63]
  return secret
}
