import { organizationOf } from '../../identity/organization-accounts.ts'
import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { HandshakeFilter } from '../../wire/models/organizations.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { finishAllFeatures, memberApproved } from './all-features.ts'
import {
  daysToAnswer,
  detailsOf,
  endHandshake,
  expiryOf,
  type HandshakeDetails,
  type HandshakeRow,
  handshakeArn,
  handshakeShape,
  isShown,
  requireHandshake,
  stateOf,
} from './handshake-store.ts'
import { newHandshakeId } from './identifiers.ts'
import { anyResource, organizationChanged, placeArn, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { attachAwsPolicies } from './policy-types.ts'
import { invalid, quotaOf } from './quotas.ts'
import { organizations } from './service.ts'
import { requestTagKeys, tag } from './tags.ts'

/** A HandshakeConstraintViolationException with its reason. */
export const handshakeViolation = (Reason: string, message: string) =>
  new organizations.HandshakeConstraintViolationException(message, { Reason })

/** InviteAccountToOrganization: an account that lives here. Organizations API Reference, "InviteAccountToOrganization". */
export const InviteAccountToOrganization = organizations.operation('InviteAccountToOrganization', {
  async access({ Target, Tags }, { tx, account }) {
    const organization = (await organizationOf(tx, account)) ?? { id: '*', managementAccount: account }
    const keys = requestTagKeys(Tags)
    const invite = { resource: placeArn(organization, Target.Type === 'ACCOUNT' ? Target.Id : '*'), resourceAccount: account, keys }
    return Tags?.length ? [invite, { ...invite, action: 'organizations:TagResource' }] : [invite]
  },

  async handle({ Target, Notes, Tags = [] }, context) {
    const { tx, account, now, world } = context
    const organization = await requireManagement(tx, account)
    if (Target.Type === 'ORGANIZATION')
      throw invalid('INVALID_PARTY_TYPE_TARGET', 'You specified the wrong type of entity (ORGANIZATION) as a party.')
    const target = await tx
      .selectFrom('accounts')
      .select(['id', 'rootEmail'])
      .where(Target.Type === 'ACCOUNT' ? 'id' : 'rootEmail', '=', Target.Type === 'ACCOUNT' ? Target.Id : Target.Id.toLowerCase())
      .executeTakeFirst()
    if (!target) throw handshakeViolation('TARGET_ACCOUNT_VALIDATION_FAILURE', 'The account that you invite does not exist.')
    await checkInvitation(context, organization, target.id)
    const sender = await tx.selectFrom('accounts').select('rootEmail').where('id', '=', account).executeTakeFirstOrThrow()
    const details: HandshakeDetails = {
      targetType: Target.Type === 'ACCOUNT' ? 'ACCOUNT' : 'EMAIL',
      target: Target.Id,
      senderEmail: sender.rootEmail,
      notes: Notes,
      tags: Tags,
    }
    const row = {
      id: newHandshakeId(world.random),
      organizationId: organization.id,
      action: 'INVITE' as const,
      account: target.id,
      parentId: null,
      state: 'OPEN' as const,
      requestedAt: now,
      expiresAt: expiryOf('INVITE', now),
      endedAt: null,
      value: JSON.stringify(details),
    }
    await tx.insertInto('handshakes').values(row).execute()
    return { Handshake: handshakeShape(organization, row, now) }
  },
})

async function checkInvitation({ tx, now, world }: HandleContext, { id }: OrganizationsTable, target: string): Promise<void> {
  if (await organizationOf(tx, target))
    throw handshakeViolation('ALREADY_IN_AN_ORGANIZATION', 'The account that you invite is already a member of an organization.')
  const sent = await tx.selectFrom('handshakes').selectAll().where('organizationId', '=', id).execute()
  const open = sent.filter(row => ['OPEN', 'REQUESTED'].includes(stateOf(row, now)))
  if (open.some(({ action }) => action !== 'INVITE')) {
    throw handshakeViolation(
      'INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES',
      "You can't issue new invitations to join an organization while it's in the process of enabling all features.",
    )
  }
  if (open.some(row => row.account === target)) {
    throw new organizations.DuplicateHandshakeException(
      'A handshake with the same action and target already exists. For example, if you invited an account to join your organization, the invited account might already have a pending invitation from this organization.',
    )
  }
  const members = await tx.selectFrom('organizationAccounts').select('accountId').where('organizationId', '=', id).execute()
  if (members.length + open.length >= quotaOf(world, 'AccountsPerOrganization'))
    throw handshakeViolation('ACCOUNT_NUMBER_LIMIT_EXCEEDED', 'You have exceeded the limit on the number of accounts in an organization.')
}

/** Access to a handshake, which either side names by id. */
async function handshakeAccess({ tx, account }: AccessContext, id: string): Promise<AccessStatement> {
  const row = await tx.selectFrom('handshakes').selectAll().where('id', '=', id).executeTakeFirst()
  const organization = row && (await tx.selectFrom('organizations').selectAll().where('id', '=', row.organizationId).executeTakeFirst())
  const resource = row && organization ? handshakeArn(organization, row) : `arn:aws:organizations::${account}:handshake/*/*/${id}`
  return { resource, resourceAccount: account }
}

/** DescribeHandshake: for either side. Organizations API Reference, "DescribeHandshake". */
export const DescribeHandshake = organizations.operation('DescribeHandshake', {
  access: ({ HandshakeId }, context) => handshakeAccess(context, HandshakeId),

  async handle({ HandshakeId }, { tx, account, now }) {
    const { row, organization } = await requireHandshake(tx, account, HandshakeId, now)
    return { Handshake: handshakeShape(organization, row, now) }
  },
})

const notYours = () => new organizations.AccessDeniedException("You don't have permissions to access this resource.")

/** AcceptHandshake: by whoever got it. Organizations API Reference, "AcceptHandshake". */
export const AcceptHandshake = organizations.operation('AcceptHandshake', {
  access: ({ HandshakeId }, context) => handshakeAccess(context, HandshakeId),

  async handle({ HandshakeId }, context) {
    const { tx, account, now } = context
    const { row, organization } = await requireHandshake(tx, account, HandshakeId, now)
    if (row.account !== account) throw notYours()
    if (row.action === 'INVITE' && (await organizationOf(tx, account)))
      throw handshakeViolation('ALREADY_IN_AN_ORGANIZATION', 'The account is already a member of an organization.')
    await endHandshake(tx, row, 'ACCEPTED', now)
    const changed = await accepted[row.action](context, organization, row)
    return { Handshake: handshakeShape(changed, { ...row, state: 'ACCEPTED', endedAt: now }, now) }
  },
})

/** What comes of an accepted handshake. */
const accepted: Readonly<
  Record<
    HandshakeRow['action'],
    (context: HandleContext, organization: OrganizationsTable, row: HandshakeRow) => Promise<OrganizationsTable>
  >
> = { INVITE: join, ENABLE_ALL_FEATURES: memberApproved, APPROVE_ALL_FEATURES: finishAllFeatures }

/** The account becomes a member, at the root. Organizations User Guide, "Inviting an AWS account to join your organization". */
async function join({ tx, now, world }: HandleContext, organization: OrganizationsTable, row: HandshakeRow): Promise<OrganizationsTable> {
  const { account } = row
  const { rootEmail, alias } = await tx
    .selectFrom('accounts')
    .select(['rootEmail', 'alias'])
    .where('id', '=', account)
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('organizationAccounts')
    .values({
      accountId: account,
      organizationId: organization.id,
      parentId: organization.rootId,
      name: alias ?? account,
      email: rootEmail,
      joinedMethod: 'INVITED',
      joinedAt: now,
      status: 'ACTIVE',
    })
    .execute()
  await attachAwsPolicies(tx, organization, [account])
  await tag(tx, account, detailsOf(row).tags)
  await ensureServiceLinkedRole(tx, { account, service: organizations.eventSource, now, random: world.random })
  await organizationChanged(tx, organization, now)
  await recordChange(tx, { account, kind: 'account', id: account, at: now })
  return organization
}

/** DeclineHandshake: by whoever got it. Organizations API Reference, "DeclineHandshake". */
export const DeclineHandshake = organizations.operation('DeclineHandshake', {
  access: ({ HandshakeId }, context) => handshakeAccess(context, HandshakeId),

  async handle({ HandshakeId }, { tx, account, now }) {
    const { row, organization } = await requireHandshake(tx, account, HandshakeId, now)
    if (row.account !== account) throw notYours()
    await endHandshake(tx, row, 'DECLINED', now)
    return { Handshake: handshakeShape(organization, { ...row, state: 'DECLINED', endedAt: now }, now) }
  },
})

/** CancelHandshake: by whoever sent it. Organizations API Reference, "CancelHandshake". */
export const CancelHandshake = organizations.operation('CancelHandshake', {
  access: ({ HandshakeId }, context) => handshakeAccess(context, HandshakeId),

  async handle({ HandshakeId }, { tx, account, now }) {
    const { row, organization } = await requireHandshake(tx, account, HandshakeId, now)
    if (organization.managementAccount !== account) throw notYours()
    await endHandshake(tx, row, 'CANCELED', now)
    return { Handshake: handshakeShape(organization, { ...row, state: 'CANCELED', endedAt: now }, now) }
  },
})

/** ListHandshakesForAccount: those that the account got. Organizations API Reference, "ListHandshakesForAccount". */
export const ListHandshakesForAccount = organizations.operation('ListHandshakesForAccount', {
  access: () => anyResource,
  handle: (input, context) => list(context.tx, 'account', context.account, input, context.now),
})

/** ListHandshakesForOrganization: those that the organization sent. Organizations API Reference, "ListHandshakesForOrganization". */
export const ListHandshakesForOrganization = organizations.operation('ListHandshakesForOrganization', {
  access: () => anyResource,

  async handle(input, { tx, account, now }) {
    const { id } = await requireReader(tx, account)
    return list(tx, 'organizationId', id, input, now)
  },
})

interface ListRequest {
  readonly Filter?: HandshakeFilter
  readonly NextToken?: string
  readonly MaxResults?: number
}

async function list(tx: Transaction, column: 'account' | 'organizationId', value: string, input: ListRequest, now: number) {
  const { ActionType, ParentHandshakeId } = input.Filter ?? {}
  if (ActionType !== undefined && ParentHandshakeId !== undefined)
    throw invalid('INVALID_SYNTAX_FOR_FILTER', 'If you specify ActionType, you cannot also specify ParentHandshakeId.')
  if (ActionType !== undefined && !(ActionType in daysToAnswer)) return { Handshakes: [] }
  const rows = await tx
    .selectFrom('handshakes')
    .selectAll()
    .where(column, '=', value)
    .where('id', '>', startAfter(input))
    .$if(ActionType !== undefined, query => query.where('action', '=', ActionType as HandshakeRow['action']))
    .$if(ParentHandshakeId !== undefined, query => query.where('parentId', '=', ParentHandshakeId ?? ''))
    .orderBy('id')
    .limit(rowsWanted(input))
    .execute()
  const { items, end } = pageOf(rows, input, ({ id }) => id)
  const Handshakes = []
  for (const row of items) {
    const organization = await tx.selectFrom('organizations').selectAll().where('id', '=', row.organizationId).executeTakeFirst()
    if (organization && isShown(row, now)) Handshakes.push(handshakeShape(organization, row, now))
  }
  return { Handshakes, ...end }
}
