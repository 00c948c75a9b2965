import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessEntryCommand,
  CreateClusterCommand,
  DeleteAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  waitUntilClusterActive,
} from '@aws-sdk/client-eks'
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mintServiceAccountToken } from '../../src/kubernetes/issuer/service-account-token.ts'
import { openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import { openSecrets, openSqliteStore, readMasterKey } from '../../src/store/index.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')
const run = promisify(execFile)

const account = '111122223333'
const clusterRole = `arn:aws:iam::${account}:role/eks-cluster`
const checkoutRole = `arn:aws:iam::${account}:role/checkout`
const trusting = (service: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] })

/** The JavaScript SDK, told where Gatehouse is as its environment would tell it. */
function sdk(gatehouse: TestGatehouse) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = gatehouse.environment
  const configuration = {
    region: 'us-east-1',
    endpoint: gatehouse.endpoint,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID as string, secretAccessKey: AWS_SECRET_ACCESS_KEY as string },
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] as string) }) },
  }
  return {
    iam: new IAMClient(configuration),
    sts: new STSClient(configuration),
    eks: new EKSClient(configuration),
    cloudtrail: new CloudTrailClient(configuration),
  }
}

const kinds = [
  { kind: 'embedded', assets: undefined },
  { kind: 'control plane', assets: process.env['GATEHOUSE_TEST_CONTROL_PLANE'] },
]

