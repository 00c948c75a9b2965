import { expect, test } from 'vitest'
import { BoundedCache } from '../../src/identity/bounded-cache.ts'

const made =
  (value: string, ...dependencies: string[]) =>
  async () => ({ value, dependencies })

test('keeps as many entries as it may, and forgets the least recently used', async () => {
  const cache = new BoundedCache<string>(3)
  for (const key of ['a', 'b', 'c']) await cache.load(key, made(key))
  cache.get('a')
  await cache.load('d', made('d'))
  expect(['a', 'b', 'c', 'd'].map(key => cache.get(key))).toEqual(['a', undefined, 'c', 'd'])
})

test('forgets what was made from something that changed, and nothing else', async () => {
  const cache = new BoundedCache<string>(10)
  await cache.load('a', made('a', 'user', 'policy'))
  await cache.load('b', made('b', 'policy'))
  await cache.load('c', made('c', 'other'))
  cache.invalidate(['policy', 'nobody depends on this'])
  expect(['a', 'b', 'c'].map(key => cache.get(key))).toEqual([undefined, undefined, 'c'])
  await cache.load('a', made('anew', 'user'))
  cache.invalidate(['policy'])
  expect(cache.get('a')).toBe('anew')
})

test('does not keep what was being made when something changed', async () => {
  const cache = new BoundedCache<string>(10)
  const value = await cache.load('a', async () => {
    cache.invalidate(['user'])
    return { value: 'may be stale', dependencies: ['user'] }
  })
  expect(value).toBe('may be stale')
  expect(cache.get('a')).toBeUndefined()
})

test('a failure is not kept', async () => {
  const cache = new BoundedCache<string>(10)
  await expect(cache.load('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await cache.load('a', made('a'))).toBe('a')
})
