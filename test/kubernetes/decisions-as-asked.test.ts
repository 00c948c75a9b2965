import { describe, expect, test } from 'vitest'
import type { ClusterDecision } from '../../src/kubernetes/decision-records.ts'
import { decisionsAsAsked } from '../../src/kubernetes/decisions-as-asked.ts'

const user = { username: 'alice', groups: [], extra: {} }
const attributes = { kind: 'nonResource', verb: 'get', path: '/' } as const
const taken: ClusterDecision = { webhook: 'token-review', user }
const refused: ClusterDecision = { webhook: 'token-review', refused: 'the token has expired', claimedAccessKeyId: undefined }
const allowed: ClusterDecision = { webhook: 'access-review', user, attributes, allowed: true, reason: 'EKS Access Policy' }
const noOpinion: ClusterDecision = { ...allowed, allowed: false, reason: '' }

describe('a decision is told as often as an API server would ask for it', () => {
  test.each([
    { what: 'a token that was taken', decision: taken, seconds: 120 },
    { what: 'a token that was refused', decision: refused, seconds: 30 },
    { what: 'a request that was allowed', decision: allowed, seconds: 300 },
    { what: 'a request that is left to RBAC', decision: noOpinion, seconds: 30 },
  ])('$what: once in $seconds seconds', async ({ decision, seconds }) => {
    let now = 0
    const told: ClusterDecision[] = []
    const tell = decisionsAsAsked(
      async each => void told.push(each),
      () => now,
    )
    for (const at of [0, seconds * 1000 - 1, seconds * 1000]) {
      now = at
      await tell(decision, 'the same')
      await tell(decision, ['another', at])
    }
    expect(told).toHaveLength(5)
  })

  test('what could not be recorded is told again', async () => {
    let broken = true
    const tell = decisionsAsAsked(
      async () => {
        if (broken) throw new Error('the disk is full')
      },
      () => 0,
    )
    await expect(tell(taken, 'token')).rejects.toThrow('the disk is full')
    broken = false
    await expect(tell(taken, 'token')).resolves.toBeUndefined()
  })

  test('no more are remembered than there is room for', async () => {
    let told = 0
    const tell = decisionsAsAsked(
      async () => void told++,
      () => 0,
    )
    for (let each = 0; each <= 10_000; each++) await tell(refused, each)
    await tell(refused, 10_000)
    expect(told).toBe(10_001)
    await tell(refused, 0)
    expect(told).toBe(10_002)
  })
})
