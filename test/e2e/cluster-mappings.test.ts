import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../kubernetes/support/control-plane.ts'
import { clusterEnvironment, createCluster } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
if (!clients || !assets) throw new Error('GATEHOUSE_TEST_… is not set: run the tests with npm test')
const run = promisify(execFile)
const bin = join(import.meta.dirname, '../../bin/gatehouse.js')
const account = '111122223333'
const contexts = ['embedded', 'real']
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
const trust = (principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }] })

type Keys = NodeJS.ProcessEnv

let gatehouse: TestGatehouse
let folder: string
let privateDnsName: string
let instance: string
let other: string
/** Credentials by who has them. */
const who = new Map<string, Keys>()

const environment = (keys: Keys = {}) => ({ ...clusterEnvironment(gatehouse, folder), ...keys })
const awsAs = async (keys: Keys, ...words: string[]) =>
  (await run(join(clients, 'aws'), [...words, '--output', 'text'], { env: environment(keys), timeout: 60_000 })).stdout.trim()
const aws = (...words: string[]) => awsAs({}, ...words)
/** With the kubeconfig of `aws eks update-kubeconfig` as it is: kubectl asks `aws eks get-token` for the caller's token. */
const kubectlAs = async (keys: Keys, context: string, ...words: string[]) =>
  (await run('kubectl', ['--context', context, ...words], { env: environment(keys), timeout: 60_000 })).stdout.trim()

const keysOf = (text: string): Keys => {
  const [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN] = text.split('\t')
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...(AWS_SESSION_TOKEN && { AWS_SESSION_TOKEN }) }
}
async function assume(arn: string, session: string): Promise<Keys> {
  const asked = ['--role-arn', arn, '--role-session-name', session]
  return keysOf(await aws('sts', 'assume-role', ...asked, '--query', 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]'))
}

const makeRole = (name: string, principal: object, path = '/') =>
  aws('iam', 'create-role', '--role-name', name, '--path', path, '--assume-role-policy-document', trust(principal))

async function makeUser(name: string, path: string): Promise<Keys> {
  await aws('iam', 'create-user', '--user-name', name, '--path', path)
  return keysOf(await aws('iam', 'create-access-key', '--user-name', name, '--query', 'AccessKey.[AccessKeyId,SecretAccessKey]'))
}

/** An instance of EC2 whose profile has the role `node`, and the credentials of a process on it. */
async function makeNode(): Promise<void> {
  await aws('iam', 'create-instance-profile', '--instance-profile-name', 'node')
  await aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'node', '--role-name', 'node')
  const asked = ['--image-id', 'ami-12345678', '--instance-type', 't3.micro', '--iam-instance-profile', 'Name=node']
  const made = await aws('ec2', 'run-instances', ...asked, '--count', '1', '--query', 'Instances[0].[InstanceId,PrivateDnsName]')
  const [id = '', name = ''] = made.split('\t')
  instance = id
  privateDnsName = name
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-mappings-'))
  gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
  await createCluster(environment(), 'embedded', 'embedded')
  await createCluster(environment(), 'real', 'control-plane')
  const ourselves = { AWS: `arn:aws:iam::${account}:root` }
  for (const role of ['raw', 'scoped', 'unmapped']) await makeRole(role, ourselves)
  await makeRole('dev', ourselves, '/team/blue/')
  await makeRole('node', { Service: 'ec2.amazonaws.com' })
  await makeNode()
  who.set('dev', await assume(roleArn('team/blue/dev'), 'ann@example.com'))
  who.set('raw', await assume(roleArn('raw'), 'ann@example.com'))
  who.set('scoped', await assume(roleArn('scoped'), 'ann'))
  who.set('unmapped', await assume(roleArn('unmapped'), 'ann'))
  who.set('eve', await makeUser('eve', '/people/'))
  who.set('carl', await makeUser('carl', '/'))
  await aws('organizations', 'create-organization')
  const asked = ['--email', 'other@example.com', '--account-name', 'other']
  await aws('organizations', 'create-account', ...asked)
  await until('the account is there', async () => {
    other = await aws('organizations', 'list-accounts', '--query', "Accounts[?Name=='other'].Id | [0]")
    return /^\d{12}$/.test(other)
  })
  who.set('neighbour', await assume(`arn:aws:iam::${other}:role/OrganizationAccountAccessRole`, 'next-door'))
  await writeAwsAuth()
}, 240_000)
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

/** EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap"; aws-iam-authenticator, "Full Configuration Format". */
async function writeAwsAuth(): Promise<void> {
  const file = join(folder, 'aws-auth.yaml')
  writeFileSync(
    file,
    `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: ${roleArn('dev')}
      username: dev:{{SessionName}}
      groups:
      - devs
      - of-{{AccountID}}
    - rolearn: ${roleArn('raw')}
      username: "{{AccountID}}:{{SessionNameRaw}}"
    - rolearn: ${roleArn('node')}
      username: system:node:{{EC2PrivateDNSName}}
      groups:
      - system:bootstrappers
      - system:nodes
  mapUsers: |
    - userarn: arn:aws:iam::${account}:user/people/eve
      username: eve
      groups:
      - readers
    - userarn: arn:aws:iam::${account}:user/people/carl
      username: not-carl-who-has-no-path
  mapAccounts: |
    - "${other}"
`,
  )
  for (const context of contexts) {
    await kubectlAs({}, context, 'apply', '-f', file)
    await until('aws-auth counts', () => whoami(context, who.get('eve')).then(seen => seen.startsWith('eve')))
  }
}

const refused = /Unauthorized|must be logged in|asked for the client to provide credentials/
const whoami = (context: string, keys: Keys = {}) =>
  kubectlAs(keys, context, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username} {.status.userInfo.groups}').catch(
    (problem: { stderr: string }) => (refused.test(problem.stderr) ? 'nobody' : Promise.reject(problem)),
  )

describe.each(contexts)('the aws-auth ConfigMap of the cluster %s', context => {
  test.each([
    [
      'a role with a path, by its ARN without it, and SessionName and AccountID',
      'dev',
      () => `dev:ann-example.com ["devs","of-${account}","system:authenticated"]`,
    ],
    ['a role without groups, and SessionNameRaw', 'raw', () => `${account}:ann@example.com ["system:authenticated"]`],
    ['a user with a path, by its ARN with it', 'eve', () => 'eve ["readers","system:authenticated"]'],
    [
      'a role of an account that is mapped',
      'neighbour',
      () => `arn:aws:iam::${other}:role/OrganizationAccountAccessRole ["system:authenticated"]`,
    ],
    ['not a user by an ARN with a path that the user does not have', 'carl', () => 'nobody'],
    ['not a role of the own account, which is not mapped', 'unmapped', () => 'nobody'],
  ])('maps %s', async (_, name, expected) => {
    expect(await whoami(context, who.get(name))).toBe(expected())
  })

  test('maps a node by the private DNS name of its instance', async () => {
    const words = [
      'run',
      '--instance',
      instance,
      '--',
      'kubectl',
      '--context',
      context,
      'auth',
      'whoami',
      '-o',
      'jsonpath={.status.userInfo}',
    ]
    const { stdout } = await run(process.execPath, [bin, ...words], { env: environment(), timeout: 60_000 })
    expect(JSON.parse(stdout)).toMatchObject({
      username: `system:node:${privateDnsName}`,
      groups: ['system:bootstrappers', 'system:nodes', 'system:authenticated'],
      extra: { canonicalArn: [roleArn('node')], sessionName: [instance] },
    })
  })
})

type Outcome = 'yes' | 'no'

/** What is tried, as kubectl's words. */
const deeds = {
  'pods in dev-a': ['get', 'pods', '-n', 'dev-a'],
  'pods in dev-b': ['get', 'pods', '-n', 'dev-b'],
  'pods in devil': ['get', 'pods', '-n', 'devil'],
  'pods in shop': ['get', 'pods', '-n', 'shop'],
  'pods everywhere': ['get', 'pods', '-A'],
  'secrets in shop': ['get', 'secrets', '-n', 'shop'],
  namespaces: ['get', 'namespaces'],
  nodes: ['get', 'nodes'],
} satisfies { readonly [deed: string]: readonly string[] }

