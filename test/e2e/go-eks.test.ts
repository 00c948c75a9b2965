import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'
import { seenByGo } from './go-programs.ts'

let gatehouse: TestGatehouse
let seen: Awaited<ReturnType<typeof seenByGo>>

beforeAll(async () => {
  gatehouse = await startGatehouse()
  seen = await seenByGo('eks-waiters', gatehouse)
})

afterAll(() => discard(gatehouse))

describe("the AWS SDK for Go 2, unmodified: EKS's waiters, of an EKS Auto Mode cluster and what it has", () => {
  test.each([
    ['cluster', 'ACTIVE'],
    ['security group', expect.stringMatching(/^sg-[0-9a-f]{17}$/)],
    ['pools', ['system']],
    ['node entry', 'EC2'],
    ['node group', 'ACTIVE'],
    ['Fargate profile', 'ACTIVE'],
    ['add-on', 'ACTIVE'],
    ['in use', true],
    ['no cluster to wait for', true],
    ['gone', true],
  ])('%s', (what, expected) => {
    expect(seen[what]).toEqual(expected)
  })
})
