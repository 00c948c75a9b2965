import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { StoreError, StoreUnavailable } from '../store-error.ts'
import { changesMadeIn, type Change, type Transaction } from '../store.ts'
import { runUnit } from '../unit.ts'
import { codeOf, isStalePlan, type PostgresConnection, postgresDialect } from './connection.ts'
import type { PostgresPool } from './pool.ts'

/** Every unit that writes holds this lock, shared: docs/decisions/change-feed.md. */
export const writersLock = 4_745_001

const beginUnit = `BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT pg_advisory_xact_lock_shared(${writersLock})`
const beginRead = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** A unit is tried this often, and this long, before its caller is told that the store is too busy. */
const mostTries = 40
const mostMilliseconds = 10_000
/** Others may have made, between our look and our insert, what we insert: the next try sees it, or the fault is the unit's own. */
const mostUniqueTries = 3

/** Set inside units and reads: those inside them do not wait for the connections of those that wait for them. */
const within = new AsyncLocalStorage<true>()
const isNested = () => within.getStore() === true

/** Runs units on PostgreSQL, each in a transaction of its own, again when it met others. PostgreSQL documentation, "Serializable Isolation Level". */
export class PostgresUnits {
  readonly #pool: PostgresPool
  readonly #committed: (changes: readonly Change[]) => void
  /** When those that try again have done so. */
  #turns: Promise<unknown> = Promise.resolve()

  /** @param committed  told of each unit's changes after its commit, before who waits for it */
  constructor(pool: PostgresPool, committed: (changes: readonly Change[]) => void) {
    this.#pool = pool
    this.#committed = committed
  }

  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const nested = isNested()
    const attempt = () => this.#pool.use(connection => within.run(true, () => once(connection, work)), nested)
    const { value, changes } = nested ? await tryOften(attempt) : await this.#tryThenInTurn(attempt)
    if (changes.length > 0) this.#committed(changes)
    return value
  }

  async read<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return tryOften(() => this.#readOnce(work))
  }

  async #readOnce<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    // Work that asks nothing needs no connection.
    let begun: Promise<PostgresConnection> | undefined
    let done = () => {}
    const over = new Promise<void>(end => {
      done = end
    })
    const nested = isNested()
    const begin = () =>
      new Promise<PostgresConnection>((resolve, reject) => {
        this.#pool
          .use(async connection => {
            await connection.command(beginRead)
            resolve(connection)
            await over
            // The read is answered meanwhile: nobody waits for its transaction's end, and a connection that breaks is thrown away.
            await connection.command('COMMIT')
          }, nested)
          .catch(reject)
      })
    try {
      return await within.run(true, () =>
        runUnit(work, postgresDialect, async query => {
          begun ??= begin()
          return (await begun).execute(query)
        }),
      )
    } finally {
      done()
    }
  }

  /**
   * Units begin side by side; those that met others try again one after the other. Where all of a node want the same rows, all but one of them would be undone
   * every time, and the last would find its time over.
   */
  async #tryThenInTurn<T>(attempt: () => Promise<T>): Promise<T> {
    const until = performance.now() + mostMilliseconds
    try {
      return await attempt()
    } catch (problem) {
      if (!mayBeTriedAgain(problem, 1)) throw problem
    }
    const turn = this.#turns.then(() => tryOften(attempt, until, 2))
    this.#turns = turn.catch(() => undefined)
    return turn
  }
}

/** @param tries  the number of the try that comes first */
async function tryOften<T>(attempt: () => Promise<T>, until = performance.now() + mostMilliseconds, first = 1): Promise<T> {
  for (let tries = first; ; tries++) {
    try {
      return await attempt()
    } catch (problem) {
      if (!mayBeTriedAgain(problem, tries)) throw problem
      if (tries >= mostTries || performance.now() > until) throw new StoreUnavailable('the store is too busy: units kept meeting others')
      await wait(Math.random() * Math.min(2 ** tries, 200))
    }
  }
}

/**
 * 40001 and 40P01: another unit was there first. 23505: it may have been. 0A000: a plan from before a migration.
 * PostgreSQL documentation, "Serialization Failure Handling".
 */
function mayBeTriedAgain(problem: unknown, tries: number): boolean {
  const code = codeOf(problem)
  if (code === '23505') return tries < mostUniqueTries
  return code === '40001' || code === '40P01' || isStalePlan(problem)
}

async function once<T>(connection: PostgresConnection, work: (tx: Transaction) => Promise<T>) {
  await connection.command(beginUnit)
  try {
    const result = await runUnit(
      async tx => {
        const value = await work(tx)
        return { value, changes: changesMadeIn(tx) }
      },
      postgresDialect,
      query => connection.execute(query),
    )
    // A unit whose query failed has no other end, whatever it made of the error.
    if ((await connection.command('COMMIT')) !== 'COMMIT') throw new StoreError('a query of the unit failed, and all of it with it')
    return result
  } catch (problem) {
    if (!connection.broken) await connection.command('ROLLBACK').catch(() => undefined)
    throw problem
  }
}
