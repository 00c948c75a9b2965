import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { StoreError, StoreUnavailable } from '../store-error.ts'
import { changesMadeIn, type Change, type Transaction } from '../store.ts'
import { runUnit } from '../unit.ts'
import { codeOf, isStalePlan, type PostgresConnection, postgresDialect } from './connection.ts'
import type { PostgresPool } from './pool.ts'
import { UnitsAtOnce } from './units-at-once.ts'

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
  readonly #atOnce: UnitsAtOnce

  /** @param committed  told of each unit's changes after its commit, before who waits for it */
  constructor(pool: PostgresPool, committed: (changes: readonly Change[]) => void) {
    this.#pool = pool
    this.#committed = committed
    this.#atOnce = new UnitsAtOnce(pool.size)
  }

  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const nested = isNested()
    const { value, changes } = await this.#tryOften(tries =>
      this.#inTurn(nested, tries, () => this.#pool.use(connection => within.run(true, () => once(connection, work)), nested)),
    )
    if (changes.length > 0) this.#committed(changes)
    return value
  }

  /** Others wait for what is inside of a unit: it does not wait for them. */
  async #inTurn<T>(nested: boolean, tries: number, attempt: () => Promise<T>): Promise<T> {
    if (nested) return attempt()
    await this.#atOnce.enter(tries > 1)
    let met = false
    try {
      return await attempt()
    } catch (problem) {
      met = metOthers(problem)
      throw problem
    } finally {
      this.#atOnce.leave(met)
    }
  }

  async read<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#tryOften(() => this.#readOnce(work))
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

  async #tryOften<T>(attempt: (tries: number) => Promise<T>): Promise<T> {
    const until = performance.now() + mostMilliseconds
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(tries)
      } catch (problem) {
        if (!mayBeTriedAgain(problem, tries)) throw problem
        if (tries >= mostTries || performance.now() > until) throw new StoreUnavailable('the store is too busy: units kept meeting others')
        await wait(Math.random() * Math.min(2 ** tries, 200))
      }
    }
  }
}

/** 40001 and 40P01: another unit was there first. PostgreSQL documentation, "Serialization Failure Handling". */
function metOthers(problem: unknown): boolean {
  const code = codeOf(problem)
  return code === '40001' || code === '40P01'
}

/** As well, 23505: another may have been there first. 0A000: a plan from before a migration. */
function mayBeTriedAgain(problem: unknown, tries: number): boolean {
  if (codeOf(problem) === '23505') return tries < mostUniqueTries
  return metOthers(problem) || isStalePlan(problem)
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
