import Sqlite from 'better-sqlite3'

/** How long a writer waits for another: longer than it takes to end a process that hangs while it writes (see the worker pool). */
const patienceMilliseconds = 15_000
/** Between looks of a thread that has nothing else to do. */
const restMilliseconds = 0.1
/** Between looks of the event loop, which goes on meanwhile. */
const loopRestMilliseconds = 1

/** A connection that finds the file locked says so at once: SQLite's own waits hold the thread, and grow to a hundred milliseconds. */
export const waitNoLonger = (database: Sqlite.Database) => void database.pragma('busy_timeout = 0')

const nobody = new Int32Array(new SharedArrayBuffer(4))

/**
 * Begins a transaction that writes as soon as no other connection does, and holds the thread until then.
 * @param begin  runs BEGIN IMMEDIATE on a connection that waits no longer
 * @throws whatever it throws when the file stays locked for fifteen seconds
 * @see    SQLite documentation, "Transaction", IMMEDIATE, and "Write-Ahead Logging", "Concurrency": one writes at a time, in one process or several
 */
export function beginOnThread(begin: () => void): void {
  const endsAt = performance.now() + patienceMilliseconds
  while (!attempted(begin, endsAt)) Atomics.wait(nobody, 0, 0, restMilliseconds)
}

/** The same beside the event loop. */
export async function beginOnLoop(begin: () => void): Promise<void> {
  const endsAt = performance.now() + patienceMilliseconds
  while (!attempted(begin, endsAt)) await new Promise(resolve => setTimeout(resolve, loopRestMilliseconds))
}

/** @returns whether it began; false while another writes */
function attempted(begin: () => void, endsAt: number): boolean {
  try {
    begin()
    return true
  } catch (problem) {
    const busy = problem instanceof Sqlite.SqliteError && problem.code.startsWith('SQLITE_BUSY')
    if (!busy || performance.now() > endsAt) throw problem
    return false
  }
}
