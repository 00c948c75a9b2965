import Sqlite from 'better-sqlite3'
import { keysSetting, tableOf } from './key-slots.ts'

/**
 * The ids of the master keys that open a database, read without opening the store, which would need one of them.
 * @returns nothing for passphrases, whose keys are not known by an id, and for databases of versions before slots
 */
export function masterKeyIdsOf(file: string): readonly string[] {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    const row = database.prepare<[string], { value: string }>('SELECT "value" FROM "settings" WHERE "name" = ?').get(keysSetting)
    return row === undefined ? [] : tableOf(row.value).slots.flatMap(({ id, derivation }) => (derivation ? [] : [id]))
  } finally {
    database.close()
  }
}
