import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { fromBase32 } from '../../services/sts/house.ts'
import { account, type Browser, type ConsoleHouse, makePerson, openConsoleHouse, rootEmail, rootPassword } from './console-house.ts'

// What changes how somebody signs in wants a sign-in of the last fifteen minutes, in the console. OWASP ASVS 5.0.0, 7.5.1 and 7.5.2.

const password = 'Tr0ub4dor&3'
const fifteenMinutes = 900
let house: ConsoleHouse
beforeAll(async () => {
  house = await openConsoleHouse()
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
  const Statement = [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }]
  await house.administrator('iam', 'CreateRole', {
    RoleName: 'Owner',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  })
  await house.administrator('iam', 'PutRolePolicy', { RoleName: 'Owner', PolicyName: 'all', PolicyDocument })
  for (const name of ['late', 'player', 'other']) {
    await makePerson(house, name, password)
    await house.administrator('iam', 'PutUserPolicy', { UserName: name, PolicyName: 'all', PolicyDocument })
  }
})
afterAll(() => house.close())

const signedIn = async (request: object): Promise<Browser> => {
  const browser = house.browser()
  await browser.signIn(request)
  return browser
}
const call = async (browser: Browser, parameters: { readonly [name: string]: string }) =>
  house.query('iam', parameters, (await browser.post('credentials', {})).body)
const late = { status: 403, text: expect.stringContaining('<Code>ReauthenticationRequired</Code>') }

/** A device that is nobody's, and two codes of it. */
async function newDevice(name: string) {
  const { VirtualMFADevice } = await house.administrator('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: name })
  const { SerialNumber, Base32StringSeed } = VirtualMFADevice as unknown as { SerialNumber: string; Base32StringSeed: Uint8Array }
  const seed = fromBase32(Buffer.from(Base32StringSeed).toString())
  return () => ({
    SerialNumber,
    AuthenticationCode1: codeOf(seed, stepAt(house.time()) - 1),
    AuthenticationCode2: codeOf(seed, stepAt(house.time())),
  })
}

describe.each([
  { who: 'a user', name: 'late', request: { account, userName: 'late', password }, role: false },
  { who: 'the root user', name: 'root', request: { email: rootEmail, password: rootPassword }, role: false },
  { who: 'a user in a role', name: 'player', request: { account, userName: 'player', password }, role: true },
])('$who', ({ who, name, request, role }) => {
  const own = (): { readonly [name: string]: string } => (name === 'root' ? {} : { UserName: name })
  const enter = async () => {
    const browser = await signedIn(request)
    if (role) expect(await browser.post('switch-role', { account, roleName: 'Owner' })).toMatchObject({ status: 200 })
    return browser
  }

  test('may, until fifteen minutes after the sign-in, and again after another', async () => {
    const browser = await enter()
    house.pass(fifteenMinutes)
    expect(await call(browser, { Action: 'CreateAccessKey', ...own() })).toMatchObject({ status: 200 })
    house.pass(1)
    expect(await call(browser, { Action: 'CreateAccessKey', ...own() })).toMatchObject(late)
    expect(await call(await enter(), { Action: 'CreateAccessKey', ...own() })).toMatchObject({ status: 200 })
  })

  test('may not assign, synchronise or remove a second factor later', async () => {
    const codes = await newDevice(`${who.replaceAll(' ', '-')}-1`)
    const browser = await enter()
    house.pass(fifteenMinutes + 1)
    const { SerialNumber, ...two } = codes()
    for (const [Action, more] of [
      ['EnableMFADevice', two],
      ['ResyncMFADevice', two],
      ['DeactivateMFADevice', {}],
    ] as const)
      expect(await call(browser, { Action, SerialNumber, UserName: name, ...more })).toMatchObject(late)
    // It stays as it was: there is none.
    const list = await call(browser, { Action: 'ListMFADevices', ...own() })
    expect(list.text).not.toContain('<SerialNumber>')
  })

  test('may do to others as before', async () => {
    const codes = await newDevice(`${who.replaceAll(' ', '-')}-2`)
    const browser = await enter()
    house.pass(fifteenMinutes + 1)
    const { SerialNumber } = codes()
    expect(await call(browser, { Action: 'EnableMFADevice', UserName: 'other', ...codes() })).toMatchObject({ status: 200 })
    expect(await call(browser, { Action: 'DeactivateMFADevice', UserName: 'other', SerialNumber })).toMatchObject({ status: 200 })
  })
})

test('a user gets no password without the old one, and ends no other session', async () => {
  const browser = await signedIn({ account, userName: 'late', password })
  const elsewhere = await signedIn({ account, userName: 'late', password })
  house.pass(fifteenMinutes + 1)
  expect(await call(browser, { Action: 'UpdateLoginProfile', UserName: 'late', Password: 'An0ther-pass' })).toMatchObject(late)
  expect(await browser.post('sessions/end-others', {})).toMatchObject({ status: 403, body: { code: 'ReauthenticationRequired' } })
  expect((await elsewhere.get('/console/session')).status).toBe(200)
  expect((await browser.post('password', { oldPassword: password, newPassword: 'An0ther-pass' })).status).toBe(200)
})

test('access keys have no sign-in, and need none', async () => {
  const browser = await signedIn({ account, userName: 'other', password })
  const { text } = await call(browser, { Action: 'CreateAccessKey' })
  const [, accessKeyId] = /<AccessKeyId>(\w+)</.exec(text) as RegExpExecArray
  const [, secretAccessKey] = /<SecretAccessKey>([^<]+)</.exec(text) as RegExpExecArray
  house.pass(fifteenMinutes * 10)
  const codes = await newDevice('by-key')
  expect(
    await house.query('iam', { Action: 'EnableMFADevice', UserName: 'other', ...codes() }, { accessKeyId, secretAccessKey }),
  ).toMatchObject({ status: 200 })
})
