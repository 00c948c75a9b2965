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
