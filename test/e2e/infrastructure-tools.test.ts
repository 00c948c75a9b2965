import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_GO_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_GO_CLIENTS is not set: run the tests with npm test')

interface Step {
  readonly of: string
  readonly call: string
  readonly result: string
}

let gatehouse: TestGatehouse

/** What the tools' calls came to. */
async function replay(environment: { readonly [name: string]: string }): Promise<readonly Step[]> {
  const { stdout } = await promisify(execFile)(join(clients as string, 'infrastructure'), [], {
    env: { ...withoutAws(process.env), ...environment, HOME: gatehouse.data },
    timeout: 150_000,
  })
  return JSON.parse(stdout) as readonly Step[]
}

beforeAll(async () => {
  gatehouse = await startGatehouse()
})
afterAll(() => discard(gatehouse))

/** Errors that the tools count on: they tell what is not there, or gone. */
const expected = [
  'aws_iam_role GetRole, gone: NoSuchEntity',
  'aws_iam_policy GetPolicy, gone: NoSuchEntity',
  'aws_iam_user GetUser, gone: NoSuchEntity',
  'aws_s3_bucket GetBucketPolicy: NoSuchBucketPolicy',
  'aws_s3_bucket GetBucketCors: NoSuchCORSConfiguration',
  'aws_s3_bucket GetBucketWebsite: NoSuchWebsiteConfiguration',
  'aws_s3_bucket GetBucketLifecycleConfiguration: NoSuchLifecycleConfiguration',
  'aws_s3_bucket GetBucketReplication: ReplicationConfigurationNotFoundError',
  'aws_s3_bucket GetObjectLockConfiguration: ObjectLockConfigurationNotFoundError',
  'aws_s3_bucket GetBucketTagging: NoSuchTagSet',
  'eksctl utils associate-iam-oidc-provider GetOpenIDConnectProvider, none: NoSuchEntity',
]

describe('the calls of the aws provider and eksctl, by the SDK for Go 2', () => {
  test('come to what the tools count on', async () => {
    const steps = await replay(gatehouse.environment)
    expect(steps.length).toBeGreaterThan(80)
    expect(steps.filter(({ result }) => result !== 'ok').map(({ of, call, result }) => `${of} ${call}: ${result}`)).toEqual(expected)
  })
})
