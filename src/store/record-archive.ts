import type { RecordsTable } from './tables/audit.ts'
import type { RecordSource } from './tables/trails.ts'

/** The records that are many: those of insights stay in the control store. */
export type ArchivedSource = Exclude<RecordSource, 'insightRecords'>

/** Which records of an account and region, newest first. */
export interface RecordQuestion {
  readonly account: string
  readonly region: string
  /** One name that records are found by, such as a user's. */
  readonly attribute?: RecordName | undefined
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** The last record of the page before. */
  readonly after?: { readonly at: number; readonly seq: number } | undefined
  readonly limit: number
}

/** A name that a record is found by, as LookupEvents calls it. CloudTrail API Reference, "LookupAttribute". */
export interface RecordName {
  readonly key: string
  readonly value: string
}

export interface StoredRecord {
  readonly seq: number
  readonly at: number
  readonly username: string | null
  readonly json: string
}

/** A record on its way to the archive. */
export interface ArchivedRecord extends Pick<RecordsTable, 'eventId' | 'account' | 'region' | 'at' | 'username' | 'json'> {
  readonly source: ArchivedSource
  readonly seq: number
  readonly names: readonly RecordName[]
  /** Epoch milliseconds: when it is no longer retained. */
  readonly untilAt: number
}

/**
 * Where records go at scale: a wide-column store of many nodes. The control store's tables of records are its outbox: a record is there with the change that it
 * tells of, until it is here.
 */
export interface RecordArchive {
  /**
   * Keeps records; all are on a quorum of nodes when the promise resolves. The same again changes nothing.
   * @throws StoreUnavailable when it does not answer: some may be kept
   */
  keep(records: readonly ArchivedRecord[], now: number): Promise<void>
  /** Records of management events. @throws StoreUnavailable */
  find(question: RecordQuestion): Promise<StoredRecord[]>
  /** How a long read's thread reaches it. */
  readonly address: string
  close(): Promise<void>
}
