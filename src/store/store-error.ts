/** The store cannot be used, or not like this; the message says what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  /** SQLite's code, when it is SQLite that refused. */
  readonly code: string

  constructor(message: string, code = '') {
    super(message)
    this.code = code
  }
}

/** The store cannot be reached, or is too busy, for now: the same may succeed a moment later. */
export class StoreUnavailable extends StoreError {
  override readonly name = 'StoreUnavailable'
}

/** Text with the character U+0000, which PostgreSQL holds in no column. PostgreSQL documentation, "Character Types". */
export class UnstorableText extends StoreError {
  override readonly name = 'UnstorableText'
}
