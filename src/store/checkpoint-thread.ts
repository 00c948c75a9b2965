import Sqlite from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { configureConnection } from './sqlite-file.ts'
import { beginOnThread } from './write-lock.ts'

const { file } = workerData as { readonly file: string }

interface Connections {
  /** Moves the log. */
  readonly mover: Sqlite.Database
  /** Keeps others from writing meanwhile. */
  readonly holder: Sqlite.Database
}
let connections: Connections | undefined

/**
 * Moves what the log holds as far as nobody reads or writes it, and then, while nobody may write, what was written meanwhile: the next commit begins a log
 * that is moved whole anew. What fails, on a full disk for one, is tried the next time.
 */
function checkpoint(): void {
  try {
    connections ??= { mover: connected(), holder: connected() }
    const { mover, holder } = connections
    mover.pragma('wal_checkpoint(PASSIVE)')
    beginOnThread(() => holder.exec('BEGIN IMMEDIATE'))
    mover.pragma('wal_checkpoint(PASSIVE)')
    holder.exec('ROLLBACK')
  } catch {
    // A connection that was opened while the file could not be written stays so. Those who write tell what is wrong.
    close()
  }
}

function connected(): Sqlite.Database {
  const database = new Sqlite(file, { timeout: 0 })
  configureConnection(database)
  return database
}

function close(): void {
  connections?.mover.close()
  connections?.holder.close()
  connections = undefined
}

const port = parentPort
port?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'checkpoint') {
    checkpoint()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    port.postMessage('done')
    return
  }
  close()
  port.close()
})
