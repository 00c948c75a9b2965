import type { RecordSource } from './tables/trails.ts'

export interface EventRow {
  readonly seq: number
  readonly account: string
  readonly region: string
  readonly at: number
  readonly json: string
}

/** An event that was imported to an event data store. */
export interface ImportedRow {
  readonly storeArn: string
  readonly eventId: string
  readonly at: number
  readonly json: string
}

/** Takes rows of a table. Throws to give up. */
export type TakeEvents = (table: RecordSource, rows: readonly EventRow[]) => void

export type TakeImported = (rows: readonly ImportedRow[]) => void
