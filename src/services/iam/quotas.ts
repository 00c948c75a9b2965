import { type Database, rowBound, type Transaction } from '../../store/index.ts'
import type { World } from '../world.ts'
import { iam } from './service.ts'

/**
 * How much of everything there may be. The names are those of IAM's LimitExceeded messages.
 * IAM User Guide, "IAM and AWS STS quotas": the defaults. Whoever runs Gatehouse may set others of those that AWS raises on request, and counts of entities.
 */
export const defaultQuotas = {
  UsersPerAccount: 5000,
  GroupsPerAccount: 300,
  RolesPerAccount: 1000,
  PoliciesPerAccount: 1500,
  InstanceProfilesPerAccount: 1000,
  ServerCertificatesPerAccount: 20,
  OpenIdConnectProvidersPerAccount: 100,
  SAMLProvidersPerAccount: 100,
  AccessKeysPerUser: 2,
  GroupsPerUser: 10,
  PoliciesPerUser: 10,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  InstanceSessionsPerInstanceProfile: 1,
  ClientIdsPerOpenIdConnectProvider: 100,
  ThumbprintsPerOpenIdConnectProvider: 5,
  VersionsPerPolicy: 5,
  TagsPerResource: 50,
  MFADevicesPerUser: 8,
  SigningCertificatesPerUser: 2,
  SSHPublicKeysPerUser: 5,
  ServiceSpecificCredentialsPerServicePerUser: 2,
  /** Characters, white space not counted. */
  PolicySize: 6144,
  ACLSizePerRole: 2048,
  UserPolicySize: 2048,
  GroupPolicySize: 5120,
  RolePolicySize: 10240,
} as const

export type QuotaName = keyof typeof defaultQuotas

/** Quotas that cannot be set: documents and answers count on them. IAM User Guide, same page, "IAM object quotas" that cannot be increased. */
export const fixedQuotas: ReadonlySet<QuotaName> = new Set<QuotaName>([
  'InstanceSessionsPerInstanceProfile',
  'ThumbprintsPerOpenIdConnectProvider',
  'VersionsPerPolicy',
  'TagsPerResource',
  'PolicySize',
  'UserPolicySize',
  'GroupPolicySize',
  'RolePolicySize',
])

/** What is needed to know the quotas in force. */
export type QuotaSettings = { readonly settings: Pick<World['settings'], 'quotas'> }

/** A quota in force. */
export const quotaOf = ({ settings }: QuotaSettings, name: QuotaName): number => settings.quotas?.[name] ?? defaultQuotas[name]

/**
 * Refuses one more of what a quota counts.
 * @param used  how many there are already
 * @throws      LimitExceeded in IAM's words
 */
export function checkQuota(world: QuotaSettings, name: QuotaName, used: number): void {
  if (used >= quotaOf(world, name)) throw quotaExceeded(name, quotaOf(world, name))
}

/** Where what the quotas of an account count is kept. */
const counted = {
  UsersPerAccount: 'users',
  GroupsPerAccount: 'groups',
  RolesPerAccount: 'roles',
  PoliciesPerAccount: 'policies',
  InstanceProfilesPerAccount: 'instanceProfiles',
  ServerCertificatesPerAccount: 'serverCertificates',
} as const satisfies Partial<Record<QuotaName, keyof Database>>

/**
 * Refuses one more entity of an account. Counted only where there could be so many, and no further than the quota: with a quota of a million
 * the count would cost more than all else that is done for a new role.
 * @throws LimitExceeded in IAM's words
 */
export async function checkEntityQuota(
  { tx, account, world }: { readonly tx: Transaction; readonly account: string; readonly world: QuotaSettings },
  name: keyof typeof counted,
): Promise<void> {
  const most = quotaOf(world, name)
  if ((await rowBound(tx, counted[name])) < most) return
  const { n } = await tx
    .selectFrom(tx.selectFrom(counted[name]).select('id').where('account', '=', account).limit(most).as('some'))
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  checkQuota(world, name, Number(n))
}

/** The error for a quota that is used up. */
export const quotaExceeded = (name: QuotaName, most: number) => new iam.LimitExceeded(`Cannot exceed quota for ${name}: ${most}`)
