import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { allowUser, clusterRole, demoCluster, eksHouse, localCluster } from './house.ts'

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`

let house: House
let bob: Principal

beforeEach(async () => {
  house = await eksHouse()
  for (const [RoleName, service] of Object.entries({ node: 'ec2', fargate: 'eks-fargate-pods', connector: 'ssm' }))
    await house.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ Service: `${service}.amazonaws.com` }) })
  await house.call('CreateUser', { UserName: 'Bob' })
  bob = await house.user('Bob')
})
afterEach(() => house.close())

const allow = (...statements: object[]) => allowUser(house, 'Bob', ...statements)

const linkedRoles = async () =>
  (await house.call('ListRoles', { PathPrefix: '/aws-service-role/' })).Roles.map(({ Arn }: { Arn: string }) =>
    Arn.split('/').slice(2).join('/'),
  )

/** What is made, the role that comes with it, and whether EKS asks IAM for the role first. Each guide page, "Creating a service-linked role". */
const kinds = [
  {
    kind: 'cluster',
    create: ['CreateCluster', demoCluster({ name: 'first' })],
    linked: 'eks.amazonaws.com/AWSServiceRoleForAmazonEKS',
    asksFirst: false,
  },
  {
    kind: 'local cluster of Outposts',
    create: ['CreateCluster', localCluster({ name: 'first' })],
    linked: 'outposts.eks-local.amazonaws.com/AWSServiceRoleForAmazonEKSLocalOutpost',
    asksFirst: true,
  },
  {
    kind: 'managed node group',
    create: ['CreateNodegroup', { clusterName: 'demo', nodegroupName: 'x', subnets: ['subnet-1'], nodeRole: role('node') }],
    linked: 'eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup',
    asksFirst: true,
  },
  {
    kind: 'Fargate profile',
    create: [
      'CreateFargateProfile',
      { clusterName: 'demo', fargateProfileName: 'x', podExecutionRoleArn: role('fargate'), selectors: [{ namespace: 'a' }] },
    ],
    linked: 'eks-fargate.amazonaws.com/AWSServiceRoleForAmazonEKSForFargate',
    asksFirst: true,
  },
  {
    kind: 'registered cluster',
    create: ['RegisterCluster', { name: 'far', connectorConfig: { roleArn: role('connector'), provider: 'OTHER' } }],
    linked: 'eks-connector.amazonaws.com/AWSServiceRoleForAmazonEKSConnector',
    asksFirst: false,
  },
] as const

describe.each(kinds)('the first $kind', ({ create: [operation, input], linked, asksFirst }) => {
  const [service = '', name = ''] = linked.split('/')
  const own = [{ Action: `eks:${operation}` }, { Action: 'iam:PassRole' }]
  const asking = asksFirst ? [{ Action: 'iam:GetRole', Resource: role('*') }] : []
  const making = {
    Action: 'iam:CreateServiceLinkedRole',
    Resource: role(`aws-service-role/${linked}`),
    Condition: { StringEquals: { 'iam:AWSServiceName': service } },
  }

  beforeEach(async () => {
    if (!operation.endsWith('Cluster')) await house.call('CreateCluster', demoCluster({ accessConfig: { authenticationMode: 'API' } }))
  })

  test('makes its service-linked role, which is in use until it goes', async () => {
    await allow(...own, ...asking, making)
    await house.call(operation, input, { as: bob })
    expect(await linkedRoles()).toContain(linked)
    const { DeletionTaskId } = await house.call('DeleteServiceLinkedRole', { RoleName: name })
    expect(await house.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })).toMatchObject({ Status: 'FAILED' })
  })

  test('is refused to who may not make the role, and takes nothing but its own permission afterwards', async () => {
    await allow(...own, ...asking)
    expect(await house.refusal(operation, input, { as: bob })).toEqual({
      code: 'InvalidRequestException',
      message: `Failed to create service linked role: ${name} due to missing permissions for 'iam:CreateServiceLinkedRole'`,
    })
    expect(await linkedRoles()).not.toContain(linked)
    await house.call('CreateServiceLinkedRole', { AWSServiceName: service })
    await house.call(operation, input, { as: bob })
  })

  test.runIf(asksFirst)('is refused to who may not ask for the role, even where it is', async () => {
    await house.call('CreateServiceLinkedRole', { AWSServiceName: service })
    await allow(...own, making)
    expect(await house.refusal(operation, input, { as: bob })).toEqual({
      code: 'InvalidRequestException',
      message: `Failed to validate if SLR: ${name} already exists due to missing permissions for 'iam:GetRole'`,
    })
  })
})

test('a creation that is refused leaves no role', async () => {
  await house.refusal('CreateCluster', demoCluster({ version: '1.2' }))
  await house.refusal('CreateCluster', demoCluster({ roleArn: role('nobody') }))
  expect(await linkedRoles()).toEqual([])
})

test('a cluster that runs elsewhere needs no role of EKS', async () => {
  await house.call('CreateCluster', demoCluster({ tags: { 'gatehouse:kind': 'attached' }, roleArn: clusterRole }))
  expect(await linkedRoles()).toEqual([])
})
