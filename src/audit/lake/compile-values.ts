import { sql } from 'kysely'
import { compileExpression, type Surroundings } from './compile-expression.ts'
import { QueryProblem } from './query-problem.ts'
import type { SourceColumn } from './scope.ts'
import type { Expression, Values } from './syntax.ts'
import { alike, type Sql, structured, type Value } from './values.ts'

/**
 * Rows that are written in the statement. Trino documentation, "VALUES".
 * @param name  what they are called in SQL
 */
export function compileValues(
  { rows, columns: names, at }: Pick<Values, 'rows' | 'columns' | 'at'>,
  name: string,
  within: Surroundings,
): { readonly columns: readonly SourceColumn[]; readonly rows: Sql } {
  const width = (rows[0] as readonly Expression[]).length
  if (rows.some(row => row.length !== width)) throw new QueryProblem('Values rows have mismatched sizes', at)
  if (names.length > 0 && names.length !== width)
    throw new QueryProblem(`Column alias list has ${names.length} entries but relation has ${width} columns`, at)
  const values = rows.map(row => row.map(each => compileExpression(each, within)))
  const parts = Array.from({ length: width }, (_, index) =>
    alike(
      values.map(row => row[index] as Value),
      'VALUES',
      at,
    ),
  )
  const selects = rows.map((_row, row) => {
    const list = parts.map((part, index) => sql`${(part.values[row] as Value).sql} AS ${sql.raw(`"c${index}"`)}`)
    return sql`SELECT ${sql.join(list)}`
  })
  const columns = parts.map(({ type }, index) => ({
    name: names[index] ?? `_col${index}`,
    key: `${name}.${index}`,
    value: structured({ type, sql: sql.raw(`"${name}"."c${index}"`) }),
  }))
  return { columns, rows: sql.join(selects, sql` UNION ALL `) }
}
