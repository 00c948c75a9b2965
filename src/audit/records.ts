import { sql } from 'kysely'
import type { Append, RecordQuestion, Store, StoredRecord, Transaction } from '../store/index.ts'
import type { JsonObject } from '../types/json.ts'
import { lookupResourcesOf } from './lookup-resources.ts'
import type { TrailRecord } from './record.ts'

/** An event that an event data store has in place of a record. */
export interface EnrichedEvent {
  readonly storeArn: string
  readonly event: JsonObject
}

/** A record and the name that event history finds it by. */
export interface NewRecord {
  readonly record: TrailRecord
  readonly username: string | undefined
  /** What event data stores have in its place. */
  readonly enriched?: readonly EnrichedEvent[]
}

/** Appends the record of a call that changed nothing. */
export const appendRecord = (store: Pick<Store, 'appendTogether'>, record: NewRecord): Promise<void> => appendRecords(store, [record])

/** Appends the records that a call left which changed nothing: all of them, or none. */
export const appendRecords = (store: Pick<Store, 'appendTogether'>, records: readonly NewRecord[]): Promise<void> =>
  store.appendTogether(records.flatMap(appendsOf))

const appendsOf = (record: NewRecord): Append[] => [
  appendOf(record),
  ...enrichedRowsOf(record).map(row => ({ table: 'importedRecords', row })),
]

const enrichedRowsOf = ({ record, enriched = [] }: NewRecord) =>
  enriched.map(({ storeArn, event }) => ({
    storeArn,
    eventId: record.eventID,
    at: Date.parse(record.eventTime),
    json: JSON.stringify(event),
  }))

function appendOf(record: NewRecord): Append {
  if (record.record.eventCategory === 'Data') return { table: 'dataRecords', row: dataRowOf(record) }
  const dependents = { table: 'recordResources', column: 'seq', rows: resourceRowsOf(record) }
  return { table: 'records', row: rowOf(record), dependents }
}

/** Data events are many, and nobody looks them up: trails and event data stores take them, in order. */
const dataRowOf = ({ record }: NewRecord) => ({
  eventId: record.eventID,
  account: record.recipientAccountId,
  region: record.awsRegion,
  at: Date.parse(record.eventTime),
  json: JSON.stringify(record),
})

const resourceRowsOf = ({ record }: NewRecord) =>
  lookupResourcesOf(record).map(({ type = null, name }) => ({
    account: record.recipientAccountId,
    region: record.awsRegion,
    at: Date.parse(record.eventTime),
    type,
    name: searchable(name),
  }))

function rowOf({ record, username }: NewRecord) {
  const accessKeyId = record.userIdentity['accessKeyId']
  return {
    eventId: record.eventID,
    account: record.recipientAccountId,
    region: record.awsRegion,
    at: Date.parse(record.eventTime),
    eventName: searchable(record.eventName),
    eventSource: record.eventSource,
    username: username === undefined ? null : searchable(username),
    accessKeyId: typeof accessKeyId === 'string' ? searchable(accessKeyId) : null,
    readOnly: record.readOnly ? 1 : 0,
    json: JSON.stringify(record),
  }
}

/** Columns of PostgreSQL hold no U+0000, and whoever calls may claim any name; the record itself, as JSON, has it escaped. */
export const searchable = (text: string): string => text.replaceAll('\0', '\ufffd')

/** Appends a record, in the transaction of the change that it tells of. @returns its seq in its table */
export async function insertRecord(tx: Transaction, newRecord: NewRecord): Promise<number> {
  const { record } = newRecord
  const enriched = enrichedRowsOf(newRecord)
  if (enriched.length > 0) await tx.insertInto('importedRecords').values(enriched).execute()
  if (record.eventCategory === 'Data') {
    const { seq } = await tx.insertInto('dataRecords').values(dataRowOf(newRecord)).returning('seq').executeTakeFirstOrThrow()
    return seq
  }
  const { seq } = await tx.insertInto('records').values(rowOf(newRecord)).returning('seq').executeTakeFirstOrThrow()
  const resources = resourceRowsOf(newRecord)
  if (resources.length > 0)
    await tx
      .insertInto('recordResources')
      .values(resources.map(resource => ({ ...resource, seq })))
      .execute()
  return seq
}

