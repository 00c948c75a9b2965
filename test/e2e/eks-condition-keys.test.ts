import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceFacts } from '../../src/catalogue/facts/authorization-facts.ts'
import { callQuery, openClient } from '../../src/cli/client.ts'
import { clusterEnvironment, createCluster } from './cluster.ts'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')
const run = promisify(execFile)
const account = '111122223333'
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
const policy = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`
const key = (name: string) => `arn:aws:kms:us-east-1:${account}:key/${name}`

let gatehouse: TestGatehouse
let environment: NodeJS.ProcessEnv

const iam = (action: string, input: { readonly [name: string]: string }) =>
  callQuery(openClient(gatehouse.data), { name: 'iam', version: '2010-05-08' }, action, input)
const eks = (who: NodeJS.ProcessEnv, operation: string, input: object) =>
  run(join(clients, 'aws'), ['eks', operation, '--cli-input-json', JSON.stringify(input), '--output', 'json'], {
    env: { ...environment, ...who },
    timeout: 120_000,
  })

beforeAll(async () => {
  gatehouse = await startGatehouse()
  environment = clusterEnvironment(gatehouse, gatehouse.data)
  await createCluster(environment, 'demo', 'embedded')
  await createCluster(environment, 'other', 'embedded')
  const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${account}:root"},"Action":"sts:AssumeRole"}]}`
  for (const RoleName of ['app', 'entered', 'scoped', 'x', 'y', 'z', 'nodes'])
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust })
  for (const clusterName of ['demo', 'other']) {
    const entry = { clusterName, principalArn: role('entered'), kubernetesGroups: ['viewers'], username: 'entered' }
    await eks({}, 'create-access-entry', entry)
  }
  await eks({}, 'create-access-entry', { clusterName: 'demo', principalArn: role('scoped'), kubernetesGroups: ['admins'] })
}, 180_000)
afterAll(() => discard(gatehouse))

let made = 0
const newCluster = (more: object) => ({
  name: `made-${made++}`,
  roleArn: role('eks-demo'),
  ...more,
  resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'], ...(more as { resourcesVpcConfig?: object }).resourcesVpcConfig },
})
const logging = (type: string, enabled: boolean) => ({ logging: { clusterLogging: [{ types: [type], enabled }] } })
const endpoint = (endpointPublicAccess: boolean, endpointPrivateAccess: boolean) => ({
  resourcesVpcConfig: { endpointPublicAccess, endpointPrivateAccess },
})

interface Row {
  readonly key: string
  /** Operator and value that the policy tests the key by. */
  readonly test: readonly [operator: string, value: string]
  readonly good: object
  readonly bad: object
}

/** Settings that both creating and updating a cluster tell of. Service Authorization Reference, "Condition keys for Amazon Elastic Kubernetes Service". */
const settings: readonly Row[] = [
  {
    key: 'eks:authenticationMode',
    test: ['StringEquals', 'API'],
    good: { accessConfig: { authenticationMode: 'API' } },
    bad: { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
  },
  {
    key: 'eks:supportType',
    test: ['StringEquals', 'STANDARD'],
    good: { upgradePolicy: { supportType: 'STANDARD' } },
    bad: { upgradePolicy: { supportType: 'EXTENDED' } },
  },
  { key: 'eks:deletionProtection', test: ['Bool', 'true'], good: { deletionProtection: true }, bad: { deletionProtection: false } },
  { key: 'eks:endpointPublicAccess', test: ['Bool', 'false'], good: endpoint(false, true), bad: endpoint(true, true) },
  { key: 'eks:endpointPrivateAccess', test: ['Bool', 'true'], good: endpoint(true, true), bad: endpoint(true, false) },
  { key: 'eks:loggingType/audit', test: ['Bool', 'true'], good: logging('audit', true), bad: logging('api', true) },
  {
    key: 'eks:loggingType/authenticator',
    test: ['Bool', 'true'],
    good: logging('authenticator', true),
    bad: logging('authenticator', false),
  },
  {
    key: 'eks:zonalShiftEnabled',
    test: ['Bool', 'true'],
    good: { zonalShiftConfig: { enabled: true } },
    bad: { zonalShiftConfig: { enabled: false } },
  },
  {
    key: 'eks:controlPlaneScalingTier',
    test: ['StringEquals', 'standard'],
    good: { controlPlaneScalingConfig: { tier: 'standard' } },
    bad: { controlPlaneScalingConfig: { tier: 'tier-xl' } },
  },
  // Whoever is allowed these is told that they change nothing.
  {
    key: 'eks:computeConfigEnabled',
    test: ['Bool', 'false'],
    good: { computeConfig: { enabled: false } },
    bad: { computeConfig: { enabled: true } },
  },
  {
    key: 'eks:blockStorageEnabled',
    test: ['Bool', 'false'],
    good: { storageConfig: { blockStorage: { enabled: false } } },
    bad: { storageConfig: { blockStorage: { enabled: true } } },
  },
  {
    key: 'eks:elasticLoadBalancingEnabled',
    test: ['Bool', 'false'],
    good: { kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: false } } },
    bad: { kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } } },
  },
  {
    key: 'eks:controlPlaneEgressMode',
    test: ['StringEquals', 'AWS_MANAGED'],
    good: { resourcesVpcConfig: { controlPlaneEgressMode: 'AWS_MANAGED' } },
    bad: { resourcesVpcConfig: { controlPlaneEgressMode: 'CUSTOMER_ROUTED' } },
  },
]

