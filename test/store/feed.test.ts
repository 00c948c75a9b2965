import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FeedFollower, type FeedPage } from '../../src/store/feed.ts'
import type { Change } from '../../src/store/index.ts'

/** A feed as an engine shows it: changes become visible in the order that their units commit, not in that of their seqs. */
let visible: Change[]
let settled: number
let reads: number
let fault: Error | undefined
let hold: Promise<void> | undefined
let time: number
let told: number[]
let problems: unknown[]
let follower: FeedFollower

const change = (seq: number): Change => ({ seq, account: '111122223333', kind: 'user', id: `U${seq}` })
const commit = (seq: number) => visible.push(change(seq))

beforeEach(async () => {
  visible = []
  settled = 0
  reads = 0
  fault = undefined
  hold = undefined
  time = 0
  told = []
  problems = []
  follower = new FeedFollower({
    source: {
      last: async () => settled,
      async read(after): Promise<FeedPage> {
        reads++
        if (fault) throw fault
        const page = { changes: visible.filter(({ seq }) => seq > after).sort((a, b) => a.seq - b.seq), settled }
        await hold
        return page
      },
    },
    tell: changes => told.push(...changes.map(({ seq }) => seq)),
    pollMilliseconds: 3_600_000,
    boundMilliseconds: 5_000,
    keptMilliseconds: 60_000,
    clock: () => time,
    onProblem: problem => problems.push(problem),
  })
})
afterEach(() => follower.stop())

describe('each change is told once', () => {
  test('when its unit committed after one with a later seq', async () => {
    await follower.start()
    commit(2)
    await follower.catchUp()
    expect(told).toEqual([2])
    commit(1)
    commit(3)
    await follower.catchUp()
    settled = 3
    await follower.catchUp()
    await follower.catchUp()
    expect(told).toEqual([2, 1, 3])
  })

  test('when this process made it', async () => {
    await follower.start()
    follower.tellOwn([change(1)])
    commit(1)
    settled = 1
    await follower.catchUp()
    follower.tellOwn([change(1)])
    expect(told).toEqual([1])
  })

  test('when it came while the source was out of reach', async () => {
    await follower.start()
    fault = new Error('away')
    commit(1)
    await expect(follower.catchUp()).rejects.toThrow('away')
    fault = undefined
    await follower.catchUp()
    expect(told).toEqual([1])
  })

  test('and none of before the start', async () => {
    commit(1)
    settled = 1
    await follower.start()
    commit(2)
    await follower.catchUp()
    expect(told).toEqual([2])
  })
})

test('who catches up while a look goes on waits for one that began later, and shares it', async () => {
  await follower.start()
  let goOn = () => {}
  hold = new Promise(resolve => {
    goOn = resolve
  })
  const first = follower.catchUp()
  commit(1)
  const others = [follower.catchUp(), follower.catchUp()]
  goOn()
  await first
  expect(told).toEqual([])
  await Promise.all(others)
  expect(told).toEqual([1])
  expect(reads).toBe(2)
})

test('a follower is current for as long as its bound after its last look began', async () => {
  expect(follower.current).toBe(false)
  await follower.start()
  time = 5_000
  expect(follower.current).toBe(true)
  time = 5_001
  expect(follower.current).toBe(false)
  fault = new Error('away')
  follower.wake()
  await expect.poll(() => problems).toEqual([fault])
  expect(follower.current).toBe(false)
  fault = undefined
  await follower.catchUp()
  expect(follower.current).toBe(true)
})
