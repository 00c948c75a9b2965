import type Sqlite from 'better-sqlite3'
import { type KeptTable, keptTables } from './kept-tables.ts'

/**
 * Keeps what rows were before they change, in the transaction of the change, by triggers: no writer can leave it out, and one insertion is all that it costs.
 * Made anew when the store opens, as tables gain columns. SQLite documentation, "CREATE TRIGGER".
 * @param keep  false to keep nothing any more, and forget what was kept
 */
export function keepPast(database: Sqlite.Database, keep: boolean, now: number): void {
  database.transaction(() => {
    const there = triggersThere(database)
    const wanted = keep ? triggersOf(database) : new Map<string, string>()
    for (const { name, sql } of there) if (wanted.get(name) !== sql) database.exec(`DROP TRIGGER ${quoted(name)}`)
    const known = new Set(there.filter(({ name, sql }) => wanted.get(name) === sql).map(({ name }) => name))
    for (const [name, sql] of wanted) if (!known.has(name)) database.exec(sql)
    if (keep) database.prepare('INSERT INTO "pastKept" SELECT ? WHERE NOT EXISTS (SELECT * FROM "pastKept")').run(now)
    else database.exec('DELETE FROM "pastKept"; DELETE FROM "pastRows"')
  })()
}

/** Takes the triggers away, before tables change their shape. */
export function dropPastTriggers(database: Sqlite.Database): void {
  for (const { name } of triggersThere(database)) database.exec(`DROP TRIGGER ${quoted(name)}`)
}

const triggersThere = (database: Sqlite.Database) =>
  database
    .prepare<[], { name: string; sql: string }>(
      `SELECT "name", "sql" FROM "sqlite_master" WHERE "type" = 'trigger' AND "name" LIKE 'past %'`,
    )
    .all()

interface Column {
  readonly name: string
  /** The place in the primary key, from one; zero for others. */
  readonly pk: number
}

function triggersOf(database: Sqlite.Database): Map<string, string> {
  const triggers = new Map<string, string>()
  for (const [table, kept] of Object.entries(keptTables) as [string, KeptTable][]) {
    const columns = database.pragma(`table_info(${quoted(table)})`) as Column[]
    for (const [event, body] of Object.entries(bodiesOf(table, kept, columns))) {
      const name = `past ${table} ${event}`
      triggers.set(name, `CREATE TRIGGER ${quoted(name)} AFTER ${event} ON ${quoted(table)}${body}`)
    }
  }
  return triggers
}

function bodiesOf(table: string, { without = [], only }: KeptTable, columns: readonly Column[]): { readonly [event: string]: string } {
  const told = columns.filter(({ name }) => !without.includes(name)).map(({ name }) => name)
  const keys = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
  const keyOf = (row: string) => `json_array(${keys.map(({ name }) => `${row}.${quoted(name)}`).join(', ')})`
  const before = `json_object(${told.map(name => `${text(name)}, OLD.${quoted(name)}`).join(', ')})`
  const note = (key: string, value: string) =>
    `INSERT INTO "pastRows" ("at", "of", "key", "before") SELECT ${clock}, ${text(table)}, ${key}, ${value}`
  const isKept = (row: string) => (only ? [`${row}.${quoted(only.column)} IN (${only.values.map(text).join(', ')})`] : [])
  const differs = `(${told.map(name => `OLD.${quoted(name)} IS NOT NEW.${quoted(name)}`).join(' OR ')})`
  const when = (...conditions: readonly string[]) => (conditions.length > 0 ? ` WHEN ${conditions.join(' AND ')}` : '')
  return {
    INSERT: `${when(...isKept('NEW'))} BEGIN ${note(keyOf('NEW'), 'NULL')}; END`,
    // A row that gets another key is gone under the one and new under the other.
    UPDATE: `${when(...isKept('OLD'), differs)} BEGIN ${note(keyOf('OLD'), before)}; ${note(keyOf('NEW'), 'NULL')} WHERE ${keyOf('NEW')} <> ${keyOf('OLD')}; END`,
    DELETE: `${when(...isKept('OLD'))} BEGIN ${note(keyOf('OLD'), before)}; END`,
  }
}

/** Epoch milliseconds. */
const clock = `CAST(round(unixepoch('subsec') * 1000) AS INTEGER)`

const quoted = (name: string) => `"${name}"`
const text = (value: string) => `'${value}'`
