import type { Transaction } from './store.ts'

/** Accounts of an organization. */
export const memberAccounts = async (tx: Transaction, organizationId: string): Promise<string[]> =>
  (await tx.selectFrom('organizationAccounts').select('accountId').where('organizationId', '=', organizationId).execute()).map(
    ({ accountId }) => accountId,
  )
