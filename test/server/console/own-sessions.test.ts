import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, type Browser, type ConsoleHouse, makePerson, openConsoleHouse, rootEmail, rootPassword } from './console-house.ts'

// A person's sessions, and the end of those that are not here. OWASP ASVS 5.0.0, 7.4.3 and 7.5.2.

const password = 'Tr0ub4dor&3'
let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
})
afterAll(() => house.close())

const signedIn = async (request: object): Promise<Browser> => {
  const browser = house.browser()
  await browser.signIn(request)
  return browser
}
const statusOf = async (browser: Browser) => (await browser.get('/console/session')).status
const callWith = (keys: object) => house.query('sts', { Action: 'GetCallerIdentity' }, keys)

describe.each([
  { who: 'a user', request: { account, userName: 'wary', password } },
  { who: 'the root user', request: { email: rootEmail, password: rootPassword } },
])('$who', ({ who, request }) => {
  beforeAll(async () => {
    if (who === 'a user') for (const name of ['wary', 'other']) await makePerson(house, name, password)
  })

  test('sees the sessions that are not over, and no secret of theirs', async () => {
    const first = await signedIn(request)
    house.pass(90)
    const second = await signedIn(request)
    const { status, body } = await second.post('sessions', {})
    const entry = (signedInAt: number, current: boolean) => ({
      signedInAt,
      usedAt: signedInAt,
      expiresAt: signedInAt + 43_200_000,
      mfa: false,
      current,
    })
    expect([status, body]).toEqual([200, [entry(house.time(), true), entry(house.time() - 90_000, false)]])
    house.pass(7_200)
    expect(await statusOf(first)).toBe(401)
    expect(await statusOf(second)).toBe(401)
    const third = await signedIn(request)
    expect((await third.post('sessions', {})).body).toEqual([entry(house.time(), true)])
  })

  test('ends the others at once, with the credentials that they sign with, and nobody else’s', async () => {
    const [here, there, elsewhere] = [
      await signedIn(request),
      await signedIn(request),
      await signedIn({ account, userName: 'other', password }),
    ]
    const [ours, theirs] = [(await here.post('credentials', {})).body, (await there.post('credentials', {})).body]
    expect(await here.post('sessions/end-others', {})).toMatchObject({ status: 200, body: {} })
    expect([await statusOf(here), await statusOf(there), await statusOf(elsewhere)]).toEqual([200, 401, 200])
    expect((await callWith(ours)).status).toBe(200)
    expect(await callWith(theirs)).toMatchObject({ status: 403, text: expect.stringContaining('InvalidClientTokenId') })
    expect((await here.post('sessions', {})).body).toHaveLength(1)
  })

  test('does so from a page of the console in a session of theirs only', async () => {
    const [here, there] = [await signedIn(request), await signedIn(request)]
    const post = (headers: { readonly [name: string]: string }) => here.post('sessions/end-others', {}, headers)
    expect(await post({ 'x-gatehouse-csrf': 'a' })).toMatchObject({ status: 403, body: { code: 'CsrfToken' } })
    expect(await post({ origin: 'https://other.example' })).toMatchObject({ status: 403, body: { code: 'CrossOrigin' } })
    expect(await house.browser().post('sessions', {})).toMatchObject({ status: 401, body: { code: 'NotSignedIn' } })
    expect(await statusOf(there)).toBe(200)
  })
})
