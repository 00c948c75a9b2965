import { createHmac, type KeyObject } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { firstDataKey, type Secrets } from '../store/index.ts'
import { nonceSize, openedBytes, sealedBytes, tagSize } from '../types/aes-gcm.ts'
import type { Random } from '../types/random.ts'
import { newAccessKeyId } from './identifiers.ts'
import type { Session } from './principal.ts'

/** What a session token says; the credentials themselves are derived. Short names: tokens travel with each request. */
export interface SessionFacts extends Session {
  readonly kind: 'role' | 'user' | 'root' | 'federatedUser'
  readonly account: string
  /** The role's or user's unique id; absent for root. Unique ids end sessions of principals that were deleted and made anew. */
  readonly ownerId?: string
  /** Role session name, or federated user name. */
  readonly name?: string
}

export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: number
}

/** Makes and opens session credentials. docs/decisions/session-credentials.md says why they hold their own facts. */
export interface Sessions {
  /** @param minimumSize  bytes that the token is to have at least */
  issue(facts: SessionFacts, random: Random, minimumSize?: number): SessionCredentials
  /** @returns undefined for a token that is not ours, was altered, or belongs to another access key */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined
}

export interface OpenedSession {
  readonly facts: SessionFacts
  readonly secretAccessKey: string
  /** The data key that the session lives by: with it, it is over. */
  readonly dataKeyId: string
}

/** The longest that a session's credentials may be valid: GetSessionToken and GetFederationToken, "DurationSeconds". */
export const longestSessionMilliseconds = 129_600_000

/** Version 1 is of the first data key; version 2 names its own, in eight bytes. */
const versionOfFirst = 1
const versionOfOthers = 2
const keyIdSize = 8
/** Tokens are this long at most, in bytes. */
export const longestToken = 16_384
/** Facts are at most a few session policies and fifty tags; more is a compression bomb. */
const mostFacts = 128 * 1024

/** Session credentials under the store's data keys: token encrypted and authenticated, secret derived from the key id. */
export function createSessions(secrets: Pick<Secrets, 'derivedKey' | 'dataKeyIds'>): Sessions {
  // A key for each access key id, so that random nonces never run out however many sessions there are. NIST SP 800-38D, 8.3.
  const tokenKeyOf = (key: KeyObject, accessKeyId: string) => createHmac('sha256', key).update(accessKeyId).digest()
  const secretOf = (key: KeyObject, accessKeyId: string) => createHmac('sha256', key).update(accessKeyId).digest('base64').slice(0, 40)
  const keysOf = (dataKeyId: string) => {
    const token = secrets.derivedKey('session token', dataKeyId)
    const secret = secrets.derivedKey('session secret', dataKeyId)
    return token && secret && { token, secret }
  }

  return {
    issue(facts, random, minimumSize = 0) {
      const accessKeyId = newAccessKeyId('temporary', facts.account, random)
      const [dataKeyId = firstDataKey] = secrets.dataKeyIds()
      const keys = keysOf(dataKeyId) as NonNullable<ReturnType<typeof keysOf>>
      const head = headOf(dataKeyId)
      const nonce = random.bytes(nonceSize)
      // Base 64 has four letters for three bytes.
      const leastPacked = Math.ceil((minimumSize * 3) / 4) - head.length - nonceSize - tagSize
      const sealed = sealedBytes(tokenKeyOf(keys.token, accessKeyId), nonce, pack(facts, leastPacked), accessKeyId)
      const sessionToken = Buffer.concat([head, sealed]).toString('base64')
      return { accessKeyId, secretAccessKey: secretOf(keys.secret, accessKeyId), sessionToken, expiresAt: facts.expiresAt }
    },

    open(accessKeyId, sessionToken) {
      if (sessionToken.length > longestToken) return undefined
      const bytes = Buffer.from(sessionToken, 'base64')
      // Decoding is lenient; one session has one token.
      if (bytes.toString('base64') !== sessionToken) return undefined
      const head = bytes[0] === versionOfOthers ? 1 + keyIdSize : 1
      if ((bytes[0] !== versionOfFirst && head === 1) || bytes.length < head + nonceSize + tagSize) return undefined
      const dataKeyId = head === 1 ? firstDataKey : bytes.subarray(1, head).toString('hex')
      const keys = keysOf(dataKeyId)
      const facts = keys && decrypt(bytes.subarray(head), tokenKeyOf(keys.token, accessKeyId), accessKeyId)
      return facts && { facts, secretAccessKey: secretOf(keys.secret, accessKeyId), dataKeyId }
    },
  }
}

const headOf = (dataKeyId: string): Buffer =>
  dataKeyId === firstDataKey
    ? Buffer.from([versionOfFirst])
    : Buffer.concat([Buffer.from([versionOfOthers]), Buffer.from(dataKeyId, 'hex')])

/** @param bytes  nonce, ciphertext and tag */
function decrypt(bytes: Buffer, key: Buffer, accessKeyId: string): SessionFacts | undefined {
  try {
    return unpack(openedBytes(key, bytes, accessKeyId))
  } catch {
    // Altered, of another key id, or made under another data key.
    return undefined
  }
}

/** Facts under this size travel as they are: compressing costs more time than all the rest of opening a token. */
const leastToCompress = 1_024
const plain = 0
const deflated = 1

/** @param least  bytes that are there at least */
function pack(facts: SessionFacts, least: number): Buffer {
  const text = Buffer.from(JSON.stringify(facts))
  const missing = least - 1 - text.length
  // JSON may end in spaces.
  if (missing >= 0) return Buffer.concat([Buffer.from([plain]), text, Buffer.alloc(missing, ' ')])
  return text.length < leastToCompress
    ? Buffer.concat([Buffer.from([plain]), text])
    : Buffer.concat([Buffer.from([deflated]), deflateRawSync(text)])
}

function unpack(packed: Buffer): SessionFacts {
  const content = packed.subarray(1)
  const text = packed[0] === deflated ? inflateRawSync(content, { maxOutputLength: mostFacts }) : content
  return JSON.parse(text.toString('utf8')) as SessionFacts
}

/**
 * How much of its allowance a session's policies and tags use, as AssumeRole's PackedPolicySize tells: AWS packs them into a
 * binary form of its own, we measure ours. docs/fidelity.md, "STS".
 * @returns per cent, rounded up; over 100 is refused
 */
export function packedPolicySize(
  policy: string | undefined,
  policyArns: readonly string[],
  tags: { readonly [key: string]: string },
): number | undefined {
  const policies = [policy ?? '', ...policyArns].join('')
  const content = policies + Object.entries(tags).flat().join('')
  if (content === '') return undefined
  // "The plaintext that you use for both inline and managed session policies can't exceed 2,048 characters", however well it packs.
  const size = Math.max(deflateRawSync(content).length, policies.length > longestPlaintext ? policies.length : 0)
  return Math.ceil((size / packedAllowance) * 100)
}

/** Why policies or tags do not fit, in STS's words: not documented, as tools for AWS show them. */
export const packedSizeProblem = (size: number, policies: boolean): string =>
  policies
    ? `Packed policy consumes ${size}% of allotted space, please use smaller policy.`
    : `Packed size of session tags consumes ${size}% of allotted space.`

const packedAllowance = 2_048
/** STS API Reference, "AssumeRole", Policy. */
const longestPlaintext = 2_048
