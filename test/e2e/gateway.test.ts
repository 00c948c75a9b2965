import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/wire/sigv4/payload-hash.ts'
import { presignQuery, type SigningCredentials, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { type RecordingServer, startRecordingServer } from './recording-server.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const account = '111122223333'
const upstreamSecret = 'the-secret-of-the-server-behind'
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-gateway-'))
let store: TestGatehouse
let behind: RecordingServer
let gatehouse: TestGatehouse
let administrator: NodeJS.ProcessEnv
let reader: NodeJS.ProcessEnv

/** A model as small as can be, in botocore's form. */
const codecommit = {
  metadata: {
    serviceId: 'CodeCommit',
    apiVersion: '2015-04-13',
    protocol: 'json',
    endpointPrefix: 'codecommit',
    jsonVersion: '1.1',
    targetPrefix: 'CodeCommit_20150413',
  },
  operations: { GetRepository: { http: { method: 'POST', requestUri: '/' }, input: { shape: 'GetRepositoryInput' } } },
  shapes: {
    GetRepositoryInput: { type: 'structure', required: ['repositoryName'], members: { repositoryName: { shape: 'Name' } } },
    Name: { type: 'string' },
  },
}

/** What the reader may do: a table, a prefix of a bucket, a queue, a topic, a function, a parameter, a repository. */
const readerPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'dynamodb:*', Resource: `arn:aws:dynamodb:us-east-1:${account}:table/Music` },
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::gateway-bucket/open/*' },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::gateway-bucket',
      Condition: { StringLike: { 's3:prefix': 'open/*' } },
    },
    { Effect: 'Allow', Action: 'sqs:*', Resource: `arn:aws:sqs:us-east-1:${account}:orders` },
    { Effect: 'Allow', Action: 'sns:Publish', Resource: `arn:aws:sns:us-east-1:${account}:news` },
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:us-east-1:${account}:function:greet` },
    { Effect: 'Allow', Action: 'ssm:GetParameter*', Resource: `arn:aws:ssm:us-east-1:${account}:parameter/app/*` },
    { Effect: 'Allow', Action: 'codecommit:GetRepository', Resource: `arn:aws:codecommit:us-east-1:${account}:site` },
  ],
}

beforeAll(async () => {
  behind = await startRecordingServer(upstreamSecret)
  store = await startGatehouse()
  const credentials = join(folder, 'upstream-credentials')
  const names = ['dynamodb', 'sqs', 'sns', 'lambda', 'ssm', 'codecommit']
  const sections = names.map(name => `[${name}]\naws_access_key_id = local\naws_secret_access_key = ${upstreamSecret}\n`)
  writeFileSync(credentials, sections.join('\n'))
  chmodSync(credentials, 0o600)
  writeFileSync(join(folder, 'codecommit.json'), JSON.stringify(codecommit))
  gatehouse = await startGatehouse({
    flags: [
      '--upstream',
      `s3=${store.httpEndpoint}`,
      ...names.flatMap(name => ['--upstream', `${name}=${behind.origin}`]),
      '--upstream',
      'kms=http://127.0.0.1:1',
      '--upstream-credentials',
      credentials,
      '--upstream-model',
      `codecommit=${join(folder, 'codecommit.json')}`,
      // Longer than a busy machine's disk is, shorter than a test.
      '--upstream-silence-seconds',
      '8',
    ],
    environment: {
      GATEHOUSE_UPSTREAM_S3_ACCESS_KEY_ID: store.environment['AWS_ACCESS_KEY_ID'],
      GATEHOUSE_UPSTREAM_S3_SECRET_ACCESS_KEY: store.environment['AWS_SECRET_ACCESS_KEY'],
      GATEHOUSE_UPSTREAM_KMS_ACCESS_KEY_ID: 'local',
      GATEHOUSE_UPSTREAM_KMS_SECRET_ACCESS_KEY: upstreamSecret,
    },
  })
  writeFileSync(join(folder, 'config'), '[default]\ns3 =\n  signature_version = s3v4\n')
  const own = { HOME: folder, AWS_CONFIG_FILE: join(folder, 'config'), AWS_MAX_ATTEMPTS: '1' }
  administrator = { ...withoutAws(process.env), ...gatehouse.environment, ...own }
  await aws('iam', 'create-user', '--user-name', 'reader')
  await aws('iam', 'put-user-policy', '--user-name', 'reader', '--policy-name', 'p', '--policy-document', JSON.stringify(readerPolicy))
  const { AccessKey } = JSON.parse(await aws('iam', 'create-access-key', '--user-name', 'reader')) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string }
  }
  reader = { ...administrator, AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
  await aws('s3', 'mb', 's3://gateway-bucket')
}, 240_000)
afterAll(async () => {
  await discard(gatehouse)
  await discard(store)
  await behind?.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (program: string, parameters: readonly string[], env: NodeJS.ProcessEnv) =>
  // Version 1 of the CLI takes SQS's own host, whatever the variables say, unless the flag says otherwise.
  promisify(execFile)(
    join(clients, program),
    parameters[0] === 'sqs' ? ['--endpoint-url', gatehouse.endpoint, ...parameters] : parameters,
    {
      env,
      timeout: 120_000,
    },
  )
const aws = async (...parameters: string[]) => (await run('aws', parameters, administrator)).stdout
const asReader = async (...parameters: string[]) => (await run('aws', parameters, reader)).stdout
const refused = (env: NodeJS.ProcessEnv, ...parameters: string[]) =>
  run('aws', parameters, env).then(
    () => 'not refused',
    (problem: { stderr: string }) => problem.stderr.trim(),
  )
const keysOf = (environment: NodeJS.ProcessEnv): SigningCredentials => ({
  accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
})
const json = (response: ServerResponse, status: number, value: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers }).end(JSON.stringify(value))

/** A signed call as no SDK would make it. */
async function raw(service: string, headers: { readonly [name: string]: string }, body: string, path = '/', query = '') {
  const host = new URL(gatehouse.httpEndpoint).host
  const signed = signHeaders(
    { method: 'POST', path, query, headers: { host, ...headers }, body },
    keysOf(reader),
    { region: 'us-east-1', service },
    Date.now(),
  )
  const { host: _set, ...sent } = signed
  const response = await fetch(`${gatehouse.httpEndpoint}${path}${query && `?${query}`}`, { method: 'POST', headers: sent, body })
  return { status: response.status, text: await response.text() }
}

