import { type RawBuilder, sql } from 'kysely'
import { compileLongRead, type LongReadLimits, type LongReadQuery, type Store } from '../store/index.ts'
import type { JsonObject } from '../types/json.ts'

/** Whose calls, and of when. */
export interface CallsOf {
  readonly account: string
  /** Of a user, or of a role for all its sessions. */
  readonly principalArn: string
  /** Epoch milliseconds, inclusive. */
  readonly from: number
  readonly to: number
  /** Absent for all. */
  readonly regions?: readonly string[]
}

const limits: LongReadLimits = { milliseconds: 5 * 60_000, rows: 500_000, characters: 512 * 1024 * 1024 }

/** Every record of a user's or a role's calls, data events too, oldest first; read beside everything else. @throws LongReadError */
export async function callsOf(store: Store, question: CallsOf): Promise<JsonObject[]> {
  const { rows } = await store.longRead(compiled(question), limits).result
  return rows.map(([json]) => JSON.parse(String(json)) as JsonObject)
}

function compiled({ account, principalArn, from, to, regions }: CallsOf): LongReadQuery {
  const whose = sql`coalesce(json_extract("json", '$.userIdentity.sessionContext.sessionIssuer.arn'), json_extract("json", '$.userIdentity.arn')) = ${principalArn}`
  const where = sql`"account" = ${account} AND "at" BETWEEN ${from} AND ${to} AND "scanned"(length("json")) AND ${whose}${
    regions ? sql` AND "region" IN (${sql.join(regions)})` : sql``
  }`
  const of = (table: string): RawBuilder<unknown> => sql`SELECT "json", "at" FROM ${sql.table(table)} WHERE ${where}`
  return compileLongRead(sql`SELECT "json" FROM (${of('records')} UNION ALL ${of('dataRecords')}) ORDER BY "at"`, {
    accounts: [account],
    from,
  })
}
