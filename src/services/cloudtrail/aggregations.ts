import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type AggregationTemplate, aggregatedEvents, aggregateHash, windowMilliseconds } from '../../audit/aggregated-event.ts'
import type { TrailRecord } from '../../audit/record.ts'
import type { Transaction } from '../../store/index.ts'
import type { AggregationConfiguration } from '../../wire/models/cloudtrail.ts'
import type { World } from '../world.ts'
import { accountsOf, placesOf, taker, uniqueName } from './log-files.ts'
import { logFileKey } from './log-keys.ts'
import type { TrailRow } from './trail-store.ts'

/** How long after the end of a window its events may still be recorded. */
const graceMilliseconds = 60_000

/** The aggregations of a trail as the API has them. */
export const aggregationsOf = ({ aggregations }: TrailRow): AggregationConfiguration[] =>
  JSON.parse(aggregations ?? '[]') as AggregationConfiguration[]

/** Sets how a trail sums up its data events, from now on. */
export async function putAggregations(
  tx: Transaction,
  trail: TrailRow,
  configurations: readonly AggregationConfiguration[],
  now: number,
): Promise<TrailRow> {
  const kept = configurations.map(({ EventCategory, Templates }) => ({ Templates: [...new Set(Templates)], EventCategory }))
  const changed =
    kept.length === 0
      ? { aggregations: null, aggregatedUntil: null }
      : { aggregations: JSON.stringify(kept), aggregatedUntil: trail.aggregatedUntil ?? now }
  await tx.updateTable('trails').set(changed).where('arn', '=', trail.arn).execute()
  return { ...trail, ...changed }
}

/**
 * Delivers the aggregated events of a trail's data events, of the windows that have ended. A file has the same name and the same events
 * whenever it is put: a crash between that and the note of it does no harm.
 */
export async function deliverAggregates(world: World, trail: TrailRow, now: number): Promise<void> {
  const [configuration] = aggregationsOf(trail)
  if (!configuration || trail.aggregatedUntil === null || trail.startedAt === null) return
  const end = windowOf(now - graceMilliseconds)
  for (let from = trail.aggregatedUntil; from < end; ) {
    const next = await world.store.read(tx => nextAt(tx, trail, from, end))
    const until = next === undefined ? end : windowOf(next) + windowMilliseconds
    if (next !== undefined)
      await deliverWindow(world, trail, { from, until, templates: configuration.Templates as readonly AggregationTemplate[] })
    await world.store.write(tx =>
      tx.updateTable('trails').set({ aggregatedUntil: until }).where('arn', '=', trail.arn).where('aggregatedUntil', '=', from).execute(),
    )
    from = until
  }
}

const windowOf = (at: number) => Math.floor(at / windowMilliseconds) * windowMilliseconds

async function nextAt(tx: Transaction, trail: TrailRow, from: number, end: number): Promise<number | undefined> {
  const row = await tx
    .selectFrom('dataRecords')
    .select('at')
    .where('at', '>=', from)
    .where('at', '<', end)
    .where('account', 'in', await accountsOf(tx, trail))
    .orderBy('at')
    .limit(1)
    .executeTakeFirst()
  return row?.at
}

interface Window {
  readonly from: number
  readonly until: number
  readonly templates: readonly AggregationTemplate[]
}

async function deliverWindow(world: World, trail: TrailRow, { from, until, templates }: Window): Promise<void> {
  const rows = await world.store.read(tx => takenIn(tx, trail, from, until))
  const windowStart = until - windowMilliseconds
  for (const [account, region] of placesOf(rows)) {
    const records = rows.filter(row => row.account === account && row.region === region).map(({ record }) => record)
    const events = aggregatedEvents({ trailArn: trail.arn, account, region, windowStart }, records, templates)
    if (events.length === 0) continue
    const unique = uniqueName(aggregateHash([trail.arn, account, region, windowStart]).subarray(0, 16))
    const key = logFileKey(trail, { source: 'aggregates', account, region, at: until }, unique)
    const body = await promisify(gzip)(JSON.stringify({ Records: events }))
    await world.logBuckets.put({ bucket: trail.bucket, key, body }, { arn: trail.arn, account: trail.account })
  }
}

/** The data events that a trail takes of a time, while it logs. */
async function takenIn(tx: Transaction, trail: TrailRow, from: number, until: number) {
  const stoppedAt = trail.logging === 1 ? Number.POSITIVE_INFINITY : (trail.stoppedAt ?? 0)
  const rows = await tx
    .selectFrom('dataRecords')
    .select(['account', 'region', 'at', 'json'])
    .where('at', '>=', Math.max(from, trail.startedAt ?? 0))
    .where('at', '<', until)
    .where('account', 'in', await accountsOf(tx, trail))
    .orderBy('seq')
    .execute()
  const takes = taker(trail)
  return rows
    .filter(({ at }) => at <= stoppedAt)
    .map(({ account, region, json }) => ({ account, region, record: JSON.parse(json) as TrailRecord }))
    .filter(({ record }) => takes('dataRecords', record))
}
