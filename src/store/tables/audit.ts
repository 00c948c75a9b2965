import type { Generated } from 'kysely'

/** CloudTrail records, append-only. */
export interface RecordsTable {
  seq: Generated<number>
  eventId: string
  account: string
  region: string
  at: number
  eventName: string
  eventSource: string
  username: string | null
  accessKeyId: string | null
  readOnly: number
  json: string
}

/** Records of data events, such as reads of S3's objects: for trails and event data stores, not for the event history. */
export interface DataRecordsTable {
  seq: Generated<number>
  eventId: string
  account: string
  region: string
  at: number
  json: string
}

/** Resources that records name, for look-ups. */
export interface RecordResourcesTable {
  seq: number
  account: string
  type: string | null
  name: string
}
