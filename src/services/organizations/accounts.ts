import { chainOf } from '../../identity/organization-of.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { OrganizationAccountsTable, OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Account } from '../../wire/models/organizations.ts'
import {
  anyResource,
  organizationChanged,
  placeAccess,
  placeArn,
  requireManagement,
  requireOrganization,
  requireReader,
} from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { violation } from './quotas.ts'
import { organizations } from './service.ts'
import { requireParent } from './places.ts'
import { closeAccountResult } from './result-records.ts'

/** DescribeAccount. Organizations API Reference, "DescribeAccount". */
export const DescribeAccount = organizations.operation('DescribeAccount', {
  access: ({ AccountId }, context) => placeAccess(context, AccountId),

  async handle({ AccountId }, { tx, account }) {
    const organization = await requireReader(tx, account)
    return { Account: await accountShape(tx, organization, await requireMember(tx, organization, AccountId)) }
  },
})

/** ListAccounts: in order of their ids. Organizations API Reference, "ListAccounts". */
export const ListAccounts = organizations.operation('ListAccounts', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    const rows = await tx
      .selectFrom('organizationAccounts')
      .selectAll()
      .where('organizationId', '=', organization.id)
      .where('accountId', '>', startAfter(input))
      .orderBy('accountId')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.accountId)
    return { Accounts: await accountShapes(tx, organization, items), ...end }
  },
})

/** ListAccountsForParent: only direct children. Organizations API Reference, "ListAccountsForParent". */
export const ListAccountsForParent = organizations.operation('ListAccountsForParent', {
  access: ({ ParentId }, context) => placeAccess(context, ParentId),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    await requireParent(tx, organization, input.ParentId)
    const rows = await tx
      .selectFrom('organizationAccounts')
      .selectAll()
      .where('parentId', '=', input.ParentId)
      .where('accountId', '>', startAfter(input))
      .orderBy('accountId')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.accountId)
    return { Accounts: await accountShapes(tx, organization, items), ...end }
  },
})

/** MoveAccount: policies of the old parents end and those of the new begin at once. Organizations API Reference, "MoveAccount". */
export const MoveAccount = organizations.operation('MoveAccount', {
  access: ({ AccountId, SourceParentId, DestinationParentId }, context) =>
    placeAccess(context, AccountId, SourceParentId, DestinationParentId),

  async handle({ AccountId, SourceParentId, DestinationParentId }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    const member = await requireMember(tx, organization, AccountId)
    if (member.parentId !== SourceParentId) {
      throw new organizations.SourceParentNotFoundException("We can't find a source root or OU with the ParentId that you specified.")
    }
    const there = await requireParent(tx, organization, DestinationParentId).catch(() => undefined)
    if (!there) {
      throw new organizations.DestinationParentNotFoundException(
        "We can't find the destination container (a root or OU) with the ParentId that you specified.",
      )
    }
    if (SourceParentId === DestinationParentId) {
      throw new organizations.DuplicateAccountException('That account is already present in the specified destination.')
    }
    await tx.updateTable('organizationAccounts').set({ parentId: DestinationParentId }).where('accountId', '=', AccountId).execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** RemoveAccountFromOrganization: the account stands alone from then on. Organizations API Reference, "RemoveAccountFromOrganization". */
export const RemoveAccountFromOrganization = organizations.operation('RemoveAccountFromOrganization', {
  access: ({ AccountId }, context) => placeAccess(context, AccountId),

  async handle({ AccountId }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    await requireMember(tx, organization, AccountId)
    await leave(tx, organization, AccountId, now)
    return {}
  },
})

/**
 * CloseAccount: its principals can do nothing from then on. AWS takes minutes, and deletes after ninety days.
 * Organizations API Reference, "CloseAccount".
 */
export const CloseAccount = organizations.operation('CloseAccount', {
  access: ({ AccountId }, context) => placeAccess(context, AccountId),

  async handle({ AccountId }, context) {
    const { tx, account, now } = context
    const organization = await requireManagement(tx, account)
    const member = await requireMember(tx, organization, AccountId)
    if (AccountId === account) throw violation('CANNOT_CLOSE_MANAGEMENT_ACCOUNT', 'You cannot close the management account.')
    if (member.status === 'SUSPENDED')
      throw new organizations.AccountAlreadyClosedException('You attempted to close an account that is already closed.')
    if (organization.featureSet !== 'ALL')
      throw violation('ORGANIZATION_NOT_IN_ALL_FEATURES_MODE', 'You can close an account only when all features are enabled.')
    await tx.updateTable('organizationAccounts').set({ status: 'SUSPENDED' }).where('accountId', '=', AccountId).execute()
    await organizationChanged(tx, organization, now)
    await recordChange(tx, { account: AccountId, kind: 'account', id: AccountId, at: now })
    context.alsoRecord(closeAccountResult(AccountId, context))
    return {}
  },
})

/** LeaveOrganization: the caller's account leaves. Organizations API Reference, "LeaveOrganization". */
export const LeaveOrganization = organizations.operation('LeaveOrganization', {
  access: () => anyResource,

  async handle(_, { tx, account, now }) {
    const organization = await requireOrganization(tx, account)
    await leave(tx, organization, account, now)
    return {}
  },
})

async function leave(tx: Transaction, organization: OrganizationsTable, accountId: string, now: number): Promise<void> {
  if (accountId === organization.managementAccount) {
    throw new organizations.MasterCannotLeaveOrganizationException(
      "You can't remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account.",
    )
  }
  const delegation = await tx
    .selectFrom('delegatedAdministrators')
    .select('service')
    .where('organizationId', '=', organization.id)
    .where('accountId', '=', accountId)
    .executeTakeFirst()
  if (delegation) {
    throw violation(
      'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
      'You cannot remove an account that is registered as a delegated administrator.',
    )
  }
  await tx.deleteFrom('organizationAccounts').where('accountId', '=', accountId).execute()
  await tx.deleteFrom('organizationPolicyTargets').where('targetId', '=', accountId).execute()
  await tx.deleteFrom('tags').where('ownerKind', '=', 'organizations').where('ownerId', '=', accountId).execute()
  await organizationChanged(tx, organization, now)
}

/** A member account. @throws AccountNotFoundException */
export async function requireMember(
  tx: Transaction,
  organization: OrganizationsTable,
  accountId: string,
): Promise<OrganizationAccountsTable> {
  const member = await tx
    .selectFrom('organizationAccounts')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('organizationId', '=', organization.id)
    .executeTakeFirst()
  if (!member) throw new organizations.AccountNotFoundException("You specified an account that doesn't exist.")
  return member
}

async function accountShapes(tx: Transaction, organization: OrganizationsTable, rows: readonly OrganizationAccountsTable[]) {
  const shapes: Account[] = []
  for (const row of rows) shapes.push(await accountShape(tx, organization, row))
  return shapes
}

async function accountShape(tx: Transaction, organization: OrganizationsTable, row: OrganizationAccountsTable): Promise<Account> {
  const path = [organization.id, ...(await chainOf(tx, row.parentId)), row.accountId].join('/')
  return { ...accountMembers(organization, row), Paths: [`${path}/`] }
}

/** What descriptions of an account have in common. */
export const accountMembers = (organization: OrganizationsTable, row: OrganizationAccountsTable) => ({
  Id: row.accountId,
  Arn: placeArn(organization, row.accountId),
  Email: row.email,
  Name: row.name,
  Status: row.status,
  State: row.status,
  JoinedMethod: row.joinedMethod,
  JoinedTimestamp: new Date(row.joinedAt),
})
