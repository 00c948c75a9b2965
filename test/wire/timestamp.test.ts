import { expect, test } from 'vitest'
import { formatBasicTimestamp, parseBasicTimestamp } from '../../src/wire/sigv4/timestamp.ts'

/** IAM User Guide, "Create a signed AWS API request": ISO 8601 basic format. */
test.each(['20260228T235959Z', '20240229T000000Z', '19691231T120000Z', '99991231T235959Z'])('%s is a time', text => {
  expect(formatBasicTimestamp(parseBasicTimestamp(text) as number)).toBe(text)
})

test.each([
  '20260229T000000Z',
  '20260431T000000Z',
  '20261301T000000Z',
  '20260001T000000Z',
  '20260100T000000Z',
  '20260101T240000Z',
  '20260101T006000Z',
  '20260101T000060Z',
  '00990101T000000Z',
  '20260101T000000',
  '2026-01-01T00:00:00Z',
  '20260101t000000z',
  '',
])('%s is none', text => {
  expect(parseBasicTimestamp(text)).toBeUndefined()
})