describe.each(kinds)('a pod and its tokens, on a cluster of the $kind kind', ({ assets }) => {
  let gatehouse: TestGatehouse
  let aws: ReturnType<typeof sdk>
  let folder: string
  let provider: string

  const environment = () => ({
    ...withoutAws(process.env),
    ...gatehouse.environment,
    NODE_EXTRA_CA_CERTS: gatehouse.environment['AWS_CA_BUNDLE'] as string,
    PATH: `${clients}:${process.env['PATH']}`,
    KUBECONFIG: join(folder, 'kubeconfig'),
    HOME: folder,
  })
  const kubectl = async (...words: string[]) => (await run('kubectl', words, { env: environment(), timeout: 60_000 })).stdout.trim()
  const token = (serviceAccount: string, audience: string, context: string) =>
    kubectl('create', 'token', serviceAccount, '-n', 'shop', '--audience', audience, '--context', context)
  const context = (name: string) => `arn:aws:eks:us-east-1:${account}:cluster/${name}`
  const exchange = (webIdentityToken: string, roleArn = checkoutRole) =>
    aws.sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'test', WebIdentityToken: webIdentityToken }))
  const refusal = async (webIdentityToken: string) => {
    try {
      await exchange(webIdentityToken)
      return 'not refused'
    } catch (problem) {
      const { name, message } = problem as Error
      return { name, message }
    }
  }
  const runAsCheckout = async (...words: string[]) => {
    const { stdout } = await run(
      process.execPath,
      [command, 'run', '--cluster', 'demo', '--namespace', 'shop', '--service-account', 'checkout', '--', ...words],
      { env: environment(), timeout: 60_000 },
    )
    return stdout
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-pods-'))
    gatehouse = await startGatehouse(assets === undefined ? {} : { environment: { KUBEBUILDER_ASSETS: assets } })
    aws = sdk(gatehouse)
    await aws.iam.send(new CreateRoleCommand({ RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting('eks.amazonaws.com') }))
    for (const name of ['demo', 'other']) {
      await aws.eks.send(
        new CreateClusterCommand({
          name,
          roleArn: clusterRole,
          resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
          accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
        }),
      )
    }
    for (const name of ['demo', 'other']) {
      await waitUntilClusterActive({ client: aws.eks, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, { name })
      await run(join(clients, 'aws'), ['eks', 'update-kubeconfig', '--name', name], { env: environment() })
      const at = ['--context', context(name)]
      await kubectl('create', 'namespace', 'shop', ...at)
      await kubectl('create', 'serviceaccount', 'checkout', '-n', 'shop', ...at)
      await kubectl('create', 'serviceaccount', 'stranger', '-n', 'shop', ...at)
    }
    await kubectl('config', 'use-context', context('demo'))
    const { cluster } = await aws.eks.send(new DescribeClusterCommand({ name: 'demo' }))
    const issuer = cluster?.identity?.oidc?.issuer as string
    provider = issuer.slice('https://'.length)
    await aws.iam.send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['sts.amazonaws.com'] }))
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { [`${provider}:sub`]: 'system:serviceaccount:shop:checkout', [`${provider}:aud`]: 'sts.amazonaws.com' },
          },
        },
      ],
    }
    await aws.iam.send(new CreateRoleCommand({ RoleName: 'checkout', AssumeRolePolicyDocument: JSON.stringify(trust) }))
    await kubectl('annotate', 'serviceaccount', 'checkout', '-n', 'shop', `eks.amazonaws.com/role-arn=${checkoutRole}`)
  })

  afterAll(async () => {
    await discard(gatehouse)
    rmSync(folder, { recursive: true, force: true })
  })

  test("the JavaScript SDK's default chain becomes the role by itself, and may what the role may", async () => {
    const program = [process.execPath, join(root, 'test/e2e/programs/who-am-i.mjs')]
    const before = JSON.parse(await runAsCheckout(...program)) as { Arn: string; users: unknown }
    expect(before.Arn).toMatch(new RegExp(`^arn:aws:sts::${account}:assumed-role/checkout/`))
    expect(before.users).toBe('AccessDenied')
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' }] }
    const { Policy } = await aws.iam.send(new CreatePolicyCommand({ PolicyName: 'ListUsers', PolicyDocument: JSON.stringify(document) }))
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: 'checkout', PolicyArn: Policy?.Arn }))
    expect(JSON.parse(await runAsCheckout(...program))).toMatchObject({ users: ['administrator'] })
  })

  test('a process gets the exit code of its command, and no identity of its caller', async () => {
    await expect(runAsCheckout('sh', '-c', 'exit 7')).rejects.toMatchObject({ code: 7 })
    const variables = await runAsCheckout('env')
    expect(variables).not.toMatch(/^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)=/m)
    expect(variables).toContain(`AWS_ROLE_ARN=${checkoutRole}\n`)
  })

  test('the right token gives credentials of the role', async () => {
    const answer = await exchange(await token('checkout', 'sts.amazonaws.com', context('demo')))
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/checkout/test` },
      SubjectFromWebIdentityToken: 'system:serviceaccount:shop:checkout',
      Audience: 'sts.amazonaws.com',
      Provider: `arn:aws:iam::${account}:oidc-provider/${provider}`,
    })
  })

  test('a token of another service account is refused by the trust policy', async () => {
    expect(await refusal(await token('stranger', 'sts.amazonaws.com', context('demo')))).toEqual({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    })
  })

  test('a token of another audience is refused', async () => {
    expect(await refusal(await token('checkout', 'vault', context('demo')))).toEqual({
      name: 'InvalidIdentityTokenException',
      message: 'Incorrect token audience',
    })
  })

  test('a token of another cluster is refused: its issuer is no provider of the account', async () => {
    expect(await refusal(await token('checkout', 'sts.amazonaws.com', context('other')))).toEqual({
      name: 'InvalidIdentityTokenException',
      message: expect.stringContaining('No OpenIDConnect provider found in your account for https://'),
    })
  })

  test('an altered token is refused', async () => {
    const [head, body, signature = ''] = (await token('checkout', 'sts.amazonaws.com', context('demo'))).split('.')
    const altered = `${signature.slice(0, 20)}${signature[20] === 'A' ? 'B' : 'A'}${signature.slice(21)}`
    expect(await refusal([head, body, altered].join('.'))).toMatchObject({ name: 'InvalidIdentityTokenException' })
    const claims = JSON.parse(Buffer.from(body as string, 'base64url').toString()) as object
    const other = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString('base64url')
    expect(await refusal([head, other, signature].join('.'))).toMatchObject({ name: 'InvalidIdentityTokenException' })
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    expect(await refusal(`${unsigned}.${body}.`)).toMatchObject({ name: 'InvalidIdentityTokenException' })
  })

  test('refusals and exchanges are on record with cluster, namespace and service account', async () => {
    const { Events = [] } = await aws.cloudtrail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'AssumeRoleWithWebIdentity' }] }),
    )
    const records = Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent) as { [field: string]: unknown })
    expect(records.map(record => record['errorCode']).filter(code => code !== undefined)).toEqual(
      expect.arrayContaining(['AccessDenied', 'InvalidIdentityTokenException']),
    )
    const denied = records.find(record => record['errorCode'] === 'AccessDenied')
    expect(denied?.['userIdentity']).toMatchObject({
      type: 'WebIdentityUser',
      userName: 'system:serviceaccount:shop:stranger',
      identityProvider: `arn:aws:iam::${account}:oidc-provider/${provider}`,
    })
    const granted = records.find(
      record =>
        record['errorCode'] === undefined && (record['requestParameters'] as { roleSessionName?: string }).roleSessionName === 'test',
    )
    expect(granted?.['additionalEventData']).toMatchObject({ kubernetes: { namespace: 'shop', serviceAccount: 'checkout' } })
    expect(JSON.stringify(records)).not.toContain('eyJ')
  })

  test('aws-auth maps a role; a role deleted and made anew is not let in by the entry of the first', async () => {
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
    })
    const make = (RoleName: string) => aws.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
    const as = (role: string) =>
      run(
        'kubectl',
        ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}', '--token', tokens[role] as string],
        { env: environment(), timeout: 60_000 },
      ).then(
        ({ stdout }) => stdout,
        (problem: { stderr: string }) => problem.stderr,
      )
    const tokens: { [role: string]: string } = {}
    const sign = async (role: string) => {
      const words = [
        'eks',
        'get-token',
        '--cluster-name',
        'demo',
        '--role-arn',
        `arn:aws:iam::${account}:role/${role}`,
        '--query',
        'status.token',
        '--output',
        'text',
      ]
      tokens[role] = (await run(join(clients, 'aws'), words, { env: environment() })).stdout.trim()
    }
    await make('mapped')
    await make('entered')
    await sign('mapped')
    expect(await as('mapped')).toContain('Unauthorized')
    await kubectl(
      'create',
      'configmap',
      'aws-auth',
      '-n',
      'kube-system',
      `--from-literal=mapRoles=[{"rolearn":"arn:aws:iam::${account}:role/mapped","username":"mapped:{{SessionName}}","groups":["readers"]}]`,
    )
    await untilTrue(async () => (await as('mapped')).includes('mapped:'))
    expect(await as('mapped')).toMatch(/^mapped:\S+ \["readers","system:authenticated"\]$/)

    const principalArn = `arn:aws:iam::${account}:role/entered`
    await aws.eks.send(new CreateAccessEntryCommand({ clusterName: 'demo', principalArn, username: 'entered' }))
    await sign('entered')
    await untilTrue(async () => (await as('entered')).startsWith('entered '))
    await aws.iam.send(new DeleteRoleCommand({ RoleName: 'entered' }))
    await make('entered')
    await sign('entered')
    await untilTrue(async () => (await as('entered')).includes('Unauthorized'))
    await aws.eks.send(new DeleteAccessEntryCommand({ clusterName: 'demo', principalArn }))
    await aws.eks.send(new CreateAccessEntryCommand({ clusterName: 'demo', principalArn, username: 'entered' }))
    await untilTrue(async () => (await as('entered')).startsWith('entered '))
  })

  test('plain HTTP is refused by a policy that wants aws:SecureTransport', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'iam:ListRoles', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    }
    await aws.iam.send(new PutUserPolicyCommand({ UserName: 'administrator', PolicyName: 'tls', PolicyDocument: JSON.stringify(document) }))
    const listRoles = (endpoint: string) =>
      run(join(clients, 'aws'), ['iam', 'list-roles', '--query', 'length(Roles)'], {
        env: { ...environment(), AWS_ENDPOINT_URL: endpoint },
      })
    await expect(listRoles(gatehouse.endpoint)).resolves.toBeDefined()
    await expect(listRoles(gatehouse.httpEndpoint)).rejects.toMatchObject({
      stderr: expect.stringContaining('with an explicit deny in an identity-based policy'),
    })
  })

  test('an expired token is refused; a restart keeps clusters and their issuers', async () => {
    await gatehouse.stop()
    const port = new URL(gatehouse.endpoint).port
    const expired = await mintExpired(gatehouse.data, provider)
    gatehouse = await startGatehouse({
      data: gatehouse.data,
      flags: ['--port', port],
      ...(assets !== undefined && { environment: { KUBEBUILDER_ASSETS: assets } }),
    })
    aws = sdk(gatehouse)
    expect(await refusal(expired)).toEqual({
      name: 'ExpiredTokenException',
      message: expect.stringMatching(/^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/),
    })
    await waitUntilClusterActive({ client: aws.eks, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, { name: 'demo' })
    await untilTrue(
      async () =>
        (await kubectl('get', 'serviceaccount', 'checkout', '-n', 'shop', '-o', 'name').catch(() => '')) === 'serviceaccount/checkout',
    )
    await exchange(await token('checkout', 'sts.amazonaws.com', context('demo')))
  })
})

/** A token that ended an hour ago, signed by the cluster's own key: the data folder is read while nobody runs on it. */
async function mintExpired(data: string, provider: string): Promise<string> {
  const store = await openSqliteStore(join(data, 'gatehouse.db'))
  const secrets = await openSecrets(store, readMasterKey(join(data, 'master.key'), undefined, join(data, 'gatehouse.db')))
  const now = Date.now()
  const key = await openIssuerKeys(store, secrets).signingKey(provider.slice(provider.lastIndexOf('/') + 1), now)
  const expired = await mintServiceAccountToken(
    {
      issuer: `https://${provider}`,
      audiences: ['sts.amazonaws.com'],
      namespace: 'shop',
      serviceAccount: { name: 'checkout', uid: randomUUID() },
      lifetimeSeconds: 3600,
      now: now - 7_200_000,
      tokenId: randomUUID(),
    },
    key,
  )
  await store.close()
  return expired
}

/** Waits for what webhooks' short caches delay, half a minute at most. */
async function untilTrue(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  throw new Error('did not become true')
}
