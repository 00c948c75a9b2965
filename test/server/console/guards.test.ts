import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerConsole, isForConsole } from '../../../src/server/console/console.ts'
import { securityHeaders } from '../../../src/server/console/security-headers.ts'
import { serveStaticFiles } from '../../../src/server/console/static-files.ts'
import { sourceNetwork } from '../../../src/types/source-network.ts'
import { wireRequest } from '../house.ts'
import { account, type ConsoleHouse, makePerson, openConsoleHouse } from './console-house.ts'

const password = 'Tr0ub4dor&3'

let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
  await makePerson(house, 'anaya', password)
})
afterAll(() => house.close())

const answer = (draft: Parameters<typeof wireRequest>[0], more: object = {}) =>
  answerConsole(house.parts, { ...wireRequest({ method: 'GET', ...draft }, house.time()), ...more })

describe('every answer of the console tells browsers what they must not do', () => {
  const directives = (policy: string) => new Map(policy.split('; ').map(each => [each.split(' ')[0], each.split(' ').slice(1)] as const))

  test.each([
    { what: 'its page', draft: { path: '/console/' } },
    { what: 'a script', draft: { path: '/console/assets/main-0a1b2c3d.js' } },
    { what: 'a page deep in it', draft: { path: '/console/iam/users/anaya' } },
    { what: 'what is not there', draft: { path: '/console/assets/none.js' } },
    { what: 'a session', draft: { path: '/console/session' } },
    { what: 'a refused sign-in', draft: { path: '/console/session/sign-in', method: 'POST' } },
    { what: 'a broken federation', draft: { path: '/federation', query: 'Action=login&Destination=https://evil.example' } },
  ])('$what', async ({ draft }) => {
    const { headers } = await answer(draft)
    const policy = directives(headers['content-security-policy'] as string)
    expect(policy.get('default-src')).toEqual(["'none'"])
    // Neither inline scripts, nor those of any other place, nor texts that are run as scripts.
    expect(policy.get('script-src')).toEqual(["'self'"])
    expect(policy.get('connect-src')).toEqual(["'self'"])
    expect(policy.get('frame-ancestors')).toEqual(["'none'"])
    expect(policy.get('base-uri')).toEqual(["'none'"])
    expect(policy.get('object-src')).toEqual(["'none'"])
    expect(headers['content-security-policy']).not.toMatch(/unsafe-eval|unsafe-inline|(script|style)-src[^;]*(\*|data:|blob:)/)
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('publickey-credentials-get=(self)'),
      'cross-origin-opener-policy': 'same-origin',
    })
  })

  test.each([
    { secure: true, host: 'gatehouse.example.com:4443', told: 'max-age=31536000' },
    { secure: true, host: 'gatehouse.example.com', told: 'max-age=31536000' },
    { secure: false, host: 'gatehouse.example.com', told: undefined },
    { secure: true, host: 'localhost:4443', told: undefined },
    { secure: true, host: '127.0.0.1:4443', told: undefined },
    { secure: true, host: '[::1]:4443', told: undefined },
  ])('HTTPS is to be remembered: $told for $host, secure $secure', ({ secure, host, told }) => {
    expect(securityHeaders(secure, host)['strict-transport-security']).toBe(told)
  })
})

