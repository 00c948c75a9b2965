import type { Insertable, Kysely } from 'kysely'
import type { Append } from './append.ts'
import type { Database } from './database.ts'
import type { LongRead, LongReadLimits, LongReadQuery } from './long-read.ts'
import type { RecordArchive } from './record-archive.ts'
import type { RecordSource } from './tables/trails.ts'

/** How every room reads and writes: `tx.selectFrom('accessKeys')...`. */
export type Transaction = Kysely<Database>

/** One line of the change feed. */
export interface Change {
  readonly seq: number
  readonly account: string
  /** What changed: `user`, `role`, `policy`, `accessKey`, `cluster`, ... */
  readonly kind: string
  readonly id: string
}

/** The one way to state. Engines stand behind it. */
export interface Store {
  /** Reads committed data as it was at one moment, that of the first query; never waits for writers. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * One atomic unit: all of it is durable when the promise resolves, none of it when it rejects.
   * Must not be called from inside another unit, nor wait for the network inside one: others wait for it. May run more than once where engines let units
   * meet, so nothing that it does outside its transaction counts before the promise resolves.
   */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Appends one row that stands for itself, such as the record of a call that changed nothing; durable when the promise resolves.
   * Shares its commit with all that are appended at the time, at a fraction of a unit's cost.
   */
  append<Table extends keyof Database>(table: Table, row: Insertable<Database[Table]>): Promise<void>
  /** The same for rows that are there together or not at all, such as the records that one call leaves. */
  appendTogether(appends: readonly Append[]): Promise<void>
  /**
   * Starts a query that may look at every record, in a thread of its own: neither readers nor writers wait for it.
   * It has the functions of sqlite-functions.ts, and counts by `scanned(bytes)` and `matched(...)`.
   */
  longRead(query: LongReadQuery, limits: LongReadLimits): LongRead
  /** Gives up to so many free pages back to the system, between units. @returns whether there is more to give */
  releaseSpace(pages: number): Promise<boolean>
  /** The seq of a table of records up to which none is still to come: whoever goes through them by seq stops there, and goes on from there. */
  settledSeq(table: RecordSource): Promise<number>
  /** Tells of changes after their commit, in order. @returns a function that ends it */
  onChange(listener: (changes: readonly Change[]) => void): () => void
  /** Whether changes made elsewhere were heard of recently enough to decide by what caches hold. */
  isCurrent(): boolean
  /** Whether other nodes write to the same database. */
  readonly shared: boolean
  /** Where records go that the control store need not hold any more; absent where it holds all. */
  readonly archive?: RecordArchive
  /** Whether this node does what one node at a time may do, such as deliveries. */
  leads(): Promise<boolean>
  /** How many connections there are of versions that know one data key alone. */
  olderConnections(): Promise<number>
  close(): Promise<void>
}

/** Appends to the change feed, in the transaction of the change itself, so that caches cannot miss it. */
export async function recordChange(tx: Transaction, change: { account: string; kind: string; id: string; at: number }): Promise<void> {
  const { seq } = await tx.insertInto('changes').values(change).returning('seq').executeTakeFirstOrThrow()
  const { account, kind, id } = change
  const known = made.get(tx)
  if (known) known.push({ seq, account, kind, id })
  else made.set(tx, [{ seq, account, kind, id }])
}

const made = new WeakMap<Transaction, Change[]>()

/** The changes that were recorded in a transaction. */
export const changesMadeIn = (tx: Transaction): readonly Change[] => made.get(tx) ?? []

/** The last record of a table as it stands in a transaction; 0 for none. */
export async function lastSeq(tx: Transaction, table: RecordSource): Promise<number> {
  const row = await tx.selectFrom(table).select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq ?? 0
}
