import { describe, expect, test } from 'vitest'
import {
  CredentialsRefused,
  type NodeCredentials,
  refreshingCredentials,
  type RefreshingOptions,
} from '../../src/node/refreshing-credentials.ts'

/** A service that gives credentials of a life, and a clock that moves only when told. */
function service(lifeSeconds: number, more: Partial<RefreshingOptions> = {}) {
  const state = { now: 1_000_000_000_000, calls: 0, slept: [] as number[], failures: [] as Error[] }
  const options: RefreshingOptions = {
    now: () => state.now,
    sleep: async milliseconds => {
      state.slept.push(milliseconds)
      state.now += milliseconds
    },
    fetch: async key => {
      state.calls++
      const failure = state.failures.shift()
      if (failure) throw failure
      const expiresAt = state.now + lifeSeconds * 1000
      return { accessKeyId: `ASIA${key}${state.calls}`, secretAccessKey: 's', sessionToken: 't', expiresAt } satisfies NodeCredentials
    },
    callsPerSecond: 1_000,
    ...more,
  }
  return { state, credentials: refreshingCredentials(options) }
}

const refused = (code: string, status = 400) => new CredentialsRefused(status, code, 'no', 'id')

describe('credentials', () => {
  test('are fetched once, however many ask at once', async () => {
    const { state, credentials } = service(3_600)
    const all = await Promise.all(Array.from({ length: 50 }, () => credentials.get('a')))
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIAa1']))
    expect(state.calls).toBe(1)
  })

  test('are of their token alone', async () => {
    const { credentials } = service(3_600)
    expect((await credentials.get('a')).accessKeyId).toBe('ASIAa1')
    expect((await credentials.get('b')).accessKeyId).toBe('ASIAb2')
  })

  test.each([
    { life: 21_600, renewedAfter: 10_800 },
    { life: 86_400, renewedAfter: 10_800 },
    { life: 3_600, renewedAfter: 1_800 },
    { life: 20, renewedAfter: 10 },
  ])('of $life seconds are renewed after $renewedAfter', async ({ life, renewedAfter }) => {
    const { state, credentials } = service(life)
    await credentials.get('a')
    state.now += renewedAfter * 1000 - 1
    await credentials.get('a')
    expect(state.calls).toBe(1)
    state.now += 1
    expect((await credentials.get('a')).accessKeyId).toBe('ASIAa2')
  })

  test('never have less than half of their life left over a thousand requests', async () => {
    const { state, credentials } = service(60)
    for (let request = 0; request < 1_000; request++) {
      state.now += 7_000
      expect((await credentials.get('a')).expiresAt - state.now).toBeGreaterThan(30_000 - 1)
    }
  })

  test('that are kept are given out while the service fails, until they expire', async () => {
    const { state, credentials } = service(3_600)
    await credentials.get('a')
    state.now += 2_000_000
    state.failures = Array.from({ length: 100 }, () => new Error('away'))
    expect((await credentials.get('a')).accessKeyId).toBe('ASIAa1')
    state.now += 1_600_000
    await expect(credentials.get('a')).rejects.toThrow('away')
  })

  test.each(['ResourceNotFoundException', 'ExpiredTokenException', 'InvalidTokenException', 'AccessDeniedException'])(
    'are given out no more once the service answers %s, which is not asked twice',
    async code => {
      const { state, credentials } = service(3_600)
      await credentials.get('a')
      state.now += 2_000_000
      state.failures = [refused(code), refused(code)]
      await expect(credentials.get('a')).rejects.toMatchObject({ code })
      await expect(credentials.get('a')).rejects.toMatchObject({ code })
      expect(state.calls).toBe(3)
    },
  )

  test('are asked for again after failures that may pass, with longer pauses', async () => {
    const { state, credentials } = service(3_600)
    state.failures = [new Error('away'), refused('ThrottlingException', 429), refused('ServiceUnavailableException', 503)]
    expect((await credentials.get('a')).accessKeyId).toBe('ASIAa4')
    expect(state.slept).toEqual([100, 200, 400])
  })

  test('are fetched at the rate that the service is to have', async () => {
    const { state, credentials } = service(3_600, { callsPerSecond: 2 })
    const start = state.now
    for (let key = 0; key < 24; key++) await credentials.get(String(key))
    expect(state.now - start).toBeGreaterThanOrEqual(10_000)
  })

  test('are kept for a number of tokens; the oldest go', async () => {
    const { state, credentials } = service(3_600, { mostKept: 2 })
    for (const key of ['a', 'b', 'c', 'b', 'c']) await credentials.get(key)
    expect(state.calls).toBe(3)
    await credentials.get('a')
    expect(state.calls).toBe(4)
  })
})
