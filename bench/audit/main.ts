// node bench/audit/main.ts [--records SMALL,LARGE] [--json]
// Records a second with full durability, pages of LookupEvents on histories of two sizes, and what recording costs GetCallerIdentity.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { appendRecord, findRecords, insertRecord, type RecordFilter } from '../../src/audit/records.ts'
import { openSqliteStore, type Store } from '../../src/store/index.ts'
import { recordingOverhead } from './overhead.ts'
import { account, fill, recordAt, region, spread } from './history.ts'

const { values } = parseArgs({
  options: { records: { type: 'string', default: '100000,1000000' }, json: { type: 'boolean', default: false } },
})
const sizes = values.records.split(',').map(Number)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-audit-'))

/** Calls a second of a task that many do at once, for some seconds. */
async function perSecond(concurrency: number, seconds: number, task: (n: number) => Promise<unknown>): Promise<number> {
  let done = 0
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < endsAt) await task(done++)
    }),
  )
  return Math.round(done / ((performance.now() - startedAt) / 1000))
}

async function writes(): Promise<object> {
  const store = await openSqliteStore(join(folder, 'writes.db'))
  let next = 0
  const record = () => ({ record: recordAt(next++, false), username: 'user' })
  const figures = {
    // A call that changed nothing: one row, a commit shared with those that wait.
    readsOneAtATime: await perSecond(1, 3, () => appendRecord(store, record())),
    readsOf64Callers: await perSecond(64, 3, () => appendRecord(store, record())),
    // A change with its record, in a unit of its own.
    changesOf64Callers: await perSecond(64, 3, () =>
      store.write(tx => insertRecord(tx, { record: recordAt(next++, true), username: 'user' })),
    ),
  }
  await store.close()
  return figures
}

const attributes: { readonly [name: string]: RecordFilter['attribute'] } = {
  none: undefined,
  frequentUsername: { key: 'Username', value: spread.frequentUser },
  rareUsername: { key: 'Username', value: spread.rareUser },
  accessKeyId: { key: 'AccessKeyId', value: spread.accessKey },
  frequentResource: { key: 'ResourceName', value: spread.frequentResource },
  resourceType: { key: 'ResourceType', value: 'AWS::IAM::Role' },
  eventId: { key: 'EventId', value: spread.eventId },
  eventName: { key: 'EventName', value: 'AssumeRole' },
  writes: { key: 'ReadOnly', value: 'false' },
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number

/** Milliseconds of a page of fifty, the median of many: the newest page, and one far back. */
async function pages(store: Store, count: number): Promise<{ [name: string]: number }> {
  const figures: { [name: string]: number } = {}
  const timed = async (name: string, filter: RecordFilter) => {
    const times = []
    for (let round = 0; round < 60; round++) {
      const startedAt = performance.now()
      const found = await store.read(tx => findRecords(tx, filter))
      times.push(performance.now() - startedAt)
      if (found.length === 0) throw new Error(`${name} found nothing: the figure would be of an empty page`)
    }
    figures[name] = Number(median(times).toFixed(3))
  }
  for (const [name, attribute] of Object.entries(attributes)) await timed(name, { account, region, attribute, limit: 51 })
  const middle = { at: spread.begun + Math.floor(count / 2) * spread.step, seq: Math.floor(count / 2) }
  await timed('farBack', { account, region, attribute: attributes['frequentUsername'], after: middle, limit: 51 })
  return figures
}

const lookups: { [records: string]: { [name: string]: number } } = {}
for (const count of sizes) {
  const file = join(folder, `${count}.db`)
  const startedAt = performance.now()
  await (await openSqliteStore(file)).close()
  fill(file, count)
  console.error(`${count} records in ${Math.round((performance.now() - startedAt) / 1000)} s`)
  const store = await openSqliteStore(file)
  lookups[count] = await pages(store, count)
  await store.close()
  rmSync(file)
}
const [small = {}, large = {}] = [lookups[sizes[0] as number], lookups[sizes.at(-1) as number]]
const growth = Object.fromEntries(Object.entries(large).map(([name, time]) => [name, Number((time / (small[name] as number)).toFixed(2))]))
const figures = { recordsPerSecond: await writes(), pageMilliseconds: lookups, growth, recording: await recordingOverhead() }
rmSync(folder, { recursive: true, force: true })
console.log(JSON.stringify(figures, undefined, values.json ? undefined : 2))
