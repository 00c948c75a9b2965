// node bench/audit/lake.ts [--records 100000] [--json]
// Statements of CloudTrail Lake over a history, beside a program that reads the same records as JSON lines.
import Sqlite from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseStatement, startStatement } from '../../src/audit/lake/statement.ts'
import { storedEvents } from '../../src/audit/lake/stored-events.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { account, fill } from './history.ts'

const { values } = parseArgs({ options: { records: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } } })
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-lake-'))
const file = join(folder, 'history.db')
const id = '0a1b2c3d-1111-4222-8333-0123456789ab'

interface Event {
  readonly eventName: string
  readonly eventSource: string
  readonly userIdentity: { readonly accessKeyId?: string }
}

/** What each statement asks, and the same as a program. */
const questions: { readonly [name: string]: { readonly statement: string; readonly program: (events: readonly Event[]) => number } } = {
  filter: {
    statement: `SELECT eventID FROM ${id} WHERE eventName = 'AssumeRole' LIMIT 100000`,
    program: events => events.filter(({ eventName }) => eventName === 'AssumeRole').length,
  },
  group: {
    statement: `SELECT eventSource, eventName, count(*) AS n FROM ${id} GROUP BY eventSource, eventName ORDER BY n DESC`,
    program: events => new Set(events.map(({ eventSource, eventName }) => `${eventSource} ${eventName}`)).size,
  },
  distinct: {
    statement: `SELECT count(DISTINCT userIdentity.accessKeyId) FROM ${id}`,
    program: events => Number(new Set(events.map(({ userIdentity }) => userIdentity.accessKeyId)).size > 0),
  },
}

async function ask(statement: string) {
  const store = await openSqliteStore(file)
  try {
    const windows = [
      { source: 'records', afterSeq: 0, untilSeq: null, selectors: [{ fields: [{ field: 'eventCategory', equals: ['Management'] }] }] },
    ] as const
    const events = storedEvents({ storeArn: id, accounts: [account], from: 0, windows })
    const runnable = parseStatement(statement).compile(new Map([[id, events]]), Date.now())
    const { rows, counts, milliseconds } = await startStatement(store, runnable).result
    return { rows: rows.length, scanned: counts.scanned, milliseconds }
  } finally {
    await store.close()
  }
}

/** The baseline: every record read and parsed, and the question asked of objects. */
function readAll(program: (events: readonly Event[]) => number) {
  const database = new Sqlite(file, { readonly: true })
  const startedAt = performance.now()
  const lines = database.prepare<[], string>('SELECT "json" FROM "records"').pluck().all()
  const rows = program(lines.map(line => JSON.parse(line) as Event))
  database.close()
  return { rows, milliseconds: Math.round(performance.now() - startedAt) }
}

const store = await openSqliteStore(file)
await store.close()
fill(file, Number(values.records))
const figures: { [name: string]: object } = {}
for (const [name, { statement, program }] of Object.entries(questions)) {
  const lake = await ask(statement)
  const baseline = readAll(program)
  if (lake.rows !== baseline.rows) throw new Error(`${name}: ${lake.rows} rows, the program finds ${baseline.rows}`)
  figures[name] = {
    ...lake,
    recordsPerSecond: Math.round((lake.scanned / Math.max(lake.milliseconds, 1)) * 1000),
    programMilliseconds: baseline.milliseconds,
  }
}
rmSync(folder, { recursive: true })
if (values.json) console.log(JSON.stringify(figures))
else console.table(figures)
