import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_GO_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_GO_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let seen: { readonly [what: string]: unknown }

beforeAll(async () => {
  gatehouse = await startGatehouse()
  const { stdout } = await promisify(execFile)(join(clients, 'eks-waiters'), [], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  seen = JSON.parse(stdout) as typeof seen
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
