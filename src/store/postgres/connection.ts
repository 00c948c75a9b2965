import { createHash } from 'node:crypto'
import {
  type CompiledQuery,
  HandleEmptyInListsPlugin,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  replaceWithNoncontingentExpression,
} from 'kysely'
import { Client, type CustomTypesConfig, DatabaseError, types as pgTypes } from 'pg'
import { StoreUnavailable, UnstorableText } from '../store-error.ts'
import type { EngineDialect } from '../unit.ts'
import type { PostgresHost, PostgresSettings } from './settings.ts'

const adapter = new PostgresAdapter()
const compiler = new PostgresQueryCompiler()

/** SQL for PostgreSQL. SQLite takes `IN ()`, which PostgreSQL does not. */
export const postgresDialect: EngineDialect = {
  createAdapter: () => adapter,
  createQueryCompiler: () => compiler,
  createIntrospector: database => new PostgresIntrospector(database),
  plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
}

/** Counts and times are below 2^53: numbers, as SQLite gives them. The object ids are those of int8 and numeric. */
const parsers = new Map<number, (text: string) => unknown>([
  [20, Number],
  [1700, Number],
])
const types = {
  getTypeParser: (...[oid, format]: Parameters<typeof pgTypes.getTypeParser>) =>
    (format === 'binary' ? undefined : parsers.get(oid)) ?? pgTypes.getTypeParser(oid, format),
} as CustomTypesConfig

const connectMilliseconds = 3_000
/** A server that went away without a word: a connection waits this long for an answer. */
const queryMilliseconds = 15_000
/** How connections of versions call themselves that know one data key alone. */
export const applicationNameOfOneDataKey = 'gatehouse'
/** Tells them from this one, which knows several. */
const applicationName = 'gatehouse-2'
/** Statements that a connection keeps prepared. */
const mostStatements = 1_000

/**
 * What each session is told. A unit that sees a whole table conflicts with all who write to it, and PostgreSQL reads small tables as a whole unless
 * it is told not to. An acknowledged write is on the disk, whatever the server's default.
 * PostgreSQL documentation, "Serializable Isolation Level"; "synchronous_commit".
 */
const sessionSettings = `SELECT
  set_config('enable_seqscan', 'off', false),
  set_config('jit', 'off', false),
  set_config('statement_timeout', '${queryMilliseconds}', false),
  set_config('idle_in_transaction_session_timeout', '60000', false),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
  pg_is_in_recovery() AS "standby"`

/** One connection to a server that takes writes. Its queries go one after the other, however they are asked. */
export class PostgresConnection {
  readonly client: Client
  readonly #names = new Map<string, string>()
  #last: Promise<unknown> = Promise.resolve()
  /** Whether it broke, or may be in a state that nobody knows. */
  broken = false

  private constructor(client: Client) {
    this.client = client
    client.on('error', () => {
      this.broken = true
    })
    client.on('end', () => {
      this.broken = true
    })
  }

  /** @throws Error when the host cannot be reached, refuses, or is a standby */
  static async open({ host, port }: PostgresHost, { user, password, database, tls }: PostgresSettings): Promise<PostgresConnection> {
    const client = new Client({
      host,
      port,
      user,
      password,
      database,
      ssl: tls ?? false,
      types,
      keepAlive: true,
      connectionTimeoutMillis: connectMilliseconds,
      query_timeout: queryMilliseconds,
      application_name: applicationName,
    })
    const connection = new PostgresConnection(client)
    try {
      await client.connect()
      const { rows } = await client.query<{ standby: boolean }>(sessionSettings)
      if (rows[0]?.standby !== false) throw new Error('the server is a standby')
      return connection
    } catch (problem) {
      await connection.close()
      throw problem
    }
  }

  async execute<Row>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<QueryResult<Row>> {
    const name = this.#nameOf(sql)
    const result = await this.#inTurn(() => this.client.query({ text: sql, values: [...parameters], ...(name !== undefined && { name }) }))
    return { rows: result.rows as Row[], ...(result.rowCount !== null && { numAffectedRows: BigInt(result.rowCount) }) }
  }

  /** Runs statements without parameters, which begin or end transactions. @returns what the server says that it did */
  async command(sql: string): Promise<string | undefined> {
    const result = await this.#inTurn(() => this.client.query(sql))
    return result.command
  }

  async close(): Promise<void> {
    this.broken = true
    await this.client.end().catch(() => undefined)
  }

  /** What is sent does not wait for ever on a server that is gone: closes without goodbye. */
  cut(): void {
    this.broken = true
    ;(this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn
    try {
      return await turn
    } catch (problem) {
      // An answer that took too long may still come: nobody knows to which query the next one belongs.
      if (!isServerError(problem)) this.cut()
      // Its prepared statements are from before a migration: whoever comes next gets another connection.
      if (isStalePlan(problem)) this.broken = true
      throw asStoreError(problem)
    }
  }

  #nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined) return known
    if (this.#names.size >= mostStatements) return undefined
    const name = createHash('sha256').update(sql).digest('base64url')
    this.#names.set(sql, name)
    return name
  }
}

/** What the server said of a query; anything else is trouble with the connection. */
export const codeOf = (problem: unknown): string | undefined =>
  problem instanceof DatabaseError && typeof problem.code === 'string' ? problem.code : undefined

const isServerError = (problem: unknown): boolean => codeOf(problem) !== undefined

/** PostgreSQL says this of a prepared statement whose table has other columns now. */
export const isStalePlan = (problem: unknown): boolean => codeOf(problem) === '0A000' && /cached plan/.test((problem as Error).message)

/**
 * Classes 08, 53 and 57 are a server that is going away or full; 25006 is one that became a standby; 22021 is text that no column holds.
 * PostgreSQL documentation, "PostgreSQL Error Codes".
 */
function asStoreError(problem: unknown): unknown {
  const code = codeOf(problem)
  if (code === '22021') return new UnstorableText('text has a character that cannot be stored', code)
  if (code !== undefined && !/^(08|53|57)/.test(code) && code !== '25006') return problem
  return new StoreUnavailable(`the database cannot be used now: ${problem instanceof Error ? problem.message : String(problem)}`)
}
