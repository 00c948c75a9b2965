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

/** Loads that are answered when the test says so, counted. */
function slowLoads() {
  const answers: ((value: string) => void)[] = []
  const load = () =>
    new Promise<{ value: string; dependencies: string[] }>(resolve => {
      answers.push(value => resolve({ value, dependencies: ['user'] }))
    })
  return { answers, load }
}

test('those who ask while a value loads wait for the one load', async () => {
  const cache = new BoundedCache<string>(10)
  const { answers, load } = slowLoads()
  const asked = Promise.all([cache.load('a', load), cache.load('a', load), cache.load('a', load)])
  expect(answers).toHaveLength(1)
  answers[0]?.('once')
  expect(await asked).toEqual(['once', 'once', 'once'])
  expect(cache.get('a')).toBe('once')
})

test('nobody who asks after a change waits for a load from before it', async () => {
  const cache = new BoundedCache<string>(10)
  const { answers, load } = slowLoads()
  const before = cache.load('a', load)
  cache.invalidate(['user'])
  const after = [cache.load('a', load), cache.load('a', load)]
  expect(answers).toHaveLength(2)
  answers[1]?.('new')
  answers[0]?.('old')
  expect(await Promise.all([before, ...after])).toEqual(['old', 'new', 'new'])
  expect(cache.get('a')).toBe('new')
})

test('loads that the key does not tell apart share nothing when told to', async () => {
  const cache = new BoundedCache<string>(10)
  const { answers, load } = slowLoads()
  const good = cache.load('key', load, 'key good-token')
  const bad = cache.load('key', () => Promise.reject(new Error('bad token')), 'key bad-token')
  await expect(bad).rejects.toThrow('bad token')
  answers[0]?.('good')
  expect(await good).toBe('good')
})

test('a failure is for those who waited for it, and the next one loads anew', async () => {
  const cache = new BoundedCache<string>(10)
  let loads = 0
  const failing = () => {
    loads++
    return Promise.reject(new Error('no'))
  }
  const outcomes = await Promise.allSettled([cache.load('a', failing), cache.load('a', failing)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(loads).toBe(1)
  expect(await cache.load('a', made('a'))).toBe('a')
})
