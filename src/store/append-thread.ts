import Sqlite from 'better-sqlite3'
import { fdatasyncSync, openSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { AppendAnswer, AppendBatch, AppendProblem, AppendTask } from './append.ts'
import { configureConnection } from './sqlite-file.ts'
import { beginOnThread } from './write-lock.ts'

const { file } = workerData as AppendTask
const database = new Sqlite(file, { timeout: 0 })
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

/** All rows in one commit and one sync of the disk; what a table refuses disturbs nothing but what belongs to it. @returns an answer for each batch */
function append(batches: readonly AppendBatch[]): AppendAnswer[] {
  let all: (AppendProblem | undefined)[][]
  try {
    beginOnThread(() => prepared('BEGIN IMMEDIATE').run())
    all = batches.map(insertAll)
    prepared('COMMIT').run()
  } catch (problem) {
    if (database.inTransaction) prepared('ROLLBACK').run()
    return batches.map(() => ({ failed: problemOf(problem) }))
  }
  try {
    fdatasyncSync((log ??= openSync(`${file}-wal`, 'r+')))
  } catch (problem) {
    return batches.map(() => ({ unsynced: problemOf(problem) }))
  }
  const groups = all.reduce((sum, outcomes) => sum + outcomes.length, 0)
  return all.map((outcomes, index) => ({ outcomes, shared: index === 0 ? groups : 0 }))
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

function problemOf(problem: unknown): AppendProblem {
  if (problem instanceof Sqlite.SqliteError) return { code: problem.code, message: problem.message }
  return { code: '', message: problem instanceof Error ? problem.message : String(problem) }
}

/** Rows that share one commit at most; more would only let the first wait longer. */
const mostRows = 2_048
/** Groups of a commit after which more are to be expected at once. */
const fewGroups = 4

const nobody = new Int32Array(new SharedArrayBuffer(4))
/** Until when those who come gather: half as long as the commit before took, when several shared it. A commit costs a dozen pages, however few share it. */
let gathersUntil = 0

function gather(): void {
  const rest = gathersUntil - performance.now()
  if (rest > 0) Atomics.wait(nobody, 0, 0, rest)
}

const groupsOf = (answer: AppendAnswer) => ('outcomes' in answer ? answer.shared : 0)

const port = parentPort
port?.on('message', (first: AppendBatch | 'close') => {
  gather()
  const begunAt = performance.now()
  const batches: AppendBatch[] = []
  let rows = 0
  let message: AppendBatch | 'close' | undefined = first
  // What came while the disk took what was before shares the next commit.
  while (message !== undefined && message !== 'close') {
    batches.push(message)
    rows += message.rows.length
    message = rows < mostRows ? (receiveMessageOnPort(port)?.message as AppendBatch | 'close' | undefined) : undefined
  }
  const answers = batches.length > 0 ? append(batches) : []
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  for (const answer of answers) port.postMessage(answer)
  const endedAt = performance.now()
  if (answers.some(answer => groupsOf(answer) > fewGroups)) gathersUntil = endedAt + (endedAt - begunAt) / 2
  if (message !== 'close') return
  database.close()
  port.close()
})
