import type { Transaction } from '../store/index.ts'

/**
 * The setting, of an organization's management account or of its delegated administrator for IAM, that lets its principals act as root of
 * member accounts: whether such sessions are on, and for which accounts. Whoever keeps organizations keeps it.
 */
export interface RootSessionsSetting {
  readonly enabled: boolean
  readonly memberAccounts: readonly string[]
}

/**
 * Whether an account's principals may ask for root sessions of another account.
 * @see IAM User Guide, "Centralize root access for member accounts"
 */
export async function mayAssumeRootOf(tx: Transaction, account: string, member: string): Promise<boolean> {
  const row = await tx
    .selectFrom('accountSettings')
    .select('value')
    .where('account', '=', account)
    .where('name', '=', 'rootSessions')
    .executeTakeFirst()
  if (!row) return false
  const { enabled, memberAccounts } = JSON.parse(row.value) as RootSessionsSetting
  return enabled && member !== account && memberAccounts.includes(member)
}