/** How LookupEvents narrows the history: one attribute at most. CloudTrail API Reference, "LookupAttribute". */
export interface RecordFilter extends RecordQuestion {
  readonly attribute?: { readonly key: LookupKey; readonly value: string } | undefined
}

/** Days that event history goes back, unless it was set otherwise. CloudTrail User Guide, "Working with CloudTrail event history". */
const usualHistoryDays = 90

/** When event history begins, epoch milliseconds. */
export const historyBegin = (now: number, historyDays = usualHistoryDays): number => now - historyDays * 86_400_000

export const lookupKeys = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const
export type LookupKey = (typeof lookupKeys)[number]

/**
 * Records of an account and region, newest first, wherever they are: in the control store, and in the archive where there is one.
 * The control store is read first: what leaves it meanwhile is in the archive by then.
 * @throws StoreUnavailable when the archive does not answer: a history with gaps would look like a whole one
 */
export async function findHistory(store: Store, filter: RecordFilter): Promise<StoredRecord[]> {
  const held = await store.read(tx => findRecords(tx, filter))
  if (!store.archive) return held
  const known = new Set(held.map(({ seq }) => seq))
  const archived = (await store.archive.find(filter)).filter(({ seq }) => !known.has(seq))
  return [...held, ...archived].toSorted((one, other) => other.at - one.at || other.seq - one.seq).slice(0, filter.limit)
}

/** Those that the control store holds: a page costs what its records cost, however many there are and wherever it begins. */
export async function findRecords(tx: Transaction, filter: RecordFilter): Promise<StoredRecord[]> {
  const { attribute } = filter
  if (attribute && attribute.key in resourceColumns) return findByResource(tx, filter, attribute)
  let query = tx.selectFrom('records').select(['seq', 'at', 'username', 'json']).where(place(filter)).where(window(filter))
  if (attribute?.key === 'ReadOnly')
    // A literal: SQLite uses the index of the writes, which are few among reads, for no bound value.
    query = query.where('readOnly', '=', attribute.value === 'true' ? 1 : sql.lit(0))
  else if (attribute) query = query.where(columns[attribute.key as keyof typeof columns], '=', attribute.value)
  return query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(filter.limit).execute()
}

/** Those that name a resource. A record that names two of one type is there once. */
async function findByResource(tx: Transaction, filter: RecordFilter, { key, value }: NonNullable<RecordFilter['attribute']>) {
  const named = await tx
    .selectFrom('recordResources')
    .select(['at', 'seq'])
    .distinct()
    .where(place(filter))
    .where(window(filter))
    .where(resourceColumns[key as keyof typeof resourceColumns], '=', value)
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .limit(filter.limit)
    .execute()
  if (named.length === 0) return []
  return tx
    .selectFrom('records')
    .select(['seq', 'at', 'username', 'json'])
    .where(
      'seq',
      'in',
      named.map(({ seq }) => seq),
    )
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .execute()
}

const place = ({ account, region }: RecordFilter) => sql<boolean>`"account" = ${account} AND "region" = ${region}`

/** The times, and what comes after the page before: as one comparison of both columns, which an index can follow. */
function window({ from, to, after }: RecordFilter) {
  const parts = [
    ...(from === undefined ? [] : [sql`"at" >= ${from}`]),
    ...(to === undefined ? [] : [sql`"at" <= ${to}`]),
    ...(after ? [sql`("at", "seq") < (${after.at}, ${after.seq})`] : []),
  ]
  return parts.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`${sql.join(parts, sql` AND `)}`
}

const resourceColumns = { ResourceName: 'name', ResourceType: 'type' } as const
const columns = {
  EventId: 'eventId',
  EventName: 'eventName',
  Username: 'username',
  EventSource: 'eventSource',
  AccessKeyId: 'accessKeyId',
} as const
