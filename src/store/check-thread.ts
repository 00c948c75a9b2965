import Sqlite from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'

const { file } = workerData as { readonly file: string }
const database = new Sqlite(file, { readonly: true })
const tables = database.prepare<[], { name: string }>(`SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table'`).all()

/** One table after the other: a read of the whole file at once would keep the log from being used again for as long. */
function firstDamage(): string | undefined {
  for (const { name } of tables) {
    const [finding] = database.pragma(`quick_check('${name.replaceAll("'", "''")}')`) as [{ quick_check: string }]
    if (finding.quick_check !== 'ok') return finding.quick_check
  }
  return undefined
}

try {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(firstDamage())
} finally {
  database.close()
}
