import { sameSecret } from '../types/same-secret.ts'
import type { Transaction } from '../store/index.ts'

/** A FIDO security key, as it is kept. Web Authentication Level 3, section 4, "credential record". */
export interface SecurityKey {
  /** base64url, as all binary members. */
  readonly credentialId: string
  /** COSE key. */
  readonly publicKey: string
  /** The signature counter that the key told last. */
  readonly counter: number
  readonly transports: readonly string[]
  /** The host that the key was registered for: it answers no other. */
  readonly rpId: string
}

export interface RegisteredKey {
  readonly serial: string
  readonly key: SecurityKey
}

/** The security keys of a user, or of an account's root user. */
export async function securityKeysOf(tx: Transaction, ownerId: string): Promise<RegisteredKey[]> {
  const rows = await tx
    .selectFrom('mfaDevices')
    .select(['serial', 'securityKey'])
    .where('ownerId', '=', ownerId)
    .where('securityKey', 'is not', null)
    .orderBy('serial')
    .execute()
  return rows.map(({ serial, securityKey }) => ({ serial, key: JSON.parse(securityKey as string) as SecurityKey }))
}

/**
 * Writes a key's counter down after it has answered.
 * @returns false when the key is gone, or has answered somebody else meanwhile: of two with one counter one is a copy
 */
export async function advanceCounter(tx: Transaction, { serial, key }: RegisteredKey, counter: number): Promise<boolean> {
  const row = await tx.selectFrom('mfaDevices').select('securityKey').where('serial', '=', serial).executeTakeFirst()
  if (!row?.securityKey || !sameSecret(row.securityKey, JSON.stringify(key))) return false
  await tx
    .updateTable('mfaDevices')
    .set({ securityKey: JSON.stringify({ ...key, counter }) })
    .where('serial', '=', serial)
    .execute()
  return true
}
