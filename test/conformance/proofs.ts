import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { makeAuthority } from '../../src/identity/certificate.ts'
import type { WebIdentityKeys } from '../../src/identity/web-identity.ts'
import { codeOf, stepAt } from '../../src/identity/totp.ts'
import { createRemoteIssuers } from '../../src/server/remote-issuers.ts'
import { fromBase32 } from '../services/sts/house.ts'
import { base64, metadata, type ResponseOptions, response } from '../services/sts/identity-provider.ts'

/** The issuer whose tokens cases use; it publishes its keys to this process alone. */
export const issuer = 'https://issuer.example.com'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyId = 'conformance'
const documents: { readonly [url: string]: unknown } = {
  [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/keys` },
  [`${issuer}/keys`]: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }] },
}

/** Keys of the cases' issuer; every other issuer is out of reach. @param now  epoch milliseconds */
export const keysOfCases = (now: () => number): WebIdentityKeys =>
  createRemoteIssuers(async url => {
    if (!(url in documents)) throw new Error(`${url} is out of reach`)
    return documents[url]
  }, now)

interface TokenClaims {
  /** Seconds from now; those that are usual when left out. */
  readonly expiresIn?: number
  readonly startsIn?: number
  readonly [claim: string]: unknown
}

/** A web identity token. Claims given as null are left out. */
async function token({ expiresIn = 600, startsIn, ...claims }: TokenClaims, now: number): Promise<string> {
  const at = Math.floor(now / 1000)
  const usual = { iss: issuer, iat: at, exp: at + expiresIn, ...(startsIn !== undefined && { nbf: at + startsIn }) }
  const given = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null)
  return new SignJWT(Object.fromEntries(given)).setProtectedHeader({ alg: 'RS256', kid: keyId }).sign(privateKey)
}

/**
 * Puts proofs in place of what describes them: `{ $token: claims }`, `{ $response: options }`, `{ $metadata: true }`, and
 * `{ $code: seed, step: -1 }` for a code of an MFA device one time step ago, and `{ $pem: certificate }` for a certificate or key.
 */
export async function prove(value: unknown, now: number): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(item => prove(item, now)))
  if (typeof value !== 'object' || value === null) return value
  const described = value as {
    $token?: TokenClaims
    $response?: ResponseOptions
    $metadata?: boolean
    $code?: string
    step?: number
    $pem?: string
  }
  if (described.$token) return token(described.$token, now)
  if (described.$response) return base64(response(now, described.$response))
  if (described.$metadata) return metadata
  if (described.$code !== undefined) return codeOf(fromBase32(described.$code), stepAt(now) + (described.step ?? 0))
  if (described.$pem !== undefined) return pems()[described.$pem]
  const entries = await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await prove(item, now)] as const))
  return Object.fromEntries(entries)
}

const made = (end: number) =>
  makeAuthority(
    { subject: { commonName: 'example.com' }, notBefore: Date.UTC(2025, 0), notAfter: end },
    { bytes: size => randomBytes(size), uuid: () => randomUUID() },
  )
const newPublicKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string

/** Certificates and keys by name, made when they are first asked for. */
let kept: { readonly [name: string]: string } | undefined
function pems(): { readonly [name: string]: string } {
  if (kept) return kept
  const [one, other, expired] = [made(Date.UTC(2035, 0)), made(Date.UTC(2035, 0)), made(Date.UTC(2025, 6))]
  kept = {
    certificate: one.certificatePem,
    privateKey: one.keyPem,
    otherCertificate: other.certificatePem,
    otherPrivateKey: other.keyPem,
    expiredCertificate: expired.certificatePem,
    publicKey: newPublicKey(),
    otherPublicKey: newPublicKey(),
  }
  return kept
}
