import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { presignQuery } from '../../src/wire/sigv4/sign.ts'
import { clusterEnvironment } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')
const run = promisify(execFile)

const account = '111122223333'
const arnOf = (role: string) => `arn:aws:iam::${account}:role/${role}`
const trust = (principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }] })

/** What is tried, as kubectl's words. */
const deeds: { readonly [deed: string]: (name: string) => readonly string[] } = {
  'pods in blue': () => ['get', 'pods', '-n', 'blue'],
  'secrets in blue': () => ['get', 'secrets', '-n', 'blue'],
  'secrets in green': () => ['get', 'secrets', '-n', 'green'],
  'create a deployment': name => ['create', 'deployment', name, '--image=nginx', '-n', 'blue'],
  nodes: () => ['get', 'nodes'],
  impersonate: () => ['auth', 'whoami', '--as=somebody'],
}

type Outcome = 'yes' | 'no' | 'unknown'
const nobody: readonly Outcome[] = ['unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown']

const guide = (page: string) => `EKS User Guide, "${page}"`
const entries = guide('Grant IAM users access to Kubernetes with EKS access entries')
const policies = guide('Review access policy permissions')
const configMap = guide('Grant IAM users access to Kubernetes with a ConfigMap')
const rbac = 'Kubernetes documentation, "Using RBAC Authorization", "User-facing roles"'
const authenticator = 'aws-iam-authenticator, README, "API Authorization from Outside a Cluster"'

