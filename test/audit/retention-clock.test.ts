import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lookAtClock, nextRetentionClock, type RetentionClock } from '../../src/audit/retention-clock.ts'
import { openTestStore, type TestStore } from '../store/test-store.ts'

const hour = 3_600_000
const day = 24 * hour
const now = Date.UTC(2026, 0, 15, 12)
const believed: RetentionClock = { seen: now, believed: now }
const jumpedTo = (time: number): RetentionClock => ({ seen: time, believed: now, doubtedSince: time })

describe('what is deleted goes by a clock that is believed', () => {
  test.each([
    ['an hour that passed', believed, now + hour, hour, now + hour],
    ['a time server that mended some minutes', believed, now + hour + 600_000, hour, now + hour + 600_000],
    ['a jump of two hours while running', believed, now + 3 * hour, hour, now],
    ['a jump of a hundred days while running', believed, now + 100 * day, hour, now],
    ['six days away', believed, now + 6 * day, undefined, now + 6 * day],
    ['a start a hundred days later', believed, now + 100 * day, undefined, now],
    ['a jump that has gone on for an hour', jumpedTo(now + 100 * day), now + 100 * day + hour, hour, now],
    [
      'a jump that has gone on for a day',
      { ...jumpedTo(now + 100 * day), seen: now + 101 * day - hour },
      now + 101 * day,
      hour,
      now + 101 * day,
    ],
    ['another jump on top of one', jumpedTo(now + 100 * day), now + 500 * day, hour, now],
    ['a jump that was mended', jumpedTo(now + 100 * day), now + hour, hour, now + hour],
    ['a jump that was mended by half', jumpedTo(now + 100 * day), now + 50 * day, hour, now],
    ['a clock that is set back', believed, now - 30 * day, hour, now - 30 * day],
    ['a clock never seen before', undefined, now, undefined, 0],
  ])('%s', (_case, former, time, elapsed, expected) => {
    expect(nextRetentionClock(former, time, elapsed).believed).toBe(expected)
  })

  test('a jump that was mended by half is in doubt for a day from there', () => {
    const halfway = now + 50 * day
    expect(nextRetentionClock(jumpedTo(now + 100 * day), halfway, hour)).toEqual({ seen: halfway, believed: now, doubtedSince: halfway })
  })
})

describe('what was seen of the clock outlives a start', () => {
  let opened: TestStore
  beforeEach(async () => {
    opened = await openTestStore()
  })
  afterEach(() => opened.end())

  test('a new store deletes nothing for a day, then goes by its clock, and not by one that jumped while it was away', async () => {
    const look = async (time: number, elapsed?: number) => (await lookAtClock(opened.store, time, elapsed)).believed
    expect(await look(now)).toBe(0)
    for (let passed = hour; passed < day; passed += hour) expect(await look(now + passed, hour)).toBe(0)
    expect(await look(now + day, hour)).toBe(now + day)
    expect(await look(now + 400 * day)).toBe(now + day)
    expect(await look(now + 2 * day)).toBe(now + 2 * day)
  })
})
