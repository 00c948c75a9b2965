import Sqlite from 'better-sqlite3'
import type { Database } from '../database.ts'
import { migrations } from '../migrations/index.ts'
import { SqliteConnection } from '../sqlite-connection.ts'
import type { Store, Transaction } from '../store.ts'
import { type KeptTable, keptTables, type KeptTableName } from './kept-tables.ts'

/** A moment that nothing can be told of. The message is for whoever asked. */
export class PastNotKept extends Error {}

/** The state as it was: what decides who may do what, and nothing else. */
export interface PastStates {
  /**
   * The tables of kept-tables.ts as they were at a moment, all changes up to it included; columns that are not kept are empty.
   * @throws PastNotKept for a moment in the future, and for one before the past that is kept
   */
  at(moment: number): Promise<Pick<Store, 'read'>>
}

/** States that are held at a time: the questions of one command come one after the other, and are many. */
const mostHeld = 2
const heldMilliseconds = 60_000

/** The past of a store, worked out backwards from the present. */
export function openPastStates(store: Pick<Store, 'read'>, now: () => number): PastStates {
  const held = new Map<number, Promise<Pick<Store, 'read'>>>()

  function hold(moment: number): Promise<Pick<Store, 'read'>> {
    const state = stateAt(store, moment)
    held.set(moment, state)
    for (const oldest of [...held.keys()].slice(0, -mostHeld)) held.delete(oldest)
    const forget = () => held.get(moment) === state && held.delete(moment)
    state.catch(forget)
    setTimeout(forget, heldMilliseconds).unref()
    return state
  }

  return {
    async at(moment) {
      if (moment > now()) throw new PastNotKept(`${new Date(moment).toISOString()} is in the future`)
      return await (held.get(moment) ?? hold(moment))
    },
  }
}

async function stateAt(store: Pick<Store, 'read'>, moment: number): Promise<Pick<Store, 'read'>> {
  const database = new Sqlite(':memory:')
  for (const { statements } of migrations) for (const statement of statements) database.exec(statement)
  await store.read(async tx => {
    await requireKept(tx, moment)
    const undo = await changesSince(tx, moment)
    for (const table of Object.keys(keptTables) as KeptTableName[]) await restore(tx, database, table, undo.get(table) ?? new Map())
  })
  database.pragma('query_only = true')
  const connection = new SqliteConnection(database)
  return { read: work => connection.run(work) }
}

async function requireKept(tx: Transaction, moment: number): Promise<void> {
  const kept = await tx.selectFrom('pastKept').select('since').executeTakeFirst()
  if (!kept) throw new PastNotKept('no past is kept here: --past-days is 0')
  const [asked, since] = [moment, kept.since].map(at => new Date(at).toISOString())
  if (moment < kept.since) throw new PastNotKept(`how it was at ${asked} is not known: what is kept begins at ${since} (--past-days)`)
}

type Row = { readonly [column: string]: unknown }

/** Changes read at a time. */
const page = 2_000

/** Nodes that write at once may get their numbers in another order than their times, and a server that takes over may be behind: how far apart they are looked for. */
const disorderMilliseconds = 10_000

/** By table and key: what each row was that has changed since; null for one that was not there. */
async function changesSince(tx: Transaction, moment: number): Promise<Map<string, Map<string, Row | null>>> {
  const undo = new Map<string, Map<string, Row | null>>()
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const changes = await tx.selectFrom('pastRows').selectAll().where('seq', '<', before).orderBy('seq', 'desc').limit(page).execute()
    for (const { at, of, key, before: row } of changes) {
      if (at <= moment - disorderMilliseconds) return undo
      if (at <= moment) continue
      const rows = undo.get(of) ?? new Map<string, Row | null>()
      undo.set(of, rows)
      // From the last change to the first: the first since the moment has the last word.
      rows.set(canonicalKey(JSON.parse(key) as unknown[]), row === null ? null : (JSON.parse(row) as Row))
    }
    const last = changes.at(-1)
    if (!last || changes.length < page) return undo
    before = last.seq
  }
}

const canonicalKey = (values: readonly unknown[]): string => JSON.stringify(values)

interface Column {
  readonly name: string
  readonly notnull: number
  readonly pk: number
}

/** Fills a table with the rows of the present, but for those that have changed since. */
async function restore(
  tx: Transaction,
  database: Sqlite.Database,
  table: KeptTableName,
  undo: ReadonlyMap<string, Row | null>,
): Promise<void> {
  const { without = [], only }: KeptTable = keptTables[table]
  const columns = database.pragma(`table_info("${table}")`) as Column[]
  const keys = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
  const all = tx.selectFrom(table as keyof Database).selectAll()
  const present = (await (only ? all.where(only.column as never, 'in', only.values as never) : all).execute()) as Row[]
  const rows = present.filter(row => !undo.has(canonicalKey(keys.map(({ name }) => row[name]))))
  for (const row of undo.values()) if (row) rows.push(row)
  const empty = (notnull: number) => (notnull === 0 ? null : '')
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const insertion = database.prepare(`INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`)
  database.transaction(() => {
    for (const row of rows)
      insertion.run(columns.map(({ name, notnull }) => (without.includes(name) ? empty(notnull) : (row[name] ?? empty(notnull)))))
  })()
}
