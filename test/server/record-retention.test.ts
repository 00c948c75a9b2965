import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { buildRecord, type RecordFacts } from '../../src/audit/record.ts'
import { insertRecord } from '../../src/audit/records.ts'
import type { Log } from '../../src/server/log.ts'
import { startRecordRetention } from '../../src/server/record-retention.ts'
import { openSecrets, type OpenedSecrets, type Store } from '../../src/store/index.ts'
import { openTestStore, type TestStore } from '../store/test-store.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2026, 0, 15, 12)

let opened: TestStore
let secrets: OpenedSecrets
let now = start
const problems: unknown[] = []
const log = { error: (facts: object) => void problems.push(facts), warn: () => {}, info: () => {}, debug: () => {} } as unknown as Log
const retention = (store: Store) => startRecordRetention({ store, secrets, now: () => now, log }, { historyDays: 90, pastDays: 0 })

beforeEach(async () => {
  opened = await openTestStore()
  secrets = await openSecrets(opened.store, opened.masterKey)
  now = start
  problems.length = 0
  // The hours pass at once; the waits between units, which are the platform's own, do not.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await opened.end()
})

async function put(eventId: string, daysAgo: number): Promise<void> {
  const facts = {
    eventId,
    at: now - daysAgo * day,
    eventSource: 'iam.amazonaws.com',
    eventName: 'GetUser',
    region: 'us-east-1',
    account: '123456789012',
    userIdentity: { type: 'IAMUser' },
    sourceIp: '203.0.113.7',
    userAgent: 'test',
    readOnly: true,
    requestParameters: null,
    responseElements: null,
  } as RecordFacts
  await opened.store.write(tx => insertRecord(tx, { record: buildRecord(facts), username: undefined }))
}
const left = async () =>
  (await opened.store.read(tx => tx.selectFrom('records').select('eventId').orderBy('seq').execute())).map(({ eventId }) => eventId)

/** Waits, a bounded time, until it is so. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !(await holds()); tries++) await wait(20)
  expect(await holds()).toBe(true)
}
/** Lets a run begin that is due after so long, and end. */
async function pass(milliseconds: number, store: { runs: number }): Promise<void> {
  const before = store.runs
  await vi.advanceTimersByTimeAsync(milliseconds)
  // The next run is due as soon as this one has ended.
  await until(() => store.runs > before && vi.getTimerCount() === 1)
}
/** The store, counting the runs that ask it whether it leads. */
function counted(leads: () => Promise<boolean> = async () => true): Store & { runs: number } {
  return Object.assign(Object.create(opened.store) as Store, {
    runs: 0,
    async leads(this: { runs: number }) {
      this.runs++
      return leads()
    },
  })
}
/** A clock that was seen a day before is believed. */
async function seenClock(): Promise<void> {
  const store = counted()
  const first = retention(store)
  await pass(minute, store)
  await first.stop()
  now += day + hour
}

test('nothing goes on the first day of a database; after it, what is older than the history, an hour after the other', async () => {
  await put('old', 100)
  await seenClock()
  expect(await left()).toEqual(['old'])
  await put('young', 80)
  const store = counted()
  const running = retention(store)
  expect(store.runs).toBe(0)
  await pass(minute, store)
  expect(await left()).toEqual(['young'])
  await put('as-old', 100)
  await vi.advanceTimersByTimeAsync(hour - minute)
  expect(await left()).toEqual(['young', 'as-old'])
  await pass(hour, store)
  expect(await left()).toEqual(['young'])
  await running.stop()
  await put('later', 100)
  await vi.advanceTimersByTimeAsync(5 * hour)
  expect(await left()).toEqual(['young', 'later'])
  expect(problems).toEqual([])
})

test('a node that does not lead deletes nothing', async () => {
  await seenClock()
  await put('old', 100)
  const store = counted(async () => false)
  const running = retention(store)
  await pass(minute, store)
  await running.stop()
  expect(await left()).toEqual(['old'])
})

test('a run that fails is logged, and the next one does what it left', async () => {
  await seenClock()
  await put('old', 100)
  let works = false
  const store = counted(async () => {
    if (!works) throw new Error('away')
    return true
  })
  const running = retention(store)
  await pass(minute, store)
  expect(problems).toHaveLength(1)
  works = true
  await pass(hour, store)
  expect(await left()).toEqual([])
  await running.stop()
})
