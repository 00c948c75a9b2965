import { describe, expect, test } from 'vitest'
import { accountOfAccessKey, newAccessKeyId, newSecretAccessKey, uniqueId } from '../../src/identity/identifiers.ts'
import { random } from '../store/test-store.ts'

test.each([
  ['user', /^AIDA[A-Z2-7]{17}$/],
  ['role', /^AROA[A-Z2-7]{17}$/],
  ['group', /^AGPA[A-Z2-7]{17}$/],
  ['policy', /^ANPA[A-Z2-7]{17}$/],
  ['instanceProfile', /^AIPA[A-Z2-7]{17}$/],
] as const)('the unique id of a %s', (kind, form) => {
  const ids = Array.from({ length: 1000 }, () => uniqueId(kind, random))
  for (const id of ids) expect(id).toMatch(form)
  expect(new Set(ids).size).toBe(1000)
})

test('a secret access key has 40 characters', () => {
  expect(newSecretAccessKey(random)).toMatch(/^[A-Za-z0-9+/]{40}$/)
})

describe('an access key id', () => {
  test.each(['000000000001', '111122223333', '999999999999'])('tells its account, %s', account => {
    for (const kind of ['permanent', 'temporary'] as const) {
      const ids = Array.from({ length: 1000 }, () => newAccessKeyId(kind, account, random))
      for (const id of ids) expect(accountOfAccessKey(id)).toBe(account)
      expect(ids[0]).toMatch(kind === 'permanent' ? /^AKIA[A-Z2-7]{16}$/ : /^ASIA[A-Z2-7]{16}$/)
      expect(new Set(ids).size).toBe(1000)
    }
  })

  test('of AWS is read the same way', () => {
    // As its owner published it, with the account: awsteele.com, "AWS Access Key ID formats".
    expect(accountOfAccessKey('ASIAY34FZKBOKMUTVV7A')).toBe('609629065308')
  })

  test.each(['AKIAIOSFODNN7EXAMPLE', 'AKIA', 'AIDAY34FZKBOKMUTVV7A', 'ASIA1111111111111111', 'my-own-key', ''])(
    'that tells none: %s',
    id => {
      expect(accountOfAccessKey(id)).toBeUndefined()
    },
  )
})
