import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_JAVA_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_JAVA_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
let gatehouse: TestGatehouse
let seen: { readonly [what: string]: string }

beforeAll(async () => {
  gatehouse = await startGatehouse()
  const { AWS_CA_BUNDLE: authority = '', ...environment } = gatehouse.environment
  // Java knows no AWS_CA_BUNDLE: it trusts what its trust store holds.
  const store = join(gatehouse.data, 'trust.p12')
  const keystore = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit']
  await execute('keytool', ['-importcert', '-noprompt', '-alias', 'gatehouse', '-file', authority, ...keystore])
  const trust = [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit']
  const { stdout } = await execute('java', [...trust, '-cp', `${clients}/classes:${clients}/lib/*`, 'gatehouse.LifeCycle'], {
    env: { ...withoutAws(process.env), ...environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  seen = Object.fromEntries(stdout.split('\n').map(line => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
})

afterAll(() => discard(gatehouse))

describe('the AWS SDK for Java 2, unmodified: an IAM and STS life cycle', () => {
  test.each([
    ['waiter', 'arn:aws:iam::111122223333:user/java/bean-0'],
    ['pages', '2 2 1'],
    ['exists', 'EntityAlreadyExists 409 true'],
    ['missing', 'NoSuchEntity 404 true'],
    ['nobody to wait for', 'The waiter has exceeded the max retry attempts: 2'],
    ['role of a profile', 'DeleteConflict 409 true'],
    ['sixth version', 'LimitExceeded 409 true'],
    ['policy', 'v5 1 1'],
    ['malformed', 'MalformedPolicyDocument 400 true'],
    ['federated', 'arn:aws:sts::111122223333:federated-user/bean'],
    ['federated users call no IAM', 'InvalidClientTokenId 403 true'],
    ['assumed', 'arn:aws:sts::111122223333:assumed-role/bean-role/pod'],
    ['role lists', '5'],
    ['role may not', 'AccessDenied 403 true'],
    ['session token lasts', '15 minutes'],
    ['left', '0'],
  ])('%s', (what, expected) => {
    expect(seen[what]).toBe(expected)
  })
})
