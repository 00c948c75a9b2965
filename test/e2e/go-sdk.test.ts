import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'
import { seenByGo } from './go-programs.ts'

let gatehouse: TestGatehouse
let seen: Awaited<ReturnType<typeof seenByGo>>

beforeAll(async () => {
  gatehouse = await startGatehouse()
  seen = await seenByGo('life-cycle', gatehouse)
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
