import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedIn, signinRecord } from '../../../src/services/signin/records.ts'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { account, agent, type ConsoleHouse, makePerson, openConsoleHouse, origin, rootEmail, rootPassword } from './console-house.ts'

// Whole records, compared field by field with the examples of the CloudTrail User Guide, "AWS Management Console sign-in events", and the IAM User Guide,
// "Example sign-in failure event caused by incorrect user name".

const password = 'Tr0ub4dor&3'
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

let house: ConsoleHouse
let userId: string
beforeAll(async () => {
  house = await openConsoleHouse()
  userId = await makePerson(house, 'anaya', password)
})
afterAll(() => house.close())

/** What every sign-in event has; in the order of the guide. */
const signinEvent = (eventName: string, userIdentity: object, outcome: 'Success' | 'Failure', more: object) => ({
  eventVersion: '1.11',
  userIdentity,
  eventTime: new Date(house.time()).toISOString().replace('.000', ''),
  eventSource: 'signin.amazonaws.com',
  eventName,
  awsRegion: 'us-east-1',
  sourceIPAddress: '203.0.113.7',
  userAgent: agent,
  requestParameters: null,
  responseElements: { [eventName]: outcome },
  eventID: uuid,
  readOnly: false,
  eventType: 'AwsConsoleSignIn',
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
  ...more,
})

const loginTo = { LoginTo: `${origin}/console/`, MobileVersion: 'No' }
const anaya = () => ({
  type: 'IAMUser',
  principalId: userId,
  arn: `arn:aws:iam::${account}:user/anaya`,
  accountId: account,
  userName: 'anaya',
})
const anayaOutside = () => ({ type: 'IAMUser', principalId: userId, accountId: account, accessKeyId: '', userName: 'anaya' })
const root = { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account, accessKeyId: '' }
const last = async (eventName: string) => (await house.records(eventName)).at(-1)

describe('an IAM user', () => {
  test('successful sign-in without MFA', async () => {
    await house.browser().signIn({ account, userName: 'anaya', password })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', anaya(), 'Success', { additionalEventData: { ...loginTo, MFAUsed: 'No' } }),
    )
  })

  test('unsuccessful sign-in', async () => {
    await house.browser().signIn({ account, userName: 'anaya', password: 'nope' })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', anayaOutside(), 'Failure', {
        errorMessage: 'Failed authentication',
        additionalEventData: { ...loginTo, MFAUsed: 'No' },
      }),
    )
  })

  test('sign-in failure caused by an incorrect user name, which may be a password', async () => {
    await house.browser().signIn({ account, userName: 'my-secret', password })
    const record = await last('ConsoleLogin')
    expect(record).toEqual(
      signinEvent(
        'ConsoleLogin',
        { type: 'IAMUser', accountId: account, accessKeyId: '', userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        'Failure',
        { errorMessage: 'No username found in supplied account', additionalEventData: { ...loginTo, MFAUsed: 'No' } },
      ),
    )
    const rows = await house.world.store.read(tx => tx.selectFrom('records').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain('my-secret')
    expect(JSON.stringify(rows)).not.toContain(password)
  })

  test('the check for MFA, and sign-in with it, wrong and right', async () => {
    const { VirtualMFADevice } = (await house.administrator('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: 'anaya',
    })) as unknown as {
      VirtualMFADevice: { SerialNumber: string }
    }
    const serial = VirtualMFADevice.SerialNumber
    const seed = await house.world.store.read(tx => tx.selectFrom('mfaDevices').select('seed').executeTakeFirstOrThrow())
    const code = (late = 0) => codeOf(house.world.secrets.decrypt(seed.seed, serial), stepAt(house.time()) + late)
    await house.administrator('iam', 'EnableMFADevice', {
      UserName: 'anaya',
      SerialNumber: serial,
      AuthenticationCode1: code(-1),
      AuthenticationCode2: code(),
    })
    house.pass(60)
    const browser = house.browser()
    const { transaction } = (await browser.signIn({ account, userName: 'anaya', password })).body
    expect(await last('CheckMfa')).toEqual(
      signinEvent('CheckMfa', anayaOutside(), 'Success', { additionalEventData: { MfaType: 'Virtual MFA' } }),
    )
    await browser.post('mfa', { transaction, code: code() === '000000' ? '000001' : '000000' })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', anayaOutside(), 'Failure', {
        errorMessage: 'Failed authentication',
        additionalEventData: { ...loginTo, MFAUsed: 'Yes' },
      }),
    )
    await browser.post('mfa', { transaction, code: code() })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', anaya(), 'Success', { additionalEventData: { ...loginTo, MFAIdentifier: serial, MFAUsed: 'Yes' } }),
    )
  })
})

