/**
 * A step from one shape of the database to the next: statements that SQLite and PostgreSQL both take, but for
 * `integer PRIMARY KEY AUTOINCREMENT`, a number that grows and is never given twice, which PostgreSQL calls an identity column.
 */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}
