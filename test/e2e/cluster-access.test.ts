import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { until } from '../kubernetes/support/control-plane.ts'
import { startIssuer, type TestIssuer } from '../services/sts/issuer.ts'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!clients || !assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')
const run = promisify(execFile)
const account = '111122223333'
const contexts = ['embedded', 'real']

let gatehouse: TestGatehouse
let issuer: TestIssuer
let folder: string

const environment = (more: NodeJS.ProcessEnv = {}) => ({ ...clusterEnvironment(gatehouse, folder), ...more })
const awsAs = async (more: NodeJS.ProcessEnv, ...words: string[]) =>
  (await run(join(clients, 'aws'), [...words, '--output', 'text'], { env: environment(more), timeout: 60_000 })).stdout.trim()
const aws = (...words: string[]) => awsAs({}, ...words)
const kubectl = async (context: string, ...words: string[]) =>
  (await run('kubectl', ['--context', context, ...words], { env: environment(), timeout: 60_000 })).stdout.trim()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-access-'))
  issuer = await startIssuer(Date.now)
  issuer.rotate()
  const authority = join(folder, 'issuer-ca.pem')
  writeFileSync(authority, issuer.certificateAuthorityPem)
  gatehouse = await startGatehouse({
    flags: ['--issuer-networks', '127.0.0.0/8,::1/128'],
    environment: { KUBEBUILDER_ASSETS: assets, NODE_EXTRA_CA_CERTS: authority, GATEHOUSE_LOG_LEVEL: 'info' },
  })
  await createCluster(environment(), 'embedded', 'embedded')
  await createCluster(environment(), 'real', 'control-plane')
  for (const name of contexts) await useToken(environment(), name)
})
afterAll(async () => {
  await discard(gatehouse)
  await issuer?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(contexts)('users of another identity provider on the cluster %s', context => {
  const as = (token: string, ...words: string[]) => kubectl(context, '--token', token, ...words)
  const disassociate = (name: string) => {
    const named = ['--cluster-name', context, '--identity-provider-config', `type=oidc,name=${name}`]
    return aws('eks', 'disassociate-identity-provider-config', ...named)
  }

  test('get in by their ID tokens, with the groups that RBAC knows, until the provider is taken away', async () => {
    const token = await issuer.token({ aud: 'kubernetes', sub: 'ann', groups: ['team'] })
    await expect(as(token, 'auth', 'whoami')).rejects.toThrow(/Unauthorized|must be logged in/)
    const oidc = `identityProviderConfigName=corp,issuerUrl=${issuer.url},clientId=kubernetes,usernamePrefix=oidc:,groupsClaim=groups,groupsPrefix=oidc:`
    await aws('eks', 'associate-identity-provider-config', '--cluster-name', context, '--oidc', oidc)
    await kubectl(context, 'create', 'clusterrole', 'account-reader', '--verb=list', '--resource=serviceaccounts')
    await kubectl(context, 'create', 'clusterrolebinding', 'team', '--clusterrole=account-reader', '--group=oidc:team')
    // kube-apiserver remembers for some seconds that the token was refused.
    const groups = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}']
    await until('the token is taken', () =>
      as(token, ...groups).then(
        seen => seen === 'oidc:ann ["oidc:team","system:authenticated"]',
        () => false,
      ),
    )
    expect(await as(token, 'get', 'serviceaccounts', '-n', 'default', '-o', 'name')).toContain('serviceaccount/default')
    await expect(as(token, 'get', 'secrets', '-n', 'default')).rejects.toThrow(/User "oidc:ann" cannot list resource "secrets"/)

    for (const wrong of [{ aud: 'others' }, { aud: 'kubernetes', iss: 'https://elsewhere.example.com' }])
      await expect(issuer.token({ sub: 'ann', ...wrong }).then(given => as(given, 'auth', 'whoami'))).rejects.toThrow(
        /Unauthorized|must be logged in/,
      )
    const expired = await issuer.token({ aud: 'kubernetes', sub: 'ann' }, { expiresIn: -600 })
    await expect(as(expired, 'auth', 'whoami')).rejects.toThrow(/Unauthorized|must be logged in/)

    await disassociate('corp')
    await until('the token is refused', () =>
      as(token, 'auth', 'whoami').then(
        () => false,
        () => true,
      ),
    )
  })

  /** Settings of the provider, claims of a token, and whom it makes known: the user's name and groups. */
  const settings = [
    {
      what: 'the subject, behind the issuer',
      oidc: '',
      claims: { sub: 'ann', groups: ['team'] },
      user: () => `${issuer.url}#ann ["system:authenticated"]`,
    },
    {
      what: 'an address without prefix, which email has for itself, and groups without',
      oidc: ',usernameClaim=email,groupsClaim=teams,groupsPrefix=-',
      claims: { sub: 'ann', email: 'ann@example.com', email_verified: true, teams: 'blue' },
      user: () => 'ann@example.com ["blue","system:authenticated"]',
    },
    {
      what: 'an address that is not verified',
      oidc: ',usernameClaim=email',
      claims: { sub: 'bob', email: 'bob@example.com', email_verified: false },
      user: () => 'nobody',
    },
    {
      what: 'a claim that is required',
      oidc: ',usernamePrefix=-,requiredClaims={tenant=blue}',
      claims: { sub: 'ann', tenant: 'blue' },
      user: () => 'ann ["system:authenticated"]',
    },
    {
      what: 'a required claim of another value',
      oidc: ',usernamePrefix=-,requiredClaims={tenant=blue}',
      claims: { sub: 'bob', tenant: 'green' },
      user: () => 'nobody',
    },
    {
      what: 'a required claim that is missing',
      oidc: ',usernamePrefix=-,requiredClaims={tenant=blue}',
      claims: { sub: 'carl' },
      user: () => 'nobody',
    },
    {
      what: "a group of Kubernetes' own",
      oidc: ',usernamePrefix=-,groupsClaim=groups',
      claims: { sub: 'eve', groups: ['system:masters'] },
      user: () => 'nobody',
    },
  ]

  test.each(settings)('$what', async ({ oidc, claims, user }) => {
    const known = `identityProviderConfigName=corp,issuerUrl=${issuer.url},clientId=kubernetes`
    await aws('eks', 'associate-identity-provider-config', '--cluster-name', context, '--oidc', `${known}${oidc}`)
    const token = await issuer.token({ aud: 'kubernetes', ...claims })
    const words = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}']
    const seen = await as(token, ...words).catch((problem: { stderr: string }) =>
      /Unauthorized|must be logged in/.test(problem.stderr) ? 'nobody' : Promise.reject(problem),
    )
    expect(seen).toBe(user())
    await disassociate('corp')
  })
})

