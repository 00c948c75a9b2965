import { sql } from 'kysely'
import type { Type } from './types.ts'
import { type Sql, structured, type Value } from './values.ts'

const column = (name: string, part: string): Sql => sql.raw(`"${name}"."${part}"`)

/** JSON text of an item that `json_each`, under a name of ours, gives. */
export const itemJson = (name: string): Sql => sql`(${column(name, 'json')} -> ${column(name, 'fullkey')})`

/** An item of an array that `json_each` gives. SQLite documentation, "JSON Functions And Operators", json_each. */
export function itemValue(name: string, type: Type): Value {
  if (type.name === 'json') return structured({ type, sql: itemJson(name) })
  if (type.name === 'varchar') {
    const text = sql`CASE ${column(name, 'type')} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(${column(name, 'atom')} AS TEXT) END`
    return { type, sql: sql`(${text})` }
  }
  return structured({ type, sql: column(name, 'value') })
}

/** Each item of an array, under a name of ours. */
export const eachOf = ({ json }: Value, name: string): Sql => sql`json_each(${json?.source}, ${json?.path}) AS ${sql.raw(`"${name}"`)}`

/** An array that is made of another: absent where that is. */
export const madeFrom = (array: Value, type: Type, made: Sql): Value =>
  structured({ type, sql: sql`(CASE WHEN ${array.sql} IS NOT NULL THEN (${made}) END)` })