describe('files of the built console', () => {
  test('have their types, and are kept for good when their names say what is in them', async () => {
    expect(await answer({ path: '/console/' })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    })
    expect(await answer({ path: '/console/assets/main-0a1b2c3d.js' })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' },
    })
    expect(await answer({ path: '/console' })).toMatchObject({ status: 308, headers: { location: '/console/' } })
  })

  test('deep links get the page, which finds its way itself', async () => {
    const page = await answer({ path: '/console/' })
    expect((await answer({ path: '/console/iam/roles/deployer' })).body).toEqual(page.body)
    expect(await answer({ path: '/console/assets/other.js' })).toMatchObject({ status: 404 })
    expect(await answer({ path: '/console/robots.txt' })).toMatchObject({ status: 404 })
  })

  test.each([
    { accepts: 'gzip, deflate, br', coding: 'gzip' },
    { accepts: 'br', coding: undefined },
    { accepts: 'gzip;q=0', coding: undefined },
    { accepts: '', coding: undefined },
  ])('are sent compressed to whoever accepts $accepts: $coding', async ({ accepts, coding }) => {
    const { headers } = await answer({ path: '/console/assets/main-0a1b2c3d.js', headers: { 'accept-encoding': accepts } })
    expect(headers['content-encoding']).toBe(coding)
    expect(headers['vary']).toBe('accept-encoding')
  })

  test('are not sent again to whoever has them', async () => {
    const { headers } = await answer({ path: '/console/' })
    expect(await answer({ path: '/console/', headers: { 'if-none-match': headers['etag'] as string } })).toMatchObject({
      status: 304,
      body: '',
    })
  })

  test.each([
    '/console/../../package.json',
    '/console/%2e%2e/%2e%2e/package.json',
    '/console/..%2f..%2fpackage.json',
    '/console//etc/passwd',
    '/console/\0',
  ])('nothing outside the folder is served: %s', async path => {
    const { body } = await answer({ path })
    expect(Buffer.from(body as string).toString()).not.toMatch(/"name": "gatehouse"|root:/)
  })

  test('are only read', async () => {
    expect(await answer({ path: '/console/', method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  test('a console that is not built says how to build it, and is there as soon as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-console-'))
    try {
      const files = serveStaticFiles(folder)
      const request = wireRequest({ method: 'GET', path: '/console/' }, 0)
      expect(files(request)).toMatchObject({ status: 503, body: expect.stringContaining('npm run build') })
      writeFileSync(join(folder, 'index.html'), '<!doctype html>')
      expect(files(request)).toMatchObject({ status: 200 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('what signs is for S3, though a bucket is called as our paths are', () => {
  test.each([
    { draft: { path: '/console/key' }, ours: true },
    { draft: { path: '/consoles/key' }, ours: false },
    { draft: { path: '/console/key', headers: { authorization: 'AWS4-HMAC-SHA256 ...' } }, ours: false },
    { draft: { path: '/console/key', query: 'X-Amz-Signature=0a' }, ours: false },
    { draft: { path: '/federation', query: 'Action=getSigninToken' }, ours: true },
    { draft: { path: '/federation', query: 'list-type=2' }, ours: false },
    { draft: { path: '/federation', query: 'Action=login', headers: { authorization: 'AWS4-HMAC-SHA256 ...' } }, ours: false },
  ])('$draft', ({ draft, ours }) => {
    expect(isForConsole(wireRequest({ method: 'GET', ...draft }, 0))).toBe(ours)
  })
})

describe('nobody makes a browser act for a session from elsewhere', () => {
  const attempts = [
    { from: 'another origin', headers: { origin: 'https://evil.example' }, code: 'CrossOrigin' },
    { from: 'another port of the host', headers: { origin: 'https://localhost:8443' }, code: 'CrossOrigin' },
    { from: 'a bucket’s host', headers: { origin: 'https://bucket.s3.localhost:4443' }, code: 'CrossOrigin' },
    { from: 'a sandbox', headers: { origin: 'null' }, code: 'CrossOrigin' },
    { from: 'no page', headers: { origin: undefined }, code: 'CrossOrigin' },
    { from: 'a page of the same site', headers: { 'sec-fetch-site': 'same-site' }, code: 'CrossOrigin' },
    { from: 'a page of another site', headers: { 'sec-fetch-site': 'cross-site' }, code: 'CrossOrigin' },
    { from: 'a page that does not know the token', headers: { 'x-gatehouse-csrf': undefined }, code: 'CsrfToken' },
    { from: 'a page that guesses the token', headers: { 'x-gatehouse-csrf': 'x'.repeat(43) }, code: 'CsrfToken' },
  ]
  test.each(attempts)('$from', async ({ headers, code }) => {
    const browser = house.browser()
    await browser.signIn({ account, userName: 'anaya', password })
    for (const action of ['credentials', 'sign-out', 'switch-role', 'switch-back', 'password', 'security-keys', 'security-keys/options'])
      expect(await browser.post(action, { oldPassword: 'x', newPassword: 'y' }, headers)).toMatchObject({ status: 403, body: { code } })
    expect((await browser.get('/console/session')).status).toBe(200)
  })

  test.each(attempts.filter(({ code }) => code === 'CrossOrigin'))('signing in from $from', async ({ headers }) => {
    expect(await house.browser().post('sign-in', { account, userName: 'anaya', password }, headers)).toMatchObject({ status: 403 })
  })

  test('the token of one session is not another’s', async () => {
    const [one, other] = [house.browser(), house.browser()]
    for (const browser of [one, other]) await browser.signIn({ account, userName: 'anaya', password })
    const { csrfToken } = (await one.get('/console/session')).body
    expect(await other.post('credentials', {}, { 'x-gatehouse-csrf': String(csrfToken) })).toMatchObject({ status: 403 })
  })

  test('only posts act, and unknown actions are none', async () => {
    expect(await answer({ path: '/console/session/credentials' })).toMatchObject({ status: 405 })
    expect(await answer({ path: '/console/session/__proto__', method: 'POST' })).toMatchObject({ status: 404 })
    expect(await answer({ path: '/console/session/constructor', method: 'POST' })).toMatchObject({ status: 404 })
    expect(await answer({ path: '/console/session', headers: { host: 'a b' } })).toMatchObject({ status: 400 })
    expect(await answer({ path: '/federation', query: 'Action=logout', headers: { host: 'a b' } })).toMatchObject({ status: 400 })
  })

  test.each([
    '__Host-gatehouse-session=short',
    '__Host-gatehouse-session=',
    `__Host-gatehouse-session=${'x'.repeat(43)}`,
    `__Host-gatehouse-session=${'x'.repeat(43)}; __Host-gatehouse-session=${'y'.repeat(43)}`,
    `gatehouse-session=${'x'.repeat(43)}`,
  ])('the cookie %s is nobody’s', async cookie => {
    expect(await answer({ path: '/console/session', headers: { cookie } })).toMatchObject({ status: 401 })
  })
})

describe('guessing', () => {
  const wrongly = (userName: string, remoteAddress: string) =>
    house.browser({ remoteAddress }).post('sign-in', { account, userName, password: 'nope' })

  test('of one user ends after five attempts, for five minutes, though the sixth be right', async () => {
    await makePerson(house, 'vera', password)
    for (let attempt = 0; attempt < 5; attempt++) expect((await wrongly('vera', `192.0.2.${attempt}`)).status).toBe(401)
    const right = () => house.browser({ remoteAddress: '192.0.2.99' }).post('sign-in', { account, userName: 'VERA', password })
    expect(await right()).toMatchObject({ status: 429, body: { code: 'TooManyAttempts' } })
    expect((await house.browser().signIn({ account, userName: 'anaya', password })).status).toBe(200)
    house.pass(301)
    expect((await right()).status).toBe(200)
  })

  test('attempts that come at once count as many', async () => {
    await makePerson(house, 'willa', password)
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => wrongly('willa', `192.0.2.${100 + i}`)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7)
  })

  test('of names that are not there ends as well', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) statuses.push((await wrongly('nobody-at-all', `192.0.2.${120 + attempt}`)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  })

  test('from one address ends after twenty, whoever is tried; others go on', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 22; attempt++) statuses.push((await wrongly(`user-${attempt}`, '198.51.100.77')).status)
    expect(statuses.filter(status => status === 429)).toHaveLength(2)
    const right = (remoteAddress: string) => house.browser({ remoteAddress }).post('sign-in', { account, userName: 'anaya', password })
    expect((await right('198.51.100.77')).status).toBe(429)
    expect((await right('198.51.100.78')).status).toBe(200)
  })

  test('who signs in often is not taken for a guesser', async () => {
    for (let times = 0; times < 25; times++)
      expect(
        (await house.browser({ remoteAddress: '198.51.100.80' }).post('sign-in', { account, userName: 'anaya', password })).status,
      ).toBe(200)
  })

  test.each([
    { address: '203.0.113.7', guesser: '203.0.113.7' },
    { address: '2001:db8:1:2:3:4:5:6', guesser: '2001:db8:1:2' },
    { address: '2001:db8:1:2::1', guesser: '2001:db8:1:2' },
    { address: '2001:db8::1', guesser: '2001:db8:0:0' },
    { address: '::1', guesser: '0:0:0:0' },
  ])('an address is counted by its network: $address', ({ address, guesser }) => {
    expect(sourceNetwork(address)).toBe(guesser)
  })
})