const encryption = (keyArn: string) => ({ encryptionConfig: [{ resources: ['secrets'], provider: { keyArn } }] })
/** Those that creating a cluster alone tells of. */
const creation: readonly Row[] = [
  {
    key: 'eks:bootstrapClusterCreatorAdminPermissions',
    test: ['Bool', 'false'],
    good: { accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false } },
    bad: { accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true } },
  },
  {
    key: 'eks:bootstrapSelfManagedAddons',
    test: ['Bool', 'false'],
    good: { bootstrapSelfManagedAddons: false },
    bad: { bootstrapSelfManagedAddons: true },
  },
  {
    key: 'eks:encryptionConfigProviderKeyArns',
    test: ['ForAllValues:ArnEquals', key('good')],
    good: encryption(key('good')),
    bad: encryption(key('bad')),
  },
  { key: 'eks:kubernetesVersion', test: ['StringEquals', '1.34'], good: { version: '1.34' }, bad: { version: '1.33' } },
]

const oidc = (more: object) => ({
  clusterName: 'demo',
  oidc: { identityProviderConfigName: 'corp', issuerUrl: 'https://login.example.com/corp', clientId: 'kubernetes', ...more },
})
const entry = (more: object) => ({ clusterName: 'demo', principalArn: role('app'), ...more })
const entered = (clusterName: string, name = 'entered') => ({ clusterName, principalArn: role(name) })
const associated = (name: string, accessScope: object) => ({ ...entered('demo'), policyArn: policy(name), accessScope })
const wholeCluster = { type: 'cluster' }
const namespaces = (...names: string[]) => ({ type: 'namespace', namespaces: names })

/** The keys of other operations, each with its own input. */
const others: readonly (Row & { readonly operation: string })[] = [
  {
    operation: 'update-cluster-version',
    key: 'eks:kubernetesVersion',
    test: ['StringEquals', '1.35'],
    good: { name: 'other', version: '1.35' },
    bad: { name: 'other', version: '1.36' },
  },
  {
    operation: 'associate-encryption-config',
    key: 'eks:encryptionConfigProviderKeyArns',
    test: ['ForAllValues:ArnLike', key('team-*')],
    good: { clusterName: 'demo', ...encryption(key('team-1')) },
    bad: { clusterName: 'demo', ...encryption(key('1')) },
  },
  {
    operation: 'associate-identity-provider-config',
    key: 'eks:clientId',
    test: ['StringEquals', 'kubernetes'],
    good: oidc({}),
    bad: oidc({ clientId: 'elsewhere' }),
  },
  {
    operation: 'associate-identity-provider-config',
    key: 'eks:issuerUrl',
    test: ['StringLike', 'https://login.example.com/*'],
    good: oidc({ identityProviderConfigName: 'two', issuerUrl: 'https://login.example.com/two' }),
    bad: oidc({ identityProviderConfigName: 'two', issuerUrl: 'https://login.example.org/two' }),
  },
  {
    operation: 'create-access-entry',
    key: 'eks:accessEntryType',
    test: ['StringEquals', 'STANDARD'],
    good: entry({ principalArn: role('x') }),
    bad: entry({ principalArn: role('x'), type: 'EC2_LINUX' }),
  },
  {
    operation: 'create-access-entry',
    key: 'eks:kubernetesGroups',
    test: ['ForAllValues:StringEquals', 'viewers'],
    good: entry({ principalArn: role('y'), kubernetesGroups: ['viewers'] }),
    bad: entry({ principalArn: role('y'), kubernetesGroups: ['viewers', 'admins'] }),
  },
  {
    operation: 'create-access-entry',
    key: 'eks:principalArn',
    test: ['ArnLike', role('a*')],
    good: entry({}),
    bad: entry({ principalArn: role('y') }),
  },
  {
    operation: 'create-access-entry',
    key: 'eks:username',
    test: ['StringLike', 'team:*'],
    good: entry({ principalArn: role('z'), username: 'team:z' }),
    bad: entry({ principalArn: role('z'), username: 'z' }),
  },
  {
    operation: 'describe-access-entry',
    key: 'eks:clusterName',
    test: ['StringEquals', 'demo'],
    good: entered('demo'),
    bad: entered('other'),
  },
  {
    operation: 'update-access-entry',
    key: 'eks:kubernetesGroups',
    test: ['ForAllValues:StringEquals', 'viewers'],
    good: { ...entered('demo'), kubernetesGroups: ['viewers'] },
    bad: { ...entered('demo'), kubernetesGroups: ['admins'] },
  },
  {
    operation: 'delete-access-entry',
    key: 'eks:kubernetesGroups',
    test: ['ForAllValues:StringEquals', 'viewers'],
    good: entered('other'),
    bad: entered('demo', 'scoped'),
  },
  {
    operation: 'associate-access-policy',
    key: 'eks:policyArn',
    test: ['ArnEquals', policy('AmazonEKSViewPolicy')],
    good: associated('AmazonEKSViewPolicy', wholeCluster),
    bad: associated('AmazonEKSClusterAdminPolicy', wholeCluster),
  },
  {
    operation: 'associate-access-policy',
    key: 'eks:accessScope',
    test: ['StringEquals', 'namespace'],
    good: associated('AmazonEKSEditPolicy', namespaces('shop')),
    bad: associated('AmazonEKSEditPolicy', wholeCluster),
  },
  {
    operation: 'associate-access-policy',
    key: 'eks:namespaces',
    test: ['ForAllValues:StringLike', 'team-*'],
    good: associated('AmazonEKSAdminPolicy', namespaces('team-a', 'team-b')),
    bad: associated('AmazonEKSAdminPolicy', namespaces('team-a', 'kube-system')),
  },
]