describe('webhooks of a cluster, called as its API server calls them, fail closed and say why in the log', () => {
  let log = ''
  let files: string
  let elsewhere: string
  beforeAll(async () => {
    for (const output of [gatehouse.process.stdout, gatehouse.process.stderr])
      output?.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')))
    const clusters = join(gatehouse.data, 'clusters')
    files = join(clusters, readdirSync(clusters)[0] as string, 'files')
    elsewhere = await aws('eks', 'get-token', '--cluster-name', 'embedded', '--query', 'status.token')
  })

  function call(webhook: 'token-webhook' | 'access-webhook', body: string, bearer?: string): Promise<{ status: number; body: string }> {
    const { clusters, users } = parse(readFileSync(join(files, `${webhook}.yaml`), 'utf8'))
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer ?? users[0].user.token}` }
    const ca = readFileSync(gatehouse.environment['AWS_CA_BUNDLE'] ?? '')
    return new Promise((resolve, reject) => {
      const sent = request(clusters[0].cluster.server, { method: 'POST', headers, ca }, response => {
        void text(response).then(answer => resolve({ status: response.statusCode ?? 0, body: answer }), reject)
      })
      sent.on('error', reject).end(body)
    })
  }
  const review = (token: unknown, more: object = {}) =>
    JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token }, ...more })
  const access = (spec: object, more: object = {}) =>
    JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec, ...more })
  const secrets = { resourceAttributes: { verb: 'list', resource: 'secrets' } }

  test.each([
    { what: 'no JSON', webhook: 'token-webhook', body: () => 'k8s-aws-v1.', reason: 'the body is not JSON' },
    {
      what: 'a wrong version',
      webhook: 'token-webhook',
      body: () => review('x', { apiVersion: 'authentication.k8s.io/v2' }),
      reason: 'apiVersion is not one of',
    },
    {
      what: 'another kind',
      webhook: 'token-webhook',
      body: () => review('x', { kind: 'TokenRequest' }),
      reason: 'kind is not TokenReview',
    },
    { what: 'no token', webhook: 'token-webhook', body: () => review(undefined), reason: 'spec.token is missing' },
    { what: 'a token that is no text', webhook: 'token-webhook', body: () => review({ a: 1 }), reason: 'spec.token is missing' },
    {
      what: 'a huge body',
      webhook: 'token-webhook',
      body: () => review('x'.repeat(100_000)),
      reason: 'the body is longer than 65536 bytes',
    },
    {
      what: 'a huge body',
      webhook: 'access-webhook',
      body: () => access({ user: 'x'.repeat(1_100_000), ...secrets }),
      reason: 'the body is longer than 1048576 bytes',
    },
    {
      what: 'a wrong version',
      webhook: 'access-webhook',
      body: () => access(secrets, { apiVersion: 'authorization.k8s.io/v9' }),
      reason: 'apiVersion is not one of',
    },
    { what: 'nothing to decide', webhook: 'access-webhook', body: () => access({ user: 'ann' }), reason: 'spec has not exactly one of' },
  ] as const)('$webhook: $what is answered with 400', async ({ webhook, body, reason }) => {
    const answer = await call(webhook, body())
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status', status: 'Failure', message: expect.stringContaining(reason) })
    await until('the log has the reason', () => log.includes(reason))
  })

  test.each([
    { what: 'text', token: () => 'hello', reason: undefined },
    {
      what: 'a token cut off',
      token: () => `k8s-aws-v1.${Buffer.from('https://sts').toString('base64url')}`,
      reason: 'the token is not the URL of a call',
    },
    { what: 'a token of another cluster', token: () => elsewhere, reason: 'token refused' },
    { what: 'a token that is too long', token: () => `k8s-aws-v1.${'x'.repeat(20_000)}`, reason: 'the token is too long' },
    { what: 'bytes', token: () => '\u0000\uffff', reason: undefined },
  ])('$what authenticates nobody', async ({ token, reason }) => {
    const answer = await call('token-webhook', review(token()))
    expect({ status: answer.status, answer: JSON.parse(answer.body).status }).toEqual({ status: 200, answer: { authenticated: false } })
    if (reason) await until('the log has the reason', () => log.includes(reason))
  })

  test('whoever has no access entry gets no opinion, never a denial', async () => {
    const answer = await call('access-webhook', access({ user: 'nobody', groups: ['system:masters'], ...secrets }))
    expect(JSON.parse(answer.body).status).toEqual({ allowed: false, denied: false })
  })

  test('callers that are not the API server are told nothing, but the log is, and what is far too long is not read', async () => {
    for (const webhook of ['token-webhook', 'access-webhook'] as const)
      expect((await call(webhook, review(elsewhere), 'guessed')).status).toBe(401)
    await until('the log has the reason', () => log.includes('the bearer token is not that of the cluster'))
    const flood = await call('token-webhook', review('x'.repeat(40_000_000))).catch((problem: Error) => ({
      status: 0,
      body: problem.message,
    }))
    expect([0, 413]).toContain(flood.status)
  })
})

describe('policies of least privilege, through the AWS CLI', () => {
  /** Keys of a user with this policy alone. */
  async function userWith(name: string, statements: readonly object[]): Promise<NodeJS.ProcessEnv> {
    await aws('iam', 'create-user', '--user-name', name)
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await aws('iam', 'put-user-policy', '--user-name', name, '--policy-name', 'least', '--policy-document', policy)
    const keys = await aws('iam', 'create-access-key', '--user-name', name, '--query', 'AccessKey.[AccessKeyId,SecretAccessKey]')
    const [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY] = keys.split('\t')
    return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
  }
  const clusterArn = (name: string) => `arn:aws:eks:us-east-1:${account}:cluster/${name}`
  const tried = (who: NodeJS.ProcessEnv, ...words: string[]) =>
    awsAs(who, 'eks', ...words).then(
      () => 'allowed',
      (problem: { stderr: string }) => /AccessDeniedException/.exec(problem.stderr)?.[0] ?? problem.stderr,
    )

  test('one cluster by its ARN, and no other', async () => {
    const who = await userWith('one', [{ Effect: 'Allow', Action: 'eks:DescribeCluster', Resource: clusterArn('embedded') }])
    expect(await tried(who, 'describe-cluster', '--name', 'embedded')).toBe('allowed')
    expect(await tried(who, 'describe-cluster', '--name', 'real')).toBe('AccessDeniedException')
    expect(await tried(who, 'list-clusters')).toBe('AccessDeniedException')
    expect(await tried(who, 'update-kubeconfig', '--name', 'embedded', '--kubeconfig', join(folder, 'one'))).toBe('allowed')
    // Whoever may see a cluster is not let in by that.
    const token = await awsAs(who, 'eks', 'get-token', '--cluster-name', 'embedded', '--query', 'status.token')
    await expect(kubectl('embedded', '--token', token, 'get', 'pods')).rejects.toThrow(/Unauthorized|must be logged in/)
  })

  test('clusters by their tags, and tags that may be given', async () => {
    await aws('eks', 'tag-resource', '--resource-arn', clusterArn('embedded'), '--tags', 'team=blue')
    const who = await userWith('blue', [
      {
        Effect: 'Allow',
        Action: ['eks:DescribeCluster', 'eks:CreateAccessEntry'],
        Resource: clusterArn('*'),
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
      },
      {
        Effect: 'Allow',
        Action: 'eks:TagResource',
        Resource: clusterArn('*'),
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] } },
      },
    ])
    expect(await tried(who, 'describe-cluster', '--name', 'embedded')).toBe('allowed')
    expect(await tried(who, 'describe-cluster', '--name', 'real')).toBe('AccessDeniedException')
    expect(await tried(who, 'tag-resource', '--resource-arn', clusterArn('embedded'), '--tags', 'stage=test')).toBe('allowed')
    expect(await tried(who, 'tag-resource', '--resource-arn', clusterArn('embedded'), '--tags', 'team=green')).toBe('AccessDeniedException')
    const entry = ['create-access-entry', '--principal-arn', `arn:aws:iam::${account}:user/blue`, '--cluster-name']
    expect(await tried(who, ...entry, 'embedded')).toBe('allowed')
    expect(await tried(who, ...entry, 'real')).toBe('AccessDeniedException')
  })
})