describe('S3 behind the gateway', () => {
  test('takes and gives large files of the AWS CLI, under the bucket that the other server keeps', async () => {
    const large = randomBytes(20 * 1024 * 1024 + 7)
    writeFileSync(join(folder, 'large'), large)
    await aws('s3', 'cp', join(folder, 'large'), 's3://gateway-bucket/large', '--no-progress')
    await aws('s3', 'cp', 's3://gateway-bucket/large', join(folder, 'back'), '--no-progress')
    expect(readFileSync(join(folder, 'back')).equals(large)).toBe(true)
    const there = { ...withoutAws(process.env), ...store.environment, HOME: folder }
    expect((await run('aws', ['s3', 'ls', 's3://gateway-bucket'], there)).stdout).toMatch(/ 20971527 large\n$/)
  })

  test('takes streams, trailing checksums, unusual keys, copies and batches of boto3', async () => {
    const { stdout } = await run('python', [join(root, 'test/e2e/programs/upload.py'), 'gateway-bucket'], administrator)
    expect(JSON.parse(stdout)).toEqual({
      same: true,
      small: 'small',
      metadata: { colour: 'green' },
      keys: ['boto/large', 'boto/small ünïcode+&=.txt'],
      removed: 2,
    })
  })

  test('streams through, keeping neither way what passes', async () => {
    const size = 128 * 1024 * 1024
    const client = new S3Client({
      endpoint: gatehouse.httpEndpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: keysOf(administrator),
    })
    const piece = randomBytes(1024 * 1024)
    const pieces = function* () {
      for (let sent = 0; sent < size; sent += piece.length) yield piece
    }
    const before = peakOf(gatehouse)
    await client.send(new PutObjectCommand({ Bucket: 'gateway-bucket', Key: 'stream', Body: Readable.from(pieces()), ContentLength: size }))
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'gateway-bucket', Key: 'stream' }))
    let received = 0
    for await (const chunk of Body as Readable) received += (chunk as Buffer).length
    client.destroy()
    expect(received).toBe(size)
    expect(peakOf(gatehouse) - before).toBeLessThan(size / 2)
  })

  test('lets in by prefix, by the condition keys of the request, and says why not', async () => {
    await asReader('s3', 'cp', join(root, 'LICENSE'), 's3://gateway-bucket/open/LICENSE', '--no-progress')
    expect(await asReader('s3', 'ls', 's3://gateway-bucket/open/')).toContain('LICENSE')
    expect(await refused(reader, 's3', 'ls', 's3://gateway-bucket/boto/')).toContain('(AccessDenied)')
    const denial = await refused(reader, 's3api', 'get-object', '--bucket', 'gateway-bucket', '--key', 'large', join(folder, 'x'))
    expect(denial).toContain(
      `User: arn:aws:iam::${account}:user/reader is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::gateway-bucket/large"`,
    )
    const copy = ['s3api', 'copy-object', '--bucket', 'gateway-bucket', '--key', 'open/copy', '--copy-source', 'gateway-bucket/large']
    expect(await refused(reader, ...copy)).toContain('s3:GetObject on resource: "arn:aws:s3:::gateway-bucket/large"')
  })

  test('passes errors on as they are', async () => {
    const absent = ['s3api', 'get-object', '--bucket', 'gateway-bucket', '--key', 'absent', join(folder, 'x')]
    expect(await refused(administrator, ...absent)).toContain('(NoSuchKey)')
    expect(await refused(administrator, 's3api', 'head-object', '--bucket', 'gateway-bucket', '--key', 'absent')).toContain('(404)')
  })

  test('takes presigned URLs, with the bucket in the path or in the host', async () => {
    const presigned = async (...more: string[]) =>
      (await asReader('s3', 'presign', 's3://gateway-bucket/open/LICENSE', '--endpoint-url', gatehouse.httpEndpoint, ...more)).trim()
    const url = await presigned()
    const answer = await fetch(url)
    expect([answer.status, (await answer.text()).length]).toEqual([200, statSync(join(root, 'LICENSE')).size])
    expect((await fetch(url.replace('LICENSE', 'LICENCE'))).status).toBe(403)
    const host = `gateway-bucket.s3.localhost:${new URL(gatehouse.httpEndpoint).port}`
    const hosted = signHeaders(
      { method: 'GET', path: '/open/LICENSE', query: '', headers: { host, 'x-amz-content-sha256': sha256Hex('') }, body: '' },
      keysOf(reader),
      { region: 'us-east-1', service: 's3' },
      Date.now(),
    )
    expect(await get('/open/LICENSE', hosted)).toBe(200)
  })

  test('refuses a copy that a presigned URL hides among its parameters', async () => {
    const { host } = new URL(gatehouse.httpEndpoint)
    const path = '/gateway-bucket/open/stolen'
    const query = presignQuery(
      { method: 'PUT', path, query: 'x-amz-copy-source=gateway-bucket%2Flarge', headers: { host } },
      keysOf(reader),
      { region: 'us-east-1', service: 's3' },
      60,
      Date.now(),
    )
    const response = await fetch(`${gatehouse.httpEndpoint}${path}?${query}`, { method: 'PUT' })
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('gateway-bucket/large')])
  })

  test('makes no object of a body that is not what its request was signed with', async () => {
    const { host } = new URL(gatehouse.httpEndpoint)
    const path = '/gateway-bucket/open/forged'
    const signed = signHeaders(
      { method: 'PUT', path, query: '', headers: { host, 'x-amz-content-sha256': 'a'.repeat(64) }, body: '', payloadHash: 'a'.repeat(64) },
      keysOf(reader),
      { region: 'us-east-1', service: 's3' },
      Date.now(),
    )
    const { host: _set, ...sent } = signed
    const body = 'x'.repeat(300_000)
    const response = await fetch(`${gatehouse.httpEndpoint}${path}`, { method: 'PUT', headers: sent, body })
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('XAmzContentSHA256Mismatch')])
    expect(await refused(administrator, 's3api', 'head-object', '--bucket', 'gateway-bucket', '--key', 'open/forged')).toContain('(404)')
  })

  test('gives leave to send only to whoever may: 100-continue', async () => {
    expect(await expectContinue('/gateway-bucket/open/later')).toEqual({ leave: true, status: 200 })
    expect(await expectContinue('/gateway-bucket/closed')).toEqual({ leave: false, status: 403 })
  })

  test('is no place for stacks', async () => {
    const template = JSON.stringify({ Resources: { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'stack-bucket' } } } })
    await aws('cloudformation', 'create-stack', '--stack-name', 'b', '--template-body', template, '--on-failure', 'DO_NOTHING')
    await run('aws', ['cloudformation', 'wait', 'stack-create-complete', '--stack-name', 'b'], administrator).catch(() => undefined)
    expect(await aws('cloudformation', 'describe-stack-events', '--stack-name', 'b')).toContain("s3 is another server's")
  })
})