/**
 * The access policies of one entry, one after the other, and what they let its principal do, in the order of `deeds`.
 * EKS User Guide, "Associate access policies with access entries" and "Review access policy permissions".
 */
const scopes: readonly { readonly policies: { readonly [policy: string]: string }; readonly may: readonly Outcome[] }[] = [
  { policies: {}, may: ['no', 'no', 'no', 'no', 'no', 'no', 'no', 'no'] },
  { policies: { AmazonEKSViewPolicy: 'type=namespace,namespaces=dev-*' }, may: ['yes', 'yes', 'no', 'no', 'no', 'no', 'no', 'no'] },
  { policies: { AmazonEKSViewPolicy: 'type=namespace,namespaces=dev-a,shop' }, may: ['yes', 'no', 'no', 'yes', 'no', 'no', 'no', 'no'] },
  { policies: { AmazonEKSEditPolicy: 'type=namespace,namespaces=sh*,*-b' }, may: ['no', 'yes', 'no', 'yes', 'no', 'yes', 'no', 'no'] },
  { policies: { AmazonEKSViewPolicy: 'type=cluster' }, may: ['yes', 'yes', 'yes', 'yes', 'yes', 'no', 'yes', 'no'] },
  { policies: { AmazonEKSAdminViewPolicy: 'type=cluster' }, may: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'] },
  {
    policies: { AmazonEKSViewPolicy: 'type=cluster', AmazonEKSSecretReaderPolicy: 'type=namespace,namespaces=shop' },
    may: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'no'],
  },
]

describe.each(contexts)('an access entry of the cluster %s, by the scopes of its access policies', context => {
  const named = ['--cluster-name', context, '--principal-arn', roleArn('scoped')]
  const policyArn = (policy: string) => ['--policy-arn', `arn:aws:eks::aws:cluster-access-policy/${policy}`]
  let token: string

  async function outcome(words: readonly string[]): Promise<Outcome> {
    try {
      // One token for all: `aws eks get-token` takes longer than the call.
      await kubectlAs({}, context, '--token', token, ...words)
      return 'yes'
    } catch (problem) {
      if (/forbidden/.test((problem as { stderr: string }).stderr)) return 'no'
      throw problem
    }
  }
  const outcomes = async () =>
    Object.fromEntries(await Promise.all(Object.entries(deeds).map(async ([deed, words]) => [deed, await outcome(words)] as const)))

  beforeAll(async () => {
    for (const namespace of ['dev-a', 'dev-b', 'devil', 'shop']) await kubectlAs({}, context, 'create', 'namespace', namespace)
    await aws('eks', 'create-access-entry', ...named)
    token = await awsAs(who.get('scoped') ?? {}, 'eks', 'get-token', '--cluster-name', context, '--query', 'status.token')
    await aws('eks', 'update-kubeconfig', '--name', context, '--alias', `${context}-tokens`)
    await run('kubectl', ['config', 'set-context', context, '--user='], { env: environment() })
  })

  test.each(scopes.map(scope => ({ ...scope, name: JSON.stringify(scope.policies) })))(
    '$name',
    { timeout: 90_000 },
    async ({ policies, may }) => {
      const known = (
        await aws('eks', 'list-associated-access-policies', ...named, '--query', 'associatedAccessPolicies[].policyArn')
      ).split('\t')
      for (const arn of known.filter(text => text.startsWith('arn:')))
        await aws('eks', 'disassociate-access-policy', ...named, '--policy-arn', arn)
      for (const [policy, scope] of Object.entries(policies))
        await aws('eks', 'associate-access-policy', ...named, ...policyArn(policy), '--access-scope', scope)
      const expected = Object.fromEntries(Object.keys(deeds).map((deed, place) => [deed, may[place]]))
      // What the webhook said, kube-apiserver remembers for some seconds.
      await expect.poll(outcomes, { timeout: 60_000, interval: 500 }).toEqual(expected)
    },
  )
})
