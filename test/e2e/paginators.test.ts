import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let seen: { readonly [operation: string]: { readonly same: boolean; readonly items: number; readonly pages: number } }

beforeAll(async () => {
  gatehouse = await startGatehouse()
  const { stdout } = await promisify(execFile)(join(clients, 'python'), [join(root, 'test/e2e/programs/paginators.py')], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  seen = JSON.parse(stdout) as typeof seen
})

afterAll(() => discard(gatehouse))

test('every paginator of boto3 for IAM gives with an item a page what it gives in one', () => {
  const others = Object.entries(seen).filter(([, { same, items, pages }]) => !same || pages !== items || items < 2)
  // An account has one alias.
  expect(others).toEqual([['ListAccountAliases', { same: true, items: 1, pages: 1 }]])
  expect(Object.keys(seen).length).toBeGreaterThan(30)
})
