import Sqlite from 'better-sqlite3'
import { ChangeListeners } from './change-listeners.ts'
import { SqliteAppender } from './sqlite-appender.ts'
import { busyMilliseconds } from './sqlite-file.ts'
import { SqliteReaders } from './sqlite-readers.ts'
import { StoreError } from './store-error.ts'
import { type Change, lastSeq, type Store } from './store.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/** A store over the file that another process of the same Gatehouse has opened. */
export interface CompanionStore extends Store {
  /** To be called with every change that the other process makes, before it answers for it. */
  tell(changes: readonly Change[]): void
}

/**
 * Reads and appends beside the process that opened the file, which alone makes changes. Its commits are its own.
 * @param current  whether changes of the other process are still heard of
 */
export function openCompanionStore(file: string, { current }: { readonly current: () => boolean }): CompanionStore {
  const listeners = new ChangeListeners()
  const log = new WriteAheadLog(file)
  const appender = new SqliteAppender({ task: { file }, log })
  const readers = new SqliteReaders(() => new Sqlite(file, { readonly: true, timeout: busyMilliseconds }))
  const elsewhere = (): never => {
    throw new StoreError('only the first process does this')
  }
  return {
    shared: false,
    read: work => readers.read(work),
    write: async () => elsewhere(),
    append: (table, row) => appender.append([{ table, row }]),
    appendTogether: appends => appender.append(appends),
    longRead: elsewhere,
    releaseSpace: async () => elsewhere(),
    settledSeq: table => readers.read(tx => lastSeq(tx, table)),
    isCurrent: current,
    leads: async () => false,
    olderConnections: async () => elsewhere(),
    onChange: listener => listeners.add(listener),
    tell: changes => listeners.tell(changes),
    async close() {
      await appender.close()
      await readers.close()
      await log.close()
    },
  }
}
