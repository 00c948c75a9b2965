import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { HandleContext } from '../operation.ts'
import { expiryOf, type HandshakeDetails, type HandshakeRow, handshakeShape, stateOf } from './handshake-store.ts'
import { newHandshakeId } from './identifiers.ts'
import { anyResource, organizationChanged, requireManagement } from './membership.ts'
import { organizations } from './service.ts'

/**
 * EnableAllFeatures: every invited member is asked; when all have approved, the management account confirms. Accounts that were made in the organization
 * are not asked. Organizations API Reference, "EnableAllFeatures"; User Guide, "Enabling all features for an organization".
 */
export const EnableAllFeatures = organizations.operation('EnableAllFeatures', {
  access: () => anyResource,

  async handle(_, context) {
    const { tx, account, now, world } = context
    const organization = await requireManagement(tx, account)
    await refuseIfUnderWay(tx, organization, now)
    const { rootEmail } = await tx.selectFrom('accounts').select('rootEmail').where('id', '=', account).executeTakeFirstOrThrow()
    const members = await tx.selectFrom('organizationAccounts').selectAll().where('organizationId', '=', organization.id).execute()
    const invited = members.filter(({ accountId, joinedMethod }) => joinedMethod === 'INVITED' && accountId !== account)
    const detailsFor = (targetType: HandshakeDetails['targetType'], target: string) =>
      JSON.stringify({ targetType, target, senderEmail: rootEmail, tags: [] } satisfies HandshakeDetails)
    const common = { organizationId: organization.id, requestedAt: now, endedAt: null }
    const confirmation: HandshakeRow = {
      ...common,
      id: newHandshakeId(world.random),
      action: 'APPROVE_ALL_FEATURES',
      account,
      parentId: null,
      state: invited.length === 0 ? 'OPEN' : 'REQUESTED',
      expiresAt: expiryOf('APPROVE_ALL_FEATURES', now),
      value: detailsFor('ORGANIZATION', organization.id),
    }
    const requests = invited.map(
      ({ accountId }): HandshakeRow => ({
        ...common,
        id: newHandshakeId(world.random),
        action: 'ENABLE_ALL_FEATURES',
        account: accountId,
        parentId: confirmation.id,
        state: 'OPEN',
        expiresAt: expiryOf('ENABLE_ALL_FEATURES', now),
        value: detailsFor('ACCOUNT', accountId),
      }),
    )
    await tx
      .insertInto('handshakes')
      .values([confirmation, ...requests])
      .execute()
    return { Handshake: handshakeShape(organization, confirmation, now) }
  },
})

async function refuseIfUnderWay(tx: Transaction, { id, featureSet }: OrganizationsTable, now: number): Promise<void> {
  const refuse = (Reason: string, message: string) => new organizations.HandshakeConstraintViolationException(message, { Reason })
  if (featureSet === 'ALL')
    throw refuse(
      'ORGANIZATION_ALREADY_HAS_ALL_FEATURES',
      'The handshake request is invalid because the organization has already enabled all features.',
    )
  const rows = await tx
    .selectFrom('handshakes')
    .selectAll()
    .where('organizationId', '=', id)
    .where('action', '=', 'APPROVE_ALL_FEATURES')
    .execute()
  if (rows.some(row => ['OPEN', 'REQUESTED'].includes(stateOf(row, now)))) {
    throw refuse(
      'ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION',
      'The handshake request is invalid because the organization has already started the process to enable all features.',
    )
  }
}

/** When the last of the members has approved, the confirmation is open. */
export async function memberApproved(
  { tx }: HandleContext,
  organization: OrganizationsTable,
  { parentId }: HandshakeRow,
): Promise<OrganizationsTable> {
  const waiting = await tx
    .selectFrom('handshakes')
    .select('id')
    .where('organizationId', '=', organization.id)
    .where('parentId', '=', parentId)
    .where('state', '!=', 'ACCEPTED')
    .executeTakeFirst()
  if (!waiting)
    await tx
      .updateTable('handshakes')
      .set({ state: 'OPEN' })
      .where('id', '=', parentId ?? '')
      .where('state', '=', 'REQUESTED')
      .execute()
  return organization
}

/** The organization has all features from now on; policy types are still to be enabled. */
export async function finishAllFeatures({ tx, now }: HandleContext, organization: OrganizationsTable): Promise<OrganizationsTable> {
  const changed = { ...organization, featureSet: 'ALL' as const }
  await tx.updateTable('organizations').set({ featureSet: 'ALL' }).where('id', '=', organization.id).execute()
  await organizationChanged(tx, changed, now)
  return changed
}
