import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseAwsAuth } from '../../../src/cluster-access/aws-auth.ts'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { demoCluster, eksHouse } from './house.ts'

const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
let house: House

beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateRole', {
    RoleName: 'node',
    Path: '/nodes/',
    AssumeRolePolicyDocument: trusting({ Service: 'ec2.amazonaws.com' }),
  })
  const fargate = trusting({ Service: 'eks-fargate-pods.amazonaws.com' })
  await house.call('CreateRole', { RoleName: 'pods', AssumeRolePolicyDocument: fargate })
})
afterEach(() => house.close())

const nodeRole = roleArn('nodes/node')
const create = (authenticationMode: string) => house.call('CreateCluster', demoCluster({ accessConfig: { authenticationMode } }))
const group = (nodegroupName: string, more: object = {}) =>
  house.call('CreateNodegroup', { clusterName: 'demo', nodegroupName, subnets: ['subnet-1'], nodeRole, ...more })
const profile = (fargateProfileName: string) =>
  house.call('CreateFargateProfile', {
    clusterName: 'demo',
    fargateProfileName,
    podExecutionRoleArn: roleArn('pods'),
    selectors: [{ namespace: 'jobs' }],
  })
const entryOf = async (principalArn: string) => {
  const { accessEntries } = await house.call('ListAccessEntries', { clusterName: 'demo' })
  if (!accessEntries.includes(principalArn)) return undefined
  return (await house.call('DescribeAccessEntry', { clusterName: 'demo', principalArn })).accessEntry
}
const awsAuth = async () => {
  const [{ id } = { id: '' }] = await house.world.store.read(tx => tx.selectFrom('clusters').select('id').execute())
  return parseAwsAuth((await house.world.clusters.awsAuth(id)) ?? {})
}

describe('a cluster with access entries lets the roles of managed nodes in by entries', () => {
  test.each([
    ['AL2023_x86_64_STANDARD', 'EC2_LINUX', ['system:nodes']],
    ['BOTTLEROCKET_ARM_64', 'EC2_LINUX', ['system:nodes']],
    ['WINDOWS_CORE_2022_x86_64', 'EC2_WINDOWS', ['system:nodes', 'eks:kube-proxy-windows']],
  ])('nodes of %s by one of type %s', async (amiType, type, kubernetesGroups) => {
    await create('API')
    await group('blue', { amiType })
    expect(await entryOf(nodeRole)).toMatchObject({ type, kubernetesGroups, username: 'system:node:{{EC2PrivateDNSName}}' })
  })

  test('pods on Fargate by one of type FARGATE_LINUX', async () => {
    await create('API_AND_CONFIG_MAP')
    await profile('serverless')
    expect(await entryOf(roleArn('pods'))).toMatchObject({ type: 'FARGATE_LINUX', username: 'system:node:{{SessionName}}' })
    expect((await awsAuth()).roles.size).toBe(0)
  })

  test('for as long as a node group uses the role', async () => {
    await create('API')
    await group('blue')
    await group('green')
    await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
    expect(await entryOf(nodeRole)).toBeDefined()
    await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'green' })
    expect(await entryOf(nodeRole)).toBeUndefined()
  })

  test('and leaves an entry of type STANDARD alone, which keeps the nodes out', async () => {
    await create('API')
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole })
    await group('blue')
    expect(await entryOf(nodeRole)).toMatchObject({ type: 'STANDARD' })
    const { nodegroup } = await house.call('DescribeNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
    expect(nodegroup).toMatchObject({ status: 'DEGRADED', health: { issues: [{ code: 'AccessDenied' }] } })
    await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
    expect(await entryOf(nodeRole)).toMatchObject({ type: 'STANDARD' })
  })

  test('a node group whose entry somebody deleted is DEGRADED', async () => {
    await create('API')
    await group('blue')
    await house.call('DeleteAccessEntry', { clusterName: 'demo', principalArn: nodeRole })
    house.now += 60_000
    const { nodegroup } = await house.call('DescribeNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
    expect(nodegroup.health.issues[0]).toMatchObject({ code: 'AccessDenied', message: expect.stringContaining('has no access entry') })
  })
})