/** Who may do which deed, in the order of `deeds`, by which page; `unknown`: the token is not taken at all. */
const matrix: readonly (readonly [who: string, outcomes: readonly Outcome[], source: string])[] = [
  ['creator', ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'], entries],
  ['entry with AmazonEKSClusterAdminPolicy', ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'], policies],
  ['entry with AmazonEKSViewPolicy in blue', ['yes', 'no', 'no', 'no', 'no', 'no'], policies],
  ['entry with a group that may list secrets in blue', ['no', 'yes', 'no', 'no', 'no', 'no'], guide('Create access entries')],
  ['aws-auth with a group that has the role view', ['yes', 'no', 'no', 'no', 'no', 'no'], `${configMap}; ${rbac}`],
  ['aws-auth with an IAM user in that group', ['yes', 'no', 'no', 'no', 'no', 'no'], `${configMap}; ${rbac}`],
  ['unmapped', nobody, entries],
  ['expired token', nobody, authenticator],
  ["another cluster's token", nobody, authenticator],
  ['entry of a role that was deleted and made anew', nobody, guide('Create access entries')],
]

const kinds = [
  { kind: 'embedded', assets: undefined },
  { kind: 'control plane', assets: process.env['GATEHOUSE_TEST_CONTROL_PLANE'] },
]

describe.each(kinds)('who may do what on a cluster of the $kind kind', ({ assets }) => {
  let gatehouse: TestGatehouse
  let folder: string
  const tokens = new Map<string, string>()

  const environment = () => clusterEnvironment(gatehouse, folder)
  const aws = async (...words: string[]) => (await run(join(clients, 'aws'), words, { env: environment(), timeout: 60_000 })).stdout.trim()
  const kubectl = (...words: string[]) => run('kubectl', words, { env: environment(), timeout: 60_000 })
  const makeRole = (name: string) =>
    aws('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', trust({ AWS: `arn:aws:iam::${account}:root` }))
  const tokenOf = (cluster: string, ...more: string[]) =>
    aws('eks', 'get-token', '--cluster-name', cluster, '--query', 'status.token', '--output', 'text', ...more)
  const tokenAs = (role: string) => tokenOf('demo', '--role-arn', arnOf(role))
  /** Of a user who is made for it, and may do nothing in IAM: a token needs no permission. */
  async function tokenOfUser(name: string): Promise<string> {
    await aws('iam', 'create-user', '--user-name', name)
    const { AccessKey: key } = JSON.parse(await aws('iam', 'create-access-key', '--user-name', name, '--output', 'json'))
    const env = { ...environment(), AWS_ACCESS_KEY_ID: key.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.SecretAccessKey }
    const words = ['eks', 'get-token', '--cluster-name', 'demo', '--query', 'status.token', '--output', 'text']
    return (await run(join(clients as string, 'aws'), words, { env, timeout: 60_000 })).stdout.trim()
  }
  const enter = (role: string, ...more: string[]) =>
    aws('eks', 'create-access-entry', '--cluster-name', 'demo', '--principal-arn', arnOf(role), ...more)
  const associate = (role: string, policy: string, scope: string) =>
    aws(
      'eks',
      'associate-access-policy',
      '--cluster-name',
      'demo',
      '--principal-arn',
      arnOf(role),
      '--policy-arn',
      `arn:aws:eks::aws:cluster-access-policy/${policy}`,
      '--access-scope',
      scope,
    )

  async function outcome(token: string, words: readonly string[]): Promise<Outcome> {
    try {
      await kubectl('--token', token, ...words)
      return 'yes'
    } catch (problem) {
      const { stderr } = problem as { stderr: string }
      if (/Unauthorized|must be logged in/.test(stderr)) return 'unknown'
      // kubectl's whoami has words of its own for a 403.
      if (/forbidden|do not have permission/i.test(stderr)) return 'no'
      throw problem
    }
  }

  /** As `aws eks get-token` would have made it sixteen minutes ago. */
  function expiredToken(): string {
    const { host } = new URL(gatehouse.endpoint)
    const query = presignQuery(
      { method: 'GET', path: '/', query: 'Action=GetCallerIdentity&Version=2011-06-15', headers: { host, 'x-k8s-aws-id': 'demo' } },
      {
        accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] as string,
        secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] as string,
      },
      { region: 'us-east-1', service: 'sts' },
      60,
      Date.now() - 16 * 60_000,
    )
    return `k8s-aws-v1.${Buffer.from(`${gatehouse.endpoint}/?${query}`).toString('base64url')}`
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-matrix-'))
    gatehouse = await startGatehouse(assets === undefined ? {} : { environment: { KUBEBUILDER_ASSETS: assets } })
    await aws('iam', 'create-role', '--role-name', 'eks', '--assume-role-policy-document', trust({ Service: 'eks.amazonaws.com' }))
    const making = ['--role-arn', arnOf('eks'), '--resources-vpc-config', 'subnetIds=subnet-1,subnet-2']
    await aws('eks', 'create-cluster', '--name', 'demo', ...making, '--access-config', 'authenticationMode=API_AND_CONFIG_MAP')
    for (let attempts = 0; attempts < 60; attempts++) {
      if ((await aws('eks', 'describe-cluster', '--name', 'demo', '--query', 'cluster.status', '--output', 'text')) === 'ACTIVE') break
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    await aws('eks', 'update-kubeconfig', '--name', 'demo')
    for (const namespace of ['blue', 'green']) await kubectl('create', 'namespace', namespace)
    await kubectl('create', 'role', 'secret-reader', '--verb=list', '--resource=secrets', '-n', 'blue')
    await kubectl('create', 'rolebinding', 'secret-readers', '--role=secret-reader', '--group=secret-readers', '-n', 'blue')
    await kubectl('create', 'clusterrolebinding', 'lookers', '--clusterrole=view', '--group=lookers')

    for (const role of ['admin', 'viewer', 'reader', 'mapped', 'unmapped', 'again']) await makeRole(role)
    await enter('admin')
    await associate('admin', 'AmazonEKSClusterAdminPolicy', 'type=cluster')
    await enter('viewer')
    await associate('viewer', 'AmazonEKSViewPolicy', 'type=namespace,namespaces=blue')
    await enter('reader', '--kubernetes-groups', 'secret-readers')
    await enter('again', '--kubernetes-groups', 'secret-readers')
    await aws('iam', 'delete-role', '--role-name', 'again')
    await makeRole('again')
    const mapRoles = JSON.stringify([{ rolearn: arnOf('mapped'), username: 'mapped', groups: ['lookers'] }])
    const mapUsers = JSON.stringify([{ userarn: `arn:aws:iam::${account}:user/ann`, username: 'ann', groups: ['lookers'] }])
    const maps = [`--from-literal=mapRoles=${mapRoles}`, `--from-literal=mapUsers=${mapUsers}`]
    await kubectl('create', 'configmap', 'aws-auth', '-n', 'kube-system', ...maps)

    tokens.set('creator', await tokenOf('demo'))
    tokens.set('entry with AmazonEKSClusterAdminPolicy', await tokenAs('admin'))
    tokens.set('entry with AmazonEKSViewPolicy in blue', await tokenAs('viewer'))
    tokens.set('entry with a group that may list secrets in blue', await tokenAs('reader'))
    tokens.set('aws-auth with a group that has the role view', await tokenAs('mapped'))
    tokens.set('aws-auth with an IAM user in that group', await tokenOfUser('ann'))
    tokens.set('unmapped', await tokenAs('unmapped'))
    tokens.set('expired token', expiredToken())
    tokens.set("another cluster's token", await tokenOf('elsewhere'))
    tokens.set('entry of a role that was deleted and made anew', await tokenAs('again'))
    for (let attempts = 0; attempts < 60; attempts++) {
      const mapped = tokens.get('aws-auth with a group that has the role view') as string
      if ((await outcome(mapped, ['get', 'pods', '-n', 'blue'])) === 'yes') break
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  })
  afterAll(async () => {
    await discard(gatehouse)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(matrix)('%s', async (who, expected, source) => {
    const seen: Outcome[] = []
    const name = `web-${matrix.findIndex(([row]) => row === who)}`
    for (const words of Object.values(deeds)) seen.push(await outcome(tokens.get(who) as string, words(name)))
    expect(Object.fromEntries(Object.keys(deeds).map((deed, place) => [deed, seen[place]])), source).toEqual(
      Object.fromEntries(Object.keys(deeds).map((deed, place) => [deed, expected[place]])),
    )
  })
})
