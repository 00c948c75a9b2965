import type { Random } from '../types/random.ts'

/** Prefixes of unique ids. IAM User Guide, "IAM identifiers", "Unique identifiers". */
const prefixes = {
  user: 'AIDA',
  role: 'AROA',
  group: 'AGPA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
  accessKey: 'AKIA',
  temporaryAccessKey: 'ASIA',
  serverCertificate: 'ASCA',
  serviceBearerToken: 'ABIA',
  contextSpecificCredential: 'ACCA',
  publicKey: 'APKA',
} as const

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Letters and digits after the prefix: access keys are 20 long in all, other ids 21. */
const lengthAfterPrefix = (kind: keyof typeof prefixes) => (kind === 'accessKey' || kind === 'temporaryAccessKey' ? 16 : 17)

/** A new unique id, such as `AIDACKCEVSQ6C2EXAMPLE`. */
export function uniqueId(kind: keyof typeof prefixes, random: Random): string {
  let id: string = prefixes[kind]
  for (const byte of random.bytes(lengthAfterPrefix(kind))) id += alphabet[byte & 31]
  return id
}

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** A new secret access key: 40 characters, 240 bits. */
export function newSecretAccessKey(random: Random): string {
  let secret = ''
  for (const byte of random.bytes(40)) secret += secretAlphabet[byte & 63]
  return secret
}
