import { createPrivateKey, randomBytes, randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthority, makeEndCertificate } from '../../src/identity/certificate.ts'
import { startInstanceMetadata } from '../../src/node/instance-metadata.ts'
import { startPodIdentityAgent } from '../../src/node/pod-identity-agent.ts'
import { requestCodes } from '../../src/node/postgres-messages.ts'
import { type RdsProxy, startRdsProxy } from '../../src/node/rds-proxy.ts'
import { listenForOperations } from '../../src/server/observation/operations-listener.ts'
import { exampleInstance } from '../node/example-instance.ts'
import { openConnection, said, statusesIn } from './raw-connection.ts'

// What pods and whoever else reaches them can say to the listeners beside Gatehouse's own ports: instance metadata, the agent and its probes, the metrics
// and the proxy of databases. Nobody has shown who they are there.

const stops: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(stops.map(stop => stop())))

/** Ports by what listens there, and what each answers to a good request. */
const ports = new Map<string, number>()
const good: { readonly [listener: string]: readonly [path: string, host: string, status: string] } = {
  metadata: ['/latest/meta-data/instance-id', '169.254.169.254', '401'],
  agent: ['/v1/credentials', '127.0.0.1', '400'],
  probes: ['/healthz', 'localhost', '200'],
  operations: ['/livez', 'localhost', '200'],
}
/** For what happens once the machine has come to it. */
const patience = { timeout: 30_000 }
const portOf = (address: string) => Number(new URL(address).port)
const portFor = (listener: string) => ports.get(listener) as number

beforeAll(async () => {
  const now = () => Date.UTC(2026, 0, 1)
  const instance = { ...exampleInstance, launchedAt: now() }
  const metadata = await startInstanceMetadata({
    host: '127.0.0.1',
    port: 0,
    now,
    state: () => ({ instance, options: { httpTokens: 'required', hopLimit: 1 }, profile: undefined }),
    deliver: () => Promise.reject(new Error('nobody asks')),
  })
  const exchange = () => Promise.reject(new Error('nobody asks'))
  const agent = await startPodIdentityAgent({ hosts: ['127.0.0.1'], port: 0, probePort: 0, now, exchange })
  const operations = await listenForOperations({
    host: '127.0.0.1',
    port: 0,
    unready: () => Promise.resolve(undefined),
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'one 1\n' }),
  })
  stops.push(metadata.close, agent.close, operations.close)
  ports.set('metadata', portOf(metadata.endpoint))
  ports.set('agent', portOf(agent.credentialsUri))
  ports.set('probes', portOf(agent.probes as string))
  ports.set('operations', operations.port)
})

describe.each(Object.entries(good))('%s', (listener, [path, host, status]) => {
  const request = (target = path, headers = `Host: ${host}\r\n`) => `GET ${target} HTTP/1.1\r\n${headers}\r\n`
  const last = request(path, `Host: ${host}\r\nConnection: close\r\n`)
  const post = (headers: string, body: string) => `POST / HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n${body}${request()}`

  test('answers twice on one connection, and a target in absolute form', async () => {
    expect(statusesIn(await said(portFor(listener), request(`http://${host}${path}`) + last))).toEqual([status, status])
  })
  test('tells browsers to show nothing of it in a frame, nor as another type', async () => {
    for (const answer of [await said(portFor(listener), last), await said(portFor(listener), request(path, 'Host: a/b\r\n'))])
      expect(answer).toMatch(/x-content-type-options: nosniff\r\n(.*\r\n)*content-security-policy: sandbox; frame-ancestors 'none'\r\n/i)
  })
  test.each([
    ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 5\r\n', 'hello')],
    ['line feeds alone', `GET ${path} HTTP/1.1\nHost: ${host}\n\n${request()}`],
    ['a folded header', post('X-A: b\r\n c\r\nContent-Length: 0\r\n', '')],
    ['two hosts', request(path, `Host: ${host}\r\nHost: other.example\r\n`) + request()],
    ['no host', request(path, '') + request()],
    ['a host that is none', request(path, 'Host: a/b\r\n') + request()],
    ['a target of another host', request(`http://other.example${path}`) + request()],
    ['what is no HTTP', `\u0016\u0003\u0001\u0002${'a'.repeat(100)}`],
  ])('refuses %s, and answers nothing after it', async (_, text) => {
    expect(statusesIn(await said(portFor(listener), text))).toEqual(['400'])
  })
  test.each([
    ['a large header', request(path, `Host: ${host}\r\nX-A: ${'a'.repeat(100_000)}\r\n`)],
    ['many headers', request(path, `Host: ${host}\r\n${Array.from({ length: 5_000 }, (_, at) => `X-${at}: a\r\n`).join('')}`)],
    ['a large path', request(`/${'a'.repeat(100_000)}`)],
  ])('refuses %s before it has all of it', async (_, text) => {
    const answer = await said(portFor(listener), text)
    expect(statusesIn(answer).filter(told => told !== '431')).toEqual([])
    expect(statusesIn(await said(portFor(listener), last))).toEqual([status])
  })
  test('closes connections beyond a number, and takes others once those are gone', async () => {
    const many = await Promise.all(Array.from({ length: 1_100 }, () => openConnection(portFor(listener))))
    // Who does not read does not see the end.
    for (const socket of many) socket.resume()
    await expect.poll(() => many.filter(({ destroyed, closed }) => destroyed || closed).length, patience).toBeGreaterThan(99)
    for (const socket of many) socket.destroy()
    await expect.poll(async () => statusesIn(await said(portFor(listener), last)), patience).toEqual([status])
  })
})

