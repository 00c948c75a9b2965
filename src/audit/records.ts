import { sql } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'
import type { JsonObject } from '../types/json.ts'
import type { TrailRecord } from './record.ts'

/** A record and the name that event history finds it by. */
export interface NewRecord {
  readonly record: TrailRecord
  readonly username: string | undefined
}

/** Appends the record of a call that changed nothing. */
export function appendRecord(store: Store, record: NewRecord): Promise<void> {
  if (record.record.eventCategory === 'Data') return store.append('dataRecords', dataRowOf(record))
  return resourcesOf(record).length > 0 ? store.write(tx => insertRecord(tx, record)) : store.append('records', rowOf(record))
}

/** Data events are many, and nobody looks them up: trails and event data stores take them, in order. */
const dataRowOf = ({ record }: NewRecord) => ({
  eventId: record.eventID,
  account: record.recipientAccountId,
  region: record.awsRegion,
  at: Date.parse(record.eventTime),
  json: JSON.stringify(record),
})

const resourcesOf = ({ record }: NewRecord) => (record['resources'] ?? []) as JsonObject[]

function rowOf({ record, username }: NewRecord) {
  const accessKeyId = record.userIdentity['accessKeyId']
  return {
    eventId: record.eventID,
    account: record.recipientAccountId,
    region: record.awsRegion,
    at: Date.parse(record.eventTime),
    eventName: record.eventName,
    eventSource: record.eventSource,
    username: username ?? null,
    accessKeyId: typeof accessKeyId === 'string' ? accessKeyId : null,
    readOnly: record.readOnly ? 1 : 0,
    json: JSON.stringify(record),
  }
}

/** Appends a record, in the transaction of the change that it tells of. */
export async function insertRecord(tx: Transaction, newRecord: NewRecord): Promise<void> {
  const { record } = newRecord
  if (record.eventCategory === 'Data') {
    await tx.insertInto('dataRecords').values(dataRowOf(newRecord)).execute()
    return
  }
  const { insertId } = await tx.insertInto('records').values(rowOf(newRecord)).executeTakeFirstOrThrow()
  const resources = resourcesOf(newRecord)
  if (resources.length > 0)
    await tx
      .insertInto('recordResources')
      .values(
        resources.map(resource => ({
          seq: Number(insertId),
          account: record.recipientAccountId,
          type: (resource['type'] as string | undefined) ?? null,
          name: String(resource['ARN']),
        })),
      )
      .execute()
}

/** How LookupEvents narrows the history: one attribute at most. CloudTrail API Reference, "LookupAttribute". */
export interface RecordFilter {
  readonly account: string
  readonly region: string
  readonly attribute?: { readonly key: LookupKey; readonly value: string } | undefined
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** The last event of the page before. */
  readonly after?: { readonly at: number; readonly seq: number } | undefined
  readonly limit: number
}

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

export interface StoredRecord {
  readonly seq: number
  readonly at: number
  readonly username: string | null
  readonly json: string
}

/** Records of an account and region, newest first. */
export async function findRecords(tx: Transaction, filter: RecordFilter): Promise<StoredRecord[]> {
  const { account, region, attribute, from, to, after, limit } = filter
  let query = tx.selectFrom('records').select(['seq', 'at', 'username', 'json']).where('account', '=', account).where('region', '=', region)
  if (from !== undefined) query = query.where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<=', to)
  if (after)
    query = query.where(where =>
      where.or([where('at', '<', after.at), where.and([where('at', '=', after.at), where('seq', '<', after.seq)])]),
    )
  if (attribute)
    switch (attribute.key) {
      case 'ResourceName':
      case 'ResourceType': {
        const column = attribute.key === 'ResourceName' ? 'name' : 'type'
        const named = tx.selectFrom('recordResources').select('seq').where('account', '=', account).where(column, '=', attribute.value)
        query = query.where('seq', 'in', named)
        break
      }
      case 'ReadOnly':
        // A literal: SQLite uses the index of the writes, which are few among reads, for no bound value.
        query = query.where('readOnly', '=', attribute.value === 'true' ? 1 : sql.lit(0))
        break
      default:
        query = query.where(columns[attribute.key], '=', attribute.value)
    }
  return query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(limit).execute()
}

const columns = {
  EventId: 'eventId',
  EventName: 'eventName',
  Username: 'username',
  EventSource: 'eventSource',
  AccessKeyId: 'accessKeyId',
} as const
