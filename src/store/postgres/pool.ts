import { StoreError, StoreUnavailable } from '../store-error.ts'
import { PostgresConnection } from './connection.ts'
import type { PostgresSettings } from './settings.ts'

interface Waiting {
  readonly resolve: (connection: PostgresConnection) => void
  readonly reject: (problem: unknown) => void
}

/** How long a unit or a read waits for a connection that is free. */
const waitMilliseconds = 10_000
/** Waiting for a connection at the same time; more are refused at once. */
const mostWaiting = 5_000

/** Connections to the server that takes writes, found anew among the hosts whenever it is another one. */
export class PostgresPool {
  readonly #settings: PostgresSettings
  readonly #idle: PostgresConnection[] = []
  readonly #waiting: Waiting[] = []
  readonly #drained: (() => void)[] = []
  #open = 0
  #preferred = 0
  #closed = false

  constructor(settings: PostgresSettings) {
    this.#settings = settings
  }

  /** Connections at most, but for those beyond. */
  get size(): number {
    return this.#settings.poolSize
  }

  /**
   * A connection for a while.
   * @param beyond  whether it may be one more than the pool's size, for work that others wait for who have one already
   * @throws        StoreUnavailable
   */
  async use<T>(work: (connection: PostgresConnection) => Promise<T>, beyond = false): Promise<T> {
    const connection = await this.#acquire(beyond)
    try {
      return await work(connection)
    } finally {
      this.#release(connection)
    }
  }

  /** A connection that is the caller's own, outside the pool. @throws StoreUnavailable when no host takes writes */
  async connect(): Promise<PostgresConnection> {
    const { hosts } = this.#settings
    const problems: string[] = []
    for (let tries = 0; tries < hosts.length; tries++) {
      const index = (this.#preferred + tries) % hosts.length
      const host = hosts[index] as (typeof hosts)[number]
      try {
        const connection = await PostgresConnection.open(host, this.#settings)
        this.#preferred = index
        return connection
      } catch (problem) {
        problems.push(
          `${host.host}:${host.port}: ${problem instanceof Error ? problem.message || (problem as { code?: string }).code : String(problem)}`,
        )
      }
    }
    throw new StoreUnavailable(`no database server takes writes (${problems.join('; ')})`)
  }

  /** Takes no more work; resolves when what goes on is done. */
  async close(): Promise<void> {
    this.#closed = true
    for (const connection of this.#idle.splice(0)) this.#discard(connection)
    if (this.#open > 0) await new Promise<void>(resolve => this.#drained.push(resolve))
  }

  async #acquire(beyond: boolean): Promise<PostgresConnection> {
    if (this.#closed) throw new StoreError('the store is closed')
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.broken) return idle
      this.#discard(idle)
    }
    if (beyond || this.#open < this.#settings.poolSize) return this.#openOne()
    return this.#wait()
  }

  async #openOne(): Promise<PostgresConnection> {
    this.#open++
    try {
      return await this.connect()
    } catch (problem) {
      this.#gone()
      throw problem
    }
  }

  #wait(): Promise<PostgresConnection> {
    if (this.#waiting.length >= mostWaiting) throw new StoreUnavailable('too many calls wait for the database')
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve: connection => {
          clearTimeout(timer)
          resolve(connection)
        },
        reject: problem => {
          clearTimeout(timer)
          reject(problem)
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(new StoreUnavailable('the database has no connection free'))
      }, waitMilliseconds)
      this.#waiting.push(waiting)
    })
  }

  #release(connection: PostgresConnection): void {
    if (connection.broken || this.#open > this.#settings.poolSize) return this.#discard(connection)
    const next = this.#waiting.shift()
    if (next) next.resolve(connection)
    else if (this.#closed) this.#discard(connection)
    else this.#idle.push(connection)
  }

  #discard(connection: PostgresConnection): void {
    void connection.close()
    this.#gone()
  }

  /** A place is free: who waits opens a connection of its own. */
  #gone(): void {
    this.#open--
    const next = this.#open < this.#settings.poolSize ? this.#waiting.shift() : undefined
    if (next) this.#openOne().then(next.resolve, next.reject)
    else if (this.#open === 0) for (const done of this.#drained.splice(0)) done()
  }
}
