import { sql, SqliteAdapter } from 'kysely'
import type { Database } from './database.ts'
import type { Transaction } from './store.ts'

/**
 * A number that a table has no more rows than, at the price of one look and not of a count. SQLite numbers the rows of a table upwards from 1, and may
 * leave gaps (SQLite documentation, "Rowids and the Autoincrement keyword"); PostgreSQL does not number them, and the answer is Infinity.
 */
export async function rowBound(tx: Transaction, table: keyof Database): Promise<number> {
  if (!(tx.getExecutor().adapter instanceof SqliteAdapter)) return Infinity
  const row = await tx.selectFrom(table).select(sql<number | null>`max("rowid")`.as('largest')).executeTakeFirst()
  return row?.largest ?? 0
}
