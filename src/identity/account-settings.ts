import type { OrganizationsFeature } from './root-sessions.ts'
import type { Transaction } from '../store/index.ts'
import type { Json } from '../types/json.ts'

/** Settings that an account has, by name. */
export interface Settings {
  passwordPolicy: PasswordPolicySetting
  /** 1 or 2: which tokens the global STS endpoint gives. */
  globalEndpointTokenVersion: number
  outboundWebIdentityFederation: { issuer: string; enabled: boolean }
  credentialReport: { generatedAt: number; content: string }
  properties: { [key: string]: string }
  /** Of an organization's management account: what it centralizes of root access. */
  organizationsFeatures: OrganizationsFeature[]
  /** Of an organization's management account: the organization's own policy. */
  organizationResourcePolicy: { id: string; content: string }
  rootPassword: RootPasswordSetting
}

/** The login profile of the account's root user. */
export type RootPasswordSetting = {
  /** The password that is good, hashed: see passwords.ts. Absent where an administrator of the organization let root choose one again. */
  hash?: string
  changedAt: number
  /** The one that the configuration gave. */
  configuredHash?: string
  usedAt?: number
}

export type PasswordPolicySetting = {
  minimumLength: number
  symbols: boolean
  numbers: boolean
  uppercase: boolean
  lowercase: boolean
  usersMayChange: boolean
  /** Days; absent for passwords that do not expire. */
  maxAge?: number | undefined
  reusePrevention?: number | undefined
  hardExpiry?: boolean | undefined
}

/** A setting of an account; undefined when it was never made. */
export async function settingOf<Name extends keyof Settings>(
  tx: Transaction,
  account: string,
  name: Name,
): Promise<Settings[Name] | undefined> {
  const row = await tx
    .selectFrom('accountSettings')
    .select('value')
    .where('account', '=', account)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && (JSON.parse(row.value) as Settings[Name])
}

/** Makes or replaces a setting. */
export async function putSetting<Name extends keyof Settings>(
  tx: Transaction,
  account: string,
  name: Name,
  setting: Settings[Name] & Json,
): Promise<void> {
  const value = JSON.stringify(setting)
  await tx
    .insertInto('accountSettings')
    .values({ account, name, value })
    .onConflict(conflict => conflict.columns(['account', 'name']).doUpdateSet({ value }))
    .execute()
}

/** Forgets a setting. @returns whether there was one */
export async function dropSetting(tx: Transaction, account: string, name: keyof Settings): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('accountSettings')
    .where('account', '=', account)
    .where('name', '=', name)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
