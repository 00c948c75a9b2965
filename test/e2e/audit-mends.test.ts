import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, auditChecks } from '../../src/analysis/audit/audit.ts'
import { Estate } from '../../src/analysis/graph/estate.ts'
import { Graph } from '../../src/analysis/graph/graph.ts'
import { type Client, clusterToken } from '../../src/cli/client.ts'
import { readLiveSnapshot } from '../../src/cli/live-snapshot.ts'
import { codesOf } from '../browser/one-time-codes.ts'
import { clientOfServer } from '../analysis/graph/stage.ts'
import { createCluster } from './cluster.ts'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const account = '111122223333'
const provider = 'oidc.example.com'
const day = 86_400_000

let gatehouse: TestGatehouse
let admin: Client
let folder: string

const inShell = async (line: string): Promise<string> => {
  const env = {
    ...withoutAws(process.env),
    ...gatehouse.environment,
    PATH: `${folder}:${clients}:${process.env['PATH']}`,
    HOME: folder,
    KUBECONFIG: join(folder, 'kubeconfig'),
    KUBE_EDITOR: join(folder, 'editor'),
    NODE_EXTRA_CA_CERTS: gatehouse.environment['AWS_CA_BUNDLE'] as string,
    AWS_PAGER: '',
  }
  return (await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', line], { env, cwd: folder, timeout: 60_000 })).stdout.trim()
}

/** A policy as a file that a command may name. */
const file = (name: string, ...statements: readonly object[]): string => {
  writeFileSync(join(folder, name), JSON.stringify({ Version: '2012-10-17', Statement: statements }))
  return `file://${name}`
}
const allow = (Action: string, Resource = '*') => ({ Effect: 'Allow', Action, Resource })
const trust = (Principal: object | string, Action = 'sts:AssumeRole', Condition: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action,
  ...(Object.keys(Condition).length > 0 && { Condition }),
})
const ec2 = trust({ Service: 'ec2.amazonaws.com' })
const federated = (...conditions: readonly (readonly [string, string])[]) =>
  trust({ Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` }, 'sts:AssumeRoleWithWebIdentity', {
    StringLike: Object.fromEntries(conditions.map(([key, value]) => [`${provider}:${key}`, value])),
  })

const makeRole = (name: string, statement: object) =>
  `aws iam create-role --role-name ${name} --assume-role-policy-document ${file(`${name}-trust.json`, statement)}`
const makeUser = (name: string) => `aws iam create-user --user-name ${name}`
const makeKey = (name: string) => `aws iam create-access-key --user-name ${name}`
const makePassword = (name: string) => `aws iam create-login-profile --user-name ${name} --password 'Correct-Horse-9-Battery'`
const keyOf = (name: string) =>
  inShell(`aws iam list-access-keys --user-name ${name} --query 'AccessKeyMetadata[0].AccessKeyId' --output text`)
const lines = (...all: readonly string[]) => all.join(' && ')

/** Rows become older than they are. */
async function age(table: string, where: string): Promise<void> {
  await gatehouse.stop()
  const database = new Database(join(gatehouse.data, 'gatehouse.db'))
  database.prepare(`update ${table} set createdAt = createdAt - ? where ${where}`).run(100 * day)
  database.close()
  gatehouse = await startGatehouse({ data: gatehouse.data, flags: ['--port', String(new URL(gatehouse.endpoint).port)] })
  admin = clientOfServer(gatehouse)
}
const userId = (name: string) => `(select id from users where name = '${name}')`

/** Two codes that follow one another, of a device that is made for it. */
async function secondFactor(name: string): Promise<{ DEVICE: string; codes: readonly string[] }> {
  const making = `aws iam create-virtual-mfa-device --virtual-mfa-device-name ${name} --outfile seed-${name} --bootstrap-method Base32StringSeed`
  const DEVICE = await inShell(`${making} --query VirtualMFADevice.SerialNumber --output text`)
  const [before, current] = codesOf(await inShell(`cat seed-${name}`), Date.now())
  return { DEVICE, codes: [before, current] }
}

const kubernetes = (objects: readonly object[]) => {
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  return 'kubectl apply -f objects.json'
}
const rbac = 'rbac.authorization.k8s.io/v1'
const binding = (name: string, subject: object, roleName: string) => ({
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  subjects: [subject],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
})
const group = (name: string) => ({ kind: 'Group', name, apiGroup: 'rbac.authorization.k8s.io' })
const ruled = (name: string, verb: string, resource: string, apiGroup = '') => [
  {
    apiVersion: rbac,
    kind: 'Role',
    metadata: { name, namespace: 'shop' },
    rules: [{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] }],
  },
  {
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: { name, namespace: 'shop' },
    subjects: [group('devs')],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
  },
]
const podOf = (name: string, serviceAccountName: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: { serviceAccountName, containers: [{ name: 'main', image: 'busybox' }], ...more },
})
const serviceAccount = (name: string, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'shop', annotations },
})

/** What a check is tried on: what makes it find something, whom, and what the reader puts in place of the words in capitals. */
interface Scene {
  readonly make: () => string | Promise<unknown>
  readonly subject: string
  readonly fill?: () => Promise<{ readonly [word: string]: string | readonly string[] }>
  /** What the reader does besides, as the pods that are there stay as they are. */
  readonly after?: string
}

const user = (name: string) => `arn:aws:iam::${account}:user/${name}`
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
const cluster = (name: string) => `arn:aws:eks:us-east-1:${account}:cluster/${name}`
const nothing = () => ''
const retrusted = (name: string, mended: object) => async () => ({ FILE: file(`${name}-mended.json`, mended) })
const rule = (name: string, verb: string, resource: string, apiGroup?: string): Scene => ({
  make: () => kubernetes(ruled(name, verb, resource, apiGroup)),
  subject: `rolebinding shop/${name}`,
})
const clusterSetting = (fill?: Scene['fill']): Scene => ({ make: nothing, subject: cluster('demo'), ...(fill && { fill }) })

const scenes: Readonly<Record<string, Scene>> = {
  'user-without-mfa': {
    make: () => lines(makeUser('pat'), makePassword('pat')),
    subject: 'pat',
    fill: async () => {
      const { DEVICE, codes } = await secondFactor('pat')
      return { DEVICE, CODE: codes }
    },
  },
  'key-old': {
    make: async () => {
      await inShell(lines(makeUser('old'), makeKey('old')))
      await age('accessKeys', `userId = ${userId('old')}`)
    },
    subject: 'old',
    fill: async () => ({ KEY: await keyOf('old') }),
  },
  'key-unused': {
    make: async () => {
      await inShell(lines(makeUser('idle'), makeKey('idle')))
      await age('accessKeys', `userId = ${userId('idle')}`)
    },
    subject: 'idle',
    fill: async () => ({ KEY: await keyOf('idle') }),
  },
  'several-keys': {
    make: () => lines(makeUser('two'), makeKey('two'), makeKey('two')),
    subject: 'two',
    fill: async () => ({ KEY: await keyOf('two') }),
  },
  'password-unused': {
    make: async () => {
      await inShell(lines(makeUser('away'), makePassword('away')))
      await age('loginProfiles', `userId = ${userId('away')}`)
    },
    subject: 'away',
  },
  'password-policy-missing': { make: nothing, subject: 'account' },
  'password-policy-weak': { make: () => 'aws iam update-account-password-policy --minimum-password-length 8', subject: 'account' },
  'no-analyzer': { make: nothing, subject: 'account' },
  'no-trail': {
    make: () => lines('aws s3api create-bucket --bucket logs-of-mends', logPolicy()),
    subject: 'account',
    fill: async () => ({ NAME: 'main', BUCKET: 'logs-of-mends' }),
  },
  'no-multi-region-trail': { make: () => 'aws cloudtrail update-trail --name main --no-is-multi-region-trail', subject: 'main' },
  'trail-without-validation': { make: () => 'aws cloudtrail update-trail --name main --no-enable-log-file-validation', subject: 'main' },
  'inline-full-admin': {
    make: () =>
      lines(
        makeRole('inline', ec2),
        `aws iam put-role-policy --role-name inline --policy-name all --policy-document ${file('all.json', allow('*'))}`,
      ),
    subject: role('inline'),
  },
  'managed-full-admin': {
    make: () => `aws iam create-policy --policy-name team --policy-document ${file('team.json', allow('*'))}`,
    subject: `arn:aws:iam::${account}:policy/team`,
    fill: retrusted('team', allow('s3:GetObject')),
  },
  'pass-any-role': {
    make: () => {
      const document = file('pass.json', allow('iam:PassRole'))
      return lines(makeRole('passer', ec2), `aws iam put-role-policy --role-name passer --policy-name pass --policy-document ${document}`)
    },
    subject: role('passer'),
    fill: retrusted('passer', {
      ...allow('iam:PassRole', role('inline')),
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    }),
  },
  'user-administrator': {
    make: () =>
      lines(makeUser('boss'), 'aws iam attach-user-policy --user-name boss --policy-arn arn:aws:iam::aws:policy/AdministratorAccess'),
    subject: user('boss'),
  },
  'trust-anyone': {
    make: () => makeRole('anyone', trust({ AWS: '*' })),
    subject: role('anyone'),
    fill: retrusted('anyone', trust({ AWS: account })),
  },
  'trust-without-external-id': {
    make: () => makeRole('partner', trust({ AWS: '444455556666' })),
    subject: role('partner'),
    fill: retrusted('partner', trust({ AWS: '444455556666' }, 'sts:AssumeRole', { StringEquals: { 'sts:ExternalId': 'x1' } })),
  },
  'oidc-without-sub': {
    make: () => makeRole('no-sub', federated(['aud', 'me'])),
    subject: role('no-sub'),
    fill: retrusted('no-sub', federated(['aud', 'me'], ['sub', 'app'])),
  },
  'oidc-wildcard-sub': {
    make: () => makeRole('any-sub', federated(['aud', 'me'], ['sub', 'system:serviceaccount:*:*'])),
    subject: role('any-sub'),
    fill: retrusted('any-sub', federated(['aud', 'me'], ['sub', 'system:serviceaccount:shop:app'])),
  },
  'oidc-without-aud': {
    make: () => makeRole('no-aud', federated(['sub', 'app'])),
    subject: role('no-aud'),
    fill: retrusted('no-aud', federated(['aud', 'me'], ['sub', 'app'])),
  },
  'role-unused': {
    make: async () => {
      const attaching = 'aws iam attach-role-policy --role-name rusty --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess'
      const putting = `aws iam put-role-policy --role-name rusty --policy-name own --policy-document ${file('own.json', allow('s3:GetObject'))}`
      const profile = 'aws iam create-instance-profile --instance-profile-name rusty'
      const adding = 'aws iam add-role-to-instance-profile --instance-profile-name rusty --role-name rusty'
      await inShell(lines(makeRole('rusty', ec2), attaching, putting, profile, adding))
      await age('roles', "name = 'rusty'")
    },
    subject: role('rusty'),
  },
  'eks-config-map-mode': {
    make: async () => createOther('older', 'CONFIG_MAP'),
    subject: cluster('older'),
  },
  'eks-public-endpoint': clusterSetting(async () => ({ CIDR: '8.8.8.0/24' })),
  'eks-no-private-endpoint': {
    make: () => 'aws eks update-cluster-config --name demo --resources-vpc-config endpointPublicAccess=true,endpointPrivateAccess=false',
    subject: cluster('demo'),
  },
  'eks-audit-log-off': clusterSetting(),
  'eks-authenticator-log-off': clusterSetting(),
  'eks-secrets-unencrypted': clusterSetting(async () => ({
    KEY: `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  })),
  'eks-creator-admin': { make: async () => createOther('spare', 'API'), subject: cluster('spare') },
  'eks-access-entry-gone': {
    make: () =>
      lines(
        makeRole('gone', ec2),
        `aws eks create-access-entry --cluster-name demo --principal-arn ${role('gone')}`,
        'aws iam delete-role --role-name gone',
      ),
    subject: role('gone'),
  },
  'eks-cluster-admin-entry': {
    make: () => {
      const words = `--cluster-name demo --principal-arn ${role('inline')}`
      const policy = '--policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy --access-scope type=cluster'
      return lines(`aws eks create-access-entry ${words}`, `aws eks associate-access-policy ${words} ${policy}`)
    },
    subject: role('inline'),
  },
  'irsa-admin': {
    make: () => lines(administratorRole('irsa'), kubernetes([serviceAccount('irsa', { 'eks.amazonaws.com/role-arn': role('irsa') })])),
    subject: 'shop/irsa',
  },
  'pod-identity-admin': {
    make: () =>
      lines(
        administratorRole('identity'),
        `aws eks create-pod-identity-association --cluster-name demo --namespace shop --service-account identity --role-arn ${role('identity')}`,
      ),
    subject: 'shop/identity',
  },
  'node-role-in-pods': {
    make: async () => {
      const profile = 'aws iam create-instance-profile --instance-profile-name node'
      const adding = 'aws iam add-role-to-instance-profile --instance-profile-name node --role-name node'
      await inShell(lines(makeRole('node', ec2), profile, adding))
      const options = '--metadata-options HttpTokens=required,HttpPutResponseHopLimit=2'
      const running = `aws ec2 run-instances --image-id ami-0123456789abcdef0 --instance-type t3.micro --iam-instance-profile Name=node ${options}`
      const instance = await inShell(`${running} --query 'Instances[0].InstanceId' --output text`)
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, spec: { providerID: `aws:///us-east-1a/${instance}` } }
      await inShell(kubernetes([node, serviceAccount('roams'), podOf('roams', 'roams', { nodeName: 'node-1' })]))
    },
    subject: 'shop/roams',
  },
  'rbac-wildcard-verbs': { ...rule('verbs', '*', 'configmaps'), subject: 'role shop/verbs' },
  'rbac-wildcard-resources': { ...rule('resources', 'get', '*'), subject: 'role shop/resources' },
  'rbac-anonymous': bound('anonymous', { kind: 'User', name: 'system:anonymous', apiGroup: 'rbac.authorization.k8s.io' }, 'view'),
  'rbac-authenticated': bound('authenticated', group('system:authenticated'), 'view'),
  'rbac-cluster-admin': bound('ops', group('ops'), 'cluster-admin'),
  'rbac-secrets': rule('secrets', 'list', 'secrets'),
  'rbac-escalate': rule('escalate', 'bind', 'roles', 'rbac.authorization.k8s.io'),
  'rbac-create-pods': rule('pods', 'create', 'pods'),
  'rbac-exec': rule('exec', 'create', 'pods/exec'),
  'rbac-token-request': rule('tokens', 'create', 'serviceaccounts/token'),
  'rbac-node-proxy': {
    make: () =>
      kubernetes([
        {
          apiVersion: rbac,
          kind: 'ClusterRole',
          metadata: { name: 'proxy' },
          rules: [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }],
        },
        binding('proxy', group('devs'), 'proxy'),
      ]),
    subject: 'clusterrolebinding proxy',
  },
  'default-service-account-used': {
    make: () => {
      const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'busybox' }] } }
      const spec = { selector: { matchLabels: { app: 'web' } }, template }
      return kubernetes([
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec },
        podOf('web-1', 'default'),
      ])
    },
    subject: 'shop/web-1',
    fill: async () => ({ NAME: 'own', KIND: 'deployment', WORKLOAD: 'web' }),
    after: 'kubectl delete pod web-1 -n shop',
  },
  'default-service-account-bound': bound('defaults', { kind: 'ServiceAccount', name: 'default', namespace: 'shop' }, 'view'),
  'token-mounted-without-use': { make: () => kubernetes([serviceAccount('quiet'), podOf('quiet', 'quiet')]), subject: 'shop/quiet' },
}

