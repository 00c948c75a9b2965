import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DescribeClusterCommand,
  DescribeAccessEntryCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  CreatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks'
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteAccountPasswordPolicyCommand,
  GetSAMLProviderCommand,
  GetUserCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { metadata } from '../services/sts/identity-provider.ts'
import { callJson, callRestJson } from '../../src/cli/client.ts'
import { presignedClusterToken } from '../../src/wire/sigv4/cluster-token.ts'
import { chromiumPath, expectAccessible, screenshot, type Visitor } from './console-browser.ts'
import { type ConsoleHouse, openConsoleHouse } from './console-house.ts'

const trust = (service: string, actions: string[] = ['sts:AssumeRole']) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: actions }] })
const allow = (...Action: string[]) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

describe.skipIf(!chromiumPath)('what is done in the console', () => {
  let house: ConsoleHouse
  let visitor: Visitor

  beforeAll(async () => {
    house = await openConsoleHouse()
    const { iam } = house
    await house.createPerson('carol', ['AdministratorAccess'])
    await house.createPerson('ida', [])
    await iam.send(new CreateRoleCommand({ RoleName: 'cluster', AssumeRolePolicyDocument: trust('eks.amazonaws.com') }))
    visitor = await house.signedIn('carol')
  })
  afterAll(() => house?.close())

  const arnOf = (resource: string) => `arn:aws:iam::${house.account}:${resource}`
  const dialog = () => visitor.page.getByRole('dialog')

  /** What an administrator of the cluster does by kubectl. */
  async function mapUser(name: string, userarn: string) {
    const { cluster } = await house.eks.send(new DescribeClusterCommand({ name }))
    const { credentials, region } = house.client
    const entry = { clusterName: name, principalArn: arnOf('user/administrator') }
    await house.eks.send(new CreateAccessEntryCommand(entry))
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'
    await house.eks.send(new AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope: { type: 'cluster' } }))
    const authorization = `Bearer ${presignedClusterToken({ endpoint: house.gatehouse.endpoint, credentials, region }, name, Date.now())}`
    const answer = await visitor.context.request.post(`${cluster?.endpoint}/api/v1/namespaces/kube-system/configmaps`, {
      headers: { authorization },
      data: { metadata: { name: 'aws-auth' }, data: { mapUsers: `- userarn: ${userarn}\n  username: ida\n` } },
    })
    expect(answer.status(), await answer.text()).toBe(201)
  }

  /** Chooses a row, and deletes it as the dialog asks. */
  async function deleteFrom(path: string, key: string, { word = key, button }: { word?: string; button: string }) {
    const { page } = visitor
    await visitor.open(path)
    await page.getByRole('radio', { name: `Select ${key}` }).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog().getByLabel(`To confirm, enter ${word}`).fill(word)
    await dialog().getByRole('button', { name: button, exact: true }).click()
    await dialog().waitFor({ state: 'hidden' })
  }

  test('users, groups, roles, policies and providers are deleted with all that hangs on them', async () => {
    const { iam } = house
    await house.createPerson('gone', ['ReadOnlyAccess'])
    await iam.send(new CreateAccessKeyCommand({ UserName: 'gone' }))
    await iam.send(new CreateGroupCommand({ GroupName: 'former' }))
    await iam.send(new AddUserToGroupCommand({ GroupName: 'former', UserName: 'gone' }))
    await iam.send(new CreateRoleCommand({ RoleName: 'old', AssumeRolePolicyDocument: trust('ec2.amazonaws.com') }))
    await iam.send(new PutRolePolicyCommand({ RoleName: 'old', PolicyName: 'all', PolicyDocument: allow('s3:*') }))
    await iam.send(new CreatePolicyCommand({ PolicyName: 'useless', PolicyDocument: allow('s3:GetObject') }))
    const provider = { Url: 'https://issuer.example.com', ThumbprintList: ['a'.repeat(40)] }
    await iam.send(new CreateOpenIDConnectProviderCommand(provider))

    await deleteFrom('/iam/users', 'gone', { button: 'Delete user' })
    await deleteFrom('/iam/groups', 'former', { button: 'Delete group' })
    await deleteFrom('/iam/roles', 'old', { button: 'Delete role' })
    await deleteFrom('/iam/policies?find=useless', arnOf('policy/useless'), { word: 'useless', button: 'Delete policy' })
    await deleteFrom('/iam/identity-providers', arnOf('oidc-provider/issuer.example.com'), { word: 'confirm', button: 'Delete' })

    const { Users = [] } = await iam.send(new ListUsersCommand({}))
    expect(Users.map(({ UserName }) => UserName)).not.toContain('gone')
    expect((await iam.send(new ListGroupsCommand({}))).Groups).toEqual([])
    const { Roles = [] } = await iam.send(new ListRolesCommand({}))
    expect(Roles.map(({ RoleName }) => RoleName)).not.toContain('old')
    expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([])
    expect((await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList).toEqual([])
    expect(visitor.complaints).toEqual([])
  })

  test('a user is created with a group, a policy and a password, and a second try goes on where the first one failed', async () => {
    const { page } = visitor
    const { iam } = house
    const UserName = 'nora'
    await iam.send(new CreateGroupCommand({ GroupName: 'writers' }))
    await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12 }))
    await visitor.open('/iam/users/create')
    await page.getByLabel('User name').fill(UserName)
    await page.getByRole('checkbox', { name: /Provide user access/ }).check()
    await page.getByLabel('Console password').fill('short-1A')
    await page.getByRole('button', { name: /User groups - optional/ }).click()
    await page.getByRole('option', { name: 'writers' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /Attach policies directly/ }).click()
    await page.getByPlaceholder('Search permissions policies').fill('AmazonS3ReadOnlyAccess')
    await page.getByRole('checkbox', { name: /AmazonS3ReadOnlyAccess$/ }).check()
    await expectAccessible(visitor)
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByText('PasswordPolicyViolation').waitFor()
    await page.getByText('1 of 5 calls are made.').waitFor()
    await page.getByLabel('Console password').fill('Long-enough-1A')
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { name: UserName, level: 1 }).waitFor()
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }))
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['AmazonS3ReadOnlyAccess', 'IAMUserChangePassword'])
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName }))
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['writers'])
    await iam.send(new DeleteAccountPasswordPolicyCommand({}))
  })

  test('a SAML provider is added with its metadata document', async () => {
    const { page } = visitor
    await visitor.open('/iam/identity-providers/create')
    await page.getByRole('radio', { name: /SAML/ }).check()
    await page.getByLabel('Provider name').fill('company')
    await page.locator('input[type=file]').setInputFiles({ name: 'metadata.xml', mimeType: 'text/xml', buffer: Buffer.from(metadata) })
    await page.getByRole('button', { name: 'Add provider' }).click()
    await page.getByRole('heading', { name: 'company' }).waitFor()
    await expectAccessible(visitor)
    const { SAMLMetadataDocument } = await house.iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: arnOf('saml-provider/company') }))
    expect(SAMLMetadataDocument).toBe(metadata)
  })

  test('a user gets a permissions boundary, and loses it', async () => {
    const { page } = visitor
    const boundary = async () =>
      (await house.iam.send(new GetUserCommand({ UserName: 'ida' }))).User?.PermissionsBoundary?.PermissionsBoundaryArn
    await visitor.open('/iam/users/ida')
    await page.getByRole('button', { name: 'Set permissions boundary' }).click()
    await dialog().getByPlaceholder('Search boundary policy').fill('AmazonS3ReadOnlyAccess')
    await dialog()
      .getByRole('radio', { name: /AmazonS3ReadOnlyAccess$/ })
      .check()
    await dialog().getByRole('button', { name: 'Set boundary' }).click()
    await page.getByText('Permissions boundary of ida set.').waitFor()
    expect(await boundary()).toBe('arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess')
    await page.getByRole('button', { name: 'Remove boundary' }).click()
    await dialog().getByRole('button', { name: 'Remove boundary' }).click()
    await page.getByText('Permissions boundary of ida removed.').waitFor()
    expect(await boundary()).toBeUndefined()
  })

  test('a cluster is created, somebody is let in with an access policy, and its service accounts have their links checked', async () => {
    const { page } = visitor
    const { eks, iam } = house
    await visitor.open('/eks/clusters/create')
    await page.getByLabel('Name', { exact: true }).fill('mill')
    await page.getByRole('button', { name: /Cluster IAM role/ }).click()
    await page.getByRole('option', { name: /^cluster/ }).click()
    await page.getByLabel('Subnets').fill('subnet-1\nsubnet-2')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('heading', { name: 'mill' }).waitFor()
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'mill' }))
    expect(cluster).toMatchObject({ roleArn: arnOf('role/cluster'), accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } })
    await expect
      .poll(async () => (await eks.send(new DescribeClusterCommand({ name: 'mill' }))).cluster?.status, { timeout: 30_000 })
      .toBe('ACTIVE')

    await visitor.open('/eks/clusters/mill?tab=access')
    await page.getByRole('button', { name: 'Create access entry' }).first().click()
    await dialog().getByLabel('IAM principal ARN').fill(arnOf('user/ida'))
    await dialog().getByLabel('Kubernetes groups - optional').fill('millers')
    await dialog().getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByText(`Access entry for ${arnOf('user/ida')} created.`).waitFor()
    const entry = { clusterName: 'mill', principalArn: arnOf('user/ida') }
    expect((await eks.send(new DescribeAccessEntryCommand(entry))).accessEntry?.kubernetesGroups).toEqual(['millers'])
    await page.getByRole('radio', { name: `Select ${entry.principalArn}` }).check()
    await page.getByRole('button', { name: 'Access policies' }).first().click()
    await dialog().getByRole('button', { name: 'Add access policy' }).click()
    await dialog()
      .getByRole('button', { name: /Access policy/ })
      .first()
      .click()
    await page.getByRole('option', { name: 'AmazonEKSViewPolicy' }).click()
    await dialog().getByRole('radio', { name: 'Kubernetes namespaces' }).check()
    await dialog().getByLabel('Namespaces', { exact: true }).fill('shop')
    await dialog().getByRole('button', { name: 'Add access policy' }).click()
    await dialog().getByText('AmazonEKSViewPolicy').waitFor()
    // The name is also in the form, before the answer comes.
    const associated = async () => (await eks.send(new ListAssociatedAccessPoliciesCommand(entry))).associatedAccessPolicies
    await expect.poll(associated).toMatchObject([
      {
        policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
        accessScope: { type: 'namespace', namespaces: ['shop'] },
      },
    ])
    await expectAccessible(visitor)
    await dialog().getByRole('button', { name: 'Done' }).click()

    // Who creates a cluster is its administrator, so that the console may ask the cluster itself.
    const [good, bad] = ['grinder', 'idler']
    await iam.send(
      new CreateRoleCommand({
        RoleName: good,
        AssumeRolePolicyDocument: trust('pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession']),
      }),
    )
    await iam.send(new CreateRoleCommand({ RoleName: bad, AssumeRolePolicyDocument: trust('pods.eks.amazonaws.com') }))
    for (const [serviceAccount, roleName] of [
      ['default', good],
      ['other', bad],
    ])
      await eks.send(
        new CreatePodIdentityAssociationCommand({
          clusterName: 'mill',
          namespace: 'default',
          serviceAccount,
          roleArn: arnOf(`role/${roleName}`),
        }),
      )
    await visitor.open('/eks/clusters/mill?tab=service-accounts')
    await page.getByRole('radio', { name: 'Select default/default' }).check()
    await page.getByRole('button', { name: 'Check the links' }).click()
    await dialog().getByText('It lets pods.eks.amazonaws.com assume the role for the service account, and tag the session.').waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'link-checks')
    await visitor.open('/eks/clusters/mill?tab=pod-identity')
    await page.getByRole('row').filter({ hasText: bad }).getByRole('radio').check()
    await page.getByRole('button', { name: 'Check the links' }).click()
    await dialog().getByText('It does not let pods.eks.amazonaws.com do sts:TagSession.').waitFor()
    await visitor.open('/eks/clusters/mill?tab=aws-auth')
    await page.getByText('No aws-auth ConfigMap').waitFor()
    await page.getByText('Access entries say who may use this cluster.').waitFor()
    await mapUser('mill', arnOf('user/ida'))
    await page.getByRole('button', { name: 'Refresh', exact: true }).click()
    await page.getByText(`- userarn: ${arnOf('user/ida')}`).waitFor()
    await expectAccessible(visitor)

    await deleteFrom('/eks/clusters', 'mill', { button: 'Delete' })
    await expect.poll(async () => (await eks.send(new ListClustersCommand({}))).clusters, { timeout: 30_000 }).toEqual([])
  })

  test('archive rules are made, applied and deleted', async () => {
    const { page } = visitor
    const analyzer = { analyzerName: 'watch', type: 'ACCOUNT' }
    await callRestJson(house.client, 'access-analyzer', 'PUT', '/analyzer', { input: analyzer })
    const rules = async () =>
      ((await callRestJson(house.client, 'access-analyzer', 'GET', '/analyzer/watch/archive-rule')) as { archiveRules: object[] })
        .archiveRules
    await visitor.open('/access-analyzer/archive-rules')
    await page.getByRole('button', { name: 'Create archive rule' }).first().click()
    await dialog().getByLabel('Rule name').fill('partner')
    await dialog()
      .getByRole('button', { name: /Criterion/ })
      .click()
    await page.getByRole('option', { name: 'principal.AWS' }).click()
    await dialog().getByLabel('Values').fill('444455556666')
    await dialog().getByRole('button', { name: 'Create rule' }).click()
    await page.getByText('Archive rule partner created.').waitFor()
    expect(await rules()).toMatchObject([{ ruleName: 'partner', filter: { 'principal.AWS': { eq: ['444455556666'] } } }])
    await page.getByRole('radio', { name: 'Select partner' }).check()
    await page.getByRole('button', { name: 'Apply to existing findings' }).click()
    await dialog().getByRole('button', { name: 'Apply', exact: true }).click()
    await page.getByText('Findings that match are archived.').waitFor()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog().getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('No archive rules').waitFor()
    expect(await rules()).toEqual([])
  })

  test('a preview says who outside would have access, before the policy is there', async () => {
    const { page } = visitor
    await visitor.open(`/access-analyzer/preview?resource=${encodeURIComponent('arn:aws:s3:::plans')}`)
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:root' }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::plans/*' },
      ],
    }
    await page.getByRole('textbox', { name: 'Policy of the resource' }).click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(JSON.stringify(policy))
    await page.getByRole('button', { name: 'Preview external access' }).click()
    await page.getByRole('gridcell', { name: '444455556666' }).waitFor()
    await expectAccessible(visitor)
    const { analyzers } = (await callRestJson(house.client, 'access-analyzer', 'GET', '/analyzer')) as { analyzers: { arn: string }[] }
    const query = new URLSearchParams({ analyzerArn: analyzers[0]?.arn ?? '' }).toString()
    const { accessPreviews } = (await callRestJson(house.client, 'access-analyzer', 'GET', '/access-preview', { query })) as {
      accessPreviews: object[]
    }
    expect(accessPreviews).toMatchObject([{ status: 'COMPLETED' }])
  })

  test('the simulator says why, for a user who may do a part', async () => {
    const { page } = visitor
    await visitor.open(`/iam/simulator?principal=${encodeURIComponent(arnOf('user/carol'))}&action=iam:CreateUser`)
    await page.getByRole('button', { name: 'Run simulation' }).click()
    await page.getByText('Allowed', { exact: true }).waitFor()
    await page
      .getByText(/AdministratorAccess/)
      .first()
      .waitFor()
    await page.getByLabel('Principal').fill(arnOf('user/ida'))
    await page.getByRole('button', { name: 'Run simulation' }).click()
    await page.getByText('Denied: nothing allows it').waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'simulated')
  })

  test('the least policy for what a user did is written, proved by replay, and saved', async () => {
    const { page } = visitor
    await house.createPerson('lena', ['IAMReadOnlyAccess'])
    const lena = await house.signedIn('lena', '/iam/roles')
    await lena.page.getByRole('link', { name: 'cluster', exact: true }).click()
    await lena.page.getByRole('heading', { name: 'cluster' }).waitFor()
    await lena.open('/eks/clusters')
    await lena.page.getByText('You need permission: eks:ListClusters').waitFor()
    await lena.context.close()

    await visitor.open('/iam/users/lena')
    await page
      .getByRole('button', { name: 'Least privilege' })
      .or(page.getByRole('link', { name: 'Least privilege' }))
      .last()
      .click()
    await page.getByText('All allowed').waitFor()
    await page.getByRole('gridcell', { name: 'iam:ListRoles' }).waitFor()
    await page.getByRole('gridcell', { name: 'was refused: AccessDeniedException' }).waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'least-privilege')
    await page.getByRole('button', { name: 'Save policy' }).click()
    await dialog().getByRole('button', { name: 'Create policy' }).click()
    await page.getByRole('heading', { name: 'lena-least-privilege' }).waitFor()
    const { Policies = [] } = await house.iam.send(new ListPoliciesCommand({ Scope: 'Local' }))
    expect(Policies.map(({ PolicyName }) => PolicyName)).toEqual(['lena-least-privilege'])

    await visitor.open(`/analysis/least-privilege?principal=${encodeURIComponent(arnOf('role/cluster'))}&days=7`)
    await page.getByText('Nothing on record').waitFor()
    await expectAccessible(visitor)
    expect(visitor.complaints).toEqual([])
  })

  test('an organization is created', async () => {
    const { page } = visitor
    await visitor.open('/organization')
    await page.getByRole('button', { name: 'Create an organization' }).click()
    await dialog().getByRole('button', { name: 'Create organization' }).click()
    await page.getByText('Organization created. This account is its management account.').waitFor()
    await page
      .getByRole('treeitem', { name: /management/ })
      .or(page.getByText(/^management/))
      .first()
      .waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'organization')
    const { Organization } = (await callJson(
      house.client,
      { name: 'organizations', target: 'AWSOrganizationsV20161128.DescribeOrganization' },
      {},
    )) as {
      Organization: object
    }
    expect(Organization).toMatchObject({ MasterAccountId: house.account, FeatureSet: 'ALL' })
  })

  test('the documents are read, found by title, and reached by links to their sections', async () => {
    const { page } = visitor
    await visitor.open('/documentation')
    await page.getByPlaceholder('Search documentation').fill('signing in')
    await page.getByRole('link', { name: 'Signing in to the console' }).click()
    await page.getByRole('heading', { name: 'Signing in to the console' }).waitFor()
    await expectAccessible(visitor)
    await screenshot(visitor, 'document')
    await page.getByRole('link', { name: 'Second factors' }).click()
    await page.waitForURL(/documentation\/console-sign-in\?section=second-factors$/)
    expect(await page.locator('#second-factors').isVisible()).toBe(true)
    await visitor.open('/documentation/nothing')
    await page.getByText('No such page').waitFor()
    expect(visitor.complaints).toEqual([])
  })
})
