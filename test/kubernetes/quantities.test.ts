import { describe, expect, test } from 'vitest'
import { canonicalQuantity } from '../../src/kubernetes/embedded/defaults/quantities.ts'

// Kubernetes API reference, "Quantity".
describe('quantities', () => {
  test.each([
    // No fraction is emitted, no digit lost, and the suffix is as large as it can be.
    ['1.5', '1500m'],
    ['1.5Gi', '1536Mi'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1e3', '1e3'],
    ['1000k', '1M'],
    ['-2.50', '-2500m'],
    ['000.000', '0'],
    ['0e999', '0'],
    // "Numbers larger or more precise will be capped or rounded up."
    ['0.1m', '1m'],
    ['0.0000000001', '1m'],
    ['1.0001', '1001m'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775807'],
    ['8Ei', '9223372036854775807'],
    ['1e999', '9223372036854775807'],
    ['1e-999', '1e-3'],
  ])('%s is %s', (text, canonical) => expect(canonicalQuantity(text, -3)).toBe(canonical))

  test.each(['', '.', 'one', '1 Gi', '1ki', '1e1000', '0x10', '1.5.2'])('%j is none', text =>
    expect(canonicalQuantity(text)).toBeUndefined(),
  )

  test('a million digits are not read', () => {
    expect(canonicalQuantity('9'.repeat(1_000_000))).toBe('9223372036854775807')
    expect(canonicalQuantity(`${'0'.repeat(1_000_000)}1`)).toBe('1')
    expect(canonicalQuantity(`0.${'0'.repeat(1_000_000)}1`, -3)).toBe('1m')
  })
})
