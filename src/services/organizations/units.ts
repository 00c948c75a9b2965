import { chainOf } from '../../identity/organization-of.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationalUnitsTable, OrganizationsTable } from '../../store/tables/organizations.ts'
import { newUnitId } from './identifiers.ts'
import { anyResource, organizationChanged, placeAccess, placeArn, placeType, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { findPlace, requireParent } from './places.ts'
import { attachAwsPolicies, rootShape } from './policy-types.ts'
import { checkQuota } from './quotas.ts'
import { organizations } from './service.ts'
import { dropTags, requestTagKeys, tag } from './tags.ts'

/** ListRoots: an organization has one. Organizations API Reference, "ListRoots". */
export const ListRoots = organizations.operation('ListRoots', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    startAfter(input)
    return { Roots: [rootShape(organization)] }
  },
})

/** CreateOrganizationalUnit: at most five units deep. Organizations API Reference, "CreateOrganizationalUnit". */
export const CreateOrganizationalUnit = organizations.operation('CreateOrganizationalUnit', {
  async access({ ParentId, Tags }, context) {
    return (await placeAccess(context, ParentId)).map(statement => ({ ...statement, keys: requestTagKeys(Tags) }))
  },

  async handle({ ParentId, Name, Tags = [] }, { tx, account, now, world }) {
    const organization = await requireManagement(tx, account)
    const chain = await requireParent(tx, organization, ParentId)
    // The chain begins with the root, which is no unit.
    checkQuota(world, 'UnitDepth', chain.length - 1)
    const { units } = await tx
      .selectFrom('organizationalUnits')
      .select(({ fn }) => fn.countAll<number>().as('units'))
      .where('organizationId', '=', organization.id)
      .executeTakeFirstOrThrow()
    checkQuota(world, 'UnitsPerOrganization', Number(units))
    await refuseTakenName(tx, ParentId, Name)
    const unit = { id: newUnitId(organization.rootId, world.random), organizationId: organization.id, parentId: ParentId, name: Name }
    await tx.insertInto('organizationalUnits').values(unit).execute()
    await attachAwsPolicies(tx, organization, [unit.id])
    await tag(tx, unit.id, Tags)
    await organizationChanged(tx, organization, now)
    return { OrganizationalUnit: await unitShape(tx, organization, unit) }
  },
})

/** DescribeOrganizationalUnit. Organizations API Reference, "DescribeOrganizationalUnit". */
export const DescribeOrganizationalUnit = organizations.operation('DescribeOrganizationalUnit', {
  access: ({ OrganizationalUnitId }, context) => placeAccess(context, OrganizationalUnitId),

  async handle({ OrganizationalUnitId }, { tx, account }) {
    const organization = await requireReader(tx, account)
    return { OrganizationalUnit: await unitShape(tx, organization, await requireUnit(tx, organization, OrganizationalUnitId)) }
  },
})

/** UpdateOrganizationalUnit: its name only. Organizations API Reference, "UpdateOrganizationalUnit". */
export const UpdateOrganizationalUnit = organizations.operation('UpdateOrganizationalUnit', {
  access: ({ OrganizationalUnitId }, context) => placeAccess(context, OrganizationalUnitId),

  async handle({ OrganizationalUnitId, Name }, { tx, account }) {
    const organization = await requireManagement(tx, account)
    const unit = await requireUnit(tx, organization, OrganizationalUnitId)
    if (Name === undefined || Name === unit.name) return { OrganizationalUnit: await unitShape(tx, organization, unit) }
    await refuseTakenName(tx, unit.parentId, Name)
    await tx.updateTable('organizationalUnits').set({ name: Name }).where('id', '=', unit.id).execute()
    return { OrganizationalUnit: await unitShape(tx, organization, { ...unit, name: Name }) }
  },
})

