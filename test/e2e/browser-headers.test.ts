import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Agent, request } from 'node:https'
import { request as requestPlain } from 'node:http'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

// Whatever a browser may be made to ask, and at whichever port: no answer may be taken for another type, or be shown in a frame, but for objects of S3.
// OWASP ASVS 5.0.0, 3.4.4 and 3.4.6.

let gatehouse: TestGatehouse
let metricsPort: number
let agent: Agent
beforeAll(async () => {
  metricsPort = await freePort()
  gatehouse = await startGatehouse({ flags: ['--metrics-port', String(metricsPort)] })
  const ca = readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] as string, 'utf8')
  agent = new Agent({ ca })
  const s3 = new S3Client({ endpoint: gatehouse.httpEndpoint, region: 'us-east-1', forcePathStyle: true, credentials: administrator() })
  await s3.send(new CreateBucketCommand({ Bucket: 'framed' }))
  await s3.send(new PutObjectCommand({ Bucket: 'framed', Key: 'page.html', Body: '<script>1</script>', ContentType: 'text/html' }))
  s3.middlewareStack.add(
    next => async args => {
      const answer = await next(args)
      objectHeaders = (answer.response as { headers: { [name: string]: string } }).headers
      return answer
    },
    { step: 'deserialize', priority: 'high' },
  )
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'framed', Key: 'page.html' }))
  await Body?.transformToString()
  s3.destroy()
})
afterAll(async () => {
  agent.destroy()
  await discard(gatehouse)
})

let objectHeaders: { readonly [name: string]: string | string[] | undefined } = {}
const administrator = () => ({
  accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
  secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
})

interface Asked {
  readonly port?: 'https' | 'http' | 'metrics'
  readonly method?: string
  readonly path: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
}

function headersOf({ port = 'https', method = 'GET', path, headers = {}, body = '' }: Asked) {
  const origin = { https: gatehouse.endpoint, http: gatehouse.httpEndpoint, metrics: `http://127.0.0.1:${metricsPort}` }[port]
  const options = { method, path, headers, ...(port === 'https' && { agent }) }
  const { hostname, port: number } = new URL(origin)
  return new Promise<typeof objectHeaders>((resolve, reject) => {
    const send = port === 'https' ? request : requestPlain
    send({ hostname, port: number, ...options }, answer => {
      answer.resume()
      resolve(answer.headers)
    })
      .on('error', reject)
      .end(body)
  })
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const asked: readonly (readonly [string, Asked])[] = [
  ['a call that is not signed', { method: 'POST', path: '/', headers: form, body: 'Action=GetCallerIdentity&Version=2011-06-15' }],
  ['a call over plain HTTP', { port: 'http', method: 'POST', path: '/', headers: form, body: 'Action=ListUsers&Version=2010-05-08' }],
  ['a call in a query', { path: '/?Action=GetCallerIdentity&Version=2011-06-15' }],
  ['an operation of no service', { method: 'POST', path: '/', headers: { 'x-amz-target': 'None.Such' }, body: '{}' }],
  ['an object that is not told', { path: '/framed/page.html' }],
  ['a HEAD', { method: 'HEAD', path: '/framed/page.html' }],
  ['a list of objects', { path: '/framed?list-type=2' }],
  ['health', { path: '/_gatehouse/health' }],
  ['an issuer', { path: '/id/0123456789ABCDEF0123456789ABCDEF/keys' }],
  ['a cluster', { path: '/_gatehouse/kubernetes/0123456789ABCDEF0123456789ABCDEF/api' }],
  ['a webhook', { method: 'POST', path: '/_gatehouse/webhooks/0123456789ABCDEF0123456789ABCDEF/token-review', body: '{}' }],
  ['a host that is none', { port: 'http', path: '/', headers: { host: 'a/b' } }],
  ['a page of the console', { path: '/console/' }],
  ['a session of the console', { path: '/console/session' }],
  ['federation', { path: '/federation?Action=login&SigninToken=x' }],
  ['metrics', { port: 'metrics', path: '/metrics' }],
  ['what monitoring has not', { port: 'metrics', path: '/none' }],
]

test.each(asked)('%s is what it says it is, and in no frame', async (_, what) => {
  const headers = await headersOf(what)
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
})

test('an object of S3 may be framed, without scripts and without an origin', () => {
  expect(objectHeaders).toMatchObject({
    'content-type': 'text/html',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  })
})
