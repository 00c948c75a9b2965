import type { CompiledQuery } from 'kysely'

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

/** What the thread of a long read is given. */
export interface LongReadTask {
  readonly file: string
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
