import { AssociateAccessPolicyCommand, CreateAccessEntryCommand, CreateClusterCommand, DescribeClusterCommand } from '@aws-sdk/client-eks'
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
} from '@aws-sdk/client-iam'
import { callQuery } from '../../src/cli/client.ts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../e2e/gatehouse.ts'
import { chromiumPath, expectAccessible, screenshot, type Visitor } from './console-browser.ts'
import { type ConsoleHouse, openConsoleHouse } from './console-house.ts'

const trust = (principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }] })
const allow = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'Read', Effect: 'Allow', Action, Resource: 'arn:aws:s3:::logs/*' }] })

/** The paths in the console's table of pages. */
const paths = () => [
  '/',
  ...Array.from(readFileSync(join(root, 'console/shell/pages.ts'), 'utf8').matchAll(/\bpage\(\s*'([^']+)'/g), ([, path]) => path as string),
]

/** Pages whose pictures other tests take, and those that look like others. */
const pictured = new Set([
  'access-analyzer-findings',
  'eks-clusters-shop',
  'iam-policies-create',
  'iam-roles-create',
  'iam-identity-providers-create',
  'iam-users',
  'cloudtrail-sessions',
  'iam-groups-create',
  'iam-groups-developers',
  'iam-groups-developers-tab-permissions',
  'iam-users-carol-tab-groups',
  'iam-users-carol-tab-tags',
  'iam-users-create',
  'iam-roles-checkout-tab-revoke',
  'iam-policies-read-logs-tab-entities',
  'eks-clusters-shop-tab-aws-auth',
  'eks-clusters-shop-tab-service-accounts',
  'eks-clusters-create',
  'security-credentials',
  'iam-users-carol-create-inline-policy',
  'analysis-least-privilege',
  'documentation-quick-start',
  'iam-simulator',
  'analysis-who-can',
  'organization',
])

/** What a page's picture is called. */
const pictureOf = (path: string) =>
  path === '/'
    ? 'dashboard'
    : path
        .slice(1)
        .replace(/arn%3A.*%2F/, '')
        .replaceAll(/[^\w-]+/g, '-')

/** Analyzers look at resources a while after they are made. */
const patience = { timeout: 30_000, interval: 200 }

const manyUsers = 10_000
const atOnce = 64

describe.skipIf(!chromiumPath)('pages of the console', () => {
  let house: ConsoleHouse
  let visitor: Visitor

  beforeAll(async () => {
    house = await openConsoleHouse({ GATEHOUSE_QUOTAS: 'UsersPerAccount=20000' })
    const { iam, eks, account } = house
    await house.createPerson('carol', ['AdministratorAccess'])
    await iam.send(new CreateGroupCommand({ GroupName: 'developers' }))
    await iam.send(new AddUserToGroupCommand({ GroupName: 'developers', UserName: 'carol' }))
    await iam.send(new CreateAccessKeyCommand({ UserName: 'carol' }))
    const AssumeRolePolicyDocument = trust({ Service: ['eks.amazonaws.com', 'pods.eks.amazonaws.com'] })
    await iam.send(new CreateRoleCommand({ RoleName: 'checkout', AssumeRolePolicyDocument, Description: 'What the shop may do' }))
    await iam.send(
      new CreateRoleCommand({ RoleName: 'auditor', AssumeRolePolicyDocument: trust({ AWS: 'arn:aws:iam::444455556666:root' }) }),
    )
    const PolicyArn = `arn:aws:iam::${account}:policy/read-logs`
    await iam.send(new CreatePolicyCommand({ PolicyName: 'read-logs', PolicyDocument: allow('s3:GetObject') }))
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('s3:GetObject', 's3:PutObject') }))
    const roleArn = `arn:aws:iam::${account}:role/checkout`
    await eks.send(
      new CreateClusterCommand({
        name: 'shop',
        roleArn,
        resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
        accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
      }),
    )
    const isActive = async () => expect((await eks.send(new DescribeClusterCommand({ name: 'shop' }))).cluster?.status).toBe('ACTIVE')
    await vi.waitFor(isActive, patience)
    const entry = { clusterName: 'shop', principalArn: `arn:aws:iam::${account}:user/carol` }
    await eks.send(new CreateAccessEntryCommand(entry))
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'
    await eks.send(new AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope: { type: 'cluster' } }))
    visitor = await house.signedIn('carol')
  })
  afterAll(() => house?.close())

  test('find what somebody outside may do, and archive it', async () => {
    const { page } = visitor
    await visitor.open('/access-analyzer/analyzers')
    await page.getByRole('button', { name: 'Create analyzer' }).first().click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('outside')
    await page.getByRole('dialog').getByRole('button', { name: 'Create analyzer' }).click()
    await page.getByText('Analyzer outside created.').waitFor()
    await visitor.open('/access-analyzer/findings')
    const finding = page.getByRole('link', { name: new RegExp(`:${house.account}:role/auditor$`) })
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Refresh Findings' }).click()
        return finding.count()
      }, patience)
      .toBe(1)
    await screenshot(visitor, 'findings')
    await finding.click()
    await page.getByText('444455556666').first().waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'finding')
    await page.getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByText('Finding archived.').waitFor()
    await visitor.open('/access-analyzer/findings')
    await page.getByText('No findings').waitFor()
  })

  test('say what a change of a policy would newly allow before it is saved', async () => {
    const { page } = visitor
    await visitor.open(`/iam/policies/${encodeURIComponent(`arn:aws:iam::${house.account}:policy/read-logs`)}/edit`)
    const editor = page.getByRole('textbox', { name: 'Policy document' })
    await editor.click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(allow('s3:*'))
    await page.getByRole('button', { name: 'Check for new access' }).click()
    await page.getByText('This change allows something new').waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'newly-allowed')
  })

  test('show findings about a policy while it is written', async () => {
    const { page } = visitor
    await visitor.open('/iam/policies/create')
    const editor = page.getByRole('textbox', { name: 'Policy document' })
    await editor.click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(
      JSON.stringify(
        { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['iam:PassRole', 's3:GetObjekt'], Resource: '*' }] },
        undefined,
        4,
      ),
    )
    await page.getByText(/pass role with star in resource/i).waitFor()
    await page
      .getByText(/invalid action/i)
      .first()
      .waitFor()
    expect(await page.locator('.cm-lint-marker').count()).toBeGreaterThan(0)
    await page.getByText('What this policy would allow').waitFor()
    await page.getByText(/^iam:PassRole on /).waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'create-policy')
    await page.getByRole('button', { name: 'Visual' }).click()
    await page.getByText('iam:PassRole').first().waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'visual-editor')
  })

  test('are reached by keys, by search and in the dark', async () => {
    const { page } = visitor
    await visitor.open('/')
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { name: /^Roles/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('identity prov')
    await page.getByRole('option', { name: /Identity providers/ }).click()
    await page.getByRole('heading', { name: /^Identity providers/ }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'Search' }).fill('kube2iam')
    await page.getByRole('option', { name: /^Guide: from kiam/ }).click()
    await page.getByRole('heading', { name: /^Guide: from kiam/, level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Dark mode' }).click()
    await visitor.open('/')
    await page.getByText('Security recommendations').waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'dashboard-dark')
    await page.getByRole('button', { name: 'Light mode' }).click()
  })

  /** Addresses for what has a parameter, by the path in the table of pages; those that other tests open are left out. */
  const addresses = (): { readonly [path: string]: readonly string[] } => {
    const policy = encodeURIComponent(`arn:aws:iam::${house.account}:policy/read-logs`)
    return {
      '/iam/groups/:groupName': ['/iam/groups/developers', '/iam/groups/developers?tab=permissions'],
      '/iam/users/:userName': [
        '/iam/users/carol',
        '/iam/users/carol?tab=security-credentials',
        '/iam/users/carol?tab=groups',
        '/iam/users/carol?tab=tags',
      ],
      '/iam/roles/:roleName': [
        '/iam/roles/checkout',
        '/iam/roles/checkout?tab=trust',
        '/iam/roles/checkout?tab=last-accessed',
        '/iam/roles/checkout?tab=revoke',
      ],
      '/iam/:kind/:name/create-inline-policy': ['/iam/users/carol/create-inline-policy'],
      '/iam/policies/:arn': [`/iam/policies/${policy}`, `/iam/policies/${policy}?tab=versions`, `/iam/policies/${policy}?tab=entities`],
      '/analysis/who-can': ['/analysis/who-can', '/analysis/who-can?action=iam:CreateUser'],
      '/documentation/:name': ['/documentation/quick-start'],
      '/eks/clusters/:clusterName': ['', 'access', 'pod-identity', 'service-accounts', 'aws-auth'].map(
        tab => `/eks/clusters/shop${tab && `?tab=${tab}`}`,
      ),
    }
  }

  test('have no serious issue of accessibility, in light or in the dark, and no error of their own', async () => {
    const known = addresses()
    const all = paths().flatMap(path => known[path] ?? (path.includes(':') ? [] : [path]))
    expect(all.length).toBeGreaterThan(40)
    const inTheDark = await house.signedIn('carol', '/', 'dark')
    const visit = async (visited: Visitor, look: (path: string) => Promise<void>) => {
      for (const path of all) {
        await visited.open(path)
        await vi.waitFor(
          async () => expect(await visited.page.getByRole('heading', { level: 1 }).count(), `headings of ${path}`).toBeGreaterThan(0),
          patience,
        )
        await expectAccessible(visited)
        await look(path)
      }
    }
    await Promise.all([
      visit(inTheDark, async () => {}),
      visit(visitor, async path => {
        const name = pictureOf(path)
        if (path === '/analysis/graph') await visitor.page.getByRole('group', { name: /^Picture of the graph/ }).hover()
        if (!pictured.has(name)) await screenshot(visitor, name)
      }),
    ])
    expect(await inTheDark.page.evaluate('document.body.classList.contains("awsui-dark-mode")')).toBe(true)
    expect([...visitor.complaints, ...inTheDark.complaints]).toEqual([])
    await inTheDark.context.close()
  }, 240_000)

  test('answer in the dark as legibly: findings, records, explanations, and what a change would allow', async () => {
    const inTheDark = await house.signedIn('carol', '/', 'dark')
    const { page } = inTheDark
    const principal = encodeURIComponent(`arn:aws:iam::${house.account}:user/carol`)
    const policy = encodeURIComponent(`arn:aws:iam::${house.account}:policy/read-logs`)
    const visit = async (path: string, told: RegExp, ask: () => Promise<void> = async () => {}) => {
      await inTheDark.open(path)
      await ask()
      await page.getByText(told).first().waitFor()
      await expectAccessible(inTheDark)
    }
    const press = (name: string) => page.getByRole('button', { name }).first().click()
    const write = async (editor: string, text: string) => {
      await page.getByRole('textbox', { name: editor }).click()
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.insertText(text)
    }
    await visit('/analysis/who-can?action=iam:CreateUser', /^iam:CreateUser on/)
    await visit(`/analysis/least-privilege?principal=${principal}&days=7`, /All allowed/)
    await visit(`/iam/simulator?principal=${principal}&action=iam:CreateUser`, /^Allowed$/, () => press('Run simulation'))
    await visit('/cloudtrail/sessions', /SimulatePrincipalPolicy/, () => press('Show this session'))
    await visit(`/iam/policies/${policy}/edit`, /^Newly allowed/, () => write('Policy document', allow('s3:*')))
    await visit(`/iam/policies/${policy}/edit`, /^Statement 1: allow/, () => press('Visual'))
    await visit('/iam/roles/checkout?tab=trust', /No longer allowed/, async () => {
      await press('Edit trust policy')
      await write('Trust policy', trust({ Service: 'eks.amazonaws.com' }))
    })
    await visit(
      '/iam/users/carol/create-inline-policy',
      /This makes ways to an administrator|Nobody becomes an administrator/,
      async () => {
        await page.getByLabel('Policy name').fill('more')
        await write('Policy document', allow('iam:*'))
        await press('Who would become an administrator?')
      },
    )
    await inTheDark.open('/cloudtrail/events?attribute=EventName&value=CreateRole&hours=24')
    await page.getByRole('link', { name: 'CreateRole' }).first().click()
    await page.getByText('AWS Region').waitFor()
    await expectAccessible(inTheDark)
    await page.getByRole('link', { name: 'Why was this allowed?' }).click()
    await page.getByText(/Identity-based policies: allows/).waitFor()
    await expectAccessible(inTheDark)
    expect(inTheDark.complaints).toEqual([])
    await inTheDark.context.close()
  }, 120_000)

  test('are opened anew by an address, also of the page that is open', async () => {
    const { page } = visitor
    await visitor.open('/analysis/who-can?action=iam:CreateUser')
    await visitor.open('/analysis/who-can?action=iam:DeleteUser')
    expect(await page.getByLabel('Action or verb').inputValue()).toBe('iam:DeleteUser')
    await page.goBack()
    await page.getByText('Who can iam:CreateUser', { exact: true }).waitFor()
    expect(await page.getByLabel('Action or verb').inputValue()).toBe('iam:CreateUser')
  })

  test('show the record of a click with its identity and browser', async () => {
    const { page } = visitor
    await visitor.open('/cloudtrail/events?attribute=EventName&value=CreateAnalyzer&hours=24')
    await page.getByRole('link', { name: 'CreateAnalyzer' }).click()
    await page
      .getByText(/Mozilla\/5\.0/)
      .first()
      .waitFor()
    await page.getByText(`arn:aws:iam::${house.account}:user/carol`).first().waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'event')
    await page.getByRole('link', { name: /^ASIA/ }).click()
    await page.getByRole('link', { name: 'CreateAnalyzer' }).waitFor()
    await screenshot(visitor, 'session-timeline')
  })

  test(`hold ${manyUsers} users, searched and in pages`, async () => {
    const names = Array.from({ length: manyUsers }, (_, index) => `user-${String(index).padStart(5, '0')}`)
    const next = names.values()
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const UserName of next) await callQuery(house.client, { name: 'iam', version: '2010-05-08' }, 'CreateUser', { UserName })
      }),
    )
    const { page } = visitor
    await visitor.open('/iam/groups')
    await visitor.open('/iam/users')
    await page.getByText(`(${(manyUsers + 2).toLocaleString('en')})`).waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(120)
    await page.getByPlaceholder('Search users').fill('user-09999')
    await page.getByText('1 match').first().waitFor()
    await page.getByRole('link', { name: 'user-09999' }).waitFor()
    await expectAccessible(visitor)
    await page.getByPlaceholder('Search users').fill('user-0')
    await screenshot(visitor, 'ten-thousand-users')
  }, 150_000)
})
