import type { Client, types } from 'cassandra-driver'
import { StoreUnavailable } from '../store-error.ts'
import type { CassandraSettings } from './settings.ts'
import { schemaOf } from './tables.ts'

export interface Statement {
  readonly query: string
  readonly params: readonly unknown[]
}

/** The driver is loaded by those who use it. */
const loadDriver = async () => (await import('cassandra-driver')).default

/** Requests under way at once. */
const concurrencyLevel = 256
const readMilliseconds = 10_000

/** A connection that is made when it is first needed, and made again after it could not be. */
export class CassandraConnection {
  readonly #settings: CassandraSettings
  #connected: Promise<Client> | undefined

  constructor(settings: CassandraSettings) {
    this.#settings = settings
  }

  /** Rows of a query that a quorum answered. @throws StoreUnavailable */
  async rows(query: string, params: readonly unknown[]): Promise<types.Row[]> {
    return this.#with(async client => (await client.execute(query, [...params])).rows)
  }

  /** All rows of a query, some at a time. */
  async eachPage(query: string, params: readonly unknown[], page: (rows: readonly types.Row[]) => void): Promise<void> {
    await this.#with(async client => {
      let state: string | undefined
      do {
        const result: types.ResultSet = await client.execute(query, [...params], state === undefined ? {} : { pageState: state })
        page(result.rows)
        state = result.pageState ?? undefined
      } while (state !== undefined)
    })
  }

  /** Runs statements that may run again; resolves when a quorum has each. @throws StoreUnavailable */
  async all(statements: readonly Statement[]): Promise<void> {
    await this.batches(statements.map(statement => [statement]))
  }

  /**
   * Runs statements that may run again, together where they write to one partition: one mutation of its replicas, which costs about as much as one of its statements.
   * Apache Cassandra documentation, "BATCH": UNLOGGED.
   * @param batches  each of one partition, smaller than batch_size_warn_threshold
   */
  async batches(batches: readonly (readonly Statement[])[]): Promise<void> {
    await this.#with(async client => {
      let next = 0
      const some = async () => {
        for (let batch = batches[next++]; batch; batch = batches[next++]) {
          const [{ query, params } = { query: '', params: [] }, ...more] = batch
          if (more.length === 0) await client.execute(query, [...params])
          else
            await client.batch(
              batch.map(statement => ({ query: statement.query, params: [...statement.params] })),
              { prepare: true, logged: false },
            )
        }
      }
      const untilOneFails = () =>
        some().catch(problem => {
          next = batches.length
          throw problem
        })
      await Promise.all(Array.from({ length: concurrencyLevel }, untilOneFails))
    })
  }

  async close(): Promise<void> {
    const connected = await this.#connected?.catch(() => undefined)
    await connected?.shutdown()
  }

  async #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      this.#connected ??= connect(this.#settings)
      const connected = await this.#connected.catch(problem => {
        this.#connected = undefined
        throw problem
      })
      return await work(connected)
    } catch (problem) {
      throw new StoreUnavailable(`the archive of records does not answer: ${(problem as Error).message}`)
    }
  }
}

async function connect(settings: CassandraSettings): Promise<Client> {
  const driver = await loadDriver()
  const { contactPoints, dataCenter, user, password, tls, keyspace } = settings
  const client = new driver.Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCenter,
    ...(user !== undefined && { credentials: { username: user, password: password ?? '' } }),
    ...(tls && { sslOptions: tls }),
    encoding: { useBigIntAsLong: true },
    queryOptions: { consistency: driver.types.consistencies.localQuorum, prepare: true, isIdempotent: true },
    socketOptions: { readTimeout: readMilliseconds },
  })
  try {
    await client.connect()
    // A role that may not make tables finds them made.
    const { rows } = await client.execute(`SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?`, [keyspace])
    if (rows.length < 3) for (const statement of schemaOf(settings)) await client.execute(statement, [], { prepare: false })
    return client
  } catch (problem) {
    await client.shutdown()
    throw problem
  }
}
