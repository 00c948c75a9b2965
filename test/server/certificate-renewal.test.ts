import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepRenewed } from '../../src/server/certificate-renewal.ts'

const hour = 3_600_000
const day = 24 * hour

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test('a certificate is replaced when it is time, again and again, and what fails is tried again', async () => {
  const replaced: number[] = []
  const problems: object[] = []
  let fails = true
  const timer = keepRenewed({
    renewAt: 60 * day,
    next: async () => {
      if (fails) throw new Error('the store is away')
      return { renewAt: Date.now() + 60 * day }
    },
    replace: () => void replaced.push(Date.now()),
    now: () => Date.now(),
    log: { error: facts => void problems.push(facts) },
  })
  await vi.advanceTimersByTimeAsync(60 * day - hour)
  expect({ replaced, problems }).toEqual({ replaced: [], problems: [] })
  await vi.advanceTimersByTimeAsync(2 * hour)
  expect(problems).toHaveLength(2)
  fails = false
  await vi.advanceTimersByTimeAsync(121 * day)
  expect(replaced.map(at => Math.floor(at / day))).toEqual([60, 120, 180])
  clearInterval(timer)
})
