import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let seen: { readonly [what: string]: unknown }

beforeAll(async () => {
  gatehouse = await startGatehouse()
  const { stdout } = await promisify(execFile)(join(clients, 'python'), [join(root, 'test/e2e/programs/life_cycle.py')], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  seen = JSON.parse(stdout) as typeof seen
})

afterAll(() => discard(gatehouse))

const denied = 'User: arn:aws:sts::111122223333:assumed-role/reader/visit is not authorized to perform: iam:ListUsers'
const badToken = 'The security token included in the request is invalid.'

describe('boto3, unmodified', () => {
  test.each([
    ['pages', [['user-0', 'user-1', 'user-2'], ['user-3', 'user-4', 'user-5'], ['user-6']]],
    ['exists', ['EntityAlreadyExists', 'User with name USER-0 already exists.', 409]],
    ['missing', ['NoSuchEntity', 'The user with name nobody cannot be found.', 404]],
    ['malformed', ['MalformedPolicyDocument', expect.any(String), 400]],
    ['invalid', ['ValidationError', expect.stringMatching(/^The specified value for userName is invalid\./), 400]],
    ['trust returned as an object', true],
    ['assumed', 'arn:aws:sts::111122223333:assumed-role/reader/visit'],
    ['packed', true],
    ['session may', 'user-0'],
    [
      'session may not',
      ['AccessDenied', expect.stringMatching(`^${denied}.*because no session policy allows the iam:ListUsers action$`), 403],
    ],
    ['too long', ['ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.', 400]],
    ['no such role', ['AccessDenied', expect.stringContaining('is not authorized to perform: sts:AssumeRole'), 403]],
    ['wrong secret', ['SignatureDoesNotMatch', expect.stringContaining('The request signature we calculated does not match'), 403]],
    ['wrong token', ['InvalidClientTokenId', badToken, 403]],
    ['no token', ['InvalidClientTokenId', badToken, 403]],
    ['unknown key', ['InvalidClientTokenId', badToken, 403]],
    ['other region', ['InvalidSignatureException', 'Credential should be scoped to a valid region.', 403]],
    ['unknown key, JSON', ['UnrecognizedClientException', badToken, 403]],
    ['no cluster', ['ResourceNotFoundException', 'No cluster found for name: none.', 404]],
    ['not built', ['UnsupportedOperationException', expect.stringContaining('gatehouse coverage'), 400]],
    ["deleted role's session", ['InvalidClientTokenId', badToken, 403]],
  ])('%s', (what, expected) => {
    expect(seen[what]).toEqual(expected)
  })
})
