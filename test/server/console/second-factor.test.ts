import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { account, type Browser, type ConsoleHouse, makePerson, openConsoleHouse, origin, rootEmail, rootPassword } from './console-house.ts'
import { type CreationOptions, type RequestOptions, SoftwareAuthenticator } from './software-authenticator.ts'

const password = 'Tr0ub4dor&3'

let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
})
afterAll(() => house.close())

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
function bytesOf(base32: string): Buffer {
  const bits = [...base32].map(letter => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)?.map(byte => Number.parseInt(byte, 2)) ?? [])
}

/** Gives a user an authenticator app. */
async function giveApp(UserName: string, name = UserName) {
  const { VirtualMFADevice } = (await house.administrator('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: name })) as unknown as {
    VirtualMFADevice: { SerialNumber: string; Base32StringSeed: Uint8Array }
  }
  const { SerialNumber } = VirtualMFADevice
  const seed = bytesOf(Buffer.from(VirtualMFADevice.Base32StringSeed).toString())
  const code = (late = 0) => codeOf(seed, stepAt(house.time()) + late)
  await house.administrator('iam', 'EnableMFADevice', {
    UserName,
    SerialNumber,
    AuthenticationCode1: code(-1),
    AuthenticationCode2: code(),
  })
  house.pass(60)
  return { serial: SerialNumber, code }
}

/** Registers a security key in a session of whoever it is for. */
async function registerKey(browser: Browser, name: string, more: object = {}, where: object = {}) {
  const key = new SoftwareAuthenticator()
  const { body: options } = await browser.post('security-keys/options', { name, ...more })
  const attestation = key.create(options as unknown as CreationOptions, { origin, ...where })
  return { key, answer: await browser.post('security-keys', { name, attestation, ...more }) }
}

const begin = async (request: object) => {
  const browser = house.browser()
  const { body } = await browser.signIn(request)
  const { transaction, methods } = body as { transaction: string; methods: { kind: string; serialNumber: string; options?: object }[] }
  const options = methods?.find(({ kind }) => kind === 'security-key')?.options as RequestOptions | undefined
  return { browser, body, transaction, methods, options }
}

describe('a code of an authenticator app', () => {
  const request = { account, userName: 'anaya', password }
  let app: Awaited<ReturnType<typeof giveApp>>
  beforeAll(async () => {
    await makePerson(house, 'anaya', password)
    app = await giveApp('anaya')
  })

  test('is asked for, and lets in with sessions that are authenticated so', async () => {
    const { browser, body, transaction } = await begin(request)
    expect(body).toEqual({ state: 'mfa-required', transaction: expect.any(String), methods: [{ kind: 'totp', serialNumber: app.serial }] })
    expect(await browser.get('/console/session')).toMatchObject({ status: 401 })
    expect(await browser.post('mfa', { transaction, code: app.code() })).toMatchObject({ status: 200, body: { state: 'signed-in' } })
    const session = await browser.get('/console/session')
    const keys = (await browser.post('credentials', {}, { 'x-gatehouse-csrf': String(session.body['csrfToken']) })).body
    await house.query('iam', { Action: 'CreateGroup', GroupName: 'careful' }, keys)
    expect((await house.records('CreateGroup')).at(-1)).toMatchObject({
      userIdentity: { userName: 'anaya', sessionContext: { attributes: { mfaAuthenticated: 'true' } } },
    })
  })

  test('is good once, and a wrong one is not', async () => {
    house.pass(60)
    const first = await begin(request)
    const good = app.code()
    const wrongCode = good === '000000' ? '000001' : '000000'
    expect(await first.browser.post('mfa', { transaction: first.transaction, code: wrongCode })).toMatchObject({ status: 401 })
    expect(await first.browser.post('mfa', { transaction: first.transaction, code: good })).toMatchObject({ status: 200 })
    const second = await begin(request)
    expect(await second.browser.post('mfa', { transaction: second.transaction, code: good })).toMatchObject({ status: 401 })
    expect(second.browser.cookie()).toBeUndefined()
  })

  test('of whichever of several devices is good, and the others do not suffer from it', async () => {
    const other = await giveApp('anaya', 'anaya-two')
    for (let times = 0; times < 6; times++) {
      house.pass(60)
      const { browser, transaction } = await begin(request)
      expect(await browser.post('mfa', { transaction, code: other.code() })).toMatchObject({ status: 200 })
    }
    house.pass(60)
    const { browser, transaction } = await begin(request)
    expect(await browser.post('mfa', { transaction, code: app.code() })).toMatchObject({ status: 200 })
  })

  test('is for whoever has shown the password, for ten minutes', async () => {
    expect(await house.browser().post('mfa', { transaction: 'x'.repeat(43), code: app.code() })).toMatchObject({
      status: 401,
      body: { code: 'SignInExpired' },
    })
    house.pass(60)
    const { browser, transaction } = await begin(request)
    house.pass(601)
    expect(await browser.post('mfa', { transaction, code: app.code() })).toMatchObject({ status: 401, body: { code: 'SignInExpired' } })
  })

  test('lets a condition on the second factor hold, in a role too', async () => {
    const condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
    const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole', Condition: condition }
    await house.administrator('iam', 'CreateRole', {
      RoleName: 'careful',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    })
    house.pass(60)
    const { browser, transaction } = await begin(request)
    await browser.post('mfa', { transaction, code: app.code() })
    const { csrfToken } = (await browser.get('/console/session')).body
    expect(await browser.post('switch-role', { account, roleName: 'careful' }, { 'x-gatehouse-csrf': String(csrfToken) })).toMatchObject({
      status: 200,
    })
  })
})

describe('a security key', () => {
  let key: SoftwareAuthenticator
  let serialNumber: string
  const request = { account, userName: 'bea', password }
  const finish = async (where: object, by = key) => {
    const { browser, transaction, options } = await begin(request)
    const assertion = by.get(options as RequestOptions, { origin, ...where })
    return { browser, answer: await browser.post('mfa', { transaction, assertion }) }
  }
  beforeAll(async () => {
    await makePerson(house, 'bea', password)
    const browser = house.browser()
    await browser.signIn(request)
    const registered = await registerKey(browser, 'desk')
    expect(registered.answer).toMatchObject({ status: 200 })
    key = registered.key
    serialNumber = String(registered.answer.body['serialNumber'])
  })

  test('is registered by iam:EnableMFADevice, listed by ListMFADevices, and on record', async () => {
    expect(serialNumber).toMatch(new RegExp(`^arn:aws:iam::${account}:u2f/user/bea/desk-[A-Z2-7]{26}$`))
    expect(await house.administrator('iam', 'ListMFADevices', { UserName: 'bea' })).toMatchObject({
      MFADevices: [{ UserName: 'bea', SerialNumber: serialNumber }],
    })
    const { VirtualMFADevices } = (await house.administrator('iam', 'ListVirtualMFADevices', {})) as { VirtualMFADevices: object[] }
    expect(JSON.stringify(VirtualMFADevices)).not.toContain('u2f')
    expect((await house.records('EnableMFADevice')).at(-1)).toMatchObject({
      eventSource: 'iam.amazonaws.com',
      eventName: 'EnableMFADevice',
      userIdentity: { type: 'IAMUser', userName: 'bea' },
      requestParameters: { userName: 'bea', serialNumber },
      responseElements: null,
      sessionCredentialFromConsole: 'true',
    })
  })

  test('is asked, and its answer lets in', async () => {
    const { body } = await begin(request)
    expect(body).toMatchObject({
      state: 'mfa-required',
      methods: [
        {
          kind: 'security-key',
          serialNumber,
          options: { rpId: 'localhost', userVerification: 'preferred', allowCredentials: [{ type: 'public-key' }] },
        },
      ],
    })
    const { browser, answer } = await finish({})
    expect(answer).toMatchObject({ status: 200, body: { state: 'signed-in' } })
    expect((await browser.get('/console/session')).body).toMatchObject({ userName: 'bea' })
    expect((await house.records('ConsoleLogin')).at(-1)).toMatchObject({
      additionalEventData: { MFAIdentifier: serialNumber, MFAUsed: 'Yes' },
    })
    expect((await house.records('CheckMfa')).at(-1)).toMatchObject({ additionalEventData: { MfaType: 'U2F MFA' } })
  })

  test.each([
    { what: 'of a page elsewhere', where: { origin: 'https://evil.example' } },
    { what: 'for another host', where: { rpId: 'evil.example' } },
    { what: 'that nobody touched', where: { touched: false } },
    { what: 'whose signature is wrong', where: { forged: true } },
  ])('an answer $what does not', async ({ where }) => {
    const { browser, answer } = await finish(where)
    expect(answer).toMatchObject({ status: 401 })
    expect(browser.cookie()).toBeUndefined()
  })

  test('an answer whose counter stands still, as a copy’s would, does not', async () => {
    expect((await finish({})).answer).toMatchObject({ status: 200 })
    expect((await finish({ stuck: true })).answer).toMatchObject({ status: 401 })
    expect((await finish({})).answer).toMatchObject({ status: 200 })
  })

  test('nor does an answer of another key, to another challenge, of another kind, or of none', async () => {
    expect((await finish({}, new SoftwareAuthenticator())).answer).toMatchObject({ status: 401 })
    house.pass(301)
    const { browser, transaction, options } = await begin(request)
    const { challenge: earlier } = (await begin(request)).options as RequestOptions
    const other = key.get({ ...(options as RequestOptions), challenge: earlier }, { origin })
    expect(await browser.post('mfa', { transaction, assertion: other })).toMatchObject({ status: 401 })
    expect(await browser.post('mfa', { transaction, assertion: {} })).toMatchObject({ status: 401 })
    expect(
      await browser.post('mfa', { transaction, assertion: { id: Buffer.from(key.credentialId).toString('base64url'), response: {} } }),
    ).toMatchObject({ status: 401 })
    expect(await browser.post('mfa', { transaction, code: '123456' })).toMatchObject({ status: 401 })
    house.pass(301)
    expect((await finish({})).answer).toMatchObject({ status: 200 })
  })

  test('is taken away by DeactivateMFADevice, and with it the second step', async () => {
    await expect(
      house.administrator('iam', 'ResyncMFADevice', {
        UserName: 'bea',
        SerialNumber: serialNumber,
        AuthenticationCode1: '123456',
        AuthenticationCode2: '654321',
      }),
    ).rejects.toMatchObject({ code: 'NoSuchEntity' })
    await house.administrator('iam', 'DeactivateMFADevice', { UserName: 'bea', SerialNumber: serialNumber })
    expect(await house.administrator('iam', 'ListMFADevices', { UserName: 'bea' })).toMatchObject({ MFADevices: [] })
    expect((await house.browser().signIn(request)).body).toEqual({ state: 'signed-in' })
  })
})

describe('registering a security key', () => {
  let browser: Browser
  beforeAll(async () => {
    await makePerson(house, 'carl', password, {}, 'iam:EnableMFADevice')
    await makePerson(house, 'dora', password, {}, 'iam:ListUsers')
    browser = house.browser()
    await browser.signIn({ account, userName: 'carl', password })
  })

  test.each([
    { what: 'made for a page elsewhere', where: { origin: 'https://evil.example' } },
    { what: 'made for another host', where: { rpId: 'evil.example' } },
    { what: 'that nobody touched', where: { touched: false } },
  ])('an answer $what is refused', async ({ where }) => {
    expect((await registerKey(browser, 'x', {}, where)).answer).toMatchObject({ status: 400, body: { code: 'ValidationError' } })
  })

  test('an answer is good once', async () => {
    const key = new SoftwareAuthenticator()
    const { body } = await browser.post('security-keys/options', { name: 'one' })
    const attestation = key.create(body as unknown as CreationOptions, { origin })
    expect((await browser.post('security-keys', { name: 'one', attestation })).status).toBe(200)
    expect(await browser.post('security-keys', { name: 'two', attestation })).toMatchObject({ status: 400 })
  })

  test('of somebody else needs the permission on them; without it none is registered', async () => {
    expect((await registerKey(browser, 'theirs', { userName: 'dora' })).answer).toMatchObject({ status: 200 })
    const other = house.browser()
    await makePerson(house, 'ed', password, {}, 'iam:ListUsers')
    await other.signIn({ account, userName: 'ed', password })
    expect((await registerKey(other, 'own')).answer).toMatchObject({
      status: 403,
      body: { code: 'AccessDenied', message: expect.stringContaining('iam:EnableMFADevice') },
    })
  })

  test('a policy may tell making from putting to use', async () => {
    const half = house.browser()
    await makePerson(house, 'finn', password, {}, 'iam:ListUsers')
    const Statement = [
      {
        Effect: 'Allow',
        Action: 'iam:EnableMFADevice',
        Resource: '*',
        Condition: { StringEquals: { 'iam:RegisterSecurityKey': 'Create' } },
      },
    ]
    await house.administrator('iam', 'PutUserPolicy', {
      UserName: 'finn',
      PolicyName: 'half',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    })
    await half.signIn({ account, userName: 'finn', password })
    expect((await registerKey(half, 'own')).answer).toMatchObject({ status: 403 })
  })

  test('eight devices are the most', async () => {
    for (let count = 1; count < 8; count++) expect((await registerKey(browser, `key-${count}`)).answer.status).toBe(200)
    expect((await registerKey(browser, 'ninth')).answer).toMatchObject({ status: 400, body: { code: 'LimitExceeded' } })
  })

  test('works for root, who is asked for it then', async () => {
    const root = house.browser()
    await root.signIn({ email: rootEmail, password: rootPassword })
    const { key, answer } = await registerKey(root, 'safe')
    expect(answer).toMatchObject({ status: 200, body: { serialNumber: expect.stringContaining(`:u2f/root-account/safe-`) } })
    expect((await house.records('EnableMFADevice')).at(-1)).toMatchObject({
      userIdentity: { type: 'Root' },
      requestParameters: { userName: 'AWS ROOT USER' },
    })
    const again = await begin({ email: rootEmail, password: rootPassword })
    const assertion = key.get(again.options as RequestOptions, { origin })
    expect(await again.browser.post('mfa', { transaction: again.transaction, assertion })).toMatchObject({ status: 200 })
    expect((await house.records('ConsoleLogin')).at(-1)).toMatchObject({
      userIdentity: { type: 'Root' },
      additionalEventData: { MFAUsed: 'Yes' },
    })
  })
})
