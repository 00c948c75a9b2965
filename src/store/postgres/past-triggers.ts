import { createHash } from 'node:crypto'
import { type KeptTable, keptTables } from '../past/kept-tables.ts'
import { StoreError } from '../store-error.ts'
import type { PostgresConnection } from './connection.ts'

/**
 * Keeps what rows were before they change, as past/sqlite-triggers.ts does: by triggers, in the transaction of the change, whichever node makes it. Rows are told as JSON whole, so that
 * tables may gain columns. PostgreSQL documentation, "CREATE TRIGGER" and "Trigger Functions".
 * @param connection  one that holds the lock of migrations, as nodes start together
 * @param keep        false to keep nothing any more, and forget what was kept: for all nodes
 * @throws StoreError when a table stays in use for too long
 */
export async function keepPastInPostgres(connection: PostgresConnection, keep: boolean, now: number): Promise<void> {
  const wanted = keep ? triggersOf(await primaryKeys(connection)) : new Map<string, Trigger>()
  const there = await triggersThere(connection)
  const known = new Set(there.map(({ name }) => name))
  const gone = there.filter(({ name }) => !wanted.has(name))
  await connection.command('BEGIN')
  try {
    if (keep) await connection.command(noteFunction)
    for (const { name, table } of gone) await connection.command(`DROP TRIGGER ${quoted(name)} ON ${quoted(table)}`)
    for (const [name, { table, event, rest }] of wanted)
      if (!known.has(name)) await connection.command(`CREATE TRIGGER ${quoted(name)} AFTER ${event} ON ${quoted(table)} ${rest}`)
    const began = 'INSERT INTO "pastKept" SELECT $1::bigint WHERE NOT EXISTS (SELECT FROM "pastKept")'
    if (keep) await connection.execute({ sql: began, parameters: [now] })
    else await connection.command('DELETE FROM "pastKept"; DELETE FROM "pastRows"')
    await connection.command('COMMIT')
  } catch (problem) {
    await connection.command('ROLLBACK').catch(() => undefined)
    throw new StoreError(`the past could not be kept from now on (${(problem as Error).message})`)
  }
}

interface Trigger {
  readonly table: string
  readonly event: string
  readonly rest: string
}

/** Arguments: the primary key's columns as a JSON list, and the columns that are not kept as an array. A row that gets another key is gone under the one and new under the other. */
const noteFunction = `CREATE OR REPLACE FUNCTION "notePast"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  key_was text := (SELECT jsonb_agg(was -> name ORDER BY place) FROM jsonb_array_elements_text(TG_ARGV[0]::jsonb) WITH ORDINALITY AS keys(name, place));
  key_now text := (SELECT jsonb_agg(is_now -> name ORDER BY place) FROM jsonb_array_elements_text(TG_ARGV[0]::jsonb) WITH ORDINALITY AS keys(name, place));
  at bigint := round(extract(epoch FROM clock_timestamp()) * 1000);
BEGIN
  IF was IS NOT NULL THEN
    INSERT INTO "pastRows" ("at", "of", "key", "before") VALUES (at, TG_TABLE_NAME, key_was, (was - TG_ARGV[1]::text[])::text);
  END IF;
  IF is_now IS NOT NULL AND (was IS NULL OR key_now <> key_was) THEN
    INSERT INTO "pastRows" ("at", "of", "key", "before") VALUES (at, TG_TABLE_NAME, key_now, NULL);
  END IF;
  RETURN NULL;
END $$`

/** By a name that tells what the trigger does: one that does anything else has another name. */
function triggersOf(keys: ReadonlyMap<string, readonly string[]>): Map<string, Trigger> {
  const triggers = new Map<string, Trigger>()
  for (const [table, { without = [], only }] of Object.entries(keptTables) as [string, KeptTable][]) {
    const skipped = `'{${without.join(',')}}'`
    const call = `EXECUTE FUNCTION "notePast"(${text(JSON.stringify(keys.get(table)))}, ${skipped})`
    const isKept = (row: string) => (only ? [`${row}.${quoted(only.column)} IN (${only.values.map(text).join(', ')})`] : [])
    const differs = `(to_jsonb(OLD) - ${skipped}::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ${skipped}::text[])`
    const conditions = { INSERT: isKept('NEW'), UPDATE: [...isKept('OLD'), differs], DELETE: isKept('OLD') }
    for (const [event, needed] of Object.entries(conditions)) {
      const rest = `FOR EACH ROW ${needed.length > 0 ? `WHEN (${needed.join(' AND ')}) ` : ''}${call}`
      const digest = createHash('sha256').update(rest).digest('hex').slice(0, 16)
      triggers.set(`past ${table} ${event} ${digest}`, { table, event, rest })
    }
  }
  return triggers
}

async function triggersThere(connection: PostgresConnection): Promise<readonly { readonly name: string; readonly table: string }[]> {
  const sql = `SELECT "tgname"::text AS "name", "relname"::text AS "table" FROM pg_trigger JOIN pg_class ON pg_class.oid = "tgrelid"
    WHERE NOT "tgisinternal" AND "tgname" LIKE 'past %' AND "relnamespace" = current_schema()::regnamespace`
  return (await connection.execute<{ name: string; table: string }>({ sql, parameters: [] })).rows
}

/** The columns of each table's primary key, in its order. PostgreSQL documentation, "pg_index". */
async function primaryKeys(connection: PostgresConnection): Promise<Map<string, readonly string[]>> {
  const sql = `SELECT "relname"::text AS "table", json_agg("attname" ORDER BY "place") AS "columns" FROM pg_index JOIN pg_class ON pg_class.oid = "indrelid"
    CROSS JOIN unnest("indkey") WITH ORDINALITY AS "keys"("number", "place") JOIN pg_attribute ON "attrelid" = "indrelid" AND "attnum" = "number"
    WHERE "indisprimary" AND "relnamespace" = current_schema()::regnamespace GROUP BY "relname"`
  const { rows } = await connection.execute<{ table: string; columns: readonly string[] }>({ sql, parameters: [] })
  return new Map(rows.map(({ table, columns }) => [table, columns]))
}

const quoted = (name: string) => `"${name}"`
const text = (value: string) => `'${value}'`
