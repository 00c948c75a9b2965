/** A step from one shape of the database to the next: statements that SQLite and PostgreSQL both take. */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}
