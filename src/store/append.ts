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
}

type ColumnValue = string | number | bigint | null

interface Insert {
  readonly sql: string
  /** How many of the batch's values it takes. */
  readonly width: number
  /** `first` begins what is there as a whole or not at all, `joined` goes on with it; of a `dependent` row the first column gets the number of the row before. */
  readonly place: 'first' | 'joined' | 'dependent'
}

/** Rows for a thread, in three flat lists: copying a list of objects between threads costs more than inserting them. */
export interface AppendBatch {
  readonly inserts: readonly Insert[]
  /** Which insert each row is, those that belong together after one another. */
  readonly rows: readonly number[]
  readonly values: readonly ColumnValue[]
}

/** Why a row was refused. */
export interface AppendProblem {
  readonly code: string
  readonly message: string
}

/**
 * What became of a batch: of all of it, or of each group, undefined for what is committed and on the disk. `shared` is how many groups shared the commit, told once a
 * commit. `unsynced` is committed, and the disk failed.
 */
export type AppendAnswer =
  | { readonly failed: AppendProblem }
  | { readonly unsynced: AppendProblem }
  | { readonly outcomes: readonly (AppendProblem | undefined)[]; readonly shared: number }

/** Puts rows into a batch, those of each group to be there together. Column names come from our own types. */
export function batchOf(groups: readonly (readonly Append[])[]): AppendBatch {
  const inserts: Insert[] = []
  const indexes = new Map<string, number>()
  const rows: number[] = []
  const values: ColumnValue[] = []
  const add = (place: Insert['place'], table: string, row: object, link?: string) => {
    const key = `${place} ${table} ${Object.keys(row).join(' ')}`
    let index = indexes.get(key)
    if (index === undefined) {
      index = inserts.push(insertInto(place, table, Object.keys(row), link)) - 1
      indexes.set(key, index)
    }
    rows.push(index)
    for (const value of Object.values(row) as ColumnValue[]) values.push(value)
  }
  for (const group of groups)
    for (const [index, { table, row, dependents }] of group.entries()) {
      add(index === 0 ? 'first' : 'joined', table, row)
      if (dependents) for (const dependent of dependents.rows) add('dependent', dependents.table, dependent, dependents.column)
    }
  return { inserts, rows, values }
}

function insertInto(place: Insert['place'], table: string, columns: readonly string[], link: string | undefined): Insert {
  const all = link === undefined ? columns : [link, ...columns]
  const sql = `INSERT INTO "${table}" (${all.map(name => `"${name}"`).join()}) VALUES (${all.map(() => '?').join()})`
  return { sql, width: columns.length, place }
}
