import { sql } from 'kysely'
import { parseStatement, type RunnableStatement, shownRow, startStatement } from '../../../src/audit/lake/statement.ts'
import type { Store } from '../../../src/store/index.ts'
import type { JsonObject } from '../../../src/types/json.ts'

export const store = '0a1b2c3d-1111-4222-8333-0123456789ab'
export const otherStore = '0a1b2c3d-1111-4222-8333-0123456789ac'
export const now = Date.UTC(2026, 0, 15, 12, 0, 0)

let next = 0

/** Puts a record into the store as it is. */
export async function put(to: Store, record: JsonObject): Promise<void> {
  const at = Date.parse(String(record['eventTime']))
  await to.append('records', {
    eventId: String(record['eventID'] ?? `event-${next++}`),
    account: String(record['recipientAccountId'] ?? '123456789012'),
    region: 'us-east-1',
    at,
    eventName: String(record['eventName']),
    eventSource: String(record['eventSource']),
    username: null,
    accessKeyId: null,
    readOnly: 0,
    json: JSON.stringify(record),
  })
}

const events = (account: string) => ({
  query: sql`SELECT "at", "json" FROM "records" WHERE "account" = ${account} AND "scanned"(length("json"))`,
  storeArn: `store of ${account}`,
  accounts: [account],
  from: 0,
})

/** Compiles a statement over two event data stores: `$1` are the events of one account, `$2` those of another. */
export function compiled(statement: string, parameters: readonly string[] = []): RunnableStatement {
  const parsed = parseStatement(statement.replaceAll('$1', store).replaceAll('$2', otherStore), parameters)
  const stores = new Map([
    [store, events('123456789012')],
    [otherStore, events('210987654321')],
  ])
  return parsed.compile(stores, now)
}

/** Runs a statement, see `compiled`. */
export async function run(from: Store, statement: string, parameters: readonly string[] = []) {
  const runnable = compiled(statement, parameters)
  const result = await startStatement(from, runnable).result
  return { ...result, shown: result.rows.map(row => shownRow(row, runnable.outputs)), names: runnable.outputs.map(({ name }) => name) }
}

/** The values of a statement's rows, as they are shown. */
export const rows = async (from: Store, statement: string, parameters?: readonly string[]) =>
  (await run(from, statement, parameters)).shown.map(row => row.flatMap(pair => Object.values(pair)))
