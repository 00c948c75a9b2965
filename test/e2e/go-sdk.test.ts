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
  const { stdout } = await promisify(execFile)(join(clients, 'life-cycle'), [], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  seen = JSON.parse(stdout) as typeof seen
})

afterAll(() => discard(gatehouse))

/** An error's code, and that the SDK recognised it as the service's own type. */
const modeled = (code: string) => [code, true]

describe('the AWS SDK for Go 2, unmodified: an IAM and STS life cycle', () => {
  test.each([
    ['waiter', 'arn:aws:iam::111122223333:user/go/gopher-0'],
    ['profile waiter', 'arn:aws:iam::111122223333:instance-profile/gopher-profile'],
    ['nobody to wait for', true],
    ['created now', true],
    ['pages', [2, 2, 1]],
    ['exists', modeled('EntityAlreadyExists')],
    ['missing', modeled('NoSuchEntity')],
    ['delete attached', modeled('DeleteConflict')],
    ['assumed', 'arn:aws:sts::111122223333:assumed-role/gopher-role/burrow'],
    ['role lists', 5],
    ['role may not', modeled('AccessDenied')],
    ['session token lasts', 15],
    ['no cluster', modeled('ResourceNotFoundException')],
    ['left', 0],
  ])('%s', (what, expected) => {
    expect(seen[what]).toEqual(expected)
  })
})
