import type { Transaction } from '../store/index.ts'

/**
 * The setting, of an organization's management account or of its delegated administrator for IAM, that lets its principals act as root of
 * member accounts: which features are on, and for which accounts. Whoever keeps organizations keeps it.
 */
export interface RootSessionsSetting {
  /** Absent in what earlier versions kept, which knew of the one. */
  readonly features?: readonly OrganizationsFeature[]
  readonly memberAccounts: readonly string[]
}

/** The feature that lets administrators do a task, by the name of the task's policy. IAM User Guide, "Centrally manage root access for member accounts". */
const featureOfTask: { readonly [task: string]: OrganizationsFeature } = {
  IAMAuditRootUserCredentials: 'RootCredentialsManagement',
  IAMCreateRootUserPassword: 'RootCredentialsManagement',
  IAMDeleteRootUserCredentials: 'RootCredentialsManagement',
  S3UnlockBucketPolicy: 'RootSessions',
  SQSUnlockQueuePolicy: 'RootSessions',
}

/**
 * Whether an account's principals may ask for root sessions of another account.
 * @param task  the name of the task's policy
 * @see         IAM User Guide, "Centralize root access for member accounts"
 */
export async function mayAssumeRootOf(tx: Transaction, account: string, member: string, task: string): Promise<boolean> {
  const row = await tx
    .selectFrom('accountSettings')
    .select('value')
    .where('account', '=', account)
    .where('name', '=', 'rootSessions')
    .executeTakeFirst()
  if (!row) return false
  const { features = ['RootSessions'], memberAccounts } = JSON.parse(row.value) as RootSessionsSetting
  const feature = featureOfTask[task]
  return member !== account && memberAccounts.includes(member) && feature !== undefined && features.includes(feature)
}

/** What an organization may centralize of root access; its management account has them as the setting `organizationsFeatures`. */
export type OrganizationsFeature = 'RootCredentialsManagement' | 'RootSessions'

/** The service whose trusted access and delegated administrators count. IAM User Guide, "Centralize root access for member accounts". */
export const rootAccessService = 'iam.amazonaws.com'

/** The features that are on. */
export async function organizationsFeatures(tx: Transaction, managementAccount: string): Promise<readonly OrganizationsFeature[]> {
  const row = await tx
    .selectFrom('accountSettings')
    .select('value')
    .where('account', '=', managementAccount)
    .where('name', '=', 'organizationsFeatures')
    .executeTakeFirst()
  return row ? (JSON.parse(row.value) as OrganizationsFeature[]) : []
}

/**
 * Writes anew who may ask for root sessions of whom. To be called whenever members, administrators, trusted access or features of the
 * organization have changed, in the same transaction.
 */
export async function keepRootSessions(tx: Transaction, organizationId: string, managementAccount: string): Promise<void> {
  const accounts = await tx.selectFrom('organizationAccounts').select('accountId').where('organizationId', '=', organizationId).execute()
  const memberAccounts = accounts.map(({ accountId }) => accountId).filter(id => id !== managementAccount)
  await tx
    .deleteFrom('accountSettings')
    .where('name', '=', 'rootSessions')
    .where('account', 'in', [managementAccount, ...memberAccounts])
    .execute()
  const trusted = await tx
    .selectFrom('organizationServices')
    .select('service')
    .where('organizationId', '=', organizationId)
    .where('service', '=', rootAccessService)
    .executeTakeFirst()
  const features = await organizationsFeatures(tx, managementAccount)
  if (!trusted || features.length === 0) return
  const delegated = await tx
    .selectFrom('delegatedAdministrators')
    .select('accountId')
    .where('organizationId', '=', organizationId)
    .where('service', '=', rootAccessService)
    .execute()
  const value = JSON.stringify({ features, memberAccounts } satisfies RootSessionsSetting)
  const administrators = [managementAccount, ...delegated.map(({ accountId }) => accountId)]
  await tx
    .insertInto('accountSettings')
    .values(administrators.map(account => ({ account, name: 'rootSessions', value })))
    .execute()
}
