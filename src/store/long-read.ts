import { type CompiledQuery, DummyDriver, Kysely, type RawBuilder, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { PostgresSettings } from './postgres/settings.ts'

/** A query in SQLite's SQL, whatever the store: long reads run on SQLite, over a copy of the events where they are kept elsewhere. */
export interface LongReadQuery extends Pick<CompiledQuery, 'sql' | 'parameters'> {
  /** The events that it looks at, at most. */
  readonly events: LongReadEvents
}

export interface LongReadEvents {
  readonly accounts: readonly string[]
  /** ARNs of the event data stores whose imported events it looks at. */
  readonly importedTo?: readonly string[]
  /** Epoch milliseconds. */
  readonly from: number
}

/** Knows SQLite's SQL, and asks nobody. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: database => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

export function compileLongRead(query: RawBuilder<unknown>, events: LongReadEvents): LongReadQuery {
  const { sql, parameters } = query.compile(compiler)
  return { sql, parameters, events }
}

/** A read that may look at every record there is: it runs beside everything else, and can be ended. */
export interface LongRead {
  readonly result: Promise<LongReadResult>
  /** Ends it as soon as may be; the result then rejects with a LongReadError `cancelled`. */
  cancel(): void
}

export interface LongReadResult {
  /** Rows as lists of values, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[]
  readonly counts: LongReadCounts
  readonly milliseconds: number
}

/** What the query counted on its way by `scanned(bytes)` and `matched(...)`. */
export interface LongReadCounts {
  readonly scanned: number
  readonly bytes: number
  readonly matched: number
}

export interface LongReadLimits {
  readonly milliseconds: number
  readonly rows: number
  /** Characters of all values of the rows together. */
  readonly characters: number
}

export type LongReadEnd = 'cancelled' | 'timed out' | 'too large' | 'failed'

/** Why a long read came to no result. */
export class LongReadError extends Error {
  readonly end: LongReadEnd
  constructor(end: LongReadEnd, message: string) {
    super(message)
    this.name = 'LongReadError'
    this.end = end
  }
}

/** Where the thread finds the events: in a file, or where it copies them from. */
export type LongReadSource = { readonly file: string } | CopiedEvents

/** Events that are copied before they are read: of the control store, and of the archive of records where there is one. */
export interface CopiedEvents {
  readonly copyOf: { readonly file: string } | { readonly postgres: PostgresSettings }
  /** The archive's address. */
  readonly archive: string | undefined
  readonly events: LongReadEvents
}

/** What the thread of a long read is given. */
export interface LongReadTask {
  readonly source: LongReadSource
  readonly sql: string
  readonly parameters: CompiledQuery['parameters']
  readonly limits: LongReadLimits
  /** One integer that is not 0 once the read is to end. */
  readonly stop: SharedArrayBuffer
}

/** What the thread answers. */
export type LongReadAnswer =
  | { readonly rows: unknown[][]; readonly counts: LongReadCounts; readonly milliseconds: number }
  | { readonly end: LongReadEnd; readonly message: string }
