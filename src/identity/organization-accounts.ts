import type { Selectable } from 'kysely'
import type { Transaction } from '../store/index.ts'
import type { OrganizationsTable } from '../store/tables/organizations.ts'

/** The organization that an account is in. */
export const organizationOf = (tx: Transaction, account: string): Promise<Selectable<OrganizationsTable> | undefined> =>
  tx
    .selectFrom('organizationAccounts')
    .innerJoin('organizations', 'organizations.id', 'organizationAccounts.organizationId')
    .selectAll('organizations')
    .where('accountId', '=', account)
    .executeTakeFirst()

/** Whether an account is a delegated administrator of a service. */
export async function isDelegatedAdministrator(
  tx: Transaction,
  organizationId: string,
  account: string,
  service: string,
): Promise<boolean> {
  const row = await tx
    .selectFrom('delegatedAdministrators')
    .select('accountId')
    .where('organizationId', '=', organizationId)
    .where('accountId', '=', account)
    .where('service', '=', service)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a service has trusted access in an organization. */
export async function hasTrustedAccess(tx: Transaction, organizationId: string, service: string): Promise<boolean> {
  const row = await tx
    .selectFrom('organizationServices')
    .select('service')
    .where('organizationId', '=', organizationId)
    .where('service', '=', service)
    .executeTakeFirst()
  return row !== undefined
}
