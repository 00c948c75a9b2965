import Sqlite from 'better-sqlite3'
import { ChangeListeners } from './change-listeners.ts'
import { migrations } from './migrations/index.ts'
import { dropPastTriggers, keepPast } from './past/sqlite-triggers.ts'
import { SqliteAppender } from './sqlite-appender.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { checkWhileInUse } from './damage-check.ts'
import { busyMilliseconds, configureConnection, configureFile, damaged, lockFile, openFile } from './sqlite-file.ts'
import { LongReads } from './long-reads.ts'
import type { RecordArchive } from './record-archive.ts'
import { SqliteReaders } from './sqlite-readers.ts'
import { explained } from './sqlite-problem.ts'
import { SqliteWriter } from './sqlite-writer.ts'
import { StoreError } from './store-error.ts'
import { changesKept } from './forget-changes.ts'
import { type Change, lastSeq, type Store } from './store.ts'
import { WriteAheadLog } from './write-ahead-log.ts'
import { waitNoLonger } from './write-lock.ts'

export interface SqliteOptions {
  /** Whether it can be told how rights were before they changed. */
  readonly keepsPast?: boolean
  /** Epoch milliseconds. */
  readonly now?: () => number
  /** Closed with the store. */
  readonly archive?: RecordArchive | undefined
  /** Other processes of this Gatehouse that read the file, and append to it. */
  readonly companions?: Companions
}

/** Processes that share a file with the one that opened it: see sqlite-companion.ts. */
export interface Companions {
  /** Resolves when none of them answers any more by what it held before these changes. */
  tell(changes: readonly Change[]): Promise<void>
}

/**
 * Opens, or makes, a store in a SQLite file. Write-ahead log with a full sync on each commit: what a caller was told is done
 * survives a power cut.
 * @throws StoreError when the file is damaged, newer than this program, or in use by another Gatehouse
 * @see    SQLite documentation, "Write-Ahead Logging" and "PRAGMA synchronous"
 */
export async function openSqliteStore(
  file: string,
  { keepsPast = true, now = Date.now, archive, companions }: SqliteOptions = {},
): Promise<Store> {
  const lock = lockFile(file)
  let database: Sqlite.Database | undefined
  try {
    database = openFile(file)
    const unchecked = configureFile(database, file)
    configureConnection(database)
    migrate(database, file)
    keepPast(database, keepsPast, now())
    pruneChanges(database)
    return storeOver(file, database, lock, { archive, companions, unchecked })
  } catch (problem) {
    database?.close()
    lock.close()
    if (problem instanceof Sqlite.SqliteError && /NOTADB|CORRUPT/.test(problem.code))
      throw new StoreError(`${file} is not a usable database (${problem.message}): restore it from a snapshot (gatehouse restore --force)`)
    throw explained(problem)
  }
}

function storeOver(
  file: string,
  database: Sqlite.Database,
  lock: Sqlite.Database,
  { archive, companions, unchecked }: Pick<SqliteOptions, 'archive' | 'companions'> & { readonly unchecked: boolean },
): Store {
  const listeners = new ChangeListeners()
  const newChanges = database.prepare<[number], Change>(
    'SELECT "seq", "account", "kind", "id" FROM "changes" WHERE "seq" > ? ORDER BY "seq"',
  )
  let lastChange = database.prepare<[], { last: number }>('SELECT coalesce(max("seq"), 0) AS "last" FROM "changes"').get()?.last ?? 0
  waitNoLonger(database)
  const log = new WriteAheadLog(file)
  const writer = new SqliteWriter({ connection: new SqliteConnection(database), log, committed: tellListeners })
  const appender = new SqliteAppender({ task: { file }, log })
  const readers = new SqliteReaders(() => new Sqlite(file, { readonly: true, timeout: busyMilliseconds }))
  const longReads = new LongReads(events => (archive ? { copyOf: { file }, archive: archive.address, events } : { file }))

  // What was answered from a damaged file may be wrong: better to stop than to go on.
  const stopForDamage = (damage: string) =>
    process.nextTick(() => {
      throw damaged(file, damage)
    })
  const endCheck = unchecked ? checkWhileInUse(file, stopForDamage) : async () => {}

  async function tellListeners(): Promise<void> {
    const changes = newChanges.all(lastChange)
    const last = changes.at(-1)
    if (!last) return
    lastChange = last.seq
    listeners.tell(changes)
    await companions?.tell(changes)
  }

  return {
    shared: false,
    ...(archive && { archive }),
    read: work => readers.read(work),
    write: work => writer.write(work),
    append: (table, row) => appender.append([{ table, row }]),
    appendTogether: appends => appender.append(appends),
    longRead: (query, limits) => longReads.start(query, limits),
    releaseSpace: pages => writer.write(async () => releasePages(database, Math.trunc(pages))),
    settledSeq: table => readers.read(tx => lastSeq(tx, table)),
    isCurrent: () => true,
    olderConnections: async () => 0,
    leads: async () => true,
    onChange: listener => listeners.add(listener),
    async close() {
      await endCheck()
      await longReads.close()
      await appender.close()
      await writer.close()
      await readers.close()
      await archive?.close()
      await log.close()
      database.close()
      lock.close()
    },
  }
}

/**
 * @returns whether more pages are free; a database that was made without the setting keeps its pages, and uses them again
 * @see     SQLite documentation, "PRAGMA incremental_vacuum"
 */
function releasePages(database: Sqlite.Database, pages: number): boolean {
  const free = () => database.pragma('freelist_count', { simple: true }) as number
  const before = free()
  database.exec(`PRAGMA incremental_vacuum(${pages})`)
  const left = free()
  return left > 0 && left < before
}

function pruneChanges(database: Sqlite.Database): void {
  database.prepare('DELETE FROM "changes" WHERE "seq" <= (SELECT max("seq") FROM "changes") - ?').run(changesKept)
}

function migrate(database: Sqlite.Database, file: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS "migrations" ("name" text PRIMARY KEY, "at" bigint NOT NULL)')
  const rows = database.prepare<[], { name: string }>('SELECT "name" FROM "migrations"').all()
  const done = new Set(rows.map(({ name }) => name))
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = [...done].filter(name => !known.has(name))
  if (unknown.length > 0)
    throw new StoreError(`the database ${file} was made by a newer Gatehouse (it has ${unknown.join(', ')}): use that version`)
  if (migrations.some(({ name }) => !done.has(name))) dropPastTriggers(database)
  for (const { name, statements } of migrations) {
    if (done.has(name)) continue
    database.transaction(() => {
      for (const statement of statements) database.exec(statement)
      database.prepare('INSERT INTO "migrations" VALUES (?, ?)').run(name, Date.now())
    })()
  }
}
