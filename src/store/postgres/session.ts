import { StoreUnavailable } from '../store-error.ts'
import { applicationNameOfOneDataKey, type PostgresConnection } from './connection.ts'
import type { PostgresPool } from './pool.ts'

const channel = 'gatehouse_changes'
/** Held by the node that does what one node at a time may do. */
const leaderLock = 4_745_002
/** A look that takes longer is given up, and its connection with it. */
const answerMilliseconds = 2_000

/** The connection that a node keeps for itself: notices, looks at the feed, and the leader's lock. Opened again when it is lost. */
export class PostgresSession {
  readonly #pool: PostgresPool
  readonly #woken: () => void
  #connection: PostgresConnection | undefined
  #opening: Promise<PostgresConnection> | undefined
  #leads = false
  #notifying = false
  #owesNotice = false
  #closed = false

  /** @param woken  called when another node says that it has committed */
  constructor(pool: PostgresPool, woken: () => void) {
    this.#pool = pool
    this.#woken = woken
  }

  /** Asks one question, in bounded time. @throws StoreUnavailable */
  async ask<Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const connection = await this.#current()
    const timer = setTimeout(() => connection.cut(), answerMilliseconds)
    try {
      return (await connection.execute<Row>({ sql, parameters })).rows
    } finally {
      clearTimeout(timer)
    }
  }

  /** Tells other nodes to look: once for all commits since the last notice. Nothing depends on it but speed. */
  notify(): void {
    this.#owesNotice = true
    if (this.#notifying) return
    this.#notifying = true
    void this.#sendNotices()
  }

  /** Whether this node leads: it goes on leading for as long as its connection holds. */
  async tryToLead(): Promise<boolean> {
    if (this.#leads && this.#connection?.broken === false) return true
    const [row] = await this.ask<{ leads: boolean }>(`SELECT pg_try_advisory_lock(${leaderLock}) AS "leads"`)
    this.#leads = row?.leads === true
    return this.#leads
  }

  /** PostgreSQL documentation, "pg_stat_activity": who is connected as the same user, which all nodes are. */
  async olderConnections(): Promise<number> {
    const sql = 'SELECT count(*) AS "older" FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1'
    const [row] = await this.ask<{ older: number }>(sql, [applicationNameOfOneDataKey])
    return row?.older ?? 0
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => undefined)
    await this.#connection?.close()
  }

  async #sendNotices(): Promise<void> {
    try {
      while (this.#owesNotice && !this.#closed) {
        this.#owesNotice = false
        await this.ask(`SELECT pg_notify('${channel}', '')`)
      }
    } catch {
      // Other nodes look by themselves soon.
    } finally {
      this.#notifying = false
    }
  }

  async #current(): Promise<PostgresConnection> {
    if (this.#connection?.broken === false) return this.#connection
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<PostgresConnection> {
    if (this.#closed) throw new StoreUnavailable('the store is closed')
    void this.#connection?.close()
    this.#leads = false
    const connection = await this.#pool.connect()
    connection.client.on('notification', this.#woken)
    await connection.command(`LISTEN ${channel}`)
    this.#connection = connection
    return connection
  }
}
