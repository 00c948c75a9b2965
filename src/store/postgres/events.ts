import type { EventRow, TakeEvents } from '../copy-events.ts'
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
): Promise<void> {
  const connection = await new PostgresPool(settings).connect()
  try {
    await connection.command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    for (const table of tables) await eventsOf(connection, table, events, take)
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
  await connection.execute({
    sql: `DECLARE "events" NO SCROLL CURSOR FOR SELECT "seq", "account", "region", "at", "json" FROM "${table}" WHERE "account" = ANY($1) AND "at" >= $2`,
    parameters: [accounts, from],
  })
  for (;;) {
    const { rows } = await connection.execute<EventRow>({ sql: `FETCH ${pageRows} FROM "events"`, parameters: [] })
    take(table, rows)
    if (rows.length < pageRows) break
  }
  await connection.command('CLOSE "events"')
}
