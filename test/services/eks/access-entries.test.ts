import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { demoCluster, eksHouse } from './house.ts'

const nodeRole = `arn:aws:iam::${account}:role/nodes/node`
let house: House

beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateCluster', demoCluster({ accessConfig: { authenticationMode: 'API' } }))
  const trust = trusting({ Service: 'ec2.amazonaws.com' })
  await house.call('CreateRole', { RoleName: 'node', Path: '/nodes/', AssumeRolePolicyDocument: trust })
  await house.call('CreateUser', { UserName: 'Ann' })
})
afterEach(() => house.close())

const entry = (more: object = {}) => ({ clusterName: 'demo', principalArn: nodeRole, ...more })

describe('user name and groups', () => {
  test.each([
    ['STANDARD', `arn:aws:sts::${account}:assumed-role/node/{{SessionName}}`, []],
    ['EC2_LINUX', 'system:node:{{EC2PrivateDNSName}}', ['system:nodes']],
    ['EC2_WINDOWS', 'system:node:{{EC2PrivateDNSName}}', ['system:nodes', 'eks:kube-proxy-windows']],
    ['FARGATE_LINUX', 'system:node:{{SessionName}}', ['system:bootstrappers', 'system:nodes', 'system:node-proxier']],
    ['HYBRID_LINUX', 'system:node:{{SessionName}}', ['system:nodes']],
    ['HYPERPOD_LINUX', 'system:node:{{SessionName}}', ['system:nodes']],
    ['EC2', 'system:node:{{EC2PrivateDNSName}}', ['system:nodes']],
  ])('of type %s are %s and %j', async (type, username, kubernetesGroups) => {
    const { accessEntry } = await house.call('CreateAccessEntry', entry({ type }))
    expect(accessEntry).toMatchObject({ type, username, kubernetesGroups })
    expect((await house.call('DescribeAccessEntry', entry())).accessEntry).toEqual(accessEntry)
  })

  test.each(['system:', 'eks:', 'aws:', 'amazon:', 'iam:'])('do not begin with %s', async prefix => {
    const refused = { code: 'InvalidParameterException' }
    expect(await house.refusal('CreateAccessEntry', entry({ username: `${prefix}me` }))).toMatchObject(refused)
    expect(await house.refusal('CreateAccessEntry', entry({ kubernetesGroups: ['team', `${prefix}us`] }))).toMatchObject(refused)
    await house.call('CreateAccessEntry', entry())
    expect(await house.refusal('UpdateAccessEntry', entry({ username: `${prefix}me` }))).toMatchObject(refused)
    expect(await house.refusal('UpdateAccessEntry', entry({ kubernetesGroups: [`${prefix}us`] }))).toMatchObject(refused)
  })

  test.each([
    ['john{{SessionName}}', false],
    ['john{{SessionNameRaw}}', false],
    ['john{{SessionNameRaw}}:{{SessionName}}', false],
    [':john{{SessionName}}', true],
    ['jo:hn{{SessionNameRaw}}', true],
    ['john', true],
  ])('%s: %s', async (username, allowed) => {
    if (allowed) expect((await house.call('CreateAccessEntry', entry({ username }))).accessEntry.username).toBe(username)
    else expect((await house.refusal('CreateAccessEntry', entry({ username }))).message).toMatch(/^The username must have a colon before/)
  })

  test.each(['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'HYPERPOD_LINUX', 'EC2'])(
    'are not chosen for type %s',
    async type => {
      const refused = { code: 'InvalidParameterException' }
      expect(await house.refusal('CreateAccessEntry', entry({ type, username: 'me' }))).toMatchObject(refused)
      expect(await house.refusal('CreateAccessEntry', entry({ type, kubernetesGroups: ['team'] }))).toMatchObject(refused)
    },
  )
})

describe('principals', () => {
  test.each(['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'HYPERPOD_LINUX', 'EC2'])(
    'of type %s are roles of the account',
    async type => {
      const principalArn = `arn:aws:iam::${account}:user/Ann`
      expect((await house.refusal('CreateAccessEntry', { clusterName: 'demo', principalArn, type })).message).toContain('must be a role')
      const foreign = { clusterName: 'demo', principalArn: 'arn:aws:iam::999988887777:role/node', type }
      // What nodes of EC2 get must be passed, and roles of others cannot be.
      const reason = type.startsWith('EC2_') ? 'is not authorized to perform: iam:PassRole' : 'must be from the same account as the cluster'
      expect((await house.refusal('CreateAccessEntry', foreign)).message).toContain(reason)
    },
  )

  test('are no service-linked roles', async () => {
    const principalArn = `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`
    expect((await house.refusal('CreateAccessEntry', { clusterName: 'demo', principalArn })).message).toContain('Service Linked Role')
  })

  test('exist, under that path', async () => {
    const principalArn = `arn:aws:iam::${account}:role/node`
    expect((await house.refusal('CreateAccessEntry', { clusterName: 'demo', principalArn })).message).toBe(
      'The specified principalArn is invalid: invalid principal.',
    )
  })

  test('are handed to nodes by who may pass them', async () => {
    const policy = (Action: string[]) =>
      house.call('PutUserPolicy', {
        UserName: 'Ann',
        PolicyName: 'entries',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }),
      })
    const as = await house.user('Ann')
    await policy(['eks:CreateAccessEntry'])
    const refusal = await house.refusal('CreateAccessEntry', entry({ type: 'EC2_LINUX' }), { as })
    expect(refusal.message).toContain('iam:PassRole')
    await policy(['eks:CreateAccessEntry', 'iam:PassRole'])
    await house.call('CreateAccessEntry', entry({ type: 'EC2_LINUX' }), { as })
  })
})
