import Sqlite from 'better-sqlite3'
import { fdatasyncSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { AppendAnswer, AppendBatch, AppendProblem, AppendTask } from './append.ts'
import { configureConnection } from './sqlite-file.ts'

const { file, busyMilliseconds } = workerData as AppendTask
const database = new Sqlite(file, { timeout: busyMilliseconds })
configureConnection(database)
/** The write-ahead log, from the first time that it is synced. */
let log: number | undefined
const statements = new Map<string, Sqlite.Statement>()

function prepared(sql: string): Sqlite.Statement {
  const known = statements.get(sql)
  if (known) return known
  const statement = database.prepare(sql)
  statements.set(sql, statement)
  return statement
}

/** All rows in one commit; what a table refuses disturbs nothing but what belongs to it. */
function append(batch: AppendBatch): AppendAnswer {
  try {
    prepared('BEGIN IMMEDIATE').run()
    const outcomes = insertAll(batch)
    prepared('COMMIT').run()
    return { outcomes, durable: batch.durably && synced() }
  } catch (problem) {
    if (database.inTransaction) prepared('ROLLBACK').run()
    return { failed: problemOf(problem) }
  }
}

/** @returns false when the disk fails: whoever then syncs the log meets it too, and knows what to do */
function synced(): boolean {
  try {
    fdatasyncSync((log ??= openSync(`${file}-wal`, 'r+')))
    return true
  } catch {
    return false
  }
}

function insertAll({ inserts, rows, values }: AppendBatch): (AppendProblem | undefined)[] {
  const outcomes: (AppendProblem | undefined)[] = []
  let position = 0
  for (let at = 0; at < rows.length; ) {
    const steps = [{ insert: inserts[rows[at++] as number] as AppendBatch['inserts'][number], from: position }]
    position += steps[0]?.insert.width ?? 0
    for (let next; at < rows.length && (next = inserts[rows[at] as number] as AppendBatch['inserts'][number]).place !== 'first'; at++) {
      steps.push({ insert: next, from: position })
      position += next.width
    }
    outcomes.push(attempt(steps.length > 1, () => insertRows(steps, values)))
  }
  return outcomes
}

interface Step {
  readonly insert: AppendBatch['inserts'][number]
  readonly from: number
}

function insertRows(steps: readonly Step[], values: AppendBatch['values']): void {
  let number: number | bigint = 0
  for (const { insert, from } of steps) {
    const columns = values.slice(from, from + insert.width)
    if (insert.place === 'dependent') prepared(insert.sql).run([number, ...columns])
    else number = prepared(insert.sql).run(columns).lastInsertRowid
  }
}

/** One statement is atomic by itself; several need a savepoint. SQLite documentation, "SAVEPOINT" and "Atomic Commit". */
function attempt(several: boolean, work: () => void): AppendProblem | undefined {
  try {
    if (several) prepared('SAVEPOINT "row"').run()
    work()
    if (several) prepared('RELEASE "row"').run()
    return undefined
  } catch (problem) {
    // When SQLite has rolled back the whole transaction (a full disk) there is no savepoint, and the batch fails with this error.
    if (!database.inTransaction || isOfConnection(problem)) throw problem
    if (several) database.exec('ROLLBACK TO "row"; RELEASE "row"')
    return problemOf(problem)
  }
}

/** What every row would meet: the connection was opened while the file could not be written. */
const isOfConnection = (problem: unknown) => problem instanceof Sqlite.SqliteError && /^SQLITE_(READONLY|CANTOPEN)/.test(problem.code)

const problemOf = (problem: unknown): AppendProblem =>
  problem instanceof Sqlite.SqliteError ? { code: problem.code, message: problem.message } : { code: '', message: String(problem) }

const port = parentPort
port?.on('message', (message: AppendBatch | 'close') => {
  if (message === 'close') {
    database.close()
    port.close()
    return
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  port.postMessage(append(message))
})
