import type { Selectable } from 'kysely'
import type { SessionFacts } from '../../identity/sessions.ts'
import type { Database, Transaction } from '../../store/index.ts'
import type { DelegationState } from '../../store/tables/iam-credentials.ts'
import type { DelegationRequest, PolicyParameter } from '../../wire/models/iam.ts'
import { iam } from './service.ts'

export type DelegationRow = Selectable<Database['delegationRequests']>

/** What of a request nothing is looked up by. */
export interface DelegationDetails {
  readonly description: string
  readonly requestMessage?: string | undefined
  readonly requestorName: string
  readonly templateArn: string
  readonly parameters: readonly PolicyParameter[]
  /** The template with its parameters' values: the permissions that are asked for. */
  readonly policy: string
  readonly boundaries: readonly string[]
  readonly notificationChannel: string
  readonly endpoint: string
  readonly redirectUrl?: string | undefined
  readonly sessionSeconds: number
  readonly onlySendByOwner: boolean
  readonly notes?: string | undefined
  readonly rejectionReason?: string | undefined
  /** Whoever accepted, whose permissions are delegated. */
  readonly approver?: { readonly arn: string; readonly facts: Omit<SessionFacts, 'issuedAt' | 'expiresAt'> } | undefined
}

const day = 86_400_000
/** How long a request stays in a state. IAM User Guide, "Understanding the Request Lifecycle", "Expiration Path". */
const lifeInState: Readonly<Record<DelegationState, number>> = {
  UNASSIGNED: day,
  ASSIGNED: 7 * day,
  PENDING_APPROVAL: 7 * day,
  ACCEPTED: 7 * day,
  FINALIZED: 7 * day,
  REJECTED: 7 * day,
}

/** When a request that enters a state expires. */
export const expiryOf = (state: DelegationState, now: number): number => now + lifeInState[state]

export const detailsOf = ({ value }: DelegationRow): DelegationDetails => JSON.parse(value) as DelegationDetails

/** The state that a request is in now. */
export const stateOf = ({ state, expiresAt }: DelegationRow, now: number): DelegationState | 'EXPIRED' =>
  expiresAt <= now ? 'EXPIRED' : state

export const findDelegationRequest = (tx: Transaction, id: string): Promise<DelegationRow | undefined> =>
  tx.selectFrom('delegationRequests').selectAll().where('id', '=', id).executeTakeFirst()

/** Whether an account is told of a request: of one without owner every account is. IAM API Reference, "GetDelegationRequest". */
export const isVisible = ({ ownerAccount }: DelegationRow, account: string): boolean => ownerAccount === null || ownerAccount === account

/** @throws NoSuchEntity for requests of other accounts too */
export async function requireDelegationRequest(tx: Transaction, account: string, id: string): Promise<DelegationRow> {
  const row = await findDelegationRequest(tx, id)
  if (!row || !isVisible(row, account)) throw new iam.NoSuchEntity(`The delegation request with id ${id} cannot be found.`)
  return row
}

/** Brings a request into a state, or keeps it there with other details. */
export async function enterState(
  tx: Transaction,
  row: DelegationRow,
  state: DelegationState,
  change: Partial<DelegationDetails>,
  now: number,
): Promise<void> {
  await tx
    .updateTable('delegationRequests')
    .set({
      state,
      updatedAt: now,
      expiresAt: expiryOf(state, now),
      value: JSON.stringify({ ...detailsOf(row), ...change }),
      ownerAccount: row.ownerAccount,
      ownerId: row.ownerId,
    })
    .where('id', '=', row.id)
    .execute()
}

/** A request as IAM shows it. IAM API Reference, "DelegationRequest". */
export function delegationShape(row: DelegationRow, now: number): DelegationRequest {
  const details = detailsOf(row)
  return {
    DelegationRequestId: row.id,
    ...(row.ownerAccount !== null && { OwnerAccountId: row.ownerAccount }),
    Description: details.description,
    ...(details.requestMessage !== undefined && { RequestMessage: details.requestMessage }),
    Permissions: { PolicyTemplateArn: details.templateArn, Parameters: details.parameters },
    PermissionPolicy: details.policy,
    RolePermissionRestrictionArns: details.boundaries,
    ...(row.ownerId !== null && { OwnerId: row.ownerId }),
    ...(details.approver && { ApproverId: details.approver.arn }),
    State: stateOf(row, now),
    ExpirationTime: new Date(row.expiresAt),
    RequestorId: row.requestor,
    RequestorName: details.requestorName,
    CreateDate: new Date(row.createdAt),
    SessionDuration: details.sessionSeconds,
    ...(details.redirectUrl !== undefined && { RedirectUrl: details.redirectUrl }),
    ...(details.notes !== undefined && { Notes: details.notes }),
    ...(details.rejectionReason !== undefined && { RejectionReason: details.rejectionReason }),
    OnlySendByOwner: details.onlySendByOwner,
    UpdatedTime: new Date(row.updatedAt),
  }
}