describe('a cluster without access entries lets them in by aws-auth', () => {
  test('nodes and pods on Fargate, each with its groups and without the path of its role', async () => {
    await create('CONFIG_MAP')
    await group('blue')
    await profile('serverless')
    expect([...(await awsAuth()).roles]).toEqual([
      [roleArn('node'), { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:bootstrappers', 'system:nodes'] }],
      [
        roleArn('pods'),
        { username: 'system:node:{{SessionName}}', groups: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'] },
      ],
    ])
  })

  test('for as long as a node group uses the role', async () => {
    await create('CONFIG_MAP')
    await group('blue')
    await group('green')
    await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
    expect((await awsAuth()).roles.size).toBe(1)
    await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'green' })
    expect((await awsAuth()).roles.size).toBe(0)
  })

  test('and tells when somebody took the lines away', async () => {
    await create('CONFIG_MAP')
    await group('blue')
    const told = async () => (await house.call('DescribeNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })).nodegroup
    expect(await told()).toMatchObject({ status: 'ACTIVE', health: { issues: [] } })
    const [{ id } = { id: '' }] = await house.world.store.read(tx => tx.selectFrom('clusters').select('id').execute())
    await house.world.clusters.editAwsAuth(id, () => ({ mapRoles: '[]' }))
    expect(await told()).toMatchObject({ status: 'CREATING', health: { issues: [] } })
    house.now += 60_000
    expect(await told()).toMatchObject({ status: 'DEGRADED', health: { issues: [{ code: 'AccessDenied' }] } })
  })

  test('leaving that mode gives them entries', async () => {
    await create('CONFIG_MAP')
    await group('blue')
    await profile('serverless')
    await house.call('UpdateClusterConfig', { name: 'demo', accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } })
    expect(await entryOf(nodeRole)).toMatchObject({ type: 'EC2_LINUX' })
    expect(await entryOf(roleArn('pods'))).toMatchObject({ type: 'FARGATE_LINUX' })
  })
})

test('a cluster is not deleted while it has nodes', async () => {
  await create('API')
  await group('blue')
  await profile('serverless')
  const refused = { code: 'ResourceInUseException', message: 'Cluster has nodegroups attached' }
  expect(await house.refusal('DeleteCluster', { name: 'demo' })).toEqual(refused)
  await house.call('DeleteNodegroup', { clusterName: 'demo', nodegroupName: 'blue' })
  expect((await house.refusal('DeleteCluster', { name: 'demo' })).code).toBe('ResourceInUseException')
  await house.call('DeleteFargateProfile', { clusterName: 'demo', fargateProfileName: 'serverless' })
  await house.call('DeleteCluster', { name: 'demo' })
  expect((await house.call('ListClusters', {})).clusters).toEqual([])
})

test('what a cluster had is gone with it, tags too', async () => {
  await create('API')
  const { addon } = await house.call('CreateAddon', { clusterName: 'demo', addonName: 'coredns', tags: { team: 'a' } })
  await house.call('ListInsights', { clusterName: 'demo' })
  await house.call('DeleteCluster', { name: 'demo' })
  const left = await house.world.store.read(async tx => [
    ...(await tx.selectFrom('eksResources').select('arn').execute()),
    ...(await tx.selectFrom('eksInsights').select('id').execute()),
    ...(await tx.selectFrom('tags').select('key').where('ownerId', '=', addon.addonArn).execute()),
  ])
  expect(left).toEqual([])
})

test('a capability gets an entry with the policies of its type, and loses them', async () => {
  await create('API')
  await house.call('CreateRole', { RoleName: 'cap', AssumeRolePolicyDocument: trusting({ Service: 'capabilities.eks.amazonaws.com' }) })
  const named = { clusterName: 'demo', capabilityName: 'argo' }
  const awsIdc = { idcInstanceArn: 'arn:aws:sso:::instance/ssoins-1' }
  await house.call('CreateCapability', {
    ...named,
    type: 'ARGOCD',
    roleArn: roleArn('cap'),
    deletePropagationPolicy: 'RETAIN',
    configuration: { argoCd: { awsIdc } },
  })
  const { associatedAccessPolicies } = await house.call('ListAssociatedAccessPolicies', {
    clusterName: 'demo',
    principalArn: roleArn('cap'),
  })
  expect(associatedAccessPolicies).toMatchObject([
    { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSArgoCDClusterPolicy', accessScope: { type: 'cluster' } },
    {
      policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSArgoCDPolicy',
      accessScope: { type: 'namespace', namespaces: ['argocd'] },
    },
  ])
  await house.call('DeleteCapability', named)
  expect(await entryOf(roleArn('cap'))).toBeUndefined()
})