/** DeleteOrganizationalUnit: without accounts and units in it only. Organizations API Reference, "DeleteOrganizationalUnit". */
export const DeleteOrganizationalUnit = organizations.operation('DeleteOrganizationalUnit', {
  access: ({ OrganizationalUnitId }, context) => placeAccess(context, OrganizationalUnitId),

  async handle({ OrganizationalUnitId }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    const { id } = await requireUnit(tx, organization, OrganizationalUnitId)
    const member = await tx.selectFrom('organizationAccounts').select('accountId').where('parentId', '=', id).executeTakeFirst()
    const unit = await tx.selectFrom('organizationalUnits').select('id').where('parentId', '=', id).executeTakeFirst()
    if (member || unit) {
      throw new organizations.OrganizationalUnitNotEmptyException(
        'The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.',
      )
    }
    await tx.deleteFrom('organizationalUnits').where('id', '=', id).execute()
    await tx.deleteFrom('organizationPolicyTargets').where('targetId', '=', id).execute()
    await dropTags(tx, id)
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** ListOrganizationalUnitsForParent: only direct children. Organizations API Reference, "ListOrganizationalUnitsForParent". */
export const ListOrganizationalUnitsForParent = organizations.operation('ListOrganizationalUnitsForParent', {
  access: ({ ParentId }, context) => placeAccess(context, ParentId),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    await requireParent(tx, organization, input.ParentId)
    const { items, end } = pageOf(await unitsBelow(tx, input), input, row => row.id)
    const units = []
    for (const unit of items) units.push(await unitShape(tx, organization, unit))
    return { OrganizationalUnits: units, ...end }
  },
})

/** ListChildren: units or accounts directly below. Organizations API Reference, "ListChildren". */
export const ListChildren = organizations.operation('ListChildren', {
  access: ({ ParentId }, context) => placeAccess(context, ParentId),

  async handle(input, { tx, account }) {
    await requireParent(tx, await requireReader(tx, account), input.ParentId)
    const rows = input.ChildType === 'ACCOUNT' ? await accountsBelow(tx, input) : await unitsBelow(tx, input)
    const { items, end } = pageOf(rows, input, row => row.id)
    return { Children: items.map(({ id }) => ({ Id: id, Type: input.ChildType })), ...end }
  },
})

/** ListParents: each has one. Organizations API Reference, "ListParents". */
export const ListParents = organizations.operation('ListParents', {
  access: ({ ChildId }, context) => placeAccess(context, ChildId),

  async handle({ ChildId }, { tx, account }) {
    const place = await findPlace(tx, await requireReader(tx, account), ChildId)
    if (place?.parentId === undefined) {
      throw new organizations.ChildNotFoundException(
        "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
      )
    }
    const type = placeType(place.parentId)
    return { Parents: [{ Id: place.parentId, Type: type }] }
  },
})

interface Below {
  readonly ParentId: string
  readonly NextToken?: string
  readonly MaxResults?: number
}

const unitsBelow = (tx: Transaction, input: Below): Promise<OrganizationalUnitsTable[]> =>
  tx
    .selectFrom('organizationalUnits')
    .selectAll()
    .where('parentId', '=', input.ParentId)
    .where('id', '>', startAfter(input))
    .orderBy('id')
    .limit(rowsWanted(input))
    .execute()

const accountsBelow = (tx: Transaction, input: Below): Promise<{ id: string }[]> =>
  tx
    .selectFrom('organizationAccounts')
    .select('accountId as id')
    .where('parentId', '=', input.ParentId)
    .where('accountId', '>', startAfter(input))
    .orderBy('accountId')
    .limit(rowsWanted(input))
    .execute()

async function requireUnit(tx: Transaction, { id }: OrganizationsTable, unitId: string): Promise<OrganizationalUnitsTable> {
  const unit = await tx
    .selectFrom('organizationalUnits')
    .selectAll()
    .where('id', '=', unitId)
    .where('organizationId', '=', id)
    .executeTakeFirst()
  if (!unit) {
    throw new organizations.OrganizationalUnitNotFoundException("We can't find an OU with the OrganizationalUnitId that you specified.")
  }
  return unit
}

async function refuseTakenName(tx: Transaction, parentId: string, name: string): Promise<void> {
  const taken = await tx
    .selectFrom('organizationalUnits')
    .select('id')
    .where('parentId', '=', parentId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (taken) throw new organizations.DuplicateOrganizationalUnitException('An OU with the same name already exists.')
}

async function unitShape(tx: Transaction, organization: OrganizationsTable, { id, name }: OrganizationalUnitsTable) {
  const path = [organization.id, ...(await chainOf(tx, id))].join('/')
  return { Id: id, Arn: placeArn(organization, id), Name: name, Path: `${path}/` }
}
