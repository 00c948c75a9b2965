import {
  type ArchivedRecord,
  type ArchivedSource,
  lastSeq,
  type RecordArchive,
  type RecordName,
  type Store,
  type Transaction,
  keepSystemSetting,
  systemSetting,
} from '../store/index.ts'
import { lookupResourcesOf } from './lookup-resources.ts'
import type { TrailRecord } from './record.ts'
import { deliveredSeq, removeRecords, retentionDays } from './retention.ts'

const day = 86_400_000
const sources: readonly ArchivedSource[] = ['records', 'dataRecords']
/** Records that go to the archive together, and that are deleted in one unit. */
const batch = 500

interface Question {
  /** Days that the event history goes back. */
  readonly historyDays: number
  /** How long the control store holds records that the archive has: trails, insights and pages of histories find the newest there. */
  readonly holdMilliseconds: number
  readonly now: () => number
  /** Waits a moment between units. */
  readonly pause: () => Promise<void>
}

/**
 * Brings records from the control store, which is their outbox, to the archive, and deletes there what is in the archive and delivered by all trails.
 * Whatever ends it, the next run goes on from the last batch that the archive acknowledged: a batch may go twice, and is there once.
 * @returns how many records went to the archive
 * @throws StoreUnavailable when the archive does not answer
 */
export async function archiveRecords(store: Store, archive: RecordArchive, question: Question): Promise<number> {
  let moved = 0
  for (const source of sources) {
    moved += await moveRecords(store, archive, source, question)
    await deleteMoved(store, source, question)
  }
  return moved
}

async function moveRecords(
  store: Store,
  archive: RecordArchive,
  source: ArchivedSource,
  { historyDays, now, pause }: Question,
): Promise<number> {
  const settled = await store.settledSeq(source)
  let moved = 0
  for (let after = await store.read(tx => cursorOf(tx, source)); ; await pause()) {
    const records = await store.read(tx => recordsAfter(tx, source, { after, settled, historyDays }))
    const last = records.at(-1)
    if (!last) return moved
    await archive.keep(records, now())
    await store.write(tx => setCursor(tx, source, last.seq))
    moved += records.length
    after = last.seq
  }
}

interface Stretch {
  readonly after: number
  readonly settled: number
  readonly historyDays: number
}

async function recordsAfter(tx: Transaction, source: ArchivedSource, { after, settled, historyDays }: Stretch): Promise<ArchivedRecord[]> {
  const daysOf = await retentionDays(tx, historyDays)
  const rows = await tx
    .selectFrom(source)
    .selectAll()
    .where('seq', '>', after)
    .where('seq', '<=', settled)
    .orderBy('seq')
    .limit(batch)
    .execute()
  return rows.map(row => ({
    ...row,
    source,
    username: 'username' in row ? row.username : null,
    names: 'username' in row ? namesOf(row) : [],
    untilAt: row.at + daysOf(row.account) * day,
  }))
}

/** A record's row, as far as it names what it is found by. */
export interface NamedRow {
  readonly eventId: string
  readonly eventName: string
  readonly eventSource: string
  readonly username: string | null
  readonly accessKeyId: string | null
  readonly readOnly: number
  readonly json: string
}

/** What LookupEvents finds a record by. CloudTrail API Reference, "LookupAttribute". */
export function namesOf({ eventId, eventName, eventSource, username, accessKeyId, readOnly, json }: NamedRow): RecordName[] {
  const named: [string, unknown][] = [
    ['EventId', eventId],
    ['EventName', eventName],
    ['EventSource', eventSource],
    ['Username', username],
    ['AccessKeyId', accessKeyId],
    ['ReadOnly', String(readOnly === 1)],
    ...lookupResourcesOf(JSON.parse(json) as TrailRecord).flatMap(({ name, type }): [string, unknown][] => [
      ['ResourceName', name],
      ['ResourceType', type],
    ]),
  ]
  const unique = new Map(named.map(([key, value]) => [`${key} ${String(value)}`, { key, value }]))
  return [...unique.values()].flatMap(({ key, value }) => (typeof value === 'string' && value !== '' ? [{ key, value }] : []))
}

async function deleteMoved(store: Store, source: ArchivedSource, { holdMilliseconds, now, pause }: Question): Promise<void> {
  for (let full = true; full; await pause()) {
    const seqs = await store.read(tx => movedSeqs(tx, source, now() - holdMilliseconds))
    if (seqs.length > 0) await store.write(tx => removeRecords(tx, source, seqs))
    full = seqs.length === batch
  }
}

/** The last record stays: whoever begins to follow the records begins after it. */
async function movedSeqs(tx: Transaction, source: ArchivedSource, before: number): Promise<number[]> {
  const until = Math.min(await cursorOf(tx, source), await deliveredSeq(tx, source), (await lastSeq(tx, source)) - 1)
  const rows = await tx
    .selectFrom(source)
    .select('seq')
    .where('seq', '<=', until)
    .where('at', '<', before)
    .orderBy('seq')
    .limit(batch)
    .execute()
  return rows.map(({ seq }) => seq)
}

const cursorName = (source: ArchivedSource) => `archivedSeq:${source}`

const cursorOf = async (tx: Transaction, source: ArchivedSource): Promise<number> =>
  Number((await systemSetting(tx, cursorName(source))) ?? 0)

const setCursor = (tx: Transaction, source: ArchivedSource, seq: number): Promise<void> =>
  keepSystemSetting(tx, cursorName(source), String(seq))
