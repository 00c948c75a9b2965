import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Selectable } from 'kysely'
import { selects } from '../../audit/event-selectors.ts'
import type { TrailRecord } from '../../audit/record.ts'
import { memberAccounts, type Transaction } from '../../store/index.ts'
import type { JsonObject } from '../../types/json.ts'
import type { RecordSource, TrailCursorsTable, TrailFilesTable } from '../../store/tables/trails.ts'
import type { InsightSelector } from '../../wire/models/cloudtrail.ts'
import type { World } from '../world.ts'
import { logFileKey } from './log-keys.ts'
import { servicePrincipal } from './organization.ts'
import { selectorsOf, type TrailRow } from './trail-store.ts'

export type TrailFile = Selectable<TrailFilesTable>
type Cursor = Selectable<TrailCursorsTable>

/** Records that are looked at for one file of each account and region: a bound to its size. */
const mostRecords = 5_000

/** Services whose events are global. CloudTrail User Guide, "Global service events". */
const globalSources = ['iam.amazonaws.com', 'sts.amazonaws.com', 'cloudfront.amazonaws.com', 'organizations.amazonaws.com']

/** Whether a trail takes a record. */
export function taker(trail: TrailRow): (source: RecordSource, record: TrailRecord) => boolean {
  const selectors = selectorsOf(trail)
  const insights = JSON.parse(trail.insightSelectors ?? '[]') as InsightSelector[]
  return (source, record) => {
    if (trail.multiRegion === 0 && record.awsRegion !== trail.region) return false
    if (source === 'insightRecords') {
      const { insightType } = record['insightDetails'] as JsonObject
      return insights.some(({ InsightType }) => InsightType === insightType)
    }
    if (trail.globalEvents === 0 && globalSources.includes(record.eventSource)) return false
    if (trail.recursive === 0 && isOwnDelivery(record)) return false
    return selects(selectors, record)
  }
}

/** CloudTrail User Guide, "Suppressing recursive events with recursive logging". */
const isOwnDelivery = ({ userIdentity, eventSource, eventName }: TrailRecord) =>
  userIdentity['invokedBy'] === servicePrincipal && eventSource === 's3.amazonaws.com' && eventName === 'PutObject'

interface Range {
  readonly source: RecordSource
  readonly afterSeq: number
  readonly untilSeq: number
}

/** The records that a trail takes of a range, of some accounts, in their order. */
async function takenOf(tx: Transaction, trail: TrailRow, { source, afterSeq, untilSeq }: Range, accounts: readonly string[]) {
  const rows = await tx
    .selectFrom(source)
    .select(['account', 'region', 'at', 'json'])
    .where('seq', '>', afterSeq)
    .where('seq', '<=', untilSeq)
    .where('account', 'in', accounts)
    .orderBy('seq')
    .execute()
  const takes = taker(trail)
  return rows.filter(({ json }) => takes(source, JSON.parse(json) as TrailRecord))
}

/**
 * Names the next files of a trail, and remembers up to where they reach, in one unit: whatever happens from here on, their records are
 * delivered under these names.
 * @returns whether there may be more
 */
export async function nameFiles({ store, random }: World, trail: TrailRow, cursor: Cursor, now: number): Promise<boolean> {
  const { source, afterSeq } = cursor
  const settled = await store.settledSeq(source)
  const { range, end, taken } = await store.read(tx => nextRange(tx, trail, cursor, settled))
  const files = Array.from(placesOf(taken), ([account, region]) => ({
    key: logFileKey(trail, { source, account, region, at: now }, uniqueName(random.bytes(16))),
    bucket: trail.bucket,
    trailArn: trail.arn,
    ...range,
    account,
    region,
    namedAt: now,
    ...undelivered,
  }))
  if (range.untilSeq === afterSeq && cursor.untilSeq === null) return false
  return store.write(async tx => {
    // Logging was stopped, or the trail deleted, in the meantime: what was read may be too much.
    if ((await findCursor(tx, cursor))?.untilSeq !== cursor.untilSeq) return true
    if (files.length > 0) await tx.insertInto('trailFiles').values(files).execute()
    await moveCursor(tx, cursor, range.untilSeq)
    return range.untilSeq < end
  })
}

