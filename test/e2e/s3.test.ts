import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const goClients = process.env['GATEHOUSE_TEST_GO_CLIENTS']
if (!clients || !goClients) throw new Error('GATEHOUSE_TEST_CLIENTS or GATEHOUSE_TEST_GO_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  gatehouse = await startGatehouse()
  const configuration = join(gatehouse.data, 'aws-config')
  writeFileSync(configuration, '[default]\ns3 =\n  signature_version = s3v4\n')
  environment = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data, AWS_CONFIG_FILE: configuration }
})
afterAll(() => discard(gatehouse))

const run = (program: string, parameters: readonly string[]) =>
  promisify(execFile)(join(clients, program), parameters, { env: environment, timeout: 120_000 })
const aws = async (...parameters: string[]) => (await run('aws', parameters)).stdout
const refused = (...parameters: string[]) =>
  run('aws', parameters).then(
    () => 'not refused',
    (problem: { stderr: string }) => problem.stderr.trim(),
  )

describe('the AWS CLI', () => {
  test('makes a bucket, copies large and small, lists, syncs and removes', async () => {
    const folder = join(gatehouse.data, 'files')
    mkdirSync(folder)
    // Larger than the CLI sends at once, and than what a listener would keep in memory.
    const large = randomBytes(20 * 1024 * 1024 + 7)
    writeFileSync(join(folder, 'large'), large)
    writeFileSync(join(folder, 'small'), 'small')
    await aws('s3', 'mb', 's3://bucket-of-the-cli')
    await aws('s3', 'sync', folder, 's3://bucket-of-the-cli/in', '--no-progress')
    expect(await aws('s3', 'ls', '--recursive', 's3://bucket-of-the-cli')).toMatch(/20971527 in\/large\n.* 5 in\/small\n$/s)
    await aws('s3', 'cp', 's3://bucket-of-the-cli/in/large', join(gatehouse.data, 'back'), '--no-progress')
    expect(readFileSync(join(gatehouse.data, 'back')).equals(large)).toBe(true)
    expect(await aws('s3api', 'head-object', '--bucket', 'bucket-of-the-cli', '--key', 'in/large')).toMatch(
      /"ETag": "\\"[0-9a-f]{32}-3\\""/,
    )
    await aws('s3', 'rb', '--force', 's3://bucket-of-the-cli')
    expect(await refused('s3', 'ls', 's3://bucket-of-the-cli')).toContain('(NoSuchBucket)')
  })

  test('presigns a URL that anybody may use until it expires', async () => {
    await aws('s3', 'mb', 's3://bucket-to-share')
    await aws('s3', 'cp', join(root, 'LICENSE'), 's3://bucket-to-share/LICENSE', '--no-progress')
    const url = (await aws('s3', 'presign', 's3://bucket-to-share/LICENSE', '--endpoint-url', gatehouse.httpEndpoint)).trim()
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, readFileSync(join(root, 'LICENSE'), 'utf8')])
    const altered = await fetch(url.replace('LICENSE', 'LICENCE'))
    expect([altered.status, await altered.text()]).toEqual([403, expect.stringContaining('<Code>SignatureDoesNotMatch</Code>')])
    const old = await fetch(url.replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20200101'))
    expect(old.status).toBe(403)
  })

  test('is refused over HTTP, and not over HTTPS, by a policy that asks for SSL', async () => {
    await aws('s3', 'mb', 's3://bucket-over-ssl')
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::bucket-over-ssl', 'arn:aws:s3:::bucket-over-ssl/*'],
    }
    const policy = { Version: '2012-10-17', Statement: [{ ...statement, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] }
    await aws('s3api', 'put-bucket-policy', '--bucket', 'bucket-over-ssl', '--policy', JSON.stringify(policy))
    expect(await aws('s3api', 'list-objects-v2', '--bucket', 'bucket-over-ssl')).toBeDefined()
    expect(await refused('s3api', 'list-objects-v2', '--bucket', 'bucket-over-ssl', '--endpoint-url', gatehouse.httpEndpoint)).toMatch(
      /AccessDenied.*s3:ListBucket on resource: "arn:aws:s3:::bucket-over-ssl" with an explicit deny in a resource-based policy/,
    )
  })

  test('finds no versioning, the usual encryption, and what is not implemented refused', async () => {
    expect(await aws('s3api', 'get-bucket-versioning', '--bucket', 'bucket-to-share')).toBe('')
    expect(await aws('s3api', 'get-bucket-encryption', '--bucket', 'bucket-to-share')).toContain('AES256')
    expect(await refused('s3api', 'get-bucket-website', '--bucket', 'bucket-to-share')).toContain('NoSuchWebsiteConfiguration')
    expect(await refused('s3api', 'put-object-acl', '--bucket', 'bucket-to-share', '--key', 'LICENSE', '--acl', 'private')).toContain(
      'NotImplemented',
    )
  })
})

describe('a host that names the bucket', () => {
  test.each(['bucket-to-share.s3.localhost', 'bucket-to-share.localhost', 'bucket-to-share.s3.eu-west-1.amazonaws.com'])(
    '%s',
    async host => {
      const { hostname, port } = new URL(gatehouse.httpEndpoint)
      const status = await new Promise<number>((resolve, reject) => {
        request({ hostname, port, path: '/nothing', headers: { host: `${host}:${port}` } }, answer =>
          resolve(answer.resume().statusCode ?? 0),
        )
          .on('error', reject)
          .end()
      })
      // Nobody may list it without credentials: the bucket is known, the key is not told of.
      expect(status).toBe(403)
    },
  )
})

describe('object-level calls are data events', () => {
  test('the event history has the calls on buckets alone', async () => {
    const names = JSON.parse(await aws('cloudtrail', 'lookup-events', '--query', 'Events[].EventName')) as string[]
    expect(names).toContain('CreateBucket')
    expect(names.filter(name => /Object/.test(name))).toEqual([])
  })
})

describe('boto3', () => {
  test('sends large objects in parts, pages, copies, and finds buckets in the host', async () => {
    const { stdout } = await run('python', [join(root, 'test/e2e/programs/objects.py')])
    expect(JSON.parse(stdout)).toEqual({
      'large comes back': true,
      parts: '3',
      pages: [[0, 1, 2], [3, 4, 5], [6]],
      copy: [{ number: '5' }, 'text/plain', 'bytes 1-2/5', 'xx'],
      'in the host': 5,
      missing: ['NoSuchKey', 404],
      'not empty': ['BucketNotEmpty', 409],
      deleted: 9,
      gone: ['404', 404],
    })
  })
})

describe('the Go SDK', () => {
  test('sends large objects in parts, pages, presigns, and knows refusals by their types', async () => {
    const { stdout } = await promisify(execFile)(join(goClients, 'objects'), [], { env: environment, timeout: 120_000 })
    expect(JSON.parse(stdout)).toEqual({
      'large comes back': true,
      pages: [[0, 1], [2, 3], [4]],
      metadata: '3',
      presigned: [200, 4],
      missing: true,
      deleted: [6, 0],
      gone: true,
    })
  })
})

describe('the JavaScript SDK', () => {
  test('puts, gets, pages and removes objects, and knows refusals by their names', async () => {
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = gatehouse.environment
    const client = new S3Client({
      endpoint: gatehouse.httpEndpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    })
    const Bucket = 'bucket-of-javascript'
    try {
      await client.send(new CreateBucketCommand({ Bucket }))
      for (const Key of ['a/1', 'a/2', 'b']) await client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }))
      const { Body, ChecksumCRC32 } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/2', ChecksumMode: 'ENABLED' }))
      expect([await Body?.transformToString(), ChecksumCRC32]).toEqual(['body of a/2', expect.stringMatching(/^[A-Za-z0-9+/]{6}==$/)])
      const keys: (string | undefined)[] = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket }))
        keys.push(...Contents.map(({ Key }) => Key))
      expect(keys).toEqual(['a/1', 'a/2', 'b'])
      await expect(client.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toBeInstanceOf(NoSuchKey)
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }))
      await client.send(new DeleteBucketCommand({ Bucket }))
    } finally {
      client.destroy()
    }
  })
})
