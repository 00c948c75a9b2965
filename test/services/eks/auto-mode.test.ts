import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { allowUser, clusterRole, demoCluster, eksHouse, localCluster } from './house.ts'

// EKS User Guide, "EKS Auto Mode" and its pages.

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
const autoRole = role('AmazonEKSAutoClusterRole')
const nodeRole = role('AmazonEKSAutoNodeRole')
const eksOwn = role('aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS')
const policy = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`

let house: House
beforeEach(async () => {
  house = await eksHouse()
  const tagging = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  }
  await house.call('CreateRole', { RoleName: 'AmazonEKSAutoClusterRole', AssumeRolePolicyDocument: JSON.stringify(tagging) })
  for (const RoleName of ['AmazonEKSAutoNodeRole', 'other-node'])
    await house.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ Service: 'ec2.amazonaws.com' }) })
})
afterEach(() => house.close())

const pools = { nodeRoleArn: nodeRole, nodePools: ['general-purpose', 'system'] }
const switched = (enabled: boolean, compute: object = {}) => ({
  computeConfig: { enabled, ...compute },
  kubernetesNetworkConfig: { elasticLoadBalancing: { enabled } },
  storageConfig: { blockStorage: { enabled } },
})
const autoCluster = (settings: object, authenticationMode = 'API') =>
  demoCluster({ roleArn: autoRole, accessConfig: { authenticationMode }, ...settings })
const create = (settings: object = {}) => house.call('CreateCluster', autoCluster(settings))
const update = (settings: object) => house.call('UpdateClusterConfig', { name: 'demo', ...settings })
const describeDemo = async () => (await house.call('DescribeCluster', { name: 'demo' })).cluster
const entries = async () => (await house.call('ListAccessEntries', { clusterName: 'demo' })).accessEntries
const entryOf = async (principalArn: string) => (await house.call('DescribeAccessEntry', { clusterName: 'demo', principalArn })).accessEntry
const policiesOf = async (principalArn: string) =>
  (await house.call('ListAssociatedAccessPolicies', { clusterName: 'demo', principalArn })).associatedAccessPolicies.map(
    ({ policyArn }: { policyArn: string }) => policyArn.slice(policyArn.indexOf('/') + 1),
  )

/** What AmazonEKSServiceRolePolicy lets EKS associate with its own entry for EKS Auto Mode, and what it has everywhere. */
const everywhere = ['AmazonEKSClusterInsightsPolicy', 'AmazonEKSEventPolicy']
const inAutoMode = [
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSClusterInsightsPolicy',
  'AmazonEKSComputeClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSEventPolicy',
  'AmazonEKSLoadBalancingClusterPolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingClusterPolicy',
  'AmazonEKSNetworkingPolicy',
]

describe('EKS Auto Mode', () => {
  test('is told by three members of the cluster', async () => {
    await create(switched(true, pools))
    expect(await describeDemo()).toMatchObject({
      computeConfig: { enabled: true, nodePools: pools.nodePools, nodeRoleArn: nodeRole },
      kubernetesNetworkConfig: { ipFamily: 'ipv4', elasticLoadBalancing: { enabled: true } },
      storageConfig: { blockStorage: { enabled: true } },
    })
  })

  test('is told of by one member of a cluster that never had it', async () => {
    await create()
    const cluster = await describeDemo()
    expect(cluster.kubernetesNetworkConfig.elasticLoadBalancing).toEqual({ enabled: false })
    expect(cluster).not.toHaveProperty('computeConfig')
    expect(cluster).not.toHaveProperty('storageConfig')
  })

  test('lets the nodes of the built-in node pools in', async () => {
    await create(switched(true, pools))
    expect(await entryOf(nodeRole)).toMatchObject({
      type: 'EC2',
      username: 'system:node:{{EC2PrivateDNSName}}',
      kubernetesGroups: ['system:nodes'],
    })
    const { associatedAccessPolicies } = await house.call('ListAssociatedAccessPolicies', { clusterName: 'demo', principalArn: nodeRole })
    expect(associatedAccessPolicies).toMatchObject([
      { policyArn: policy('AmazonEKSAutoNodePolicy'), accessScope: { type: 'cluster', namespaces: [] } },
    ])
  })

  test('without built-in node pools lets nobody in; the guide makes the entry by hand', async () => {
    await create(switched(true))
    expect((await describeDemo()).computeConfig).toEqual({ enabled: true, nodePools: [] })
    expect(await entries()).toEqual([eksOwn, `arn:aws:iam::${account}:root`])
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole, type: 'EC2' })
    const association = { clusterName: 'demo', principalArn: nodeRole, policyArn: policy('AmazonEKSAutoNodePolicy') }
    await house.call('AssociateAccessPolicy', { ...association, accessScope: { type: 'cluster' } })
    expect(await policiesOf(nodeRole)).toEqual(['AmazonEKSAutoNodePolicy'])
  })

  test('is switched on and off by one update each, with the entries that belong to it', async () => {
    await create()
    expect((await update(switched(true, pools))).update).toMatchObject({
      type: 'AutoModeUpdate',
      status: 'InProgress',
      params: [
        { type: 'ComputeConfig', value: JSON.stringify({ enabled: true, ...pools }) },
        { type: 'KubernetesNetworkConfig', value: '{"elasticLoadBalancing":{"enabled":true}}' },
        { type: 'StorageConfig', value: '{"blockStorage":{"enabled":true}}' },
      ],
    })
    expect(await entries()).toContain(nodeRole)
    expect((await entryOf(eksOwn)).kubernetesGroups).toEqual(['eks:managed'])
    expect(await policiesOf(eksOwn)).toEqual(inAutoMode)

    await update(switched(false))
    expect(await describeDemo()).toMatchObject({
      computeConfig: { enabled: false, nodePools: [] },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: false } },
      storageConfig: { blockStorage: { enabled: false } },
    })
    expect(await entries()).not.toContain(nodeRole)
    expect((await entryOf(eksOwn)).kubernetesGroups).toEqual([])
    expect(await policiesOf(eksOwn)).toEqual(everywhere)
  })

  test('keeps going when the built-in node pools are disabled, and takes them back', async () => {
    await create(switched(true, pools))
    await update(switched(true, { nodePools: [] }))
    expect((await describeDemo()).computeConfig).toEqual({ enabled: true, nodePools: [] })
    expect(await entries()).not.toContain(nodeRole)
    await update(switched(true, pools))
    expect(await entries()).toContain(nodeRole)
  })

  test('node roles are passed, by whoever makes the cluster or switches it on', async () => {
    await house.call('CreateUser', { UserName: 'Bob' })
    const bob: Principal = await house.user('Bob')
    const eksAlone = [{ Action: ['eks:*', 'iam:CreateServiceLinkedRole'] }, { Action: 'iam:PassRole', Resource: autoRole }]
    await allowUser(house, 'Bob', ...eksAlone)
    const denied = expect.stringContaining(`iam:PassRole on resource: ${nodeRole}`)
    expect(await house.refusal('CreateCluster', autoCluster(switched(true, pools)), { as: bob })).toMatchObject({ message: denied })
    await house.call('CreateCluster', autoCluster({}), { as: bob })
    const on = { name: 'demo', ...switched(true, pools) }
    expect(await house.refusal('UpdateClusterConfig', on, { as: bob })).toMatchObject({ message: denied })
    await allowUser(house, 'Bob', ...eksAlone, { Action: 'iam:PassRole', Resource: nodeRole })
    await house.call('UpdateClusterConfig', on, { as: bob })
  })

  const refused = (message: string, code = 'InvalidParameterException') => ({ code, message })
  const parts =
    'For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.'
  test.each([
    ['one part alone', { computeConfig: { enabled: true } }, parts],
    ['one part off', { ...switched(true), storageConfig: { blockStorage: { enabled: false } } }, parts],
    [
      'pools without a role',
      switched(true, { nodePools: ['system'] }),
      'When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.',
    ],
    [
      'a role without pools',
      switched(true, { nodeRoleArn: nodeRole }),
      'When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.',
    ],
    [
      'a pool that there is not',
      switched(true, { ...pools, nodePools: ['gpu'] }),
      'The node pool gpu is invalid: the built-in node pools are general-purpose and system.',
    ],
    ['an old version', { ...switched(true), version: '1.28' }, 'EKS Auto Mode is only supported for cluster version 1.29 or above.'],
    [
      'no access entries',
      { ...switched(true), accessConfig: { authenticationMode: 'CONFIG_MAP' } },
      'When EKS Auto Mode is enabled, you must use an EKS access config authentication mode of API_AND_CONFIG_MAP or API',
    ],
    [
      'self-managed add-ons',
      { ...switched(true), bootstrapSelfManagedAddons: true },
      'When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.',
    ],
    [
      'a cluster role whose sessions are not tagged',
      { ...switched(true), roleArn: clusterRole },
      `Role with arn: ${clusterRole}, could not be assumed because it does not exist or the trusted entity is not correct`,
    ],
    ['a node role that is not there', switched(true, { ...pools, nodeRoleArn: role('none') }), 'The role with name none cannot be found.'],
    [
      'a node role that is not of instances',
      switched(true, { ...pools, nodeRoleArn: autoRole }),
      `Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole ${autoRole}`,
    ],
  ])('is refused with %s', async (_what, settings, message) => {
    expect(await house.refusal('CreateCluster', autoCluster(settings))).toEqual(refused(message))
    expect((await house.call('ListClusters', {})).clusters).toEqual([])
  })

  test('is not of clusters that run elsewhere', async () => {
    const elsewhere = { ...switched(true), resourcesVpcConfig: {}, tags: { 'gatehouse:kind': 'attached' } }
    expect(await house.refusal('CreateCluster', autoCluster(elsewhere))).toMatchObject({ code: 'InvalidRequestException' })
    const local = localCluster({ ...switched(true), accessConfig: { authenticationMode: 'API' } })
    expect(await house.refusal('CreateCluster', local)).toMatchObject({ code: 'InvalidRequestException' })
  })

  const noType = refused('The type for cluster update was not provided.')
  test.each([
    [
      'off what is off',
      {},
      switched(false),
      refused('Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster.', 'InvalidRequestException'),
    ],
    ['one part off', {}, { kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: false } } }, noType],
    ['pools alone', switched(true, pools), { computeConfig: { nodePools: [] } }, noType],
    [
      'what it is',
      switched(true, pools),
      switched(true, pools),
      refused('No changes needed for EKS Auto Mode configuration provided', 'InvalidRequestException'),
    ],
    [
      'another role',
      switched(true, pools),
      switched(true, { ...pools, nodeRoleArn: role('other-node') }),
      refused('The nodeRoleArn cannot be changed after the compute capability of EKS Auto Mode is enabled.'),
    ],
    ['with another setting', {}, { ...switched(true), deletionProtection: true }, refused('Only one type of update can be allowed.')],
  ])('is not switched to %s', async (_what, made, settings, expected) => {
    await create(made)
    expect(await house.refusal('UpdateClusterConfig', { name: 'demo', ...settings })).toEqual(expected)
    expect((await house.call('ListUpdates', { name: 'demo' })).updateIds).toEqual([])
  })

  test('is not switched on for a role that is let in as something else', async () => {
    await create()
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole, type: 'EC2_LINUX' })
    expect((await house.refusal('UpdateClusterConfig', { name: 'demo', ...switched(true, pools) })).message).toContain('of type EC2_LINUX')
    expect(await describeDemo()).not.toHaveProperty('computeConfig')
  })
})

describe("EKS's own access entry", () => {
  test.each(['API', 'API_AND_CONFIG_MAP'])('is there from the start, in the mode %s', async mode => {
    await house.call('CreateCluster', autoCluster({}, mode))
    expect(await entryOf(eksOwn)).toMatchObject({ type: 'STANDARD', username: 'eks:managed', kubernetesGroups: [] })
    expect(await policiesOf(eksOwn)).toEqual(everywhere)
    const withPolicy = { clusterName: 'demo', associatedPolicyArn: policy('AmazonEKSClusterInsightsPolicy') }
    expect((await house.call('ListAccessEntries', withPolicy)).accessEntries).toEqual([eksOwn])
  })

  test('comes when the mode CONFIG_MAP is left', async () => {
    await house.call('CreateCluster', demoCluster())
    await update({ accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } })
    expect(await policiesOf(eksOwn)).toEqual(everywhere)
  })

  test('is not in clusters that run elsewhere, whether others have it or not', async () => {
    await create()
    await create({ name: 'elsewhere', resourcesVpcConfig: {}, tags: { 'gatehouse:kind': 'attached' } })
    const { accessEntries } = await house.call('ListAccessEntries', { clusterName: 'elsewhere' })
    expect(accessEntries).toEqual([`arn:aws:iam::${account}:root`])
  })

  const one = { clusterName: 'demo', principalArn: eksOwn }
  test.each([
    ['CreateAccessEntry', one],
    ['UpdateAccessEntry', { ...one, kubernetesGroups: ['viewers'] }],
    ['DeleteAccessEntry', one],
    ['AssociateAccessPolicy', { ...one, policyArn: policy('AmazonEKSViewPolicy'), accessScope: { type: 'cluster' } }],
    ['DisassociateAccessPolicy', { ...one, policyArn: policy('AmazonEKSEventPolicy') }],
  ])('is not changed by %s', async (operation, input) => {
    await create()
    expect(await house.refusal(operation, input)).toEqual({
      code: 'InvalidParameterException',
      message: 'The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role',
    })
    expect(await policiesOf(eksOwn)).toEqual(everywhere)
  })
})

describe("a cluster's own security group", () => {
  test('is told once the cluster is made, and stays', async () => {
    const { cluster } = await create()
    expect(cluster.resourcesVpcConfig).not.toHaveProperty('clusterSecurityGroupId')
    const { clusterSecurityGroupId } = (await describeDemo()).resourcesVpcConfig
    expect(clusterSecurityGroupId).toMatch(/^sg-[0-9a-f]{17}$/)
    await update({ deletionProtection: true })
    expect((await describeDemo()).resourcesVpcConfig.clusterSecurityGroupId).toBe(clusterSecurityGroupId)
    await create({ name: 'other' })
    const other = (await house.call('DescribeCluster', { name: 'other' })).cluster
    expect(other.resourcesVpcConfig.clusterSecurityGroupId).not.toBe(clusterSecurityGroupId)
  })
})
