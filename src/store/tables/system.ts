import type { Generated } from 'kysely'

/** Facts about the store itself, such as the wrapped data key. */
export interface SettingsTable {
  name: string
  value: string
}

/** The change feed: caches follow it. Appended in the transaction of the change. */
export interface ChangesTable {
  seq: Generated<number>
  at: number
  account: string
  kind: string
  id: string
}

export interface MigrationsTable {
  name: string
  at: number
}

/** Since when the past is kept: one row, or none where it is not. */
export interface PastKeptTable {
  since: number
}

/** What a row was before it changed, in the order of the changes. Written by triggers, in the transaction of the change. */
export interface PastRowsTable {
  seq: Generated<number>
  at: number
  /** The table. */
  of: string
  /** JSON list of the primary key's values. */
  key: string
  /** JSON of the row; null when there was none. */
  before: string | null
}
