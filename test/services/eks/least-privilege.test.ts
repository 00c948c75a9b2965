import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { allowUser, clusterRole, demoCluster, eksHouse } from './house.ts'

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
const eksArn = (resource: string) => `arn:aws:eks:us-east-1:${account}:${resource}`
const passing = {
  Effect: 'Allow',
  Action: 'iam:PassRole',
  Resource: '*',
  Condition: { StringLike: { 'iam:PassedToService': '*.amazonaws.com' } },
}

/** For the roles that EKS has in the account itself. */
const linking = { Effect: 'Allow', Action: ['iam:GetRole', 'iam:CreateServiceLinkedRole'], Resource: '*' }

let house: House
let bob: Principal

beforeEach(async () => {
  house = await eksHouse()
  const services = { node: 'ec2', fargate: 'eks-fargate-pods', app: 'pods.eks', capability: 'capabilities.eks' }
  for (const [RoleName, service] of Object.entries(services))
    await house.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ Service: `${service}.amazonaws.com` }) })
  for (const name of ['demo', 'other'])
    await house.call('CreateCluster', demoCluster({ name, accessConfig: { authenticationMode: 'API' }, tags: { team: name } }))
  await house.call('CreateUser', { UserName: 'Bob' })
  bob = await house.user('Bob')
})
afterEach(() => house.close())

const allow = (...statements: object[]) => allowUser(house, 'Bob', ...statements, passing, linking)
const asBob = (name: string, input: object) => house.call(name, input, { as: bob })
const refusedBob = async (name: string, input: object) =>
  expect(await house.refusal(name, input, { as: bob })).toMatchObject({ code: 'AccessDeniedException' })

/** Of each kind of resource: how it is made in a cluster, how it is told and changed, and its ARN. */
const kinds = [
  {
    kind: 'nodegroup',
    create: ['CreateNodegroup', { nodegroupName: 'x', subnets: ['subnet-1'], nodeRole: role('node') }],
    read: ['DescribeNodegroup', { nodegroupName: 'x' }],
    remove: ['DeleteNodegroup', { nodegroupName: 'x' }],
    arn: 'nodegroup/demo/x/*',
  },
  {
    kind: 'fargateprofile',
    create: ['CreateFargateProfile', { fargateProfileName: 'x', podExecutionRoleArn: role('fargate'), selectors: [{ namespace: 'a' }] }],
    read: ['DescribeFargateProfile', { fargateProfileName: 'x' }],
    remove: ['DeleteFargateProfile', { fargateProfileName: 'x' }],
    arn: 'fargateprofile/demo/x/*',
  },
  {
    kind: 'addon',
    create: ['CreateAddon', { addonName: 'coredns' }],
    read: ['DescribeAddon', { addonName: 'coredns' }],
    remove: ['DeleteAddon', { addonName: 'coredns' }],
    arn: 'addon/demo/coredns/*',
  },
  {
    kind: 'identityproviderconfig',
    create: [
      'AssociateIdentityProviderConfig',
      { oidc: { identityProviderConfigName: 'x', issuerUrl: 'https://login.example.com', clientId: 'c' } },
    ],
    read: ['DescribeIdentityProviderConfig', { identityProviderConfig: { type: 'oidc', name: 'x' } }],
    remove: ['DisassociateIdentityProviderConfig', { identityProviderConfig: { type: 'oidc', name: 'x' } }],
    arn: 'identityproviderconfig/demo/oidc/x/*',
  },
  {
    kind: 'capability',
    create: ['CreateCapability', { capabilityName: 'x', type: 'KRO', roleArn: role('capability'), deletePropagationPolicy: 'RETAIN' }],
    read: ['DescribeCapability', { capabilityName: 'x' }],
    remove: ['DeleteCapability', { capabilityName: 'x' }],
    arn: 'capability/demo/kro/x/*',
  },
  {
    kind: 'access-entry',
    create: ['CreateAccessEntry', { principalArn: role('app') }],
    read: ['DescribeAccessEntry', { principalArn: role('app') }],
    remove: ['DeleteAccessEntry', { principalArn: role('app') }],
    arn: `access-entry/demo/role/${account}/app/*`,
  },
] as const