function bound(name: string, subject: object, roleName: string): Scene {
  return { make: () => kubernetes([binding(name, subject, roleName)]), subject: `clusterrolebinding ${name}` }
}

function administratorRole(name: string): string {
  const pods = trust({ Service: 'pods.eks.amazonaws.com' })
  return lines(
    makeRole(name, { ...pods, Action: ['sts:AssumeRole', 'sts:TagSession'] }),
    `aws iam attach-role-policy --role-name ${name} --policy-arn arn:aws:iam::aws:policy/AdministratorAccess`,
  )
}

function logPolicy(): string {
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  const policy = file(
    'logs.json',
    { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: 'arn:aws:s3:::logs-of-mends' },
    { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: 'arn:aws:s3:::logs-of-mends/*' },
  )
  return `aws s3api put-bucket-policy --bucket logs-of-mends --policy ${policy}`
}

async function createOther(name: string, mode: string): Promise<void> {
  const network = '--resources-vpc-config subnetIds=subnet-1,subnet-2'
  await inShell(
    `aws eks create-cluster --name ${name} --role-arn ${role('eks-demo')} ${network} --access-config authenticationMode=${mode}`,
  )
  await untilActive(name)
}

const mostPolls = 100

async function untilActive(name: string): Promise<void> {
  for (let polls = 0; polls < mostPolls; polls++)
    if ((await inShell(`aws eks describe-cluster --name ${name} --query cluster.status --output text`)) === 'ACTIVE') return
  throw new Error(`${name} did not become active`)
}

