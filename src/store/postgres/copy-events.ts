import type Sqlite from 'better-sqlite3'
import type { LongReadEvents } from '../long-read.ts'
import type { PostgresConnection } from './connection.ts'
import { PostgresPool } from './pool.ts'
import type { PostgresSettings } from './settings.ts'

/** Rows fetched at once. */
const pageRows = 2_000
/** The tables that long reads know, with the columns that they may ask for. */
const tables = ['records', 'dataRecords', 'insightRecords'] as const

interface EventRow {
  readonly seq: number
  readonly account: string
  readonly region: string
  readonly at: number
  readonly json: string
}

/**
 * Copies events to a database of SQLite's, where long reads run: what their SQL means is then the same on every engine.
 * @param check  called for each page; throws to give up
 */
export async function copyEvents(
  settings: PostgresSettings,
  events: LongReadEvents,
  to: Sqlite.Database,
  check: () => void,
): Promise<void> {
  const connection = await new PostgresPool(settings).connect()
  try {
    await connection.command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    for (const table of tables) await copyTable(connection, table, events, to, check)
  } finally {
    await connection.close()
  }
}

async function copyTable(
  connection: PostgresConnection,
  table: (typeof tables)[number],
  { accounts, from }: LongReadEvents,
  to: Sqlite.Database,
  check: () => void,
): Promise<void> {
  to.exec(`CREATE TABLE "${table}" ("seq" integer PRIMARY KEY, "account" text, "region" text, "at" integer, "json" text)`)
  const insert = to.prepare(`INSERT INTO "${table}" VALUES (?, ?, ?, ?, ?)`)
  const insertAll = to.transaction((rows: readonly EventRow[]) => {
    for (const { seq, account, region, at, json } of rows) insert.run(seq, account, region, at, json)
  })
  await connection.execute({
    sql: `DECLARE "events" NO SCROLL CURSOR FOR SELECT "seq", "account", "region", "at", "json" FROM "${table}" WHERE "account" = ANY($1) AND "at" >= $2`,
    parameters: [accounts, from],
  })
  for (;;) {
    check()
    const { rows } = await connection.execute<EventRow>({ sql: `FETCH ${pageRows} FROM "events"`, parameters: [] })
    insertAll(rows)
    if (rows.length < pageRows) break
  }
  await connection.command('CLOSE "events"')
}
