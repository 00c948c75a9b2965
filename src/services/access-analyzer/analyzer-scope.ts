import type { ZoneOfTrust } from '../../analysis/zone-of-trust.ts'
import { hasTrustedAccess, isDelegatedAdministrator, organizationOf } from '../../identity/organization-accounts.ts'
import { memberAccounts, type Transaction } from '../../store/index.ts'
import type { AnalyzerRow } from './analyzer-store.ts'

/** Access Analyzer's name to the other services. */
export const servicePrincipal = 'access-analyzer.amazonaws.com'

/** Whether an analyzer's zone of trust is the whole organization. */
export const isOfOrganization = ({ type }: Pick<AnalyzerRow, 'type'>): boolean => type.startsWith('ORGANIZATION')

export interface ActiveScope {
  readonly status: 'ACTIVE'
  readonly accounts: readonly string[]
  readonly organization: string | undefined
}

/** What an analyzer looks at, or why it looks at nothing more. Access Analyzer API Reference, "StatusReason". */
export type Scope =
  | ActiveScope
  | {
      readonly status: 'DISABLED'
      readonly reason: 'AWS_SERVICE_ACCESS_DISABLED' | 'DELEGATED_ADMINISTRATOR_DEREGISTERED' | 'ORGANIZATION_DELETED'
    }

/** An analyzer of an organization works as long as its account may look after it. IAM User Guide, "Delegated administrator for IAM Access Analyzer". */
export async function scopeOf(tx: Transaction, analyzer: Pick<AnalyzerRow, 'account' | 'type'>): Promise<Scope> {
  const { account } = analyzer
  const organization = await organizationOf(tx, account)
  if (!isOfOrganization(analyzer)) return { status: 'ACTIVE', accounts: [account], organization: organization?.id }
  if (!organization) return { status: 'DISABLED', reason: 'ORGANIZATION_DELETED' }
  if (!(await hasTrustedAccess(tx, organization.id, servicePrincipal))) return { status: 'DISABLED', reason: 'AWS_SERVICE_ACCESS_DISABLED' }
  const manages = organization.managementAccount === account
  if (!manages && !(await isDelegatedAdministrator(tx, organization.id, account, servicePrincipal)))
    return { status: 'DISABLED', reason: 'DELEGATED_ADMINISTRATOR_DEREGISTERED' }
  return { status: 'ACTIVE', accounts: await memberAccounts(tx, organization.id), organization: organization.id }
}

/** Whom an analyzer trusts with a resource. */
export const zoneOf = (
  analyzer: Pick<AnalyzerRow, 'type'>,
  { accounts, organization }: ActiveScope,
  resourceOwner: string,
): ZoneOfTrust => ({
  accounts,
  ...(isOfOrganization(analyzer) && { organization }),
  resource: { account: resourceOwner, organization },
})
