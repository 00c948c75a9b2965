import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { trusting } from '../iam/house.ts'
import { demoCluster, eksHouse } from './house.ts'

const policy = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`
const nodeRole = `arn:aws:iam::${account}:role/node`

describe('which entries take which access policies', () => {
  let house: House
  beforeEach(async () => {
    house = await eksHouse()
    await house.call('CreateCluster', demoCluster({ accessConfig: { authenticationMode: 'API' } }))
    await house.call('CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trusting({ Service: 'ec2.amazonaws.com' }) })
  })
  afterEach(() => house.close())

  const associate = (name: string) => ({
    clusterName: 'demo',
    principalArn: nodeRole,
    policyArn: policy(name),
    accessScope: { type: 'cluster' },
  })

  test.each(['STANDARD', 'EC2'])('%s takes policies', async type => {
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole, type })
    const { associatedAccessPolicy } = await house.call('AssociateAccessPolicy', associate('AmazonEKSAutoNodePolicy'))
    expect(associatedAccessPolicy).toMatchObject({ policyArn: policy('AmazonEKSAutoNodePolicy'), accessScope: { type: 'cluster' } })
  })

  test.each(['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'HYPERPOD_LINUX'])('%s takes none', async type => {
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole, type })
    expect(await house.refusal('AssociateAccessPolicy', associate('AmazonEKSViewPolicy'))).toMatchObject({
      code: 'InvalidRequestException',
    })
  })

  test('policies of service-linked roles are for those roles', async () => {
    await house.call('CreateAccessEntry', { clusterName: 'demo', principalArn: nodeRole })
    expect(await house.refusal('AssociateAccessPolicy', associate('AmazonEKSComputePolicy'))).toEqual({
      code: 'InvalidParameterException',
      message: 'The specified policyArn can only be associated with service-linked roles',
    })
    const { associatedAccessPolicies } = await house.call('ListAssociatedAccessPolicies', { clusterName: 'demo', principalArn: nodeRole })
    expect(associatedAccessPolicies).toEqual([])
  })
})