describe('services of JSON, query and REST behind the gateway', () => {
  const key = ['--key', '{"Artist":{"S":"Nina"}}']

  test('DynamoDB by the table: signed anew, passed on unchanged, answered unchanged', async () => {
    behind.reply((_request, response) => json(response, 200, { Item: { Artist: { S: 'Nina' } } }))
    expect(await asReader('dynamodb', 'get-item', '--table-name', 'Music', ...key)).toContain('Nina')
    const { headers, body, claim } = behind.requests.at(-1) as RecordingServer['requests'][number]
    expect(headers).toMatchObject({ 'x-amz-target': 'DynamoDB_20120810.GetItem', host: new URL(behind.origin).host })
    expect(claim).toMatchObject({ accessKeyId: 'local', service: 'dynamodb', region: 'us-east-1' })
    expect(headers['x-amz-security-token']).toBeUndefined()
    expect(JSON.parse(body.toString())).toEqual({ TableName: 'Music', Key: { Artist: { S: 'Nina' } } })
  })

  test.each([
    ['another table', ['dynamodb', 'get-item', '--table-name', 'Secrets', ...key], 'dynamodb:GetItem', 'table/Secrets'],
    [
      'a batch with another table',
      ['dynamodb', 'batch-get-item', '--request-items', '{"Music":{"Keys":[{}]},"Secrets":{"Keys":[{}]}}'],
      'dynamodb:BatchGetItem',
      'table/Secrets',
    ],
    [
      'a transaction with another table',
      [
        'dynamodb',
        'transact-write-items',
        '--transact-items',
        '[{"Put":{"TableName":"Music","Item":{}}},{"Delete":{"TableName":"Secrets","Key":{}}}]',
      ],
      'dynamodb:DeleteItem',
      'table/Secrets',
    ],
    ['a statement', ['dynamodb', 'execute-statement', '--statement', 'SELECT * FROM Music'], 'dynamodb:PartiQLSelect', 'because'],
    ['an index', ['dynamodb', 'query', '--table-name', 'Music', '--index-name', 'ByYear'], 'dynamodb:Query', 'table/Music/index/ByYear'],
    ['another queue', ['sqs', 'receive-message', '--queue-url', `http://h/${account}/other`], 'sqs:receivemessage', 'other'],
    ['another topic', ['sns', 'publish', '--topic-arn', `arn:aws:sns:us-east-1:${account}:old`, '--message', 'x'], 'SNS:Publish', 'old'],
    ['another function', ['lambda', 'invoke', '--function-name', 'other', '/dev/null'], 'lambda:InvokeFunction', 'function:other'],
    ['another version', ['lambda', 'invoke', '--function-name', 'greet:7', '/dev/null'], 'lambda:InvokeFunction', 'function:greet:7'],
    ['another parameter', ['ssm', 'get-parameters', '--names', '/app/a', '/other'], 'ssm:GetParameters', 'parameter/other'],
    ['another repository', ['codecommit', 'get-repository', '--repository-name', 'docs'], 'codecommit:GetRepository', 'docs'],
  ])('a call for %s is denied and never arrives', async (_what, call, action, resource) => {
    const before = behind.requests.length
    const answer = await refused(reader, ...call)
    expect(answer.toLowerCase()).toContain(`is not authorized to perform: ${action} `.toLowerCase())
    expect(answer).toContain(resource)
    expect(behind.requests).toHaveLength(before)
  })

  test.each([
    ['SQS', ['sqs', 'send-message', '--queue-url', `http://h/${account}/orders`, '--message-body', 'hello'], '/', {}],
    [
      'SNS',
      ['sns', 'publish', '--topic-arn', `arn:aws:sns:us-east-1:${account}:news`, '--message', 'hello'],
      '/',
      '<PublishResponse><PublishResult><MessageId>7</MessageId></PublishResult></PublishResponse>',
    ],
    ['Lambda', ['lambda', 'invoke', '--function-name', 'greet', '/dev/null'], '/2015-03-31/functions/greet/invocations', {}],
    ['SSM', ['ssm', 'get-parameter', '--name', '/app/key'], '/', {}],
    ['a service by its model file', ['codecommit', 'get-repository', '--repository-name', 'site'], '/', {}],
  ])('%s is passed on', async (_what, call, path, answer) => {
    behind.reply((_request, response) =>
      typeof answer === 'string' ? response.writeHead(200, { 'content-type': 'text/xml' }).end(answer) : json(response, 200, answer),
    )
    const before = behind.requests.length
    await asReader(...call)
    expect(behind.requests.slice(before).map(({ url }) => url)).toEqual([path])
  })

  test('errors pass unchanged', async () => {
    behind.reply((_request, response) =>
      json(response, 400, { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'Cannot do operations' }),
    )
    expect(await refused(reader, 'dynamodb', 'get-item', '--table-name', 'Music', ...key)).toContain(
      '(ResourceNotFoundException) when calling the GetItem operation: Cannot do operations',
    )
  })

  test.each([
    ['a name given twice', '{"TableName":"Music","TableName":"Secrets","Key":{}}', 'a name is given twice'],
    ['a member that the model has not', '{"TableName":"Music","Key":{},"AlsoTable":"Secrets"}', 'the model has no member AlsoTable'],
  ])('%s is not passed on', async (_what, body, text) => {
    const before = behind.requests.length
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' }
    expect(await raw('dynamodb', headers, body)).toEqual({ status: 400, text: expect.stringContaining(text) })
    expect(behind.requests).toHaveLength(before)
  })

  test('nor is an operation that the model does not know, or a parameter given twice', async () => {
    const before = behind.requests.length
    const unknown = await raw('dynamodb', { 'x-amz-target': 'DynamoDB_20120810.OpenTheDoor' }, '{}')
    expect(unknown).toEqual({ status: 404, text: expect.stringContaining('UnknownOperationException') })
    const topic = (name: string) => `TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A${account}%3A${name}`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const twice = await raw('sns', form, `Action=Publish&Message=x&${topic('old')}&${topic('news')}`)
    expect(twice).toEqual({ status: 400, text: expect.stringContaining('a parameter is given twice') })
    expect(behind.requests).toHaveLength(before)
  })

  test('a server that is away or silent is an unavailable service, in the form of its protocol', async () => {
    expect(await refused(administrator, 'kms', 'list-keys')).toContain('(ServiceUnavailable)')
    behind.reply(() => {})
    const silent = await raw(
      'sns',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `Action=Publish&Message=x&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A${account}%3Anews`,
    )
    expect(silent).toEqual({ status: 503, text: expect.stringMatching(/<ErrorResponse.*<Code>ServiceUnavailable<\/Code>/s) })
  })

  test('calls are on record, refused ones and failed ones too', async () => {
    behind.reply((_request, response) => json(response, 400, { __type: 'ResourceInUseException', message: 'Table already exists' }))
    const definition = ['--attribute-definitions', 'AttributeName=A,AttributeType=S', '--key-schema', 'AttributeName=A,KeyType=HASH']
    expect(await refused(reader, 'dynamodb', 'create-table', '--table-name', 'Music', ...definition)).toContain('(ResourceInUseException)')
    expect(await refused(reader, 'dynamodb', 'create-table', '--table-name', 'Other', ...definition)).toContain('(AccessDeniedException)')
    const found = JSON.parse(
      await aws('cloudtrail', 'lookup-events', '--lookup-attributes', 'AttributeKey=EventName,AttributeValue=CreateTable'),
    ) as { Events: { CloudTrailEvent: string }[] }
    const records = found.Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent) as { [name: string]: unknown })
    expect(records.toSorted((a, b) => String(a['errorCode']).localeCompare(String(b['errorCode'])))).toEqual([
      expect.objectContaining({ eventSource: 'dynamodb.amazonaws.com', errorCode: 'AccessDeniedException' }),
      expect.objectContaining({
        eventSource: 'dynamodb.amazonaws.com',
        errorCode: 'ResourceInUseException',
        errorMessage: 'Table already exists',
        requestParameters: expect.objectContaining({ tableName: 'Music' }),
        resources: [{ ARN: `arn:aws:dynamodb:us-east-1:${account}:table/Music`, accountId: account }],
        userIdentity: expect.objectContaining({ userName: 'reader' }),
      }),
    ])
  })
})

/** Kilobytes that the process had in memory at most, as bytes. */
const peakOf = ({ process: { pid } }: TestGatehouse) =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

const get = (path: string, headers: { readonly [name: string]: string }) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(gatehouse.httpEndpoint)
    const sent = request({ hostname, port, path, headers }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })

function expectContinue(path: string): Promise<{ leave: boolean; status: number | undefined }> {
  const { host, hostname, port } = new URL(gatehouse.httpEndpoint)
  const body = 'ten bytes.'
  const headers = signHeaders(
    {
      method: 'PUT',
      path,
      query: '',
      headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      body,
      payloadHash: 'UNSIGNED-PAYLOAD',
    },
    keysOf(reader),
    { region: 'us-east-1', service: 's3' },
    Date.now(),
  )
  return new Promise((resolve, reject) => {
    let leave = false
    const sent = request({
      hostname,
      port,
      path,
      method: 'PUT',
      headers: { ...headers, expect: '100-continue', 'content-length': body.length },
    })
    sent.on('continue', () => {
      leave = true
      sent.end(body)
    })
    sent.on('response', response => {
      response.resume()
      sent.destroy()
      resolve({ leave, status: response.statusCode })
    })
    sent.on('error', reject)
    sent.flushHeaders()
  })
}
