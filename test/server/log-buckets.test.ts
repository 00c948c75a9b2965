import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownLogBuckets, remoteLogBuckets } from '../../src/server/log-buckets.ts'
import type { Principal } from '../../src/identity/principal.ts'
import type { InsideCall, LogObject } from '../../src/services/world.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { model as s3 } from '../../src/wire/models/s3.ts'
import { readSignature } from '../../src/wire/sigv4/claim.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'
import { validationProblem } from '../../src/wire/validation.ts'

const source = { arn: 'arn:aws:cloudtrail:us-east-1:123456789012:trail/audit', account: '123456789012' }
const reader = { type: 'roleSession', account: '123456789012' } as Principal
const file: LogObject = {
  bucket: 'audit-logs',
  key: 'AWSLogs/a b+c.json.gz',
  body: gzipSync('{"Records":[]}'),
  metadata: { signature: 'abc' },
}

describe('our own S3 is called as any service calls it', () => {
  const calls: { service: string; source: object; call: InsideCall }[] = []
  const buckets = ownLogBuckets({
    asService: async (service, of, call) => void calls.push({ service, source: of, call }),
    onBehalfOf: () => Promise.reject(new Error('CloudTrail delivers in its own name')),
    asCaller: () => Promise.reject(new Error('CloudTrail delivers in its own name')),
    asServiceRole: () => Promise.reject(new Error('CloudTrail delivers in its own name')),
  })

  test('in the name of CloudTrail, for the trail, with inputs that the model of S3 takes', async () => {
    await buckets.check('audit-logs', source)
    await buckets.put(file, source)
    await buckets.put({ bucket: 'audit-logs', key: 'AWSLogs/', body: new Uint8Array(0) }, source)
    expect(calls).toEqual(
      [
        { operation: 'GetBucketAcl', input: { Bucket: 'audit-logs' } },
        {
          operation: 'PutObject',
          input: {
            Bucket: 'audit-logs',
            Key: file.key,
            Body: file.body,
            ACL: 'bucket-owner-full-control',
            ContentType: 'application/json',
            ContentEncoding: 'gzip',
            Metadata: { signature: 'abc' },
          },
        },
        {
          operation: 'PutObject',
          input: { Bucket: 'audit-logs', Key: 'AWSLogs/', Body: new Uint8Array(0), ACL: 'bucket-owner-full-control' },
        },
      ].map(call => ({ service: 'cloudtrail.amazonaws.com', source, call: { service: 's3', ...call } })),
    )
    for (const { call } of calls) {
      const shape = s3.operations[call.operation]?.input ?? ''
      expect(validationProblem(s3, shape, call.input)).toBeUndefined()
      const members = s3.shapes[shape]
      expect(Object.keys(call.input).filter(name => members?.type !== 'structure' || !members.members[name])).toEqual([])
    }
  })
})

describe('another S3-compatible server', () => {
  const credentials = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' }
  const now = Date.UTC(2026, 0, 15, 12)
  let server: Server
  let endpoint: string
  let status = 200
  /** What the next requests are answered with, where nothing is not enough. */
  let replies: { headers?: { [name: string]: string }; body?: string | Buffer }[] = []
  let seen: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
        const { headers = {}, body = '' } = replies.shift() ?? {}
        response.writeHead(status, { location: 'http://127.0.0.1:1/', ...headers })
        response.end(body)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise(resolve => server.close(resolve)))

  function expectSigned(request: object): void {
    const wire = { rawHeaders: [], ...request } as unknown as WireRequest
    const claim = readSignature(wire)
    if (!claim) throw new Error('not signed')
    expect(claim).toMatchObject({ accessKeyId: 'minio', region: 'eu-central-1', service: 's3' })
    expect(() => verifySignature(wire, claim, credentials.secretAccessKey, now)).not.toThrow()
  }

  const buckets = () => remoteLogBuckets({ endpoint, region: 'eu-central-1', credentials }, () => now)

  test('gets signed requests by path, with metadata and the owner’s control', async () => {
    seen = []
    await buckets().check('audit-logs', source)
    await buckets().put(file, source)
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /audit-logs', 'PUT /audit-logs/AWSLogs/a%20b%2Bc.json.gz'])
    for (const { method, path, headers, body } of seen) {
      expectSigned({ method, path, query: '', headers, body })
    }
    expect(seen[1]?.body).toEqual(file.body)
    expect(seen[1]?.headers).toMatchObject({
      'x-amz-acl': 'bucket-owner-full-control',
      'x-amz-meta-signature': 'abc',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    })
  })

  test('lists keys, as many as the server gives, and reads files', async () => {
    seen = []
    const list = (truncated: boolean) =>
      `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${truncated}</IsTruncated><Contents><Key>a &amp; b</Key><Size>1</Size></Contents></ListBucketResult>`
    const body = gzipSync('{"Records":[]}')
    replies = [{ body: list(true) }, { body: list(false) }, { body }, { headers: { 'content-encoding': 'gzip' }, body }, { body }]
    const place = { bucket: 'audit-logs', prefix: 'AWS Logs/' }
    expect(await buckets().list(place, reader)).toEqual({ keys: ['a & b'], more: true })
    expect(await buckets().list({ ...place, after: 'a/1' }, reader)).toEqual({ keys: ['a & b'], more: false })
    expect(Buffer.from(await buckets().get(file, 1_000, reader))).toEqual(body)
    expect(Buffer.from(await buckets().get(file, 1_000, reader)).toString()).toBe('{"Records":[]}')
    await expect(buckets().get(file, 10, reader)).rejects.toMatchObject({ code: 'EntityTooLarge' })
    expect(seen.slice(0, 3).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /audit-logs?list-type=2&prefix=AWS%20Logs%2F',
      'GET /audit-logs?list-type=2&prefix=AWS%20Logs%2F&start-after=a%2F1',
      'GET /audit-logs/AWSLogs/a%20b%2Bc.json.gz',
    ])
    for (const { path: target, ...rest } of seen) {
      const [path, query = ''] = target.split('?')
      expectSigned({ ...rest, path, query })
    }
  })

  test('says which is not there, bucket or file', async () => {
    status = 404
    await expect(buckets().list({ bucket: 'audit-logs', prefix: '' }, reader)).rejects.toMatchObject({ code: 'NoSuchBucket' })
    await expect(buckets().get(file, 10, reader)).rejects.toMatchObject({ code: 'NoSuchKey' })
    status = 200
  })

  test.each([
    { answer: 403, code: 'AccessDenied' },
    { answer: 404, code: 'NoSuchBucket' },
    { answer: 500, code: 'ServiceUnavailable' },
    // Redirects are not followed: they could lead anywhere.
    { answer: 301, code: 'ServiceUnavailable' },
  ])('an answer of $answer is $code', async ({ answer, code }) => {
    status = answer
    await expect(buckets().check('audit-logs', source)).rejects.toMatchObject({ code })
    await expect(buckets().put(file, source)).rejects.toMatchObject({ code })
    status = 200
  })

  test('a server that is away is ServiceUnavailable', async () => {
    const away = remoteLogBuckets({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials }, () => now)
    await expect(away.put(file, source)).rejects.toMatchObject({ code: 'ServiceUnavailable' })
  })
})
