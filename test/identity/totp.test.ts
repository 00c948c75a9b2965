import { expect, test } from 'vitest'
import { base32, codeOf, stepAt, stepOfCode } from '../../src/identity/totp.ts'

const seed = Buffer.from('12345678901234567890')

// RFC 6238, appendix B: the last six digits of its eight.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('the code at second %i is %s', (second, code) => {
  expect(codeOf(seed, stepAt(second * 1000))).toBe(code)
})

test('a code counts within its window, and not at or before the last used step', () => {
  const step = stepAt(59_000)
  expect(stepOfCode(seed, '287082', step + 1, 1, 0)).toBe(step)
  expect(stepOfCode(seed, '287082', step + 2, 1, 0)).toBeUndefined()
  expect(stepOfCode(seed, '287082', step, 1, step)).toBeUndefined()
})

// RFC 4648, section 10.
test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base 32 of "%s" is "%s"', (text, encoded) => {
  expect(base32(Buffer.from(text))).toBe(encoded)
})