const undelivered = { deliveredAt: null, hash: null, oldestAt: null, newestAt: null, digestKey: null }

/** @param settled  beyond it, records may still appear between others */
async function nextRange(tx: Transaction, trail: TrailRow, { source, afterSeq, untilSeq }: Cursor, settled: number) {
  const end = Math.max(afterSeq, Math.min(untilSeq ?? Number.POSITIVE_INFINITY, settled))
  const range = { source, afterSeq, untilSeq: Math.min(end, afterSeq + mostRecords) }
  return { range, end, taken: end > afterSeq ? await takenOf(tx, trail, range, await accountsOf(tx, trail)) : [] }
}

/** The accounts whose records a trail takes. */
export const accountsOf = async (tx: Transaction, { organizationId, account }: TrailRow): Promise<string[]> =>
  organizationId === null ? [account] : memberAccounts(tx, organizationId)

/** A cursor as it stands; undefined when its time of logging is over and all of it in files. */
export const findCursor = (tx: Transaction, { trailArn, source, startedAt }: Cursor): Promise<Cursor | undefined> =>
  tx
    .selectFrom('trailCursors')
    .selectAll()
    .where('trailArn', '=', trailArn)
    .where('source', '=', source)
    .where('startedAt', '=', startedAt)
    .executeTakeFirst()

async function moveCursor(tx: Transaction, { trailArn, source, startedAt, untilSeq }: Cursor, afterSeq: number): Promise<void> {
  if (untilSeq !== null && afterSeq >= untilSeq)
    await tx
      .deleteFrom('trailCursors')
      .where('trailArn', '=', trailArn)
      .where('source', '=', source)
      .where('startedAt', '=', startedAt)
      .execute()
  else
    await tx
      .updateTable('trailCursors')
      .set({ afterSeq })
      .where('trailArn', '=', trailArn)
      .where('source', '=', source)
      .where('startedAt', '=', startedAt)
      .execute()
}

const placesOf = (records: readonly { readonly account: string; readonly region: string }[]) =>
  new Map(records.map(({ account, region }) => [`${account} ${region}`, [account, region] as const])).values()

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** @param bytes  sixteen of them */
export const uniqueName = (bytes: Uint8Array) => Array.from(bytes, byte => alphabet[byte % alphabet.length]).join('')

const compress = promisify(gzip)

/** Delivers a file that has its name. @throws ServiceError of S3 */
export async function deliverFile({ store, logBuckets }: World, trail: TrailRow, file: TrailFile, now: number): Promise<void> {
  const records = (await store.read(tx => takenOf(tx, trail, file, [file.account]))).filter(({ region }) => region === file.region)
  // The selectors were narrowed since the file got its name.
  if (records.length === 0) return store.write(tx => forgetFile(tx, file))
  const text = `{"Records":[${records.map(({ json }) => json).join(',')}]}`
  const body = await compress(text)
  await logBuckets.put({ bucket: file.bucket, key: file.key, body }, { arn: trail.arn, account: trail.account })
  const times = records.map(({ at }) => at)
  const facts = {
    deliveredAt: now,
    hash: createHash('sha256').update(text).digest('hex'),
    oldestAt: Math.min(...times),
    newestAt: Math.max(...times),
  }
  await store.write(async tx => {
    if (trail.fileValidation === 0) await forgetFile(tx, file)
    else await tx.updateTable('trailFiles').set(facts).where('bucket', '=', file.bucket).where('key', '=', file.key).execute()
  })
}

async function forgetFile(tx: Transaction, { bucket, key }: TrailFile): Promise<void> {
  await tx.deleteFrom('trailFiles').where('bucket', '=', bucket).where('key', '=', key).execute()
}
