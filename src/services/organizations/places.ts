import { chainOf } from '../../identity/organization-of.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import { placeType } from './membership.ts'
import { organizations } from './service.ts'

/** A root, unit or account of an organization. */
interface Place {
  readonly id: string
  readonly name: string
  /** Roots have none. */
  readonly parentId?: string
}

/** The root, unit or account of an id; undefined when the organization has none such. */
export async function findPlace(tx: Transaction, { id, rootId }: OrganizationsTable, place: string): Promise<Place | undefined> {
  if (place === rootId) return { id: place, name: 'Root' }
  if (placeType(place) === 'ORGANIZATIONAL_UNIT') {
    return tx.selectFrom('organizationalUnits').selectAll().where('id', '=', place).where('organizationId', '=', id).executeTakeFirst()
  }
  return tx
    .selectFrom('organizationAccounts')
    .select(['accountId as id', 'name', 'parentId'])
    .where('accountId', '=', place)
    .where('organizationId', '=', id)
    .executeTakeFirst()
}

/** The ids from the root to a parent. @throws ParentNotFoundException */
export async function requireParent(tx: Transaction, organization: OrganizationsTable, parentId: string): Promise<readonly string[]> {
  if (!(await findPlace(tx, organization, parentId))) {
    throw new organizations.ParentNotFoundException("We can't find a root or OU with the ParentId that you specified.")
  }
  return chainOf(tx, parentId)
}
