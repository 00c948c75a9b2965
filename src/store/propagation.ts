import Sqlite from 'better-sqlite3'
import { SqliteConnection } from './sqlite-connection.ts'
import type { Change, Store } from './store.ts'

/** The store as it was a while ago, for what decides: changes are seen when they have propagated. */
export interface Propagation {
  readonly store: Pick<Store, 'read' | 'onChange'>
  /** Moves on to what is due. To be called at short intervals. */
  advance(): void
  close(): void
}

/** A moment of the store that is held. */
interface Snapshot {
  readonly takenAt: number
  readonly connection: SqliteConnection
  /** What had changed since the moment before. */
  readonly changes: readonly Change[]
  reads: number
}

/**
 * Reads of a SQLite store as it was some time ago, as AWS's are until a change has reached everywhere. Each moment is a read transaction that is left
 * open: SQLite keeps what it sees. The log cannot be shortened meanwhile; this is for tests, not for years.
 * IAM User Guide, "Changes that I make are not always immediately visible"; SQLite documentation, "Isolation In SQLite".
 * @param file   the database
 * @param delay  milliseconds
 * @param now    epoch milliseconds
 */
export function delayedReads(file: string, store: Store, delay: number, now: () => number): Propagation {
  const listeners = new Set<(changes: readonly Change[]) => void>()
  const waiting: Snapshot[] = []
  const probe = new Sqlite(file, { readonly: true })
  let version = versionOf(probe)
  let changed: Change[] = []
  // What is there at the start has propagated.
  let current = take()
  const stop = store.onChange(changes => changed.push(...changes))

  function take(): Snapshot {
    const database = new Sqlite(file, { readonly: true })
    database.exec('BEGIN')
    // The moment is that of the first query.
    database.prepare('SELECT count(*) FROM "migrations"').get()
    const changes = changed
    changed = []
    return { takenAt: now(), connection: new SqliteConnection(database), changes, reads: 0 }
  }

  function dropUnused(snapshot: Snapshot): void {
    if (snapshot.reads > 0 || !snapshot.connection.database.open) return
    snapshot.connection.database.exec('COMMIT')
    snapshot.connection.database.close()
  }

  return {
    store: {
      async read(work) {
        const snapshot = current
        snapshot.reads++
        try {
          return await snapshot.connection.run(work)
        } finally {
          snapshot.reads--
          if (snapshot !== current) dropUnused(snapshot)
        }
      },
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },

    advance() {
      const latest = versionOf(probe)
      if (latest !== version) waiting.push(take())
      version = latest
      while (waiting[0] && waiting[0].takenAt + delay <= now()) {
        const before = current
        current = waiting.shift() as Snapshot
        dropUnused(before)
        if (current.changes.length > 0) for (const listener of listeners) listener(current.changes)
      }
    },

    close() {
      stop()
      probe.close()
      for (const snapshot of [current, ...waiting.splice(0)]) dropUnused(snapshot)
    },
  }
}

/** A number that another connection's commit changes. SQLite documentation, "PRAGMA data_version". */
const versionOf = (database: Sqlite.Database): unknown => database.pragma('data_version', { simple: true })
