import { sql } from 'kysely'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type AggregationTemplate, type Aggregator, aggregateHash, aggregator, windowMilliseconds } from '../../audit/aggregated-event.ts'
import type { TrailRecord } from '../../audit/record.ts'
import type { Transaction } from '../../store/index.ts'
import type { AggregationConfiguration } from '../../wire/models/cloudtrail.ts'
import type { World } from '../world.ts'
import { accountsOf, taker, uniqueName } from './log-files.ts'
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
  const windowStart = until - windowMilliseconds
  const places = new Map<string, { readonly account: string; readonly region: string; readonly aggregator: Aggregator }>()
  for await (const { account, region, record } of takenIn(world, trail, from, until)) {
    const name = `${account} ${region}`
    const place = places.get(name) ?? {
      account,
      region,
      aggregator: aggregator({ trailArn: trail.arn, account, region, windowStart }, templates),
    }
    places.set(name, place)
    place.aggregator.add(record)
  }
  for (const { account, region, aggregator } of places.values()) {
    const events = aggregator.events()
    if (events.length === 0) continue
    const unique = uniqueName(aggregateHash([trail.arn, account, region, windowStart]).subarray(0, 16))
    const key = logFileKey(trail, { source: 'aggregates', account, region, at: until }, unique)
    const body = await promisify(gzip)(JSON.stringify({ Records: events }))
    await world.logBuckets.put({ bucket: trail.bucket, key, body }, { arn: trail.arn, account: trail.account })
  }
}

/** Rows that are read at once. */
const mostRows = 1_000

/** The data events that a trail takes of a time, while it logs. */
async function* takenIn(world: World, trail: TrailRow, from: number, until: number) {
  const stoppedAt = trail.logging === 1 ? Number.POSITIVE_INFINITY : (trail.stoppedAt ?? 0)
  const takes = taker(trail)
  for (let after = { at: Math.max(from, trail.startedAt ?? 0), seq: 0 }; ; ) {
    const rows = await world.store.read(async tx =>
      tx
        .selectFrom('dataRecords')
        .select(['seq', 'account', 'region', 'at', 'json'])
        .where(sql<boolean>`("at", "seq") > (${after.at}, ${after.seq})`)
        .where('at', '<', until)
        .where('account', 'in', await accountsOf(tx, trail))
        .orderBy('at')
        .orderBy('seq')
        .limit(mostRows)
        .execute(),
    )
    for (const { account, region, at, json } of rows) {
      const record = JSON.parse(json) as TrailRecord
      if (at <= stoppedAt && takes('dataRecords', record)) yield { account, region, record }
    }
    const last = rows.at(-1)
    if (!last || rows.length < mostRows) return
    after = last
  }
}