describe('policies of least privilege', () => {
  test.each(kinds)('$kind: made in one cluster, and told and deleted by its own ARN', async ({ create, read, remove, arn }) => {
    const [createName, createInput] = create
    await allow(
      { Action: `eks:${createName}`, Resource: eksArn('cluster/demo') },
      { Action: [`eks:${read[0]}`, `eks:${remove[0]}`], Resource: eksArn(arn) },
    )
    for (const clusterName of ['demo', 'other']) {
      const input = { clusterName, ...createInput }
      if (clusterName === 'demo') await asBob(createName, input)
      else {
        await refusedBob(createName, input)
        await house.call(createName, input)
      }
      for (const [name, more] of [read, remove])
        if (clusterName === 'demo') await asBob(name, { clusterName, ...more })
        else await refusedBob(name, { clusterName, ...more })
    }
  })

  test.each(kinds)('$kind: by the tag of its cluster when it is made, by its own afterwards', async ({ create, read, arn }) => {
    const [createName, createInput] = create
    const [readName, readInput] = read
    await allow(
      { Action: `eks:${createName}`, Condition: { StringEquals: { 'aws:ResourceTag/team': 'demo' } } },
      { Action: `eks:${readName}`, Condition: { StringEquals: { 'aws:ResourceTag/owner': 'bob' } } },
    )
    await refusedBob(createName, { clusterName: 'other', ...createInput })
    await asBob(createName, { clusterName: 'demo', ...createInput })
    await refusedBob(readName, { clusterName: 'demo', ...readInput })
    const tagged = { clusterName: 'demo', ...createInput, tags: { owner: 'bob' } }
    await house.call(kinds.find(kind => kind.arn === arn)?.remove[0] ?? '', { clusterName: 'demo', ...readInput })
    await house.call(createName, tagged)
    await asBob(readName, { clusterName: 'demo', ...readInput })
  })

  test.each(kinds)('$kind: made with the tags that must be given, and tagged with no others', async ({ create, read, arn }) => {
    const [createName, createInput] = create
    const tagging = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['owner'] }, StringEquals: { 'aws:RequestTag/owner': 'bob' } }
    await allow(
      { Action: `eks:${createName}`, Condition: tagging },
      { Action: ['eks:TagResource', 'eks:UntagResource'], Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['owner'] } } },
    )
    const input = { clusterName: 'demo', ...createInput }
    await refusedBob(createName, input)
    await refusedBob(createName, { ...input, tags: { owner: 'bob', cost: '1' } })
    await refusedBob(createName, { ...input, tags: { owner: 'ann' } })
    await asBob(createName, { ...input, tags: { owner: 'bob' } })
    const told = JSON.stringify(await house.call(read[0], { clusterName: 'demo', ...read[1] }))
    const resourceArn = new RegExp(`arn:aws:eks:[^"]*${arn.replace('*', '[^"]+')}`).exec(told)?.[0] ?? ''
    await refusedBob('TagResource', { resourceArn, tags: { cost: '1' } })
    await asBob('TagResource', { resourceArn, tags: { owner: 'ann' } })
    expect((await house.call('ListTagsForResource', { resourceArn })).tags).toEqual({ owner: 'ann' })
    await refusedBob('UntagResource', { resourceArn, tagKeys: ['owner', 'cost'] })
    await asBob('UntagResource', { resourceArn, tagKeys: ['owner'] })
    expect((await house.call('ListTagsForResource', { resourceArn })).tags).toEqual({})
  })

  test.each(kinds)('$kind: made with tags by who may tag it, too', async ({ create, arn }) => {
    const [createName, createInput] = create
    const input = { clusterName: 'demo', ...createInput, tags: { owner: 'bob' } }
    await allow({ Action: `eks:${createName}` })
    const { message } = await house.refusal(createName, input, { as: bob })
    expect(message).toContain(`is not authorized to perform: eks:TagResource on resource: ${eksArn(arn)} because`)
    await allow({ Action: `eks:${createName}` }, { Action: 'eks:TagResource', Resource: eksArn(arn) })
    await asBob(createName, input)
  })

  test('an update of a node group is told to whoever may of both the cluster and the group', async () => {
    await house.call('CreateNodegroup', { clusterName: 'demo', nodegroupName: 'x', subnets: ['s'], nodeRole: role('node') })
    const { update } = await house.call('UpdateNodegroupConfig', { clusterName: 'demo', nodegroupName: 'x', scalingConfig: { maxSize: 4 } })
    const input = { name: 'demo', nodegroupName: 'x', updateId: update.id }
    await allow({ Action: 'eks:DescribeUpdate', Resource: eksArn('cluster/demo') })
    await refusedBob('DescribeUpdate', input)
    await allow({ Action: 'eks:DescribeUpdate', Resource: [eksArn('cluster/demo'), eksArn('nodegroup/demo/x/*')] })
    expect((await asBob('DescribeUpdate', input)).update).toMatchObject({ status: 'Successful', type: 'ConfigUpdate' })
    expect((await house.call('ListUpdates', { name: 'demo' })).updateIds).toEqual([])
    expect((await house.call('ListUpdates', { name: 'demo', nodegroupName: 'x' })).updateIds).toEqual([update.id])
  })

  test('an add-on with associations needs its roles passed to pods', async () => {
    await house.call('PutUserPolicy', {
      UserName: 'Bob',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'eks:CreateAddon', Resource: '*' }] }),
    })
    const input = {
      clusterName: 'demo',
      addonName: 'vpc-cni',
      podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: role('app') }],
    }
    const { message } = await house.refusal('CreateAddon', input, { as: bob })
    expect(message).toContain(`is not authorized to perform: iam:PassRole on resource: ${role('app')}`)
    await asBob('CreateAddon', { clusterName: 'demo', addonName: 'vpc-cni' })
  })
})

