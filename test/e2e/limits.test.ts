import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// The limits of docs/operation.md on a running server: what is over them is refused, and the server goes on.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let metricsPort: number

beforeAll(async () => {
  metricsPort = await freePort()
  const flags = {
    '--metrics-port': metricsPort,
    '--call-rate-per-principal': 10,
    '--max-connections': 40,
    '--max-header-bytes': 16_384,
    '--max-body-bytes': 1_048_576,
    '--header-seconds': 1,
    '--body-seconds': 1,
  }
  gatehouse = await startGatehouse({ flags: Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)]) })
})
afterAll(() => discard(gatehouse))

const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
const metric = async (name: string) =>
  Number(
    (await metrics())
      .split('\n')
      .find(line => line.startsWith(`${name} `))
      ?.split(' ')[1],
  )
const healthy = async () => (await fetch(`${gatehouse.httpEndpoint}/_gatehouse/health`, { headers: { connection: 'close' } })).text()
const open = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(gatehouse.httpEndpoint).port), '127.0.0.1')
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  return socket
}
/** What a connection gives until it is closed. */
const untilClosed = (socket: Socket): Promise<string> =>
  new Promise(resolve => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.once('close', () => resolve(text))
  })

describe('a principal that calls too often', () => {
  let seen: { readonly [what: string]: unknown }
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(join(clients, 'python'), [join(root, 'test/e2e/programs/throttled.py')], {
      env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
      timeout: 150_000,
    })
    seen = JSON.parse(stdout) as typeof seen
  }, 160_000)
  test.each(['sts', 'ec2', 'eks', 's3', 'cloudtrail'])('is told to wait, does so with boto3, and succeeds: %s', service => {
    expect(seen[service]).toEqual({ succeeded: 16, 'tried again': true })
  })
  test('sees the service’s error when it does not wait', () => {
    expect(seen['refused']).toEqual([['Throttling', 'Rate exceeded']])
  })
  test('is counted', async () => {
    expect(await metric('gatehouse_calls_throttled_total{reason="principal"}')).toBeGreaterThan(10)
    expect(await metric('gatehouse_calls_in_work')).toBe(0)
    expect(await metric('gatehouse_calls_total{service="sts",operation="GetCallerIdentity",outcome="Throttling"}')).toBeGreaterThan(0)
  })
})

test('headers that come slowly end the connection, and nobody else’s', async () => {
  const slow = await Promise.all(Array.from({ length: 10 }, open))
  const closed = slow.map(untilClosed)
  for (const socket of slow) socket.write('POST / HTTP/1.1\r\nHost: localhost\r\n')
  const drip = setInterval(() => slow.forEach(socket => void (socket.writable && socket.write('X-Slow: a\r\n'))), 200)
  expect(await healthy()).toBe('ok\n')
  const answers = await Promise.all(closed)
  clearInterval(drip)
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})

test.each(['http', 'https'])('a connection by %s that says nothing is ended', async scheme => {
  const address = scheme === 'http' ? gatehouse.httpEndpoint : gatehouse.endpoint
  const silent = connect(Number(new URL(address).port), '127.0.0.1')
  silent.on('error', () => {})
  const begun = performance.now()
  await untilClosed(silent)
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(await healthy()).toBe('ok\n')
})

test.each([
  { cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256', taken: true },
  { cipher: 'ECDHE-ECDSA-CHACHA20-POLY1305', taken: true },
  { cipher: 'ECDHE-ECDSA-AES128-SHA', taken: false },
  { cipher: 'ECDHE-ECDSA-AES256-SHA384', taken: false },
  { cipher: 'ECDHE-ECDSA-AES128-CCM8', taken: false },
])('of TLS 1.2 only suites that authenticate what they encrypt: $cipher taken is $taken', async ({ cipher, taken }) => {
  const { hostname, port } = new URL(gatehouse.endpoint)
  const ca = readFileSync(join(gatehouse.data, 'ca.pem'))
  const agreed = await new Promise<string>(resolve => {
    const socket = connectTls({ host: hostname, port: Number(port), ca, maxVersion: 'TLSv1.2', ciphers: `${cipher}@SECLEVEL=0` }, () => {
      resolve(socket.getCipher().name)
      socket.destroy()
    })
    socket.on('error', () => resolve('none'))
  })
  expect(agreed).toBe(taken ? cipher : 'none')
})

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not spoken', async version => {
  const { hostname, port } = new URL(gatehouse.endpoint)
  const told = await new Promise<string>(resolve => {
    const where = { host: hostname, port: Number(port), rejectUnauthorized: false }
    const socket = connectTls({ ...where, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
      resolve(socket.getProtocol() ?? '')
      socket.destroy()
    })
    socket.on('error', ({ message }) => resolve(message))
  })
  expect(told).toMatch(/alert protocol version/)
})

test('a body that does not come ends the connection', async () => {
  const socket = await open()
  const closed = untilClosed(socket)
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nAction=')
  expect(await closed).toBe('')
  expect(await healthy()).toBe('ok\n')
})

test('a client that takes nothing of a large answer is cut off, one that takes all has all', async () => {
  const size = 24 * 1024 * 1024
  const words = ['-c', largeObject, gatehouse.httpEndpoint, String(size)]
  const environment = { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data }
  const { stdout } = await promisify(execFile)(join(clients, 'python'), words, { env: environment })
  const { pathname, search, host, port } = new URL(stdout.trim())
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await new Promise(resolve => socket.once('readable', resolve))
  await new Promise(resolve => setTimeout(resolve, 4_000))
  const had = (await untilClosed(socket)).length
  expect(had).toBeGreaterThan(0)
  expect(had).toBeLessThan(size)
  expect((await (await fetch(stdout.trim())).arrayBuffer()).byteLength).toBe(size)
})

/** Keeps an object, and prints where whoever knows the address gets it. */
const largeObject = `
import boto3, sys
from botocore.config import Config
s3 = boto3.client('s3', endpoint_url=sys.argv[1], config=Config(signature_version='s3v4', s3={'addressing_style': 'path'}))
s3.create_bucket(Bucket='large')
s3.put_object(Bucket='large', Key='object', Body=b'a' * int(sys.argv[2]))
print(s3.generate_presigned_url('get_object', Params={'Bucket': 'large', 'Key': 'object'}))
`

test('headers that are too large are refused', async () => {
  const socket = await open()
  const closed = untilClosed(socket)
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`)
  expect(await closed).toMatch(/^HTTP\/1\.1 431 /)
})

test('a body that is too large is refused before it is kept', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(`${gatehouse.httpEndpoint}/`, { method: 'POST' }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject)
    sent.end(Buffer.alloc(1_048_577, 'a'))
  })
  expect(status).toBe(413)
})

test('connections beyond the number are closed, counted, and taken again once there is room', async () => {
  const many = await Promise.all(Array.from({ length: 60 }, open))
  await expect.poll(() => metric('gatehouse_connections_dropped_total')).toBeGreaterThanOrEqual(20)
  for (const socket of many) socket.destroy()
  await expect.poll(() => healthy().catch(() => 'closed')).toBe('ok\n')
})
