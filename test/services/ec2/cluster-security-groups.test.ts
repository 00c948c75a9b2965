import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultNetwork } from '../../../src/catalogue/default-network.ts'
import { operations as ec2 } from '../../../src/services/ec2/index.ts'
import { operations as eks } from '../../../src/services/eks/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { account, type House, openHouse } from '../call.ts'
import { clustersAtOnce, clusterRole } from '../eks/house.ts'
import { trusting } from '../iam/house.ts'

// EKS User Guide, "View Amazon EKS security group requirements for clusters".

const { subnets, vpcId } = defaultNetwork({ account, region: 'us-east-1' })

let house: House
let id: string
beforeEach(async () => {
  house = await openHouse([...iam, ...eks, ...ec2])
  Object.assign(house.world, { clusters: clustersAtOnce(house.world.store) })
  await house.call('CreateRole', { RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
  await house.call('CreateCluster', {
    name: 'demo',
    roleArn: clusterRole,
    resourcesVpcConfig: { subnetIds: subnets.slice(0, 2).map(subnet => subnet.id) },
  })
  id = (await house.call('DescribeCluster', { name: 'demo' })).cluster.resourcesVpcConfig.clusterSecurityGroupId
})
afterEach(() => house.close())

const tagsOf = (group: { Tags: { Key: string; Value: string }[] }) => Object.fromEntries(group.Tags.map(({ Key, Value }) => [Key, Value]))
const describeGroups = async (input: object) => (await house.call('DescribeSecurityGroups', input)).SecurityGroups

test("a cluster's security group is one of EC2's, by id, name and tags", async () => {
  const [group] = await describeGroups({ GroupIds: [id] })
  expect(group).toMatchObject({
    GroupId: id,
    VpcId: vpcId,
    OwnerId: account,
    GroupName: expect.stringMatching(/^eks-cluster-sg-demo-\d+$/),
  })
  expect(tagsOf(group)).toEqual({ Name: group.GroupName, 'aws:eks:cluster-name': 'demo', 'kubernetes.io/cluster/demo': 'owned' })
  for (const filter of [
    { Name: 'tag:aws:eks:cluster-name', Values: ['demo'] },
    { Name: 'group-name', Values: ['eks-cluster-sg-demo-*'] },
  ])
    expect(await describeGroups({ Filters: [filter] })).toMatchObject([{ GroupId: id }])
  expect(await describeGroups({ GroupNames: ['default'] })).toMatchObject([{ GroupName: 'default' }])
  expect(await describeGroups({})).toHaveLength(2)
})

test("people's tags come and go, EKS's own stays", async () => {
  await house.call('CreateTags', { Resources: [id], Tags: [{ Key: 'team', Value: 'blue' }] })
  expect(tagsOf((await describeGroups({ GroupIds: [id] }))[0])).toMatchObject({ team: 'blue' })
  const own = { Resources: [id], Tags: [{ Key: 'aws:eks:cluster-name' }] }
  expect(await house.refusal('DeleteTags', own)).toMatchObject({ code: 'InvalidParameterValue' })
  await house.call('DeleteTags', { Resources: [id] })
  expect(tagsOf((await describeGroups({ GroupIds: [id] }))[0])).toEqual({ 'aws:eks:cluster-name': 'demo' })
})

test('it goes with its cluster', async () => {
  await house.call('DeleteCluster', { name: 'demo' })
  expect(await house.refusal('DescribeSecurityGroups', { GroupIds: [id] })).toMatchObject({ code: 'InvalidGroup.NotFound' })
  expect((await house.call('DescribeTags', {})).Tags).toEqual([])
})
