import { organizationOf } from '../../identity/organization-accounts.ts'
import { keepRootSessions } from '../../identity/root-sessions.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { organizations } from './service.ts'

/** The caller's organization. @throws AWSOrganizationsNotInUseException */
export async function requireOrganization(tx: Transaction, account: string): Promise<OrganizationsTable> {
  const organization = await organizationOf(tx, account)
  if (!organization) throw new organizations.AWSOrganizationsNotInUseException('Your account is not a member of an organization.')
  return organization
}

/** The caller's organization, which it must manage. @throws AccessDeniedException */
export async function requireManagement(tx: Transaction, account: string): Promise<OrganizationsTable> {
  const organization = await requireOrganization(tx, account)
  if (organization.managementAccount !== account) throw notAllowed()
  return organization
}

/**
 * The caller's organization, which it must manage or administer for some service.
 * Organizations User Guide, "Delegated administrator for AWS services": they have read-only access to the organization.
 */
export async function requireReader(tx: Transaction, account: string): Promise<OrganizationsTable> {
  const organization = await requireOrganization(tx, account)
  if (organization.managementAccount === account) return organization
  const delegation = await tx
    .selectFrom('delegatedAdministrators')
    .select('service')
    .where('organizationId', '=', organization.id)
    .where('accountId', '=', account)
    .executeTakeFirst()
  if (!delegation) throw notAllowed()
  return organization
}

const notAllowed = () => new organizations.AccessDeniedException("You don't have permissions to access this resource.")

/** Tells the change feed that whatever was made from the organization is out of date, and settles who may act as whose root. */
export async function organizationChanged(tx: Transaction, { id, managementAccount }: OrganizationsTable, at: number): Promise<void> {
  await keepRootSessions(tx, id, managementAccount)
  await recordChange(tx, { account: managementAccount, kind: 'organization', id, at })
}

/** ARN of a root, unit or account. Service Authorization Reference, "Resource types defined by AWS Organizations". */
export function placeArn({ id, managementAccount }: Pick<OrganizationsTable, 'id' | 'managementAccount'>, place: string): string {
  const kind = placeType(place)
  const names = { ROOT: 'root', ORGANIZATIONAL_UNIT: 'ou', ACCOUNT: 'account' }
  return `arn:aws:organizations::${managementAccount}:${names[kind]}/${id}/${place}`
}

/** Which of the three an id names. */
export const placeType = (place: string): 'ROOT' | 'ORGANIZATIONAL_UNIT' | 'ACCOUNT' =>
  place.startsWith('r-') ? 'ROOT' : place.startsWith('ou-') ? 'ORGANIZATIONAL_UNIT' : 'ACCOUNT'

/** Access to roots, units and accounts that a request names by id. */
export async function placeAccess({ tx, account }: AccessContext, ...places: readonly string[]): Promise<AccessStatement[]> {
  const organization = (await organizationOf(tx, account)) ?? { id: '*', managementAccount: account }
  return places.map(place => ({ resource: placeArn(organization, place), resourceAccount: account }))
}

/** Access to actions without resource types. */
export const anyResource: AccessStatement = { resource: '*' }
