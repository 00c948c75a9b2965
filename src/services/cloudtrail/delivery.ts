import type { Transaction } from '../../store/index.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { deliverAggregates } from './aggregations.ts'
import { chainsOf, deliverDigest } from './digests.ts'
import { deliverFile, findCursor, nameFiles } from './log-files.ts'
import type { TrailRow } from './trail-store.ts'

export interface DeliveryOptions {
  /** What a digest covers: an hour on AWS. */
  readonly digestMilliseconds: number
  /** Epoch milliseconds. */
  readonly now: number
  /** Told of failures that are not S3's. */
  readonly onFault: (facts: object, message: string) => void
}

/**
 * Delivers what all trails owe: log files of the records since the last time, and digests when it is time for them. A file gets its
 * name before it is put, in the unit that moves the cursor, and is put again under the same name until that has succeeded: every
 * record is in a file, and whatever the moment of a crash in one file only.
 * Not to be called again before it has resolved.
 */
export async function deliverTrails(world: World, options: DeliveryOptions): Promise<void> {
  const trails = await world.store.read(tx => tx.selectFrom('trails').selectAll().orderBy('arn').execute())
  for (const trail of trails) {
    const delivered = await attempt(world, trail, 'deliveryError', options, () => deliverLogs(world, trail, options.now))
    if (delivered && trail.fileValidation === 1)
      await attempt(world, trail, 'digestError', options, () => deliverDigests(world, trail, options))
  }
}

/** Notes on the trail how an attempt failed. @returns whether it did not */
async function attempt(
  { store }: World,
  { arn }: TrailRow,
  member: 'deliveryError' | 'digestError',
  { now, onFault }: DeliveryOptions,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work()
    return true
  } catch (problem) {
    const error = problem instanceof ServiceError ? problem.code : 'InternalFailure'
    if (!(problem instanceof ServiceError)) onFault({ trail: arn, problem }, 'a trail could not be delivered')
    const attempted = member === 'deliveryError' ? { attemptedAt: now } : {}
    await store.write(tx =>
      tx
        .updateTable('trails')
        .set({ [member]: error, ...attempted })
        .where('arn', '=', arn)
        .execute(),
    )
    return false
  }
}

async function deliverLogs(world: World, trail: TrailRow, now: number): Promise<void> {
  await deliverNamed(world, trail, now)
  for (const begun of await world.store.read(tx => cursorsOf(tx, trail)))
    for (let more = true; more; ) {
      const cursor = await world.store.read(tx => findCursor(tx, begun))
      more = cursor !== undefined && (await nameFiles(world, trail, cursor, now))
      await deliverNamed(world, trail, now)
    }
  await deliverAggregates(world, trail, now)
}

const cursorsOf = (tx: Transaction, { arn }: TrailRow) =>
  tx.selectFrom('trailCursors').selectAll().where('trailArn', '=', arn).orderBy('startedAt').orderBy('source').execute()

/** Delivers the files that have their names, those of a run that was cut off among them. */
async function deliverNamed(world: World, trail: TrailRow, now: number): Promise<void> {
  const files = await world.store.read(tx =>
    tx
      .selectFrom('trailFiles')
      .selectAll()
      .where('trailArn', '=', trail.arn)
      .where('deliveredAt', 'is', null)
      .orderBy('namedAt')
      .orderBy('key')
      .execute(),
  )
  if (files.length === 0) return
  for (const file of files) await deliverFile(world, trail, file, now)
  const delivered = { deliveredAt: now, attemptedAt: now, deliveryError: null }
  await world.store.write(tx => tx.updateTable('trails').set(delivered).where('arn', '=', trail.arn).execute())
}

async function deliverDigests(world: World, trail: TrailRow, { digestMilliseconds, now }: DeliveryOptions): Promise<void> {
  const chains = await world.store.read(tx => chainsOf(tx, trail, world.settings.region))
  const owed = await world.store.read(tx => cursorsOf(tx, trail))
  for (const chain of chains)
    await deliverDigest(world, trail, chain, { intervalMilliseconds: digestMilliseconds, last: owed.length === 0, now })
}
