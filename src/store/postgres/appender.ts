import type { Append, Dependents } from '../append.ts'
import type { Database } from '../database.ts'
import type { Transaction } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { codeOf } from './connection.ts'
import type { PostgresUnits } from './units.ts'

interface Waiting {
  readonly group: readonly Append[]
  readonly resolve: () => void
  readonly reject: (problem: unknown) => void
}

/** Groups of rows that share one commit at most; PostgreSQL takes 65,535 parameters in a statement. */
const largestBatch = 256
/** Commits that go on at the same time: while one waits for the disk, the next gathers. */
const mostCommits = 2

/** Appends rows that stand for themselves: those that wait together go in one statement a table, and one commit. */
export class PostgresAppender {
  readonly #units: PostgresUnits
  #queue: Waiting[] = []
  #commits = 0
  #closed = false
  readonly #idle: (() => void)[] = []

  constructor(units: PostgresUnits) {
    this.#units = units
  }

  /** Rows that are there together or not at all. */
  append(group: readonly Append[]): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreError('the store is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ group, resolve, reject })
      // Calls of the same turn of the event loop join.
      setImmediate(() => this.#next())
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#commits > 0 || this.#queue.length > 0) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  #next(): void {
    if (this.#commits >= mostCommits || this.#queue.length === 0) return
    const batch = this.#queue.splice(0, largestBatch)
    this.#commits++
    void this.#commit(batch).finally(() => {
      this.#commits--
      this.#next()
      if (this.#commits === 0 && this.#queue.length === 0) for (const done of this.#idle.splice(0)) done()
    })
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#insert(batch.flatMap(({ group }) => group))
      for (const { resolve } of batch) resolve()
    } catch (problem) {
      // A group that breaks a constraint fails alone.
      if (batch.length > 1 && codeOf(problem)?.startsWith('23')) for (const entry of batch) await this.#commit([entry])
      else for (const { reject } of batch) reject(problem)
    }
  }

  #insert(appends: readonly Append[]): Promise<void> {
    const byTable = Map.groupBy(appends, ({ table }) => table)
    return this.#units.write(async tx => {
      for (const [table, entries] of byTable) {
        const rows = entries.map(({ row }) => row)
        const insert = tx.insertInto(table as 'records').values(rows as never)
        const telling = entries.some(tells)
        // Numbers come back in the order of the rows.
        const numbers = telling ? (await insert.returning('seq').execute()).map(({ seq }) => seq) : []
        if (!telling) await insert.execute()
        await insertDependents(tx, entries, numbers)
      }
    })
  }
}

const tells = ({ dependents }: Append): boolean => (dependents?.rows.length ?? 0) > 0

async function insertDependents(tx: Transaction, entries: readonly Append[], numbers: readonly number[]): Promise<void> {
  const all = entries.flatMap(({ dependents }, index) =>
    dependents && dependents.rows.length > 0 ? [{ ...dependents, number: numbers[index] as number }] : [],
  )
  for (const [table, some] of Map.groupBy(all, dependents => dependents.table)) {
    const rows = some.flatMap(({ column, rows, number }: Dependents & { number: number }) =>
      rows.map(row => ({ ...row, [column]: number })),
    )
    await tx
      .insertInto(table as keyof Database)
      .values(rows as never)
      .execute()
  }
}