async function findingsOf(check: string) {
  const graph = new Graph(new Estate(await readLiveSnapshot(admin, { settings: true })))
  return audit(graph, Date.now()).findings.filter(each => each.check === check)
}

/** The words in capitals as the reader chooses them: one after the other where there are several. */
const filled = (mend: string, words: { readonly [word: string]: string | readonly string[] }): string => {
  const left = new Map(Object.entries(words).map(([word, chosen]) => [word, [chosen].flat()]))
  return mend.replaceAll(/\b[A-Z]{2,}\b/g, word => {
    const [first = word, ...others] = left.get(word) ?? []
    if (others.length > 0) left.set(word, others)
    return first
  })
}

beforeAll(async () => {
  gatehouse = await startGatehouse()
  folder = gatehouse.data
  admin = clientOfServer(gatehouse)
  writeFileSync(join(folder, 'gatehouse'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'editor'), `#!/bin/sh\nexec sed -i "s/'\\*'/get/" "$1"\n`, { mode: 0o755 })
  await createCluster(
    { ...withoutAws(process.env), ...gatehouse.environment, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') },
    'demo',
    'embedded',
  )
  await inShell(`kubectl config set-credentials demo --token=${clusterToken(admin, 'demo')}`)
  await inShell('kubectl config set-context demo --user=demo')
  await inShell(`kubectl create namespace shop`)
})
afterAll(() => discard(gatehouse))

test('every check has a scene, but those that only the root user or time mends, that ask for thought, or whose client is not here', () => {
  const root = ['root-access-key', 'root-without-mfa', 'root-used']
  const eksctl = ['eks-aws-auth-gone', 'eks-masters-mapping', 'eks-account-mapping']
  const others = [...root, ...eksctl, 'escalation-path']
  expect([...Object.keys(scenes), ...others].sort()).toEqual(auditChecks.map(({ id }) => id).sort())
})

describe('the command of a finding mends it, as it is printed', () => {
  test.each(Object.entries(scenes))('%s', { timeout: 180_000 }, async (id, { make, subject, fill, after }) => {
    const making = await make()
    if (typeof making === 'string' && making !== '') await inShell(making)
    const found = (await findingsOf(id)).find(each => each.subject === subject)
    expect(found, `${id} finds ${subject}`).toBeDefined()
    await inShell(filled(found?.mend ?? '', (await fill?.()) ?? {}))
    if (after !== undefined) await inShell(after)
    let left: readonly { readonly subject: string }[] = []
    for (let polls = 0; polls < 20; polls++) {
      left = (await findingsOf(id)).filter(each => each.subject === subject)
      if (left.length === 0) break
      await new Promise(resolve => setTimeout(resolve, 250))
    }
    expect(left).toEqual([])
  })
})
