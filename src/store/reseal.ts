import { sql } from 'kysely'
import { dataKeyOf } from './envelope.ts'
import type { Secrets } from './secrets.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'
import type { Store } from './store.ts'

/** Rows sealed anew in one unit: writers wait for no more than these. */
const batch = 200

/** What a pass over the store found. */
export interface Resealed {
  /** Values that were sealed anew. */
  readonly values: number
  /** Values that do not open: they were altered, and are as they were. */
  readonly unreadable: number
}

/**
 * Seals anew, under the data key that seals, whatever in the store is sealed under another one, a few rows in a unit. Calls go on: a row that changes meanwhile is left to whoever
 * changed it.
 * @param pause  waits a moment between units
 */
export async function resealStore(store: Store, secrets: Secrets, pause: () => Promise<void>): Promise<Resealed> {
  const found = { values: 0, unreadable: 0 }
  for (const column of sealedColumns) {
    let after: readonly string[] | undefined = []
    while (after) {
      const page = await pageAfter(store, column, after)
      const changed = page.flatMap(row => {
        const before = row[column.column] as string
        try {
          const value = column.resealed(before, row, resealer(secrets))
          return value === before ? [] : [{ row, before, value }]
        } catch {
          found.unreadable++
          return []
        }
      })
      if (changed.length > 0) await replace(store, column, changed)
      found.values += changed.length
      const last = page.length === batch ? page.at(-1) : undefined
      after = last && column.key.map(name => last[name] as string)
      if (changed.length > 0) await pause()
    }
  }
  return found
}

function resealer(secrets: Secrets) {
  const [sealing] = secrets.dataKeyIds()
  return (envelope: string, context: string) =>
    // What is no secret of a row, such as the seed of a device that has none, is empty.
    envelope === '' || dataKeyOf(envelope) === sealing ? envelope : secrets.encrypt(secrets.decrypt(envelope, context), context)
}

type Row = Readonly<Record<string, string>>

const keyOf = ({ key }: SealedColumn) => sql.join(key.map(name => sql.ref(name)))

async function pageAfter(store: Store, sealed: SealedColumn, after: readonly string[]): Promise<readonly Row[]> {
  const { table, column } = sealed
  const since = after.length === 0 ? sql`` : sql`AND (${keyOf(sealed)}) > (${sql.join([...after])})`
  const { rows } = await store.read(tx =>
    sql<Row>`SELECT ${keyOf(sealed)}, ${sql.ref(column)} FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NOT NULL ${since} ORDER BY ${keyOf(sealed)} LIMIT ${sql.lit(batch)}`.execute(
      tx,
    ),
  )
  return rows
}

interface Replacement {
  readonly row: Row
  readonly before: string
  readonly value: string
}

const replace = (store: Store, { table, key, column }: SealedColumn, changed: readonly Replacement[]): Promise<void> =>
  store.write(async tx => {
    for (const { row, before, value } of changed) {
      const same = sql.join(
        key.map(name => sql`${sql.ref(name)} = ${row[name]}`),
        sql` AND `,
      )
      await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${value} WHERE ${same} AND ${sql.ref(column)} = ${before}`.execute(tx)
    }
  })
