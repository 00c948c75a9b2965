import Sqlite from 'better-sqlite3'
import { closeSync, openSync, statSync } from 'node:fs'
import { StoreError } from './store-error.ts'

/** How long a connection waits for another's lock. Turns keep writers apart: only recovery after a crash holds one. */
export const busyMilliseconds = 5_000
const bytesOfLogKept = 64 * 1024 * 1024
/** Of the log, after which a connection that writes moves it into the database itself: a thread does so long before. See Checkpoints. */
const mostPagesOfLog = bytesOfLogKept / 4096

/** Held as long as the store is open: caches of two processes over one file would not hear of each other's changes. */
export function lockFile(file: string): Sqlite.Database {
  const lock = new Sqlite(`${file}.lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (problem) {
    lock.close()
    if (problem instanceof Sqlite.SqliteError && problem.code.startsWith('SQLITE_BUSY'))
      throw new StoreError(`another Gatehouse is running on ${file}: stop it first, or choose another data folder`)
    throw problem
  }
}

export function openFile(file: string): Sqlite.Database {
  // Made with the owner's rights alone; SQLite gives its log and shared memory the same.
  closeSync(openSync(file, 'a', 0o600))
  return new Sqlite(file, { timeout: busyMilliseconds })
}

/** Bytes of a file that is looked through for damage before it is used: a quarter of a second. A larger one is while it is in use. */
const mostCheckedFirst = 32 * 1024 * 1024

/**
 * Prepares a file that is opened for the first time by this process.
 * @returns whether it is still to be checked for damage
 * @throws  StoreError when it is damaged
 */
export function configureFile(database: Sqlite.Database, file: string): boolean {
  // For a new file alone: one that has tables keeps the pages that become free, and uses them again.
  database.pragma('auto_vacuum = INCREMENTAL')
  database.pragma('journal_mode = WAL')
  if (statSync(file).size > mostCheckedFirst) return true
  const [finding] = database.pragma('quick_check(1)') as [{ quick_check: string }]
  if (finding.quick_check !== 'ok') throw damaged(file, finding.quick_check)
  return false
}

/** What to tell of a file that is damaged. @param damage  as SQLite tells it */
export const damaged = (file: string, damage: string): StoreError =>
  new StoreError(`the database ${file} is damaged (${damage}): restore it from a snapshot (gatehouse restore --force)`)

/** Prepares a connection that writes. Its commits do not wait for the disk: WriteAheadLog does. */
export function configureConnection(database: Sqlite.Database): void {
  database.pragma('synchronous = NORMAL')
  // Without it, macOS leaves what it synced in the drive's cache. Nothing elsewhere.
  database.pragma('fullfsync = ON')
  database.pragma('foreign_keys = ON')
  database.pragma(`journal_size_limit = ${bytesOfLogKept}`)
  database.pragma(`wal_autocheckpoint = ${mostPagesOfLog}`)
}
