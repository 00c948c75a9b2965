import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerConsole } from '../../../src/server/console/console.ts'
import { wireRequest } from '../house.ts'
import { account, type ConsoleHouse, makePerson, openConsoleHouse, rootEmail, rootPassword } from './console-house.ts'

const wrong = 'Your authentication information is incorrect. Please try again.'
const password = 'Tr0ub4dor&3'

let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
  await house.administrator('iam', 'CreateAccountAlias', { AccountAlias: 'example' })
  await makePerson(house, 'anaya', password)
})
afterAll(() => house.close())

describe('whoever knows a password gets in', () => {
  test.each([
    {
      who: 'a user by account id',
      request: { account, userName: 'anaya', password },
      kind: 'user',
      arn: `arn:aws:iam::${account}:user/anaya`,
    },
    {
      who: 'a user by alias',
      request: { account: 'example', userName: 'anaya', password },
      kind: 'user',
      arn: `arn:aws:iam::${account}:user/anaya`,
    },
    {
      who: 'root by e-mail',
      request: { email: 'Root@Example.com', password: rootPassword },
      kind: 'root',
      arn: `arn:aws:iam::${account}:root`,
    },
  ])('$who', async ({ request, kind, arn }) => {
    const browser = house.browser()
    expect(await browser.signIn(request)).toMatchObject({ status: 200, body: { state: 'signed-in' } })
    const session = await browser.get('/console/session')
    expect(session).toMatchObject({ status: 200, body: { account, alias: 'example', kind, arn, region: 'us-east-1', roleHistory: [] } })
    expect(session.body['expiresAt']).toBe((session.body['signedInAt'] as number) + 43_200_000)
  })

  test('the cookie is out of reach of scripts, other sites and other hosts', async () => {
    const answer = await house.browser().signIn({ account, userName: 'anaya', password })
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-gatehouse-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    )
    const plain = await house.browser({ secure: false }).signIn({ account, userName: 'anaya', password })
    expect(plain.headers['set-cookie']).toMatch(/^gatehouse-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  })

  test('the store does not know the id that the cookie holds', async () => {
    const browser = house.browser()
    await browser.signIn({ account, userName: 'anaya', password })
    const id = browser.cookie()?.split('=')[1] as string
    const rows = await house.world.store.read(tx => tx.selectFrom('consoleSessions').selectAll().execute())
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(id)
  })

  test('a session lasts as long as the login profile says', async () => {
    await makePerson(house, 'brief', password, { MaxSigninSessionDuration: 3600 })
    const browser = house.browser()
    await browser.signIn({ account, userName: 'brief', password })
    const { body } = await browser.get('/console/session')
    expect(body['expiresAt']).toBe((body['signedInAt'] as number) + 3_600_000)
  })
})

describe('whoever does not is told one thing only', () => {
  test.each([
    { why: 'wrong password', request: { account, userName: 'anaya', password: 'nope' } },
    { why: 'longer than any password', request: { account, userName: 'anaya', password: `${password}${'x'.repeat(200)}` } },
    { why: 'no such user', request: { account, userName: 'nobody', password } },
    { why: 'a user without a password', request: { account, userName: 'administrator', password } },
    { why: 'no such account', request: { account: '999999999999', userName: 'anaya', password } },
    { why: 'no such alias', request: { account: 'elsewhere', userName: 'anaya', password } },
    { why: 'wrong password of root', request: { email: rootEmail, password } },
    { why: 'no such e-mail address', request: { email: 'who@example.com', password } },
  ])('$why', async ({ request }) => {
    const browser = house.browser({ remoteAddress: '198.51.100.9' })
    expect(await browser.post('sign-in', request)).toMatchObject({ status: 401, body: { message: wrong } })
    expect(browser.cookie()).toBeUndefined()
    expect(await browser.get('/console/session')).toMatchObject({ status: 401, body: { code: 'NotSignedIn' } })
  })
})

