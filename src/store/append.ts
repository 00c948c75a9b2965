/** Rows that tell more about the one that was appended, and name it by its number. */
export interface Dependents {
  readonly table: string
  /** The column that gets the number. */
  readonly column: string
  readonly rows: readonly object[]
}

/** One row for one table. */
export interface Append {
  readonly table: string
  readonly row: object
  readonly dependents?: Dependents | undefined
}

export interface AppendTask {
  readonly file: string
  readonly busyMilliseconds: number
}

type ColumnValue = string | number | bigint | null

interface Insert {
  readonly sql: string
  /** How many of the batch's values it takes. */
  readonly width: number
  /** Whether its first column gets the number of the row before. */
  readonly dependent: boolean
}

/** Rows for a thread, in three flat lists: copying a list of objects between threads costs more than inserting them. */
export interface AppendBatch {
  readonly inserts: readonly Insert[]
  /** Which insert each row is, dependents after their row. */
  readonly rows: readonly number[]
  readonly values: readonly ColumnValue[]
}

/** Why a row was refused. */
export interface AppendProblem {
  readonly code: string
  readonly message: string
}

/** What became of a batch: of all of it, or of each row; undefined for one that is durable. */
export type AppendAnswer = { readonly failed: AppendProblem } | { readonly outcomes: readonly (AppendProblem | undefined)[] }

/** Puts rows into a batch. Column names come from our own types. */
export function batchOf(appends: readonly Append[]): AppendBatch {
  const inserts: Insert[] = []
  const indexes = new Map<string, number>()
  const rows: number[] = []
  const values: ColumnValue[] = []
  const add = (table: string, row: object, link?: string) => {
    const key = `${table} ${Object.keys(row).join(' ')}`
    let index = indexes.get(key)
    if (index === undefined) {
      index = inserts.push(insertInto(table, Object.keys(row), link)) - 1
      indexes.set(key, index)
    }
    rows.push(index)
    for (const value of Object.values(row) as ColumnValue[]) values.push(value)
  }
  for (const { table, row, dependents } of appends) {
    add(table, row)
    if (dependents) for (const dependent of dependents.rows) add(dependents.table, dependent, dependents.column)
  }
  return { inserts, rows, values }
}

function insertInto(table: string, columns: readonly string[], link: string | undefined): Insert {
  const all = link === undefined ? columns : [link, ...columns]
  const sql = `INSERT INTO "${table}" (${all.map(name => `"${name}"`).join()}) VALUES (${all.map(() => '?').join()})`
  return { sql, width: columns.length, dependent: link !== undefined }
}
