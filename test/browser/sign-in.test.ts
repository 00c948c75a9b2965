import { LookupEventsCommand, CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import { CreateRoleCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, expectAccessible, givePassword, screenshot, signOut } from './console-browser.ts'
import { type ConsoleHouse, openConsoleHouse, password } from './console-house.ts'
import { codesOf } from './one-time-codes.ts'

const root = { email: 'root@example.com', password: 'Correct-Horse-1-Root' }
const attempts = 3
const region = 'us-east-1'

describe.skipIf(!chromiumPath)('signing in to the console', () => {
  let house: ConsoleHouse

  beforeAll(async () => {
    house = await openConsoleHouse({
      GATEHOUSE_ROOT_EMAIL: root.email,
      GATEHOUSE_ROOT_PASSWORD: root.password,
      GATEHOUSE_SIGN_IN_ATTEMPTS: String(attempts),
    })
    const { iam, account } = house
    await house.createPerson('carol', ['AdministratorAccess'])
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: ['sts:AssumeRole'] }],
    })
    await iam.send(new CreateRoleCommand({ RoleName: 'looker', AssumeRolePolicyDocument }))
    await house.createPerson('dan', ['IAMReadOnlyAccess'])
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${account}:role/looker` }],
    })
    await iam.send(new PutUserPolicyCommand({ UserName: 'dan', PolicyName: 'switch', PolicyDocument }))
  })
  afterAll(() => house?.close())

  const settings = () => {
    const { httpEndpoint: endpoint, environment } = house.gatehouse
    const [accessKeyId, secretAccessKey] = [environment['AWS_ACCESS_KEY_ID'] as string, environment['AWS_SECRET_ACCESS_KEY'] as string]
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  }

  /** Records of an event by its name, newest first. */
  async function recordsOf(eventName: string) {
    const cloudtrail = new CloudTrailClient(settings())
    const { Events = [] } = await cloudtrail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }] }),
    )
    return Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent))
  }

  test('the root user comes by e-mail address, takes an MFA device, and needs its code from then on', async () => {
    const visitor = await house.visitor()
    const { page } = visitor
    const give = async () => {
      await page.getByRole('radio', { name: /Root user/ }).check()
      await page.getByLabel('Root user email address').fill(root.email)
      await page.getByLabel('Password', { exact: true }).fill(root.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await visitor.open('/security-credentials')
    await give()
    await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
    expect(await page.getByRole('button', { name: 'Account: Root user' }).count()).toBe(1)
    await page.getByRole('button', { name: 'Assign MFA device' }).first().click()
    await page.getByLabel('Device name').fill('safe')
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByRole('button', { name: 'Show secret key' }).click()
    const secret = (await page.getByText(/^[A-Z2-7]{64}$/).textContent()) as string
    const [first, second, third] = codesOf(secret, Date.now())
    await page.getByLabel('MFA code 1').fill(first)
    await page.getByLabel('MFA code 2').fill(second)
    await page.getByRole('button', { name: 'Add MFA' }).click()
    await page.getByText(/^MFA device assigned/).waitFor()
    await signOut(visitor)
    await give()
    await page.getByLabel('MFA code').fill(third)
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
    const [record] = await recordsOf('ConsoleLogin')
    expect(record).toMatchObject({
      userIdentity: { type: 'Root', accountId: house.account },
      responseElements: { ConsoleLogin: 'Success' },
      additionalEventData: { MFAUsed: 'Yes' },
      userAgent: expect.stringContaining('Mozilla/5.0'),
    })
    expect(visitor.complaints).toEqual([])
    await visitor.context.close()
  })

  test('a user switches to a role, back, and to the role again from the history; the region is the server’s', async () => {
    const visitor = await house.signedIn('dan', `/switch-role?account=${house.account}&roleName=looker&displayName=Looker`)
    const { page } = visitor
    expect(await page.getByRole('button', { name: `Region: ${region}` }).count()).toBe(1)
    await page.getByRole('button', { name: 'Switch role', exact: true }).click()
    await page.getByRole('button', { name: 'Account: Looker' }).waitFor()
    // The role may do nothing: what the console does is the role's to be allowed.
    await visitor.open('/iam/users')
    await page.getByText('You need permission: iam:ListUsers').waitFor()
    await page.getByText(`arn:aws:sts::${house.account}:assumed-role/looker/dan`).first().waitFor()
    await expectAccessible(visitor)
    await page.getByRole('button', { name: 'Account: Looker' }).click()
    await page.getByRole('menuitem', { name: 'Switch back' }).click()
    await page.getByRole('button', { name: 'Account: dan' }).waitFor()
    await page.getByRole('link', { name: 'carol' }).waitFor()
    await page.getByRole('button', { name: 'Account: dan' }).click()
    await page.getByRole('menuitem', { name: 'Looker' }).click()
    await page.getByRole('button', { name: 'Account: Looker' }).waitFor()
    expect((await recordsOf('SwitchRole')).length).toBe(2)
    expect((await recordsOf('ExitRole')).length).toBe(1)
    expect(visitor.complaints).toEqual([])
    await visitor.context.close()
  })

  test('a session that was ended elsewhere is over on the next click, and goes on at the same page after signing in', async () => {
    const visitor = await house.signedIn('carol', '/iam/groups')
    const { page } = visitor
    const other = await visitor.context.newPage()
    await other.goto(`${house.gatehouse.endpoint}/console/`)
    await other.getByRole('button', { name: 'Account: carol' }).click()
    await other.getByRole('menuitem', { name: 'Sign out' }).click()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('link', { name: 'Policies', exact: true }).first().click()
    await page.getByText('Your session has ended.').waitFor()
    await expectAccessible(visitor)
    await givePassword(visitor, { account: house.account, userName: 'carol', password })
    await page.getByRole('heading', { name: /^Policies/, level: 1 }).waitFor()
    await visitor.context.close()
  })

  test('the regions that this Gatehouse is not are shown, and not to be chosen', async () => {
    const visitor = await house.signedIn('carol', '/eks/clusters')
    const { page } = visitor
    await page.getByText('No clusters').waitFor()
    expect((await recordsOf('ListClusters'))[0]).toMatchObject({ awsRegion: region, userIdentity: { userName: 'carol' } })
    await page.getByRole('button', { name: `Region: ${region}` }).click()
    expect(await page.getByRole('menuitem', { name: /US East \(N\. Virginia\)/ }).getAttribute('aria-disabled')).not.toBe('true')
    expect(await page.getByRole('menuitem', { name: /Europe \(Ireland\)/ }).getAttribute('aria-disabled')).toBe('true')
    await expectAccessible(visitor)
    await visitor.context.close()
  })

  test('who guesses is locked out for a while, with the right password too', async () => {
    await house.createPerson('heidi', [])
    const visitor = await house.visitor()
    const { page } = visitor
    await visitor.open('/')
    for (let attempt = 0; attempt < attempts; attempt++) {
      const answered = page.waitForResponse(response => response.url().endsWith('/console/session/sign-in'))
      await givePassword(visitor, { account: house.account, userName: 'heidi', password: `wrong-${attempt}` })
      expect((await answered).status()).toBe(401)
      await page.getByRole('button', { name: 'Sign in', exact: true, disabled: false }).waitFor()
    }
    await givePassword(visitor, { account: house.account, userName: 'heidi', password })
    await page
      .getByText(/too many/i)
      .first()
      .waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'sign-in-locked')
    const failures = (await recordsOf('ConsoleLogin')).filter(({ userIdentity }) => userIdentity.userName === 'heidi')
    expect(failures.map(({ responseElements }) => responseElements.ConsoleLogin)).toEqual(Array.from({ length: attempts }, () => 'Failure'))
    await visitor.context.close()
  })

  test('an identity broker’s URL leads a session of a role to the page that it names', async () => {
    const { endpoint, httpEndpoint } = house.gatehouse
    const sts = new STSClient({ ...settings() })
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${house.account}:role/looker`, RoleSessionName: 'broker-ivan' }),
    )
    const session = {
      sessionId: Credentials?.AccessKeyId,
      sessionKey: Credentials?.SecretAccessKey,
      sessionToken: Credentials?.SessionToken,
    }
    const asked = new URLSearchParams({ Action: 'getSigninToken', SessionDuration: '1800', Session: JSON.stringify(session) })
    const { SigninToken } = (await (await fetch(`${httpEndpoint}/federation?${asked}`)).json()) as { SigninToken: string }
    const login = new URLSearchParams({
      Action: 'login',
      Issuer: 'https://broker.example',
      Destination: `${endpoint}/console/`,
      SigninToken,
    })
    const visitor = await house.visitor()
    const { page } = visitor
    await page.goto(`${endpoint}/federation?${login}`)
    await page.getByRole('button', { name: /^Account: .*broker-ivan/ }).waitFor()
    await visitor.open('/iam/roles')
    await page.getByText('You need permission: iam:ListRoles').waitFor()
    expect((await recordsOf('ListRoles'))[0]).toMatchObject({
      userIdentity: { arn: `arn:aws:sts::${house.account}:assumed-role/looker/broker-ivan` },
      sessionCredentialFromConsole: 'true',
    })
    // A token is good once.
    const other = await house.visitor()
    await other.page.goto(`${endpoint}/federation?${login}`)
    expect(await other.page.getByRole('button', { name: /^Account:/ }).count()).toBe(0)
    await Promise.all([visitor.context.close(), other.context.close()])
  })
})
