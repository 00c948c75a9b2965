import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  account,
  agent,
  type Browser,
  type ConsoleHouse,
  makePerson,
  openConsoleHouse,
  origin,
  rootEmail,
  rootPassword,
} from './console-house.ts'

const password = 'Tr0ub4dor&3'
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
})
const roleArn = (name: string) => `arn:aws:sts::${account}:assumed-role/${name}/anaya`

let house: ConsoleHouse
let browser: Browser
beforeAll(async () => {
  house = await openConsoleHouse()
  await makePerson(house, 'anaya', password, {}, 'sts:AssumeRole')
  for (const name of ['auditor', 'deployer', 'one', 'two', 'three', 'four', 'five'])
    await house.administrator('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust })
  await house.administrator('iam', 'AttachRolePolicy', { RoleName: 'auditor', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
  browser = house.browser()
  await browser.signIn({ account, userName: 'anaya', password })
})
afterAll(() => house.close())

const keys = async () => (await browser.post('credentials', {})).body
const list = async () => (await house.query('iam', { Action: 'ListRoles' }, await keys())).status
const session = async () => (await browser.get('/console/session')).body

test('the role’s rights take the place of the person’s, and go again', async () => {
  expect(await list()).toBe(403)
  expect((await browser.post('switch-role', { account, roleName: 'auditor', displayName: 'Audit', color: '#99BCE3' })).status).toBe(200)
  const role = { account, roleName: 'auditor', displayName: 'Audit', color: '#99BCE3' }
  expect(await session()).toMatchObject({ arn: `arn:aws:iam::${account}:user/anaya`, role, roleHistory: [role] })
  expect(await keys()).toMatchObject({ principalArn: roleArn('auditor') })
  expect(await list()).toBe(200)
  expect((await browser.post('switch-back', {})).status).toBe(200)
  expect((await session())['role']).toBeUndefined()
  expect(await keys()).toMatchObject({ principalArn: `arn:aws:iam::${account}:user/anaya` })
  expect(await list()).toBe(403)
})

test('the next role is assumed by the person, not by the role before it', async () => {
  await browser.post('switch-role', { account, roleName: 'auditor' })
  expect((await browser.post('switch-role', { account, roleName: 'deployer' })).status).toBe(200)
  expect(await keys()).toMatchObject({ principalArn: roleArn('deployer') })
  expect((await house.records('AssumeRole')).at(-1)).toMatchObject({
    userIdentity: { type: 'IAMUser', userName: 'anaya' },
    sourceIPAddress: '203.0.113.7',
    userAgent: agent,
    requestParameters: { roleSessionName: 'anaya', durationSeconds: 3600 },
    sessionCredentialFromConsole: 'true',
  })
})

test('five roles are remembered, the latest first and each once', async () => {
  for (const roleName of ['one', 'two', 'three', 'four', 'five', 'three']) await browser.post('switch-role', { account, roleName })
  const { roleHistory } = (await session()) as { roleHistory: { roleName: string }[] }
  expect(roleHistory.map(({ roleName }) => roleName)).toEqual(['three', 'five', 'four', 'two', 'one'])
  await browser.post('switch-back', {})
})

describe('what is refused is told in the words of STS, and nothing is switched', () => {
  test.each([
    { why: 'no such role', request: { account, roleName: 'nowhere' }, status: 403, message: 'sts:AssumeRole' },
    { why: 'no such account', request: { account: 'elsewhere', roleName: 'auditor' }, status: 400, message: 'Invalid information' },
    { why: 'no name of a role', request: { account, roleName: 'a b' }, status: 400, message: 'roleName' },
    { why: 'no colour', request: { account, roleName: 'auditor', color: 'url(//example.com)' }, status: 400, message: 'color' },
  ])('$why', async ({ request, status, message }) => {
    expect(await browser.post('switch-role', request)).toMatchObject({ status, body: { message: expect.stringContaining(message) } })
    expect((await session())['role']).toBeUndefined()
  })

  test('a trust policy that asks for a second factor', async () => {
    const careful = trust.replace('"sts:AssumeRole"', '"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}')
    await house.administrator('iam', 'CreateRole', { RoleName: 'careful', AssumeRolePolicyDocument: careful })
    expect((await browser.post('switch-role', { account, roleName: 'careful' })).status).toBe(403)
  })

  test('root', async () => {
    const root = house.browser()
    await root.signIn({ email: rootEmail, password: rootPassword })
    const answer = await root.post('switch-role', { account, roleName: 'auditor' })
    expect(answer).toMatchObject({ status: 403, body: { message: 'Roles may not be assumed by root accounts.' } })
  })
})

test('SwitchRole and ExitRole are on record, field by field', async () => {
  await browser.post('switch-role', { account, roleName: 'auditor' })
  await browser.post('switch-back', {})
  const common = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}:anaya$/),
      arn: roleArn('auditor'),
      accountId: account,
    },
    eventTime: '2026-01-15T12:00:00Z',
    eventSource: 'signin.amazonaws.com',
    awsRegion: 'us-east-1',
    sourceIPAddress: '203.0.113.7',
    userAgent: agent,
    requestParameters: null,
    eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    readOnly: false,
    eventType: 'AwsConsoleSignIn',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
  const redirect = { RedirectTo: `${origin}/console/` }
  expect((await house.records('SwitchRole')).at(-1)).toEqual({
    ...common,
    eventName: 'SwitchRole',
    responseElements: { SwitchRole: 'Success' },
    additionalEventData: { SwitchFrom: `arn:aws:iam::${account}:user/anaya`, ...redirect },
  })
  expect((await house.records('ExitRole')).at(-1)).toEqual({
    ...common,
    eventName: 'ExitRole',
    responseElements: { ExitRole: 'Success' },
    additionalEventData: { SwitchTo: `arn:aws:iam::${account}:user/anaya`, ...redirect },
  })
})

test('the role’s session ends before the console’s when the role says so', async () => {
  await browser.post('switch-role', { account, roleName: 'auditor' })
  house.pass(3_601)
  expect(await browser.post('credentials', {})).toMatchObject({ status: 401, body: { code: 'SessionExpired' } })
  await browser.post('switch-back', {})
  expect(await browser.post('credentials', {})).toMatchObject({ status: 200 })
})
