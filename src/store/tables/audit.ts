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

/** Why a call was denied, by the id of its record. */
export interface DenialExplanationsTable {
  eventId: string
  account: string
  at: number
  /** An explanation as plain data: see plain-explanation.ts in policy. */
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
  region: string
  type: string | null
  name: string
  at: number
}

/** Records of insights: when unusual activity began and when it ended. */
export interface InsightRecordsTable {
  seq: Generated<number>
  eventId: string
  account: string
  region: string
  at: number
  eventName: string
  eventSource: string
  json: string
}

/** Calls of management events in a minute, all of them under an empty errorCode, failed ones again under theirs. */
export interface CallCountsTable {
  account: string
  region: string
  eventSource: string
  eventName: string
  errorCode: string
  /** Minutes since the epoch. */
  minute: number
  readOnly: number
  calls: number
}

/** Unusual activity that goes on. */
export interface OpenInsightsTable {
  account: string
  region: string
  eventSource: string
  eventName: string
  type: 'ApiCallRateInsight' | 'ApiErrorRateInsight'
  /** Empty for rates of calls. */
  errorCode: string
  sharedEventId: string
  startedAt: number
  /** Calls a minute before it began, and the minutes that they were counted in. */
  baseline: number
  baselineMinutes: number
}