describe('what is not a request of sign-in is refused as such', () => {
  test.each([
    { what: 'no JSON', body: '{', headers: { 'content-type': 'application/json' } },
    { what: 'a list', body: '[]', headers: { 'content-type': 'application/json' } },
    { what: 'a form', body: 'account=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { what: 'no password', body: JSON.stringify({ account, userName: 'anaya' }), headers: { 'content-type': 'application/json' } },
    { what: 'a number', body: JSON.stringify({ account, userName: 1, password }), headers: { 'content-type': 'application/json' } },
    {
      what: 'too much',
      body: JSON.stringify({ account, userName: 'anaya', password: 'x'.repeat(70_000) }),
      headers: { 'content-type': 'application/json' },
    },
  ])('$what', async ({ body, headers }) => {
    const draft = { path: '/console/session/sign-in', headers: { origin: 'https://localhost:4443', ...headers }, body }
    const answer = await answerConsole(house.parts, wireRequest(draft, house.time()))
    expect(answer.status).toBe(400)
    expect(JSON.parse(String(answer.body))).toMatchObject({ code: 'ValidationError' })
  })
})

describe('credentials of a session', () => {
  const credentialsOf = async (userName: string) => {
    const browser = house.browser()
    await browser.signIn({ account, userName, password })
    return { browser, keys: (await browser.post('credentials', {})).body }
  }

  test('are short-lived, of the person, and may call IAM though there was no second factor', async () => {
    const { keys } = await credentialsOf('anaya')
    expect(keys).toMatchObject({ principalArn: `arn:aws:iam::${account}:user/anaya`, expiresAt: house.time() + 900_000 })
    expect(await house.query('iam', { Action: 'ListGroups' }, keys)).toMatchObject({ status: 200 })
    const who = await house.query('sts', { Action: 'GetCallerIdentity' }, keys)
    expect(who.text).toContain(`<Arn>arn:aws:iam::${account}:user/anaya</Arn>`)
  })

  test('tell on record that they are the console’s', async () => {
    const { keys } = await credentialsOf('anaya')
    await house.query('iam', { Action: 'CreateGroup', GroupName: 'readers' }, keys)
    expect((await house.records('CreateGroup')).at(-1)).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'anaya', sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
      sessionCredentialFromConsole: 'true',
    })
  })

  test('do what the person may do and nothing more', async () => {
    await makePerson(house, 'clerk', password, {}, 'iam:ListUsers')
    const { keys } = await credentialsOf('clerk')
    expect(await house.query('iam', { Action: 'ListUsers' }, keys)).toMatchObject({ status: 200 })
    expect(await house.query('iam', { Action: 'ListGroups' }, keys)).toMatchObject({ status: 403 })
  })

  test.each([
    { end: 'signing out', how: (browser: Awaited<ReturnType<typeof credentialsOf>>['browser']) => browser.post('sign-out', {}) },
    {
      end: 'another password, given by an administrator',
      how: () => house.administrator('iam', 'UpdateLoginProfile', { UserName: 'anaya', Password: password }),
    },
    {
      end: 'the end of the login profile',
      how: async () => {
        await house.administrator('iam', 'DeleteLoginProfile', { UserName: 'anaya' })
        await house.administrator('iam', 'CreateLoginProfile', { UserName: 'anaya', Password: password })
      },
    },
  ])('end with $end, as the session does', async ({ how }) => {
    const { browser, keys } = await credentialsOf('anaya')
    expect((await house.query('sts', { Action: 'GetCallerIdentity' }, keys)).status).toBe(200)
    await how(browser)
    expect(await browser.get('/console/session')).toMatchObject({ status: 401 })
    const after = await house.query('sts', { Action: 'GetCallerIdentity' }, keys)
    expect(after).toMatchObject({ status: 403, text: expect.stringContaining('InvalidClientTokenId') })
  })

  test('are not given for a session that nobody used for long, nor for one that is over', async () => {
    const { browser } = await credentialsOf('anaya')
    house.pass(7_000)
    expect((await browser.post('credentials', {})).status).toBe(200)
    house.pass(7_000)
    expect((await browser.post('credentials', {})).status).toBe(200)
    house.pass(7_201)
    expect((await browser.post('credentials', {})).status).toBe(401)
    const busy = (await credentialsOf('anaya')).browser
    for (let hours = 0; hours < 12; hours++) {
      expect((await busy.get('/console/session')).status).toBe(200)
      house.pass(3_600)
    }
    expect((await busy.get('/console/session')).status).toBe(401)
  })
})

test('the credential report and the account summary tell of passwords and their use', async () => {
  await house.browser().signIn({ email: rootEmail, password: rootPassword })
  await house.administrator('iam', 'GenerateCredentialReport', {})
  const { Content } = (await house.administrator('iam', 'GetCredentialReport', {})) as unknown as { Content: Uint8Array }
  const [head = '', root = ''] = Buffer.from(Content).toString('utf8').split('\n')
  const used = root.split(',')[head.split(',').indexOf('password_last_used')]
  expect(Date.parse(String(used))).toBe(house.time())
  const { SummaryMap } = (await house.administrator('iam', 'GetAccountSummary', {})) as unknown as {
    SummaryMap: { AccountPasswordPresent: number }
  }
  expect(SummaryMap.AccountPasswordPresent).toBe(1)
})

