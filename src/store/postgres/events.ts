import type { EventRow, ImportedRow, TakeEvents, TakeImported } from '../event-rows.ts'
import type { LongReadEvents } from '../long-read.ts'
import type { RecordSource } from '../tables/trails.ts'
import type { PostgresConnection } from './connection.ts'
import { PostgresPool } from './pool.ts'
import type { PostgresSettings } from './settings.ts'

/** Rows fetched at once. */
const pageRows = 2_000

/** Hands over the events of some accounts, as they are at one moment. */
export async function postgresEvents(
  settings: PostgresSettings,
  tables: readonly RecordSource[],
  events: LongReadEvents,
  take: TakeEvents,
  takeImported: TakeImported,
): Promise<void> {
  const connection = await new PostgresPool(settings).connect()
  try {
    await connection.command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    for (const table of tables) await eventsOf(connection, table, events, take)
    await importedEvents(connection, events, takeImported)
  } finally {
    await connection.close()
  }
}

async function eventsOf(
  connection: PostgresConnection,
  table: RecordSource,
  { accounts, from }: LongReadEvents,
  take: TakeEvents,
): Promise<void> {
  const sql = `SELECT "seq", "account", "region", "at", "json" FROM "${table}" WHERE "account" = ANY($1) AND "at" >= $2`
  for await (const rows of pagesOf(connection, sql, [accounts, from])) take(table, rows as EventRow[])
}

async function importedEvents(connection: PostgresConnection, { importedTo, from }: LongReadEvents, take: TakeImported): Promise<void> {
  const sql = 'SELECT "storeArn", "eventId", "at", "json" FROM "importedRecords" WHERE "storeArn" = ANY($1) AND "at" >= $2'
  for await (const rows of pagesOf(connection, sql, [importedTo ?? [], from])) take(rows as ImportedRow[])
}

async function* pagesOf(connection: PostgresConnection, sql: string, parameters: readonly unknown[]): AsyncGenerator<readonly unknown[]> {
  await connection.execute({ sql: `DECLARE "events" NO SCROLL CURSOR FOR ${sql}`, parameters })
  for (let more = true; more; ) {
    const { rows } = await connection.execute({ sql: `FETCH ${pageRows} FROM "events"`, parameters: [] })
    yield rows
    more = rows.length === pageRows
  }
  await connection.command('CLOSE "events"')
}
