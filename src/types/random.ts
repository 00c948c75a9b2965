/** A source of randomness; production gives node:crypto's, tests a seeded one. */
export interface Random {
  /** @param size  how many bytes */
  bytes(size: number): Uint8Array
  /** A random UUID, version 4. */
  uuid(): string
}
