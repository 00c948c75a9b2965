import Sqlite from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { lockFile } from './sqlite-file.ts'
import { StoreError } from './store-error.ts'

/**
 * Writes the database, as it was at one moment, to a new file; whoever uses it goes on.
 * @throws StoreError that names both, as either may be on a disk that is full or broken
 * @see    SQLite documentation, "VACUUM INTO"
 */
export function copySqliteDatabase(file: string, target: string): void {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 30_000 })
  try {
    database.prepare('VACUUM INTO ?').run(target)
  } catch (problem) {
    throw new StoreError(`the database ${file} could not be copied to ${target} (${(problem as Error).message})`)
  } finally {
    database.close()
  }
}

/** Reads all of a database file. @throws StoreError when anything in it is damaged */
export function checkSqliteDatabase(file: string): void {
  let finding: string
  try {
    const database = new Sqlite(file, { readonly: true, fileMustExist: true })
    try {
      finding = (database.pragma('integrity_check(1)') as [{ integrity_check: string }])[0].integrity_check
    } finally {
      database.close()
    }
  } catch (problem) {
    finding = (problem as Error).message
  }
  if (finding !== 'ok') throw new StoreError(`the database ${file} is damaged (${finding})`)
}

/** The ids of the object files that a database names. */
export function objectFilesOf(file: string): ReadonlySet<string> {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    return new Set(
      database
        .prepare<[], { id: string }>('SELECT "id" FROM "s3Files"')
        .all()
        .map(({ id }) => id),
    )
  } finally {
    database.close()
  }
}

/** Whether a Gatehouse runs on a database: it holds the lock beside it. */
export function sqliteInUse(file: string): boolean {
  if (!existsSync(`${file}.lock`)) return false
  try {
    lockFile(file).close()
    return false
  } catch {
    return true
  }
}
