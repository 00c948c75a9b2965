/** The store cannot be used, or not like this; the message says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