const rows: readonly (Row & { readonly operation: string })[] = [
  ...[...settings, ...creation].map(row => ({ ...row, operation: 'create-cluster', good: newCluster(row.good), bad: newCluster(row.bad) })),
  ...settings.map(row => ({
    ...row,
    operation: 'update-cluster-config',
    good: { name: 'demo', ...row.good },
    bad: { name: 'demo', ...row.bad },
  })),
  ...others,
]

const actionOf = (operation: string) => `eks:${operation.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}`

/** Keys of a new user who may do this alone. */
async function userWith(statement: object): Promise<NodeJS.ProcessEnv> {
  const UserName = `user-${made++}`
  await iam('CreateUser', { UserName })
  const passing = { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', ...statement }, passing] })
  await iam('PutUserPolicy', { UserName, PolicyName: 'least', PolicyDocument })
  const answer = JSON.stringify(await iam('CreateAccessKey', { UserName }))
  const [, AWS_ACCESS_KEY_ID] = /"AccessKeyId":"([^"]+)"/.exec(answer) ?? []
  const [, AWS_SECRET_ACCESS_KEY] = /"SecretAccessKey":"([^"]+)"/.exec(answer) ?? []
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
}

/** What the AWS CLI was answered: `ok`, or the error's code. */
const answered = (who: NodeJS.ProcessEnv, operation: string, input: object) =>
  eks(who, operation, input).then(
    () => 'ok',
    ({ stderr }: { stderr: string }) => /An error occurred \((\w+)\)/.exec(stderr)?.[1] ?? stderr,
  )

/** Whoever may, but asks for what clusters here have not, or what already is, is refused otherwise. */
const refusedOtherwise = ['InvalidRequestException', 'InvalidParameterException']

describe('a policy by a condition key of EKS, through the AWS CLI', () => {
  test.concurrent.each(rows.map(row => ({ ...row, what: `${row.operation} by ${row.key}` })))(
    '$what',
    { timeout: 120_000 },
    async ({ operation, key, test: [operator, value], good, bad }) => {
      const who = await userWith({ Action: actionOf(operation), Condition: { [operator]: { [key]: value } } })
      expect(await answered(who, operation, bad)).toBe('AccessDeniedException')
      expect(['ok', ...refusedOtherwise]).toContain(await answered(who, operation, good))
    },
  )

  test('is there for each key of the Service Authorization Reference that the AWS CLI can bring about', () => {
    const known = [...(serviceFacts('eks')?.conditionKeys.keys() ?? [])].filter(name => name.startsWith('eks:'))
    const tried = new Set(rows.map(({ key }) => key.replace(/^(eks:loggingType\/).*/, '$1${type}').toLowerCase()))
    // Settings of components that this CLI does not know yet; test/services/eks/least-privilege.test.ts has one.
    const later = /^eks:kube(apiserver|controllermanager|scheduler)config$/
    expect(known.filter(name => !tried.has(name) && !later.test(name))).toEqual([])
  })
})