describe('the root user', () => {
  test('successful and unsuccessful sign-in', async () => {
    await house.browser().signIn({ email: rootEmail, password: rootPassword })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', root, 'Success', { additionalEventData: { ...loginTo, MFAUsed: 'No' } }),
    )
    await house.browser().signIn({ email: rootEmail, password })
    expect(await last('ConsoleLogin')).toEqual(
      signinEvent('ConsoleLogin', root, 'Failure', {
        errorMessage: 'Failed authentication',
        additionalEventData: { ...loginTo, MFAUsed: 'No' },
      }),
    )
  })

  test('password changed', async () => {
    const browser = house.browser()
    await browser.signIn({ email: rootEmail, password: rootPassword })
    await browser.post('password', { oldPassword: rootPassword, newPassword: 'Another-One-1' })
    expect(await last('PasswordUpdated')).toEqual(signinEvent('PasswordUpdated', root, 'Success', {}))
  })

  test('calls of its session are Root’s', async () => {
    const browser = house.browser()
    await browser.signIn({ email: rootEmail, password: 'Another-One-1' })
    const { accessKeyId, ...keys } = (await browser.post('credentials', {})).body
    await house.query('iam', { Action: 'ListGroups' }, { accessKeyId, ...keys })
    expect(await last('ListGroups')).toMatchObject({
      userIdentity: {
        type: 'Root',
        principalId: account,
        arn: `arn:aws:iam::${account}:root`,
        accountId: account,
        accessKeyId,
        sessionContext: { attributes: { mfaAuthenticated: 'false', creationDate: expect.any(String) } },
      },
      sessionCredentialFromConsole: 'true',
    })
  })
})

test('with TLS, the record tells which, and the host that was asked for', async () => {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }
  await house.browser({ tls } as object).signIn({ email: rootEmail, password: 'Another-One-1' })
  expect((await last('ConsoleLogin'))?.['tlsDetails']).toEqual({
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: 'localhost:4443',
  })
})

test('users’ sign-ins are of the region that Gatehouse is, root’s of us-east-1', () => {
  const world = { random: house.world.random, settings: { ...house.world.settings, region: 'eu-central-1' } }
  const facts = { sourceIp: '203.0.113.7', userAgent: agent, secure: true, host: 'localhost' }
  const regionOf = (kind: 'root' | 'user') => {
    const subject = signedIn({ kind, account, ownerId: account, name: 'anaya', arn: 'arn' })
    return signinRecord(world, { facts, origin, now: house.time() }, { eventName: 'ConsoleLogin', subject }).record.awsRegion
  }
  expect([regionOf('user'), regionOf('root')]).toEqual(['eu-central-1', 'us-east-1'])
})

test('an account that is not there has no record of whoever tries it', async () => {
  const count = async () => (await house.records('ConsoleLogin')).length
  const before = await count()
  await house.browser().signIn({ account: '999999999999', userName: 'anaya', password })
  await house.browser().signIn({ email: 'nobody@example.com', password })
  expect(await count()).toBe(before)
})

test('LookupEvents finds a sign-in by user, by name and by source', async () => {
  const by = async (AttributeKey: string, AttributeValue: string) => {
    const { Events } = (await house.administrator('cloudtrail', 'LookupEvents', {
      LookupAttributes: [{ AttributeKey, AttributeValue }],
    })) as unknown as {
      Events: { EventName: string; Username: string; EventSource: string }[]
    }
    return Events.map(({ EventName, Username, EventSource }) => `${EventName} ${Username} ${EventSource}`)
  }
  expect(await by('EventName', 'ConsoleLogin')).toContain('ConsoleLogin anaya signin.amazonaws.com')
  expect(await by('Username', 'anaya')).toContain('CheckMfa anaya signin.amazonaws.com')
  expect(await by('Username', 'root')).toContain('PasswordUpdated root signin.amazonaws.com')
  expect(await by('EventSource', 'signin.amazonaws.com')).toContain('ConsoleLogin HIDDEN_DUE_TO_SECURITY_REASONS signin.amazonaws.com')
})
