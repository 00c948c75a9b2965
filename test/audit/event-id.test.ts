import { expect, test } from 'vitest'
import { eventIdAt } from '../../src/audit/event-id.ts'

test('an event id is a UUID of version 7 that begins with its time and keeps the rest random', () => {
  // RFC 9562, appendix A.6: the time of its example, 1645557742000, is 017F22E2-79B0.
  expect(eventIdAt(1_645_557_742_000, '0b1c2d3e-4f50-4cc3-98c4-dc0c0c07398f')).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

test('later ids sort after earlier ones, whatever their random parts', () => {
  const random = ['ffffffff-ffff-4fff-bfff-ffffffffffff', '00000000-0000-4000-8000-000000000000']
  const ids = Array.from({ length: 100 }, (_, n) => eventIdAt(1_700_000_000_000 + n * 977, random[n % 2] as string))
  expect(ids).toEqual(ids.toSorted())
})
