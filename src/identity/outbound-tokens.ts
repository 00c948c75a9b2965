import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { type JWTPayload, SignJWT } from 'jose'
import { sealContexts, type Secrets, type Transaction } from '../store/index.ts'
import type { OutboundTokenKeysTable } from '../store/tables/sts.ts'

/** How GetWebIdentityToken's tokens may be signed. STS API Reference, "GetWebIdentityToken", SigningAlgorithm. */
export const outboundAlgorithms = ['RS256', 'ES384'] as const
export type OutboundAlgorithm = (typeof outboundAlgorithms)[number]

const setting = 'outboundWebIdentityFederation'
const newKeyPair = promisify(generateKeyPair)

/** The account's issuer, once it was made; `enabled` tells whether its principals may get tokens. */
export async function outboundIssuer(tx: Transaction, account: string): Promise<{ issuer: string; enabled: boolean } | undefined> {
  const row = await tx
    .selectFrom('accountSettings')
    .select('value')
    .where('account', '=', account)
    .where('name', '=', setting)
    .executeTakeFirst()
  return row && (JSON.parse(row.value) as { issuer: string; enabled: boolean })
}

/** A key for an account that has none of the algorithm yet. Slow: before the transaction that keeps it. */
export async function makeOutboundKey(
  secrets: Pick<Secrets, 'encrypt'>,
  account: string,
  algorithm: OutboundAlgorithm,
  now: number,
): Promise<OutboundTokenKeysTable> {
  const { publicKey, privateKey } = algorithm === 'RS256' ? await rsaPair() : await ellipticPair()
  const keyId = createHash('sha256')
    .update(createPublicKey(publicKey).export({ format: 'der', type: 'spki' }))
    .digest('base64url')
  return {
    account,
    algorithm,
    keyId,
    publicKey,
    privateKey: secrets.encrypt(privateKey, sealContexts.outboundTokenKey(account, algorithm)),
    createdAt: now,
  }
}

interface PemPair {
  readonly publicKey: string
  readonly privateKey: string
}

const publicKeyEncoding = { type: 'spki', format: 'pem' } as const
const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const
const rsaPair = (): Promise<PemPair> => newKeyPair('rsa', { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding })
const ellipticPair = (): Promise<PemPair> => newKeyPair('ec', { namedCurve: 'P-384', publicKeyEncoding, privateKeyEncoding })

/** The account's key of an algorithm; undefined before the first token. */
export const outboundKey = (tx: Transaction, account: string, algorithm: OutboundAlgorithm) =>
  tx.selectFrom('outboundTokenKeys').selectAll().where('account', '=', account).where('algorithm', '=', algorithm).executeTakeFirst()

/** Signs a token's claims. RFC 7515. */
export function signOutboundToken(secrets: Pick<Secrets, 'decrypt'>, key: OutboundTokenKeysTable, claims: JWTPayload): Promise<string> {
  const pem = secrets.decrypt(key.privateKey, sealContexts.outboundTokenKey(key.account, key.algorithm)).toString('utf8')
  return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, kid: key.keyId, typ: 'JWT' }).sign(createPrivateKey(pem))
}

/**
 * The files of an account's issuer, for whoever verifies its tokens, by path below the issuer's URL. They stay when the feature is
 * disabled: tokens that are out stay valid. OpenID Connect Discovery 1.0, section 3; RFC 7517.
 * @param issuer  as the tokens' `iss` has it
 */
export async function outboundIssuerFile(tx: Transaction, issuer: string, path: string): Promise<object | undefined> {
  const rows = await tx.selectFrom('accountSettings').select(['account', 'value']).where('name', '=', setting).execute()
  const account = rows.find(({ value }) => (JSON.parse(value) as { issuer: string }).issuer === issuer)?.account
  if (account === undefined) return undefined
  if (path === '.well-known/openid-configuration') return discoveryOf(issuer)
  if (path !== '.well-known/jwks.json') return undefined
  const keys = await tx.selectFrom('outboundTokenKeys').selectAll().where('account', '=', account).orderBy('algorithm').execute()
  return {
    keys: keys.map(({ publicKey, keyId, algorithm }) => ({
      ...createPublicKey(publicKey).export({ format: 'jwk' }),
      use: 'sig',
      alg: algorithm,
      kid: keyId,
    })),
  }
}

const discoveryOf = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  claims_supported: ['aud', 'exp', 'iat', 'iss', 'jti', 'sub', 'https://sts.amazonaws.com/'],
  id_token_signing_alg_values_supported: [...outboundAlgorithms],
})
