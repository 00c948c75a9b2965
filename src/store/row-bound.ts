import { sql, SqliteAdapter } from 'kysely'
import type { Database } from './database.ts'
import type { Transaction } from './store.ts'

/** PostgreSQL documentation, "Database Page Layout": a row's header takes 23 bytes, which are rounded up to 24, and its item identifier 4. */
const leastBytesOfRow = 28

/**
 * A number that a table has no more rows than, at the price of one look and not of a count. SQLite numbers the rows of a table upwards from 1, and may
 * leave gaps (SQLite documentation, "Rowids and the Autoincrement keyword"). PostgreSQL does not number them; its file is as large as all of its rows at least, and asking for
 * its size is no read of them, so that units that add rows do not meet each other by it.
 */
export async function rowBound(tx: Transaction, table: keyof Database): Promise<number> {
  if (!(tx.getExecutor().adapter instanceof SqliteAdapter)) {
    const { rows } = await sql<{ bytes: number }>`SELECT pg_relation_size(${`"${table}"`}::regclass)::float8 AS "bytes"`.execute(tx)
    return Math.floor((rows[0]?.bytes ?? Infinity) / leastBytesOfRow)
  }
  const row = await tx.selectFrom(table).select(sql<number | null>`max("rowid")`.as('largest')).executeTakeFirst()
  return row?.largest ?? 0
}
