import { CreateClusterCommand, DescribeClusterCommand } from '@aws-sdk/client-eks'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  ListMFADevicesCommand,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, expectAccessible, givePassword, screenshot, signIn, signOut } from './console-browser.ts'
import { type ConsoleHouse, openConsoleHouse, password } from './console-house.ts'
import { codesOf } from './one-time-codes.ts'

const trustEks = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

describe.skipIf(!chromiumPath)('people in the console', () => {
  let house: ConsoleHouse

  beforeAll(async () => {
    house = await openConsoleHouse()
    await house.createPerson('carol', ['AdministratorAccess'])
  })
  afterAll(() => house?.close())

  test('find the issuer of a cluster and add it as an identity provider, click by click as the article says', async () => {
    const { eks, iam, account } = house
    await iam.send(new CreateRoleCommand({ RoleName: 'cluster', AssumeRolePolicyDocument: trustEks }))
    const roleArn = `arn:aws:iam::${account}:role/cluster`
    await eks.send(new CreateClusterCommand({ name: 'shop', roleArn, resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] } }))
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'shop' }))
    const issuer = cluster?.identity?.oidc?.issuer as string

    const visitor = await house.signedIn('carol')
    const { page, context } = visitor
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('link', { name: 'Clusters' }).click()
    await page.getByRole('link', { name: 'shop' }).click()
    await page.getByRole('button', { name: 'Copy OpenID Connect provider URL' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(issuer)
    await screenshot(visitor, 'cluster')

    await page.getByRole('link', { name: 'Identity providers' }).first().click()
    await page.getByRole('button', { name: 'Add provider' }).first().click()
    await page.getByRole('radio', { name: /OpenID Connect/ }).check()
    await page.getByLabel('Provider URL').fill(issuer)
    await page.getByRole('button', { name: 'Get thumbprint' }).click()
    await page.getByRole('button', { name: 'Copy thumbprint' }).waitFor()
    await page.getByLabel('Audience').fill('sts.amazonaws.com')
    await screenshot(visitor, 'add-identity-provider')
    await page.getByRole('button', { name: 'Add provider' }).click()
    await page.getByRole('heading', { name: issuer.replace('https://', '') }).waitFor()
    await screenshot(visitor, 'identity-provider')

    const provider = await iam.send(
      new GetOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: `arn:aws:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`,
      }),
    )
    expect(provider).toMatchObject({ Url: issuer.replace('https://', ''), ClientIDList: ['sts.amazonaws.com'] })
    expect(provider.ThumbprintList).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)])
    expect(visitor.complaints).toEqual([])
    await context.close()
  })

  test('get a second factor by QR code, and sign in with it', async () => {
    await house.createPerson('dave', ['AdministratorAccess'])
    const visitor = await house.signedIn('dave', '/security-credentials')
    const { page } = visitor
    await page.getByRole('button', { name: 'Assign MFA device' }).first().click()
    await page.getByLabel('Device name').fill('phone')
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor()
    await screenshot(visitor, 'assign-mfa')
    await page.getByRole('button', { name: 'Show secret key' }).click()
    const secret = (await page.getByText(/^[A-Z2-7]{64}$/).textContent()) as string
    const [first, second, third] = codesOf(secret, Date.now())
    await page.getByLabel('MFA code 1').fill(first)
    await page.getByLabel('MFA code 2').fill(second)
    await page.getByRole('button', { name: 'Add MFA' }).click()
    await page.getByText('MFA device assigned to dave.').waitFor()
    const { MFADevices } = await house.iam.send(new ListMFADevicesCommand({ UserName: 'dave' }))
    expect(MFADevices?.map(({ SerialNumber }) => SerialNumber)).toEqual([`arn:aws:iam::${house.account}:mfa/phone`])

    await signOut(visitor)
    await givePassword(visitor, { account: house.account, userName: 'dave', password })
    await page.getByLabel('MFA code').fill('000000')
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByRole('alert').or(page.locator('[class*="alert"]')).first().waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'sign-in-mfa')
    await page.getByLabel('MFA code').fill(third)
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
    await visitor.context.close()
  })

  test('see where they are signed in, and end the sessions that are not here', async () => {
    await house.createPerson('heidi', ['AdministratorAccess'])
    const there = await house.signedIn('heidi', '/security-credentials')
    const here = await house.signedIn('heidi', '/security-credentials')
    await here.page.getByRole('heading', { name: 'Console sessions' }).waitFor()
    await here.page.getByText('Another', { exact: true }).waitFor()
    await expectAccessible(here)
    await here.page.getByRole('button', { name: 'End other sessions' }).click()
    await here.page.getByText('Your other sessions have ended.').waitFor()
    await here.page.getByText('Another', { exact: true }).waitFor({ state: 'detached' })
    await there.page.getByRole('link', { name: 'Policies', exact: true }).first().click()
    await there.page.getByText('Your session has ended.').waitFor()
    expect(here.complaints).toEqual([])
    for (const { context } of [here, there]) await context.close()
  })

  test('are asked to sign in again for what changes how they sign in, and come back to the page', async () => {
    await house.createPerson('ivan', ['AdministratorAccess'])
    const other = await house.signedIn('ivan', '/security-credentials')
    const visitor = await house.signedIn('ivan', '/security-credentials')
    const { page } = visitor
    // What the server says fifteen minutes later.
    const late = { code: 'ReauthenticationRequired', message: 'You signed in more than 15 minutes ago.' }
    await page.route('**/console/session/sessions/end-others', route => route.fulfill({ status: 403, json: late }))
    await page.getByText('Another', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'End other sessions' }).click()
    await page.getByRole('button', { name: 'Sign in again' }).click()
    await page.getByLabel('Password', { exact: true }).waitFor()
    expect(page.url()).toContain('/security-credentials')
    for (const { context } of [visitor, other]) await context.close()
  })

  test('leave no credentials where a page keeps things', async () => {
    const visitor = await house.signedIn('carol', '/iam/users')
    const { page } = visitor
    await page.getByRole('link', { name: 'carol' }).first().waitFor()
    const kept = (await page.evaluate(`(async () => JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys(),
      navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
    ]))()`)) as string
    expect(kept).not.toMatch(/ASIA|AKIA|secret|token|gatehouse-session/i)
    expect((JSON.parse(kept) as unknown[]).slice(2)).toEqual(['', [], [], 0])
    await visitor.context.close()
  })

  test('register a security key, and sign in by touching it', async () => {
    await house.createPerson('grace', ['AdministratorAccess'])
    // Browsers let a page use security keys only where its certificate is beyond doubt, or on localhost without one.
    const visitor = await house.visitor(house.gatehouse.httpEndpoint)
    const { page, context } = visitor
    const devices = await context.newCDPSession(page)
    await devices.send('WebAuthn.enable')
    await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'usb', hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    })
    await signIn(visitor, { account: house.account, userName: 'grace', password }, '/security-credentials')
    await page.getByRole('button', { name: 'Assign MFA device' }).first().click()
    await page.getByLabel('Device name').fill('yellow-key')
    await page.getByRole('radio', { name: /security key/ }).check()
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByText('Security key assigned.').waitFor()
    const { MFADevices } = await house.iam.send(new ListMFADevicesCommand({ UserName: 'grace' }))
    expect(MFADevices?.map(({ SerialNumber }) => SerialNumber)).toEqual([expect.stringMatching(/:u2f\/user\/grace\/yellow-key-/)])

    await signOut(visitor)
    await givePassword(visitor, { account: house.account, userName: 'grace', password })
    await page.getByRole('button', { name: 'Use the security key' }).click()
    await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
    await context.close()
  })

  test('have to choose a password of their own when theirs was given to them', async () => {
    await house.createPerson('erin', ['IAMUserChangePassword'], { passwordResetRequired: true })
    const visitor = await house.visitor()
    const { page } = visitor
    await visitor.open('/security-credentials')
    await expectAccessible(visitor)
    await screenshot(visitor, 'sign-in')
    await givePassword(visitor, { account: house.account, userName: 'erin', password })
    await page.getByLabel('New password', { exact: true }).fill('Another-Word-2')
    await page.getByLabel('Retype new password').fill('Another-Word-2')
    await page.getByRole('button', { name: 'Confirm password change' }).click()
    await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
    await signOut(visitor)
    await givePassword(visitor, { account: house.account, userName: 'erin', password })
    await page
      .getByText(/incorrect|does not match|invalid/i)
      .first()
      .waitFor()
    await visitor.context.close()
  })

  test('create a role for a service account with a permissions boundary', async () => {
    const { iam, account } = house
    const limit = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
    await iam.send(new CreatePolicyCommand({ PolicyName: 'limit', PolicyDocument: JSON.stringify(limit) }))
    const visitor = await house.signedIn('carol', '/iam/roles/create')
    const { page } = visitor
    await page.getByRole('radio', { name: /Web identity/ }).check()
    await page.getByRole('button', { name: 'Identity provider' }).click()
    await page.getByRole('option').first().click()
    await page.getByLabel('Subject - optional').fill('system:serviceaccount:shop:checkout')
    await screenshot(visitor, 'create-role')
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByPlaceholder('Search permissions policies').fill('AmazonS3ReadOnlyAccess')
    await page.getByRole('checkbox', { name: /AmazonS3ReadOnlyAccess$/ }).check()
    await page.getByRole('button', { name: /Set permissions boundary/ }).click()
    await page.getByPlaceholder('Search boundary policy').fill('limit')
    await page.getByRole('radio', { name: new RegExp(`:${account}:policy/limit$`) }).check()
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByLabel('Role name').fill('checkout')
    await page.getByRole('button', { name: 'Create role' }).click()
    await page.getByRole('heading', { name: 'checkout' }).waitFor()

    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'checkout' }))
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(`arn:aws:iam::${account}:policy/limit`)
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')) as {
      Statement: { Condition: { StringEquals: object } }[]
    }
    expect(Object.values(trust.Statement[0]?.Condition.StringEquals ?? {})).toEqual([
      'sts.amazonaws.com',
      'system:serviceaccount:shop:checkout',
    ])
    await visitor.context.close()
  })

  test('are shown what is missing where they may not look, by action and principal, and are led to why', async () => {
    await house.createPerson('frank', [])
    const visitor = await house.visitor()
    const { page } = visitor
    await signIn(visitor, { account: house.account, userName: 'frank', password }, '/iam/roles')
    await page.getByText('You need permission: iam:ListRoles').waitFor()
    const box = page.locator('[class*="alert"]').filter({ hasText: 'You need permission' }).first()
    expect(await box.textContent()).toContain(`arn:aws:iam::${house.account}:user/frank`)
    expect(await box.textContent()).toMatch(/no identity-based policy allows the iam:ListRoles action/)
    expect(await box.textContent()).toMatch(/Request ID: .*[0-9a-f-]{36}/)
    await expectAccessible(visitor)
    await screenshot(visitor, 'denied')
    expect(await page.getByRole('heading', { name: 'Roles', level: 1 }).count()).toBe(1)
    const named = async (path: string, action: string, open: () => Promise<void> = async () => {}) => {
      await visitor.open(path)
      await open()
      await page.getByText(`You need permission: ${action}`).first().waitFor()
    }
    await named('/iam/account-settings', 'iam:GetAccountPasswordPolicy')
    expect(await page.getByText('Minimum length').count()).toBe(0)
    await named('/access-analyzer/preview', 'access-analyzer:ListAnalyzers')
    await named('/eks/clusters/create', 'iam:ListRoles', () => page.getByRole('button', { name: /Cluster IAM role/ }).click())
    await named('/iam/users/carol', 'iam:GetUser')
    await page.getByRole('link', { name: /See why/ }).click()
    await page.getByRole('heading', { name: 'Policy simulator' }).waitFor()
    // IAM's error says "user carol"; the simulator is asked by ARN.
    expect(await page.getByLabel('Resources - optional').inputValue()).toBe(`arn:aws:iam::${house.account}:user/carol`)
    await visitor.open('/iam/roles')
    await box.waitFor()
    await box.getByRole('link', { name: /See why/ }).click()
    await page.getByRole('heading', { name: 'Policy simulator' }).waitFor()
    expect(await page.getByLabel('Principal').inputValue()).toBe(`arn:aws:iam::${house.account}:user/frank`)
    expect(await page.getByLabel('Actions').inputValue()).toBe('iam:ListRoles')
    await visitor.context.close()

    const auditor = await house.signedIn('carol', '/cloudtrail/events?attribute=Username&value=frank&hours=24')
    await auditor.page.getByRole('row').filter({ hasText: 'ListRoles' }).getByRole('link', { name: 'Why?' }).first().click()
    await auditor.page.getByRole('heading', { name: 'Why: ListRoles' }).waitFor()
    await auditor.page
      .getByText(/no identity-based policy allows/)
      .first()
      .waitFor()
    await expectAccessible(auditor)
    await screenshot(auditor, 'why')
    await auditor.context.close()
  })
})
