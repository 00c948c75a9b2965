import { setTimeout as wait } from 'node:timers/promises'
import type { PostgresSession } from './session.ts'
import { writersLock } from './units.ts'

/** Units that held the writers' lock when a sequence stood at a value. */
interface Checkpoint {
  readonly value: number
  readonly holders: ReadonlySet<string>
}

/** PostgreSQL keeps an advisory lock's key of 64 bits in two columns. */
const holdersSql = `SELECT "virtualtransaction" AS "unit" FROM pg_locks
  WHERE "locktype" = 'advisory' AND "database" = (SELECT "oid" FROM pg_database WHERE "datname" = current_database())
  AND "classid" = 0 AND "objid" = ${writersLock} AND "objsubid" = 1`

/**
 * Finds up to which seq of a table no row is still to come: docs/decisions/change-feed.md. The value is read before the holders are, as each
 * unit takes the lock before it takes a seq.
 */
export class SettledSeq {
  readonly #session: PostgresSession
  readonly #table: string
  #settled = 0
  #checkpoint: Checkpoint | undefined
  /** Whether a look has found anything settled yet. */
  certain = false

  constructor(session: PostgresSession, table: string) {
    this.#session = session
    this.#table = table
  }

  /** Looks once, and waits for nobody. */
  async look(): Promise<number> {
    const value = await this.#lastGiven()
    const holders = await this.#holders()
    if (this.#checkpoint && [...this.#checkpoint.holders].every(unit => !holders.has(unit))) {
      this.#settle(this.#checkpoint.value)
      this.#checkpoint = undefined
    }
    if (holders.size === 0) this.#settle(value)
    else this.#checkpoint ??= { value, holders }
    return this.#settled
  }

  #settle(value: number): void {
    this.#settled = Math.max(this.#settled, value)
    this.certain = true
  }

  async #lastGiven(): Promise<number> {
    const [row] = await this.#session.ask<{ last: number | null }>(
      `SELECT pg_sequence_last_value(pg_get_serial_sequence('"${this.#table}"', 'seq')::regclass) AS "last"`,
    )
    return row?.last ?? 0
  }

  async #holders(): Promise<ReadonlySet<string>> {
    const rows = await this.#session.ask<{ unit: string }>(holdersSql)
    return new Set(rows.map(({ unit }) => unit))
  }
}

const patienceMilliseconds = 2_000
const pauseMilliseconds = 10

/** The settled seq of a table as it stands now: waits a little for units that go on, and says less when they do not end. */
export async function settledSeqOf(session: PostgresSession, table: string): Promise<number> {
  const seq = new SettledSeq(session, table)
  for (const until = performance.now() + patienceMilliseconds; performance.now() < until; await wait(pauseMilliseconds)) {
    const settled = await seq.look()
    if (seq.certain) return settled
  }
  return 0
}
