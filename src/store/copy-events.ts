import Sqlite from 'better-sqlite3'
import { archivedEvents } from './cassandra/archived-events.ts'
import type { CopiedEvents, LongReadEvents } from './long-read.ts'
import { postgresEvents } from './postgres/events.ts'
import type { RecordSource } from './tables/trails.ts'
import type { EventRow, ImportedRow, TakeEvents, TakeImported } from './event-rows.ts'

/** The tables that long reads know, with the columns that they may ask for. */
const tables: readonly RecordSource[] = ['records', 'dataRecords', 'insightRecords']

/**
 * Copies events to a database of SQLite's, where long reads run: what their SQL means is then the same wherever they are kept. The control store first: what
 * leaves it meanwhile is in the archive by then.
 * @param check  called for each page; throws to give up
 */
export async function copyEvents({ copyOf, archive, events }: CopiedEvents, to: Sqlite.Database, check: () => void): Promise<void> {
  const inserts = new Map<RecordSource, Sqlite.Statement>()
  for (const table of tables) {
    to.exec(`CREATE TABLE "${table}" ("seq" integer PRIMARY KEY, "account" text, "region" text, "at" integer, "json" text)`)
    // What is in both is there once.
    inserts.set(table, to.prepare(`INSERT OR IGNORE INTO "${table}" VALUES (?, ?, ?, ?, ?)`))
  }
  const insertAll = to.transaction((table: RecordSource, rows: readonly EventRow[]) => {
    const insert = inserts.get(table)
    for (const { seq, account, region, at, json } of rows) insert?.run(seq, account, region, at, json)
  })
  to.exec(
    'CREATE TABLE "importedRecords" ("storeArn" text, "eventId" text, "at" integer, "json" text, PRIMARY KEY ("storeArn", "eventId")) WITHOUT ROWID',
  )
  const insertImported = to.prepare('INSERT INTO "importedRecords" VALUES (?, ?, ?, ?)')
  const insertAllImported = to.transaction((rows: readonly ImportedRow[]) => {
    for (const { storeArn, eventId, at, json } of rows) insertImported.run(storeArn, eventId, at, json)
  })
  const takeImported: TakeImported = rows => {
    check()
    insertAllImported(rows)
  }
  const take: TakeEvents = (table, rows) => {
    check()
    insertAll(table, rows)
  }
  if ('postgres' in copyOf) await postgresEvents(copyOf.postgres, tables, events, take, takeImported)
  else fileEvents(copyOf.file, events, take, takeImported)
  if (archive !== undefined) await archivedEvents(archive, events, take)
}

const pageRows = 2_000

function fileEvents(file: string, { accounts, importedTo, from }: LongReadEvents, take: TakeEvents, takeImported: TakeImported): void {
  const database = new Sqlite(file, { readonly: true })
  try {
    database.exec('BEGIN')
    for (const table of tables) {
      const page = database.prepare<[string, number, number], EventRow>(
        `SELECT "seq", "account", "region", "at", "json" FROM "${table}" WHERE "account" IN (SELECT "value" FROM json_each(?)) AND "at" >= ? AND "seq" > ? ORDER BY "seq" LIMIT ${pageRows}`,
      )
      for (let after = 0; ; ) {
        const rows = page.all(JSON.stringify(accounts), from, after)
        take(table, rows)
        if (rows.length < pageRows) break
        after = (rows.at(-1) as EventRow).seq
      }
    }
    fileImported(database, importedTo ?? [], from, takeImported)
  } finally {
    database.close()
  }
}

function fileImported(database: Sqlite.Database, importedTo: readonly string[], from: number, take: TakeImported): void {
  const page = database.prepare<[string, string, number], ImportedRow>(
    `SELECT "storeArn", "eventId", "at", "json" FROM "importedRecords" WHERE "storeArn" = ? AND "eventId" > ? AND "at" >= ? ORDER BY "eventId" LIMIT ${pageRows}`,
  )
  for (const storeArn of importedTo)
    for (let after = ''; ; ) {
      const rows = page.all(storeArn, after, from)
      take(rows)
      if (rows.length < pageRows) break
      after = (rows.at(-1) as ImportedRow).eventId
    }
}