describe('the proxy of databases', () => {
  let proxy: RdsProxy
  const shown: string[] = []
  beforeAll(async () => {
    const random = { bytes: randomBytes, uuid: randomUUID }
    const life = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 }
    const subject = { commonName: 'Databases' }
    const key = createPrivateKey(makeAuthority({ subject, ...life }, random).keyPem)
    const hosts = ['orders.rds.localhost']
    const certificate = makeEndCertificate({ subject: { commonName: 'orders' }, hosts, usage: 'server', ...life }, { subject, key }, random)
    proxy = await startRdsProxy({
      host: '127.0.0.1',
      port: 0,
      hostname: 'orders.rds.localhost',
      upstream: { host: '127.0.0.1', port: 1 },
      certificate,
      authorize: ({ query }) => {
        shown.push(query)
        return Promise.resolve(false)
      },
      passwordOf: () => undefined,
    })
    stops.push(proxy.close)
  })

  const words = (...values: readonly number[]) => {
    const bytes = Buffer.alloc(values.length * 4)
    for (const [at, value] of values.entries()) bytes.writeInt32BE(value, at * 4)
    return bytes
  }
  const startup = (parameters: string) => Buffer.concat([words(8 + parameters.length, 196_608), Buffer.from(parameters)])
  const refusal = 'no encryption'

  test('a message of which half has come keeps nobody else waiting', async () => {
    const half = await openConnection(proxy.port)
    half.write(words(8))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await said(proxy.port, startup('user\0ann\0\0'))).toContain(refusal)
    half.destroy()
  })

  test('a message that comes byte by byte is read as one', async () => {
    const slow = await openConnection(proxy.port)
    const told = new Promise(resolve => slow.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))))
    for (const byte of startup('user\0ann\0\0')) {
      slow.write(Buffer.from([byte]))
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(await told).toContain('user "ann"')
    slow.destroy()
  })

  test.each([
    ['no message', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'invalid length of startup packet'],
    ['a length of nothing', words(0, requestCodes.ssl), 'invalid length of startup packet'],
    ['a length without end', words(0x7fffffff, requestCodes.ssl), 'invalid length of startup packet'],
    ['a negative length', words(-1, requestCodes.ssl), 'invalid length of startup packet'],
    ['a startup without TLS', startup('user\0ann\0\0'), refusal],
    ['parameters without an end', startup('user'), refusal],
    ['names that objects have', startup('__proto__\0a\0constructor\0b\0\0'), refusal],
    ['what came before TLS', Buffer.concat([words(8, requestCodes.ssl), Buffer.from([22, 3, 1])]), 'unencrypted data after SSL request'],
  ])('refuses %s', async (_, text, expected) => {
    expect(await said(proxy.port, text)).toContain(expected)
    expect(await said(proxy.port, startup('user\0ann\0\0'))).toContain(refusal)
  })

  /** What is told over TLS, to a startup and what comes after it. */
  const saidOverTls = async (first: Buffer, then: Buffer): Promise<string> => {
    const plain: Socket = await openConnection(proxy.port)
    plain.write(words(8, requestCodes.ssl))
    await new Promise(resolve => plain.once('data', resolve))
    // The proxy's certificate is of this test alone, and what is looked at is not who the proxy is.
    const socket = connectTls({ socket: plain, rejectUnauthorized: false })
    let told = ''
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      if (told === '') socket.write(then)
      told += chunk.toString('latin1')
    })
    socket.write(first)
    await closed
    return told
  }
  const password = (length: number, text: string) => Buffer.concat([Buffer.from('p'), words(length), Buffer.from(text)])

  test.each([
    { cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256', taken: true },
    { cipher: 'ECDHE-ECDSA-AES128-SHA', taken: false },
    { cipher: 'ECDHE-ECDSA-AES256-SHA384', taken: false },
  ])('of TLS 1.2 only suites that authenticate what they encrypt: $cipher taken is $taken', async ({ cipher, taken }) => {
    const plain: Socket = await openConnection(proxy.port)
    plain.write(words(8, requestCodes.ssl))
    await new Promise(resolve => plain.once('data', resolve))
    const agreed = await new Promise<string>(resolve => {
      const suites = { maxVersion: 'TLSv1.2', ciphers: `${cipher}@SECLEVEL=0` } as const
      const socket = connectTls({ socket: plain, rejectUnauthorized: false, ...suites }, () => resolve(socket.getCipher().name))
      socket.on('error', () => resolve('none'))
    })
    plain.destroy()
    expect(agreed).toBe(taken ? cipher : 'none')
  })

  test.each([
    ['a request for TLS within TLS', words(8, requestCodes.ssl), Buffer.alloc(0), 'unsupported frontend protocol'],
    ['another protocol', words(8, 2 << 16), Buffer.alloc(0), 'unsupported frontend protocol 2.0'],
    ['nobody’s startup', startup('\0'), Buffer.alloc(0), 'no PostgreSQL user name'],
    ['a password without end', startup('user\0ann\0\0'), password(0x7fffffff, 'a'), 'invalid message length'],
    ['a password of less than nothing', startup('user\0ann\0\0'), password(3, ''), 'invalid message length'],
    ['a query in the password’s place', startup('user\0ann\0\0'), Buffer.from('Q\0\0\0\u0009hell\0'), 'expected password response'],
    ['a password that is no token', startup('user\0ann\0\0'), password(9, 'hell\0'), 'PAM authentication failed for user "ann"'],
  ])('refuses %s', async (_, first, then, expected) => {
    expect(await saidOverTls(first, then)).toContain(expected)
    expect(shown).toEqual([])
  })
})