describe('condition keys of a cluster', () => {
  const create = (more: object) => demoCluster({ name: 'new', ...more })
  const logging = (types: string[], enabled: boolean) => ({ clusterLogging: [{ types, enabled }] })

  test.each([
    {
      key: 'eks:deletionProtection',
      operator: 'Bool',
      value: 'true',
      good: { deletionProtection: true },
      bad: { deletionProtection: false },
    },
    { key: 'eks:kubernetesVersion', operator: 'StringEquals', value: '1.34', good: { version: '1.34' }, bad: { version: '1.33' } },
    {
      key: 'eks:supportType',
      operator: 'StringEquals',
      value: 'STANDARD',
      good: { upgradePolicy: { supportType: 'STANDARD' } },
      bad: { upgradePolicy: { supportType: 'EXTENDED' } },
    },
    {
      key: 'eks:authenticationMode',
      operator: 'StringEquals',
      value: 'API',
      good: { accessConfig: { authenticationMode: 'API' } },
      bad: { accessConfig: { authenticationMode: 'CONFIG_MAP' } },
    },
    {
      key: 'eks:bootstrapClusterCreatorAdminPermissions',
      operator: 'Bool',
      value: 'false',
      good: { accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false } },
      bad: { accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true } },
    },
    {
      key: 'eks:bootstrapSelfManagedAddons',
      operator: 'Bool',
      value: 'false',
      good: { bootstrapSelfManagedAddons: false },
      bad: { bootstrapSelfManagedAddons: true },
    },
    {
      key: 'eks:loggingType/audit',
      operator: 'Bool',
      value: 'true',
      good: { logging: logging(['audit'], true) },
      bad: { logging: logging(['api'], true) },
    },
    {
      key: 'eks:loggingType/audit',
      operator: 'Bool',
      value: 'true',
      good: { logging: logging(['audit', 'api'], true) },
      bad: { logging: logging(['audit'], false) },
    },
    { key: 'eks:kubeApiServerConfig', operator: 'Bool', value: 'false', good: {}, bad: { kubeApiServerConfig: {} } },
    {
      key: 'eks:endpointPublicAccess',
      operator: 'Bool',
      value: 'false',
      good: { resourcesVpcConfig: { subnetIds: ['a', 'b'], endpointPublicAccess: false, endpointPrivateAccess: true } },
      bad: { resourcesVpcConfig: { subnetIds: ['a', 'b'], endpointPublicAccess: true } },
    },
  ])('$key of $bad is refused, of $good allowed', async ({ key, operator, value, good, bad }) => {
    await allow({ Action: 'eks:CreateCluster', Condition: { [operator]: { [key]: value } } })
    await refusedBob('CreateCluster', create(bad))
    expect((await asBob('CreateCluster', create(good))).cluster.roleArn).toBe(clusterRole)
  })
})

describe('condition keys of access entries', () => {
  test('an entry is changed by who may change the groups that it gets', async () => {
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: role('app'), kubernetesGroups: ['viewers'] })
    await allow({
      Action: 'eks:UpdateAccessEntry',
      Condition: {
        'ForAllValues:StringEquals': { 'eks:kubernetesGroups': ['viewers', 'editors'] },
        StringEquals: { 'eks:clusterName': 'demo' },
      },
    })
    await refusedBob('UpdateAccessEntry', { clusterName: 'demo', principalArn: role('app'), kubernetesGroups: ['admins'] })
    await asBob('UpdateAccessEntry', { clusterName: 'demo', principalArn: role('app'), kubernetesGroups: ['editors'] })
  })

  test('an access policy is taken away by who may of its scope', async () => {
    const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: role('app') })
    const named = { clusterName: 'demo', principalArn: role('app'), policyArn }
    await house.call('AssociateAccessPolicy', { ...named, accessScope: { type: 'cluster' } })
    await allow({ Action: 'eks:DisassociateAccessPolicy', Condition: { StringEquals: { 'eks:accessScope': 'namespace' } } })
    await refusedBob('DisassociateAccessPolicy', named)
    await house.call('AssociateAccessPolicy', { ...named, accessScope: { type: 'namespace', namespaces: ['shop'] } })
    await asBob('DisassociateAccessPolicy', named)
  })
})
