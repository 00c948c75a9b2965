import type { Transaction } from '../../store/index.ts'
import type { InstanceProfileAssociationsTable, InstancesTable } from '../../store/tables/ec2.ts'
import type { Random } from '../../types/random.ts'
import type { InstanceState } from '../../wire/models/ec2.ts'
import type { Place } from './arns.ts'
import { ec2Error } from './errors.ts'

/** "Terminated instances remain visible after termination (for approximately one hour)". EC2 API Reference, "TerminateInstances". */
const visibleAfterTermination = 3_600_000

export const states = {
  pending: { Code: 0, Name: 'pending' },
  running: { Code: 16, Name: 'running' },
  shuttingDown: { Code: 32, Name: 'shutting-down' },
  terminated: { Code: 48, Name: 'terminated' },
} as const satisfies { readonly [name: string]: InstanceState }

export const isTerminated = ({ terminatedAt }: InstancesTable): boolean => terminatedAt !== null

/** A record's state: nothing boots, so that an instance runs as soon as the call that launched it has answered. */
export const stateOf = (instance: InstancesTable) => (isTerminated(instance) ? states.terminated : states.running)

/** A new id, such as `i-0123456789abcdef0`. */
export const newId = (prefix: string, random: Random): string => `${prefix}-0${Buffer.from(random.bytes(8)).toString('hex')}`

/** Instances of an account that can still be seen, in the order of their ids. */
export const visibleInstances = (tx: Transaction, { account, region }: Place, now: number): Promise<InstancesTable[]> =>
  tx
    .selectFrom('instances')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where(where => where.or([where('terminatedAt', 'is', null), where('terminatedAt', '>', now - visibleAfterTermination)]))
    .orderBy('id')
    .execute()

/** Forgets instances that cannot be seen any more, and their tags. */
export async function forgetTerminated(tx: Transaction, { account, region }: Place, now: number): Promise<void> {
  const gone = await tx
    .selectFrom('instances')
    .select('id')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('terminatedAt', '<=', now - visibleAfterTermination)
    .execute()
  for (const { id } of gone) {
    await tx.deleteFrom('tags').where('ownerKind', '=', 'ec2').where('ownerId', '=', id).execute()
    await tx.deleteFrom('instances').where('id', '=', id).execute()
  }
}

export async function findInstance(
  tx: Transaction,
  { account, region }: Place,
  id: string,
  now: number,
): Promise<InstancesTable | undefined> {
  const found = await tx
    .selectFrom('instances')
    .selectAll()
    .where('id', '=', id)
    .where('account', '=', account)
    .where('region', '=', region)
    .executeTakeFirst()
  return found && (found.terminatedAt === null || found.terminatedAt > now - visibleAfterTermination) ? found : undefined
}

/** @throws InvalidInstanceID.Malformed, InvalidInstanceID.NotFound */
export async function requireInstance(tx: Transaction, place: Place, id: string, now: number): Promise<InstancesTable> {
  checkInstanceIds([id])
  const found = await findInstance(tx, place, id, now)
  if (!found) throw notFound([id])
  return found
}

/** @throws InvalidInstanceID.Malformed */
export function checkInstanceIds(ids: readonly string[]): void {
  const malformed = ids.find(id => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
  if (malformed !== undefined) throw ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${malformed.slice(0, 255)}"`)
}

export const notFound = (ids: readonly string[]) =>
  ec2Error(
    'InvalidInstanceID.NotFound',
    ids.length === 1 ? `The instance ID '${ids[0]}' does not exist` : `The instance IDs '${ids.join(', ')}' do not exist`,
  )

/** The instance profiles of instances, by instance. */
export async function associationsOf(tx: Transaction, { account }: Place): Promise<ReadonlyMap<string, InstanceProfileAssociationsTable>> {
  const rows = await tx.selectFrom('instanceProfileAssociations').selectAll().where('account', '=', account).execute()
  return new Map(rows.map(row => [row.instanceId, row]))
}
