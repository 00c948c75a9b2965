import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { type PodIdentityAgent, type PodIdentityAgentOptions, startPodIdentityAgent } from '../../src/node/pod-identity-agent.ts'
import { CredentialsRefused } from '../../src/node/refreshing-credentials.ts'

const expiresAt = Date.UTC(2026, 5, 1)
const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session', accountId: '111122223333', expiresAt }
const tokenUntil = (end: number) => `aGVhZGVy.${Buffer.from(JSON.stringify({ exp: end / 1000 })).toString('base64url')}.c2lnbmF0dXJl`
const token = tokenUntil(expiresAt)

let agent: PodIdentityAgent | undefined
afterEach(() => agent?.close())

async function start(more: Partial<PodIdentityAgentOptions> = {}) {
  const shown: string[] = []
  agent = await startPodIdentityAgent({
    hosts: ['127.0.0.1'],
    port: 0,
    now: () => expiresAt - 3_600_000,
    exchange: async given => {
      shown.push(given)
      return credentials
    },
    ...more,
  })
  return { uri: agent.credentialsUri, shown, probes: agent.probes }
}

function get(
  uri: string,
  headers: { [name: string]: string } = {},
  method = 'GET',
): Promise<{ status: number; body: string; type: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(uri, { method, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] ?? '' }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('the credentials endpoint', () => {
  test('answers as SDKs read it, for the token as it is in its file', async () => {
    const { uri, shown } = await start()
    const { status, body, type } = await get(uri, { authorization: token })
    expect({ status, type }).toEqual({ status: 200, type: 'application/json' })
    expect(JSON.parse(body)).toEqual({
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret',
      Token: 'session',
      AccountId: '111122223333',
      Expiration: '2026-06-01T00:00:00.000Z',
    })
    expect(shown).toEqual([token])
  })

  test('keeps nothing for a token that has ended', async () => {
    let time = expiresAt - 1
    const { uri } = await start({ now: () => time, exchange: async () => ({ ...credentials, expiresAt: expiresAt + 3_600_000 }) })
    expect((await get(uri, { authorization: token })).status).toBe(200)
    time = expiresAt
    expect(await get(uri, { authorization: token })).toMatchObject({
      status: 400,
      body: expect.stringContaining('(ExpiredTokenException)'),
    })
  })

  test.each([
    { name: 'no token', headers: {}, status: 400, body: 'Service account token cannot be empty' },
    { name: 'a bearer token', headers: { authorization: `Bearer ${token}` }, status: 400, body: 'cannot be parsed' },
    { name: 'a token whose claims are none', headers: { authorization: 'YQ.YQ.YQ' }, status: 400, body: 'cannot be parsed' },
    { name: 'a token of another form', headers: { authorization: 'a.b' }, status: 400, body: 'cannot be parsed' },
    { name: 'a token that is too long', headers: { authorization: `${'a'.repeat(20_001)}.b.c` }, status: 400, body: 'cannot be parsed' },
    { name: 'another host name', headers: { authorization: token, host: 'example.com' }, status: 403, body: 'invalid address' },
  ])('refuses $name, and asks nobody', async ({ headers, status, body }) => {
    const { uri, shown } = await start()
    const answer = await get(uri, headers as { [name: string]: string })
    expect(answer.status).toBe(status)
    expect(answer.body).toContain(body)
    expect(shown).toEqual([])
  })

  test('passes the refusal of the service on, in the words that SDKs print', async () => {
    const { uri } = await start({
      exchange: () => Promise.reject(new CredentialsRefused(404, 'ResourceNotFoundException', 'No association found.', 'abc')),
    })
    expect(await get(uri, { authorization: token })).toMatchObject({
      status: 404,
      body: '[abc]: (ResourceNotFoundException): No association found., fault: client\n',
    })
  })

  test('is one path, and one method', async () => {
    const { uri } = await start()
    expect((await get(uri.replace('/v1/credentials', '/'), { authorization: token })).status).toBe(404)
    expect((await get(uri, { authorization: token }, 'POST')).status).toBe(405)
  })

  test('answers so many requests a second, and no more', async () => {
    const { uri } = await start({ requestsPerSecond: 2 })
    const statuses: number[] = []
    for (let index = 0; index < 3; index++) statuses.push((await get(uri, { authorization: token })).status)
    expect(statuses).toEqual([200, 200, 429])
  })

  const hasIpv6 = Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === '::1'))
  test.runIf(hasIpv6)('is at every address it is to be at', async () => {
    const { uri } = await start({ hosts: ['127.0.0.1', '::1'] })
    const { port } = new URL(uri)
    expect((await get(`http://[::1]:${port}/v1/credentials`, { authorization: token })).status).toBe(200)
  })
})

test('probes tell whether the addresses answer', async () => {
  const { probes } = await start({ probePort: 0 })
  expect((await get(`${probes}/healthz`)).status).toBe(200)
  expect((await get(`${probes}/readyz`)).status).toBe(200)
  expect((await get(`${probes}/`)).status).toBe(404)
})

test('a port that is taken is an error that names it', async () => {
  const { uri } = await start()
  const port = Number(new URL(uri).port)
  await expect(startPodIdentityAgent({ hosts: ['127.0.0.1'], port, now: Date.now, exchange: async () => credentials })).rejects.toThrow(
    `cannot listen on 127.0.0.1 port ${port}: EADDRINUSE`,
  )
})