describe('a password that must be replaced lets nobody in before it is', () => {
  test('the person chooses another, by iam:ChangePassword', async () => {
    await makePerson(house, 'new', password, { PasswordResetRequired: true }, 'iam:ChangePassword')
    const browser = house.browser()
    const asked = await browser.signIn({ account, userName: 'new', password })
    expect(asked.body).toMatchObject({ state: 'password-change-required', transaction: expect.any(String) })
    expect(browser.cookie()).toBeUndefined()
    const { transaction } = asked.body
    const change = (oldPassword: string, newPassword: string) => browser.post('password', { transaction, oldPassword, newPassword })
    expect(await change('nope', 'Another-One-1')).toMatchObject({ status: 403, body: { message: 'The old password is not correct.' } })
    expect(await change(password, 'short')).toMatchObject({
      status: 400,
      body: { code: 'PasswordPolicyViolation', message: expect.stringMatching(/^Password should have a minimum length of 8, /) },
    })
    expect(await change(password, 'Another-One-1')).toMatchObject({ status: 200, body: { state: 'signed-in' } })
    expect((await browser.get('/console/session')).body).toMatchObject({ userName: 'new' })
    expect(await change(password, 'Another-One-2')).toMatchObject({ status: 401, body: { code: 'SignInExpired' } })
    expect((await house.browser().signIn({ account, userName: 'new', password: 'Another-One-1' })).body).toEqual({ state: 'signed-in' })
    expect((await house.records('ChangePassword')).at(-1)).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'new' },
      requestParameters: null,
      sessionCredentialFromConsole: 'true',
    })
  })

  test('who may not change it stays out', async () => {
    await makePerson(house, 'bound', password, { PasswordResetRequired: true }, 'iam:ListUsers')
    const browser = house.browser()
    const { transaction } = (await browser.signIn({ account, userName: 'bound', password })).body
    const answer = await browser.post('password', { transaction, oldPassword: password, newPassword: 'Another-One-1' })
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining('iam:ChangePassword') } })
    expect(browser.cookie()).toBeUndefined()
  })

  test('an expired one too, and under a hard expiry only an administrator helps', async () => {
    await makePerson(house, 'late', password)
    await house.administrator('iam', 'UpdateAccountPasswordPolicy', { MaxPasswordAge: 1, PasswordReusePrevention: 3 })
    house.pass(86_400)
    const browser = house.browser()
    const { state, transaction } = (await browser.signIn({ account, userName: 'late', password })).body
    expect(state).toBe('password-change-required')
    await house.administrator('iam', 'UpdateAccountPasswordPolicy', { MaxPasswordAge: 1, PasswordReusePrevention: 3, HardExpiry: true })
    expect(await house.browser().signIn({ account, userName: 'late', password })).toMatchObject({ status: 401, body: { message: wrong } })
    const change = (newPassword: string) => browser.post('password', { transaction, oldPassword: password, newPassword })
    expect(await change('Another-One-1')).toMatchObject({ status: 200 })
    await house.administrator('iam', 'DeleteAccountPasswordPolicy', {})
  })
})

describe('changing one’s password in a session', () => {
  test('ends the other sessions and leaves this one', async () => {
    await makePerson(house, 'wary', password)
    const [here, there] = [house.browser(), house.browser()]
    for (const browser of [here, there]) await browser.signIn({ account, userName: 'wary', password })
    const changed = await here.post('password', { oldPassword: password, newPassword: 'Another-One-1' })
    expect(changed).toMatchObject({ status: 200, body: { state: 'signed-in' } })
    expect((await here.get('/console/session')).status).toBe(200)
    expect((await there.get('/console/session')).status).toBe(401)
  })

  test('works for root, on record as PasswordUpdated', async () => {
    const browser = house.browser()
    await browser.signIn({ email: rootEmail, password: rootPassword })
    const change = (oldPassword: string, newPassword: string) => browser.post('password', { oldPassword, newPassword })
    expect(await change('nope', 'Another-One-1')).toMatchObject({ status: 403 })
    expect(await change(rootPassword, 'tooplain')).toMatchObject({ status: 400, body: { code: 'PasswordPolicyViolation' } })
    expect(await change(rootPassword, 'Another-One-1')).toMatchObject({ status: 200 })
    expect(await change('Another-One-1', rootPassword)).toMatchObject({ status: 200 })
    expect(await house.records('PasswordUpdated')).toHaveLength(2)
  })
})
