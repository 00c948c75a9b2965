import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Database } from './database.ts'
import { migrations } from './migrations/index.ts'
import type { Change, Store, Transaction } from './store.ts'

/** The database cannot be used as it is; the message says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

interface Unit {
  readonly work: (tx: Transaction) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (problem: unknown) => void
}

/** Units that share one commit at most; more would only let the first wait longer. */
const largestGroup = 256

/**
 * Opens, or makes, a store in a SQLite file. Write-ahead log with a full sync on each commit: what a caller was told is done
 * survives a power cut. Units that wait together share one commit, each in a savepoint of its own.
 * @throws StoreError when the file is damaged, or newer than this program
 * @see    SQLite documentation, "Write-Ahead Logging" and "PRAGMA synchronous"
 */
export async function openSqliteStore(file: string): Promise<Store> {
  const writer = openFile(file)
  migrate(writer, file)
  const reader = new Sqlite(file, { readonly: true })
  const writing = new Kysely<Database>({ dialect: new SqliteDialect({ database: writer }) })
  const reading = new Kysely<Database>({ dialect: new SqliteDialect({ database: reader }) })
  const listeners = new Set<(changes: readonly Change[]) => void>()
  const newChanges = writer.prepare<[number], Change>('SELECT "seq", "account", "kind", "id" FROM "changes" WHERE "seq" > ? ORDER BY "seq"')
  let lastChange = writer.prepare<[], { last: number }>('SELECT coalesce(max("seq"), 0) AS "last" FROM "changes"').get()?.last ?? 0
  let queue: Unit[] = []
  let draining: Promise<void> | undefined
  let closed = false

  async function drain(): Promise<void> {
    // Calls that arrive in this turn of the event loop join the group.
    await new Promise(resolve => setImmediate(resolve))
    while (queue.length > 0) {
      const group = queue.slice(0, largestGroup)
      queue = queue.slice(largestGroup)
      await commitGroup(group)
    }
    draining = undefined
  }

  async function commitGroup(group: readonly Unit[]): Promise<void> {
    const settle: (() => void)[] = []
    try {
      writer.exec('BEGIN IMMEDIATE')
      for (const unit of group) settle.push(await runInSavepoint(unit))
      writer.exec('COMMIT')
    } catch (problem) {
      if (writer.inTransaction) writer.exec('ROLLBACK')
      for (const unit of group) unit.reject(problem)
      return
    }
    tellListeners()
    for (const done of settle) done()
  }

  async function runInSavepoint({ work, resolve, reject }: Unit): Promise<() => void> {
    writer.exec('SAVEPOINT "unit"')
    try {
      const value = await work(writing)
      writer.exec('RELEASE "unit"')
      return () => resolve(value)
    } catch (problem) {
      writer.exec('ROLLBACK TO "unit"; RELEASE "unit"')
      return () => reject(problem)
    }
  }

  function tellListeners(): void {
    const changes = newChanges.all(lastChange)
    const last = changes.at(-1)
    if (!last) return
    lastChange = last.seq
    for (const listener of listeners) listener(changes)
  }

  return {
    read: work => work(reading),
    write: <T>(work: (tx: Transaction) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (closed) {
          reject(new StoreError('the store is closed'))
          return
        }
        queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
        draining ??= drain()
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closed = true
      await draining
      await reading.destroy()
      await writing.destroy()
    },
  }
}

function openFile(file: string): Sqlite.Database {
  try {
    const database = new Sqlite(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma('busy_timeout = 5000')
    const [finding] = database.pragma('quick_check(1)') as [{ quick_check: string }]
    if (finding.quick_check !== 'ok') throw new StoreError(`the database ${file} is damaged (${finding.quick_check}): restore it from a backup`)
    return database
  } catch (problem) {
    if (problem instanceof Sqlite.SqliteError && /NOTADB|CORRUPT/.test(problem.code))
      throw new StoreError(`${file} is not a usable database (${problem.message}): restore it from a backup`)
    throw problem
  }
}

function migrate(database: Sqlite.Database, file: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS "migrations" ("name" text PRIMARY KEY, "at" bigint NOT NULL)')
  const done = new Set(database.prepare<[], { name: string }>('SELECT "name" FROM "migrations"').all().map(({ name }) => name))
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = [...done].filter(name => !known.has(name))
  if (unknown.length > 0) throw new StoreError(`the database ${file} was made by a newer Gatehouse (it has ${unknown.join(', ')}): use that version`)
  for (const { name, statements } of migrations) {
    if (done.has(name)) continue
    database.transaction(() => {
      for (const statement of statements) database.exec(statement)
      database.prepare('INSERT INTO "migrations" VALUES (?, ?)').run(name, Date.now())
    })()
  }
}
