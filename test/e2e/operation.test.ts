import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

// Operation: what a Prometheus, a kubelet and an OpenTelemetry collector see, and what the log says. docs/operation.md

interface Span {
  readonly traceId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string; readonly intValue?: number } }[]
}

let gatehouse: TestGatehouse
let collector: Server
let metricsPort: number
const spans: Span[] = []
let log = ''

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
      }
      if (request.url === '/v1/traces') spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans)))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  metricsPort = await freePort()
  gatehouse = await startGatehouse({
    flags: ['--metrics-port', String(metricsPort), '--log-level', 'debug'],
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` },
  })
  gatehouse.process.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
}, 160_000)

afterAll(async () => {
  await discard(gatehouse)
  await new Promise(resolve => collector.close(resolve))
})

const credentials = () => ({
  accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
  secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
})
const settings = () => ({ endpoint: gatehouse.httpEndpoint, region: 'us-east-1', credentials: credentials(), maxAttempts: 1 })

const read = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${metricsPort}${path}`)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('calls are counted by service, operation and outcome; decisions by what decided; units of the store are timed', async () => {
  await new STSClient(settings()).send(new GetCallerIdentityCommand({}))
  await new IAMClient(settings()).send(new CreateUserCommand({ UserName: 'ann' }))
  await expect(new IAMClient(settings()).send(new CreateUserCommand({ UserName: 'ann' }))).rejects.toThrow('already exists')
  await expect(
    new STSClient({ ...settings(), credentials: { ...credentials(), secretAccessKey: 'not-the-secret-of-this-key' } }).send(
      new GetCallerIdentityCommand({}),
    ),
  ).rejects.toThrow('signature')

  const { status, type, text } = await read('/metrics')
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  const lines = text.split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'gatehouse_calls_total{service="sts",operation="GetCallerIdentity",outcome="Success"} 1',
      'gatehouse_calls_total{service="sts",operation="GetCallerIdentity",outcome="SignatureDoesNotMatch"} 1',
      'gatehouse_calls_total{service="iam",operation="CreateUser",outcome="EntityAlreadyExists"} 1',
      'gatehouse_decisions_total{effect="allowed",decided_by="identity"} 2',
      'gatehouse_call_duration_seconds_count{service="iam"} 2',
      'gatehouse_store_failures_total{kind="write"} 1',
      'gatehouse_cache_entries{cache="policies"} 1',
      'gatehouse_clusters_running 0',
    ]),
  )
  expect(text).toMatch(/^gatehouse_cache_hits\{cache="credentials"\} [1-9]/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d/m)
})

test('an operation that no model has adds no series of its own', async () => {
  await fetch(`${gatehouse.httpEndpoint}/?Action=MadeUp${'x'.repeat(40)}&Version=2010-05-08`)
  expect((await read('/metrics')).text).not.toContain('MadeUp')
})

test.each([
  ['/livez', 200, 'ok\n'],
  ['/readyz', 200, 'ok\n'],
  ['/else', 404, 'not found\n'],
])('GET %s', async (path, status, text) => {
  expect(await read(path)).toMatchObject({ status, text })
})

test('nothing but reading is answered there', async () => {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { method: 'POST', body: 'x' })
  expect(response.status).toBe(405)
})

test("a call's line in the log has its request id and caller, and no secret", async () => {
  const { $metadata } = await new STSClient(settings()).send(new GetCallerIdentityCommand({}))
  const line = await eventually(() => log.split('\n').find(text => text.includes(String($metadata.requestId))))
  expect(JSON.parse(line)).toMatchObject({
    requestId: $metadata.requestId,
    service: 'sts',
    operation: 'GetCallerIdentity',
    outcome: 'Success',
    principal: 'arn:aws:iam::111122223333:user/administrator',
    msg: 'a call was answered',
  })
  expect(log).not.toContain(credentials().secretAccessKey)
})

test('the collector gets a span a call, under the span of a caller that names its own', async () => {
  const client = new STSClient(settings())
  client.middlewareStack.add(
    next => async args => {
      ;(args.request as { headers: { [name: string]: string } }).headers['traceparent'] =
        '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
      return next(args)
    },
    { step: 'build' },
  )
  const { $metadata } = await client.send(new GetCallerIdentityCommand({}))
  const span = await eventually(() => spans.find(({ traceId }) => traceId === '4bf92f3577b34da6a3ce929d0e0e4736'))
  expect(span).toMatchObject({ name: 'sts/GetCallerIdentity', parentSpanId: '00f067aa0ba902b7' })
  expect(Object.fromEntries(span.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))).toMatchObject({
    'rpc.system': 'aws-api',
    'rpc.service': 'sts',
    'aws.request_id': $metadata.requestId,
    'http.response.status_code': 200,
  })
})

/** @returns the first thing found, within twenty seconds */
async function eventually<T>(find: () => T | undefined): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = find()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('not there after twenty seconds')
}
