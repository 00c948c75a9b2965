import type { Selectable } from 'kysely'
import type { Database, Transaction } from '../../store/index.ts'
import type { HandshakeState, OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Handshake, HandshakeResource, Tag } from '../../wire/models/organizations.ts'
import { organizations } from './service.ts'

export type HandshakeRow = Selectable<Database['handshakes']>

/** What of a handshake nothing is looked up by. */
export interface HandshakeDetails {
  readonly targetType: 'ACCOUNT' | 'EMAIL' | 'ORGANIZATION'
  /** As the sender named the recipient. */
  readonly target: string
  readonly senderEmail: string
  readonly notes?: string | undefined
  readonly tags: readonly Tag[]
}

const day = 86_400_000
/** Organizations User Guide, "Maximum and minimum values": invitations and approvals. */
export const daysToAnswer = { INVITE: 15, ENABLE_ALL_FEATURES: 90, APPROVE_ALL_FEATURES: 90 } as const
/** "You can view accepted handshakes in API responses for 30 days before they are deleted." Organizations API Reference, "AcceptHandshake". */
const daysShown = 30

export const detailsOf = ({ value }: HandshakeRow): HandshakeDetails => JSON.parse(value) as HandshakeDetails

export const expiryOf = (action: HandshakeRow['action'], now: number): number => now + daysToAnswer[action] * day

/** The state that a handshake is in now. */
export const stateOf = ({ state, expiresAt, endedAt }: HandshakeRow, now: number): HandshakeState | 'EXPIRED' =>
  endedAt === null && expiresAt <= now ? 'EXPIRED' : state

/** Whether a handshake is still told of. */
export const isShown = ({ endedAt, expiresAt }: HandshakeRow, now: number): boolean => (endedAt ?? expiresAt) + daysShown * day > now

/** A handshake that an account sent or got. @throws HandshakeNotFoundException */
export async function requireHandshake(tx: Transaction, account: string, id: string, now: number) {
  const row = await tx.selectFrom('handshakes').selectAll().where('id', '=', id).executeTakeFirst()
  const organization = row && (await tx.selectFrom('organizations').selectAll().where('id', '=', row.organizationId).executeTakeFirst())
  if (!row || !organization || !isShown(row, now) || (row.account !== account && organization.managementAccount !== account))
    throw new organizations.HandshakeNotFoundException("We can't find a handshake with the HandshakeId that you specified.")
  return { row, organization }
}

/** Ends an open handshake. @throws HandshakeAlreadyInStateException, InvalidHandshakeTransitionException */
export async function endHandshake(
  tx: Transaction,
  row: HandshakeRow,
  state: 'ACCEPTED' | 'DECLINED' | 'CANCELED',
  now: number,
): Promise<void> {
  const current = stateOf(row, now)
  if (current === state)
    throw new organizations.HandshakeAlreadyInStateException('The specified handshake is already in the requested state.')
  if (current !== 'OPEN' && !(current === 'REQUESTED' && state === 'CANCELED')) {
    throw new organizations.InvalidHandshakeTransitionException(
      `You can't perform the operation on the handshake in its current state. For example, you can't cancel a handshake that was already accepted or accept a handshake that was already declined. The handshake is ${current}.`,
    )
  }
  await tx.updateTable('handshakes').set({ state, endedAt: now }).where('id', '=', row.id).execute()
}

export const handshakeArn = (
  { id, managementAccount }: OrganizationsTable,
  { action, id: handshake }: Pick<HandshakeRow, 'action' | 'id'>,
): string => `arn:aws:organizations::${managementAccount}:handshake/${id}/${action.toLowerCase()}/${handshake}`

/** A handshake as Organizations shows it. Organizations API Reference, "Handshake". */
export function handshakeShape(organization: OrganizationsTable, row: HandshakeRow, now: number): Handshake {
  const { targetType, target, senderEmail, notes } = detailsOf(row)
  const sender: HandshakeResource = {
    Type: 'ORGANIZATION',
    Value: organization.id,
    Resources: [
      { Type: 'MASTER_EMAIL', Value: senderEmail },
      { Type: 'MASTER_NAME', Value: 'management' },
      { Type: 'ORGANIZATION_FEATURE_SET', Value: row.action === 'INVITE' ? organization.featureSet : 'ALL' },
    ],
  }
  const toItself = targetType === 'ORGANIZATION'
  return {
    Id: row.id,
    Arn: handshakeArn(organization, row),
    Parties: [{ Id: organization.id, Type: 'ORGANIZATION' }, ...(toItself ? [] : [{ Id: target, Type: targetType }])],
    State: stateOf(row, now),
    RequestedTimestamp: new Date(row.requestedAt),
    ExpirationTimestamp: new Date(row.expiresAt),
    Action: row.action,
    Resources: [
      sender,
      ...(toItself ? [] : [{ Type: targetType, Value: target }]),
      ...(notes === undefined ? [] : [{ Type: 'NOTES', Value: notes }]),
      ...(row.parentId === null ? [] : [{ Type: 'PARENT_HANDSHAKE', Value: row.parentId }]),
    ],
  }
}
