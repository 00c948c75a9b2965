import Sqlite from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { configureConnection } from './sqlite-file.ts'

const { file } = workerData as { readonly file: string }
let database: Sqlite.Database | undefined

/** Moves what the log holds as far as nobody reads or writes it. What fails, on a full disk for one, is tried at the next turn. */
function checkpoint(): void {
  try {
    if (!database) {
      database = new Sqlite(file, { timeout: 0 })
      configureConnection(database)
    }
    database.pragma('wal_checkpoint(PASSIVE)')
  } catch {
    // A connection that was opened while the file could not be written stays so. Those who write tell what is wrong.
    database?.close()
    database = undefined
  }
}

const port = parentPort
port?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'checkpoint') {
    checkpoint()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    port.postMessage('done')
    return
  }
  database?.close()
  port.close()
})
