import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LongReadError } from '../../src/store/index.ts'
import { openTestStore, type TestStore } from './test-store.ts'

const limits = { milliseconds: 60_000, rows: 1_000, characters: 100_000 }
/** Rows without an end: nothing but a limit stops it. */
const endless = `WITH RECURSIVE "n"("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "n" WHERE "scanned"(1))`

let opened: TestStore
beforeAll(async () => {
  opened = await openTestStore()
})
afterAll(() => opened.end())

const query = (sql: string, parameters: readonly unknown[] = []) => ({ sql, parameters, events: { accounts: [], from: 0 } }) as const
const endOf = (sql: string, given: Partial<typeof limits> = {}) =>
  opened.store.longRead(query(sql), { ...limits, ...given }).result.then(
    () => 'result',
    (problem: unknown) => (problem instanceof LongReadError ? problem.end : problem),
  )

test('a long read answers rows and counts', async () => {
  const { rows, counts } = await opened.store.longRead(query('SELECT ?, "lower"(?) WHERE "scanned"(5) AND "matched"()', [1n, 'A']), limits)
    .result
  expect(rows).toEqual([[1, 'a']])
  expect(counts).toEqual({ scanned: 1, bytes: 5, matched: 1 })
})

describe('a long read ends', () => {
  test('when it is cancelled', async () => {
    const read = opened.store.longRead(query(`${endless} SELECT max("n") FROM "n"`), limits)
    setTimeout(() => read.cancel(), 50)
    await expect(read.result).rejects.toMatchObject({ end: 'cancelled' })
  })

  test('when its time is over', async () => {
    expect(await endOf(`${endless} SELECT max("n") FROM "n"`, { milliseconds: 50 })).toBe('timed out')
  })

  test('when a regular expression does not come to an end by itself', async () => {
    const slow = `SELECT "regexp_like"('${'a'.repeat(60)}!', '^(a+)+$')`
    expect(await endOf(slow, { milliseconds: 50 })).toBe('timed out')
  })

  test('when its result has too many rows, or is too long', async () => {
    expect(await endOf(`${endless} SELECT "n" FROM "n"`, { rows: 10 })).toBe('too large')
    expect(await endOf(`SELECT printf('%.*c', 200000, 'x')`)).toBe('too large')
  })

  test('with what the database says', async () => {
    expect(await endOf('SELECT * FROM "nothing"')).toBe('failed')
  })
})

test('a long read cannot write', async () => {
  const written = opened.store.longRead(query(`INSERT INTO "settings" VALUES ('a', 'b') RETURNING 1`), limits).result
  await expect(written).rejects.toMatchObject({ end: 'failed', message: expect.stringContaining('readonly') })
})

test('writers do not wait for a long read', async () => {
  const read = opened.store.longRead(query(`${endless} SELECT max("n") FROM "n"`), limits)
  const ended = read.result.catch(() => 'ended')
  await opened.store.write(tx => tx.insertInto('settings').values({ name: 'written', value: 'meanwhile' }).execute())
  read.cancel()
  expect(await ended).toBe('ended')
})
