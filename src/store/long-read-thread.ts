import Sqlite from 'better-sqlite3'
import { copyEvents } from './copy-events.ts'
import { parentPort, workerData } from 'node:worker_threads'
import type { LongReadAnswer, LongReadEnd, LongReadTask } from './long-read.ts'
import { addFunctions } from './sqlite-functions.ts'

/** Runs one query and answers with its rows, or with why there are none. */
async function run({ source, sql, parameters, limits, stop }: LongReadTask): Promise<LongReadAnswer> {
  const startedAt = performance.now()
  const flag = new Int32Array(stop)
  const counts = { scanned: 0, bytes: 0, matched: 0 }
  let end: LongReadEnd | undefined
  // Without a name: a database of this connection's own, on the disk as far as memory does not hold it, gone at its end.
  const database = 'file' in source ? new Sqlite(source.file, { readonly: true }) : new Sqlite('')
  const giveUp = (why: LongReadEnd, message: string): never => {
    end = why
    throw new Error(message)
  }
  const check = () => {
    if (Atomics.load(flag, 0) !== 0) giveUp('cancelled', 'the read was cancelled')
    if (performance.now() - startedAt > limits.milliseconds) giveUp('timed out', 'the time is over')
  }
  try {
    if ('copyOf' in source) await copyEvents(source, database, check)
    database.pragma('query_only = ON')
    addFunctions(database)
    // Called for each row that is looked at, and so the place to give up: SQLite itself cannot be interrupted from here.
    database.function('scanned', { deterministic: false, directOnly: true }, (bytes: number) => {
      counts.bytes += bytes
      if ((++counts.scanned & 63) === 0) check()
      return 1
    })
    database.function('matched', { deterministic: false, directOnly: true, varargs: true }, () => {
      counts.matched++
      return 1
    })
    const rows: unknown[][] = []
    let characters = 0
    for (const row of database.prepare(sql).raw().iterate(parameters) as IterableIterator<unknown[]>) {
      check()
      for (const value of row) characters += String(value ?? '').length
      if (rows.length >= limits.rows || characters > limits.characters) giveUp('too large', 'the result is too large')
      rows.push(row)
    }
    return { rows, counts, milliseconds: Math.round(performance.now() - startedAt) }
  } catch (problem) {
    return { end: end ?? 'failed', message: problem instanceof Error ? problem.message : String(problem) }
  } finally {
    database.close()
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(await run(workerData as LongReadTask))
