import { type ExecFileException, execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')
const cli = join(clients, 'aws')

const account = '111122223333'
const bucket = 'audit-logs'
const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`

let gatehouse: TestGatehouse
let startedAt: string

interface Outcome {
  readonly code: number
  readonly output: string
  readonly errors: string
}

function aws(...words: string[]): Promise<Outcome> {
  const env = { ...withoutAws(process.env), ...gatehouse.environment, AWS_PAGER: '' }
  return new Promise(resolve =>
    execFile(cli, words, { env, encoding: 'utf8', timeout: 60_000 }, (problem: ExecFileException | null, output, errors) =>
      resolve({ code: problem ? Number(problem.code ?? -1) : 0, output: output.trim(), errors: errors.trim() }),
    ),
  )
}

/** The policy that the CloudTrail User Guide gives, "Amazon S3 bucket policy for CloudTrail". */
const policyFor = (sourceArn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AWSCloudTrailAclCheck',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringEquals: { 'aws:SourceArn': sourceArn } },
      },
      {
        Sid: 'AWSCloudTrailWrite',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/AWSLogs/${account}/*`,
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': sourceArn } },
      },
    ],
  })

const createTrail = () => aws('cloudtrail', 'create-trail', '--name', 'audit', '--s3-bucket-name', bucket, '--enable-log-file-validation')
const putPolicy = (sourceArn: string) => aws('s3api', 'put-bucket-policy', '--bucket', bucket, '--policy', policyFor(sourceArn))

/** Keys of what was delivered below a folder of the account's. */
async function delivered(folder: 'CloudTrail' | 'CloudTrail-Digest'): Promise<string[]> {
  const prefix = `AWSLogs/${account}/${folder}/us-east-1/`
  const { output } = await aws('s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', prefix, '--query', 'Contents[].Key')
  return (JSON.parse(output || 'null') as string[] | null) ?? []
}

async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (let attempts = 0; attempts < 40; attempts++) {
    const value = await look()
    if (holds(value)) return value
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  throw new Error('did not come to be')
}

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--trail-delivery-seconds', '1', '--trail-digest-seconds', '2'] })
  startedAt = new Date().toISOString()
})
afterAll(() => discard(gatehouse))

describe('a trail whose bucket is of our own S3', () => {
  test('needs the bucket, and a bucket policy that lets CloudTrail in for this very trail', async () => {
    expect((await createTrail()).errors).toContain('(S3BucketDoesNotExistException)')
    await aws('s3api', 'create-bucket', '--bucket', bucket)
    expect((await createTrail()).errors).toContain('(InsufficientS3BucketPolicyException)')
    await putPolicy(`${trailArn}-of-others`)
    expect((await createTrail()).errors).toContain('(InsufficientS3BucketPolicyException)')
    await putPolicy(trailArn)
    expect(await createTrail()).toMatchObject({ code: 0 })
  })

  test('gets log files and digests that the unmodified CLI finds valid', async () => {
    await aws('cloudtrail', 'start-logging', '--name', 'audit')
    await aws('iam', 'create-group', '--group-name', 'readers')
    await until(
      () => delivered('CloudTrail-Digest'),
      keys => keys.length >= 2,
    )
    await aws('cloudtrail', 'stop-logging', '--name', 'audit')
    const { code, output, errors } = await until(
      () => aws('cloudtrail', 'validate-logs', '--trail-arn', trailArn, '--start-time', startedAt, '--verbose'),
      ({ output }) => /\d+\/\d+ log files valid/.test(output),
    )
    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatch(/(\d+)\/\1 digest files valid/)
    expect(output).toMatch(/([1-9]\d*)\/\1 log files valid/)
  })

  test('and a file that was laid hands on is named', async () => {
    const [log = ''] = await delivered('CloudTrail')
    await aws('s3api', 'delete-object', '--bucket', bucket, '--key', log)
    const { code, errors } = await aws('cloudtrail', 'validate-logs', '--trail-arn', trailArn, '--start-time', startedAt, '--verbose')
    expect(errors).toContain(`s3://${bucket}/${log}\tINVALID: not found`)
    expect(code).toBe(1)
  })

  test('without the policy nothing more is delivered, and the status says why', async () => {
    await aws('s3api', 'delete-bucket-policy', '--bucket', bucket)
    await aws('cloudtrail', 'start-logging', '--name', 'audit')
    const status = await until(
      () => aws('cloudtrail', 'get-trail-status', '--name', 'audit', '--query', 'LatestDeliveryError', '--output', 'text'),
      ({ output }) => output !== 'None',
    )
    expect(status.output).toBe('AccessDenied')
  })
})
