import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { operations as ec2 } from '../../../src/services/ec2/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations as nodes } from '../../../src/services/nodes/index.ts'
import { account, type Answer, type House, openHouse } from '../call.ts'
import { arnOf, trustsEc2 } from '../iam/house.ts'

const image = 'ami-0123456789abcdef0'
const profileArn = arnOf('instance-profile/node')

let house: House
beforeEach(async () => {
  house = await openHouse([...iam, ...ec2, ...nodes])
  await house.call('CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trustsEc2 })
  await house.call('CreateInstanceProfile', { InstanceProfileName: 'node' })
  await house.call('AddRoleToInstanceProfile', { InstanceProfileName: 'node', RoleName: 'node' })
})
afterEach(() => house.close())

const launch = (more: object = {}) => house.call('RunInstances', { ImageId: image, MinCount: 1, MaxCount: 1, ...more })
const launchOne = async (more: object = {}): Promise<Answer> => (await launch(more)).Instances[0]
const describeOne = async (id: string): Promise<Answer> =>
  (await house.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0]
const refused = (more: object = {}) => house.refusal('RunInstances', { ImageId: image, MinCount: 1, MaxCount: 1, ...more })

/** A user with one policy, and whether they may call. */
async function userWith(...statements: object[]) {
  await house.call('CreateUser', { UserName: 'ops' })
  const document = { Version: '2012-10-17', Statement: statements }
  await house.call('PutUserPolicy', { UserName: 'ops', PolicyName: 'ops', PolicyDocument: JSON.stringify(document) })
  return house.user('ops')
}
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

describe('RunInstances', () => {
  test('answers pending instances, which then run, in the default VPC and with names of their addresses', async () => {
    const { ReservationId, OwnerId, Instances } = await launch({
      MaxCount: 2,
      InstanceType: 't3.large',
      IamInstanceProfile: { Name: 'node' },
    })
    expect({ OwnerId, states: Instances.map(({ State }: Answer) => State.Name) }).toEqual({
      OwnerId: account,
      states: ['pending', 'pending'],
    })
    expect(ReservationId).toMatch(/^r-[0-9a-f]{17}$/)
    const described = await describeOne(Instances[1].InstanceId)
    expect(described).toMatchObject({
      InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      AmiLaunchIndex: 1,
      State: { Code: 16, Name: 'running' },
      PrivateDnsName: `ip-${Instances[1].PrivateIpAddress.replaceAll('.', '-')}.ec2.internal`,
      PrivateIpAddress: expect.stringMatching(/^172\.31\.\d+\.\d+$/),
      IamInstanceProfile: { Arn: profileArn, Id: expect.stringMatching(/^AIPA/) },
      MetadataOptions: { State: 'applied', HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
      Placement: { AvailabilityZone: 'us-east-1a' },
    })
    expect(Instances[0].PrivateIpAddress).not.toBe(Instances[1].PrivateIpAddress)
  })

  test('with resource names, names the host by its id', async () => {
    const { InstanceId, PrivateDnsName } = await launchOne({ PrivateDnsNameOptions: { HostnameType: 'resource-name' } })
    expect(PrivateDnsName).toBe(`${InstanceId}.ec2.internal`)
  })

  test('with a client token launches once, and refuses other parameters under the same one', async () => {
    const first = await launch({ ClientToken: 'once' })
    const again = await launch({ ClientToken: 'once' })
    expect(again.Instances[0].InstanceId).toBe(first.Instances[0].InstanceId)
    expect((await refused({ ClientToken: 'once', InstanceType: 't3.large' })).code).toBe('IdempotentParameterMismatch')
    expect((await house.call('DescribeInstances')).Reservations).toHaveLength(1)
  })

  test('dry runs end in an error that says what would have happened, and change nothing', async () => {
    expect(await refused({ DryRun: true })).toEqual({
      code: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
    })
    const nobody = await userWith(allow('ec2:DescribeInstances'))
    const options = { as: nobody }
    const input = { ImageId: image, MinCount: 1, MaxCount: 1, DryRun: true }
    expect((await house.refusal('RunInstances', input, options)).code).toBe('UnauthorizedOperation')
    expect((await house.call('DescribeInstances')).Reservations).toEqual([])
  })

  test.each([
    [{ ImageId: undefined }, 'MissingParameter'],
    [{ ImageId: 'image' }, 'InvalidAMIID.Malformed'],
    [{ MinCount: 0 }, 'InvalidParameterValue'],
    [{ MinCount: 3, MaxCount: 2 }, 'InvalidParameterCombination'],
    [{ MinCount: 101, MaxCount: 101 }, 'InstanceLimitExceeded'],
    [{ SubnetId: 'subnet-00000000000000000' }, 'InvalidSubnetID.NotFound'],
    [{ SecurityGroupIds: ['sg-00000000000000000'] }, 'InvalidGroup.NotFound'],
    [{ Placement: { AvailabilityZone: 'eu-west-1a' } }, 'InvalidZone'],
    [{ PrivateIpAddress: '10.0.0.1' }, 'InvalidParameterValue'],
    [{ PrivateIpAddress: '172.31.0.300' }, 'InvalidParameterValue'],
    [{ UserData: 'not base64!' }, 'InvalidUserData.Malformed'],
    [{ UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue'],
    [{ IamInstanceProfile: { Name: 'none' } }, 'InvalidParameterValue'],
    [{ MetadataOptions: { HttpPutResponseHopLimit: 65 } }, 'InvalidParameterValue'],
    [{ LaunchTemplate: { LaunchTemplateName: 'x' } }, 'UnsupportedOperation'],
    [{ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'aws:x', Value: '' }] }] }, 'InvalidParameterValue'],
  ])('%j is refused with %s', async (more, code) => {
    expect((await refused(more)).code).toBe(code)
  })

  test('an address is given once', async () => {
    expect((await launchOne({ PrivateIpAddress: '172.31.1.2' })).PrivateDnsName).toBe('ip-172-31-1-2.ec2.internal')
    expect((await refused({ PrivateIpAddress: '172.31.1.2' })).code).toBe('InvalidIPAddress.InUse')
  })
})

describe('who may launch', () => {
  const launchAs = async (statements: object[], more: object = {}) => {
    const user = await userWith(...statements)
    return house.call('RunInstances', { ImageId: image, MinCount: 1, MaxCount: 1, ...more }, { as: user }).then(
      () => 'launched',
      ({ message }: Error) => message,
    )
  }

  test('needs the role of the profile to be theirs to pass', async () => {
    expect(await launchAs([allow('ec2:RunInstances')], { IamInstanceProfile: { Name: 'node' } })).toContain('iam:PassRole')
  })

  test.each([
    ['ec2:MetadataHttpTokens', { StringEquals: { 'ec2:MetadataHttpTokens': 'required' } }, { MetadataOptions: { HttpTokens: 'optional' } }],
    [
      'ec2:MetadataHttpPutResponseHopLimit',
      { NumericLessThanEquals: { 'ec2:MetadataHttpPutResponseHopLimit': '2' } },
      { MetadataOptions: { HttpPutResponseHopLimit: 3 } },
    ],
    ['ec2:InstanceType', { StringLike: { 'ec2:InstanceType': ['m1.*', 't3.*'] } }, { InstanceType: 'p4d.24xlarge' }],
  ])('%s lets one launch in and keeps another out', async (_key, condition, keptOut) => {
    const everythingElse = ['image/*', 'subnet/*', 'security-group/*', 'network-interface/*', 'volume/*'].map(
      type => `arn:aws:ec2:*:*:${type}`,
    )
    const user = await userWith(
      allow('ec2:RunInstances', everythingElse),
      allow('ec2:RunInstances', 'arn:aws:ec2:*:*:instance/*', condition),
    )
    const input = { ImageId: image, MinCount: 1, MaxCount: 1 }
    expect((await house.call('RunInstances', input, { as: user })).Instances).toHaveLength(1)
    expect((await house.refusal('RunInstances', { ...input, ...keptOut }, { as: user })).code).toBe('UnauthorizedOperation')
  })

  test('tags at launch need CreateTags, which may be for launches alone', async () => {
    const TagSpecifications = [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'shop' }] }]
    const atLaunch = allow('ec2:CreateTags', '*', { StringEquals: { 'ec2:CreateAction': 'RunInstances', 'aws:RequestTag/team': 'shop' } })
    const user = await userWith(allow('ec2:RunInstances'), atLaunch)
    const input = { ImageId: image, MinCount: 1, MaxCount: 1, TagSpecifications }
    const { Instances } = await house.call('RunInstances', input, { as: user })
    expect(Instances[0].Tags).toEqual([{ Key: 'team', Value: 'shop' }])
    const later = { Resources: [Instances[0].InstanceId], Tags: [{ Key: 'team', Value: 'shop' }] }
    expect((await house.refusal('CreateTags', later, { as: user })).code).toBe('UnauthorizedOperation')
  })
})

describe('DescribeInstances', () => {
  test('filters by names, wildcards and tags', async () => {
    const one = await launchOne({
      InstanceType: 't3.large',
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'a*b' }] }],
    })
    const two = await launchOne({ InstanceType: 'm5.large', IamInstanceProfile: { Arn: profileArn } })
    const found = async (...Filters: object[]) =>
      (await house.call('DescribeInstances', { Filters })).Reservations.flatMap(({ Instances }: Answer) =>
        Instances.map(({ InstanceId }: Answer) => InstanceId),
      )
    expect(await found({ Name: 'instance-type', Values: ['t3.*'] })).toEqual([one.InstanceId])
    expect(await found({ Name: 'tag:Name', Values: ['a\\*b'] })).toEqual([one.InstanceId])
    expect(await found({ Name: 'tag:Name', Values: ['axb'] })).toEqual([])
    expect(
      await found({ Name: 'iam-instance-profile.arn', Values: [profileArn] }, { Name: 'instance-state-name', Values: ['running'] }),
    ).toEqual([two.InstanceId])
    expect(await found({ Name: 'private-dns-name', Values: [two.PrivateDnsName] })).toEqual([two.InstanceId])
    expect(await house.refusal('DescribeInstances', { Filters: [{ Name: 'colour', Values: ['red'] }] })).toEqual({
      code: 'InvalidParameterValue',
      message: "The filter 'colour' is invalid",
    })
  })

  test('gives every instance once, page by page', async () => {
    await launch({ MinCount: 12, MaxCount: 12 })
    const seen: string[] = []
    let NextToken: string | undefined
    do {
      const answer = await house.call('DescribeInstances', { MaxResults: 5, NextToken })
      seen.push(...answer.Reservations.flatMap(({ Instances }: Answer) => Instances.map(({ InstanceId }: Answer) => InstanceId)))
      NextToken = answer.NextToken
    } while (NextToken !== undefined)
    expect(new Set(seen).size).toBe(12)
    expect(seen).toHaveLength(12)
    expect((await house.refusal('DescribeInstances', { MaxResults: 4 })).code).toBe('InvalidParameterValue')
    expect((await house.refusal('DescribeInstances', { NextToken: 'x' })).code).toBe('InvalidNextToken')
    expect((await house.refusal('DescribeInstances', { MaxResults: 5, InstanceIds: [seen[0]] })).code).toBe('InvalidParameterCombination')
  })

  test.each([
    ['i-0123456789abcdef0', 'InvalidInstanceID.NotFound', "The instance ID 'i-0123456789abcdef0' does not exist"],
    ['node', 'InvalidInstanceID.Malformed', 'Invalid id: "node"'],
  ])('%s: %s', async (id, code, message) => {
    expect(await house.refusal('DescribeInstances', { InstanceIds: [id] })).toEqual({ code, message })
  })
})

test('a terminated instance has neither address nor profile, and is forgotten after an hour', async () => {
  const { InstanceId, PrivateIpAddress } = await launchOne({ IamInstanceProfile: { Name: 'node' } })
  const end = async () => (await house.call('TerminateInstances', { InstanceIds: [InstanceId] })).TerminatingInstances[0]
  expect(await end()).toMatchObject({ CurrentState: { Name: 'shutting-down' }, PreviousState: { Name: 'running' } })
  expect(await end()).toMatchObject({ CurrentState: { Name: 'terminated' }, PreviousState: { Name: 'terminated' } })
  const described = await describeOne(InstanceId)
  expect(described.State.Name).toBe('terminated')
  expect(described.PrivateIpAddress).toBeUndefined()
  expect(described.IamInstanceProfile).toBeUndefined()
  expect((await launchOne({ PrivateIpAddress })).PrivateIpAddress).toBe(PrivateIpAddress)
  house.now += 3_600_000
  expect((await house.refusal('DescribeInstances', { InstanceIds: [InstanceId] })).code).toBe('InvalidInstanceID.NotFound')
})

describe('instance profiles of running instances', () => {
  test('are associated, replaced under another id, and taken away', async () => {
    const { InstanceId } = await launchOne()
    const { IamInstanceProfileAssociation: first } = await house.call('AssociateIamInstanceProfile', {
      InstanceId,
      IamInstanceProfile: { Name: 'node' },
    })
    expect(first).toMatchObject({ State: 'associating', InstanceId, IamInstanceProfile: { Arn: profileArn } })
    expect(await house.refusal('AssociateIamInstanceProfile', { InstanceId, IamInstanceProfile: { Name: 'node' } })).toEqual({
      code: 'IncorrectState',
      message: `There is an existing association for instance ${InstanceId}`,
    })
    await house.call('CreateInstanceProfile', { InstanceProfileName: 'other' })
    const { IamInstanceProfileAssociation: second } = await house.call('ReplaceIamInstanceProfileAssociation', {
      AssociationId: first.AssociationId,
      IamInstanceProfile: { Name: 'other' },
    })
    expect(second.AssociationId).not.toBe(first.AssociationId)
    const { IamInstanceProfileAssociations: all } = await house.call('DescribeIamInstanceProfileAssociations', {
      Filters: [{ Name: 'instance-id', Values: [InstanceId] }],
    })
    expect(all).toMatchObject([
      { AssociationId: second.AssociationId, State: 'associated', IamInstanceProfile: { Arn: arnOf('instance-profile/other') } },
    ])
    await house.call('DisassociateIamInstanceProfile', { AssociationId: second.AssociationId })
    expect((await describeOne(InstanceId)).IamInstanceProfile).toBeUndefined()
    expect(await house.refusal('DisassociateIamInstanceProfile', { AssociationId: second.AssociationId })).toEqual({
      code: 'InvalidParameterValue',
      message: 'Invalid value for associationId.',
    })
  })

  test('need iam:PassRole, and may be told apart by ec2:NewInstanceProfile', async () => {
    const { InstanceId } = await launchOne()
    const input = { InstanceId, IamInstanceProfile: { Name: 'node' } }
    const named = allow('ec2:AssociateIamInstanceProfile', '*', { ArnEquals: { 'ec2:NewInstanceProfile': profileArn } })
    const user = await userWith(named)
    expect((await house.refusal('AssociateIamInstanceProfile', input, { as: user })).message).toContain('iam:PassRole')
    const passing = allow('iam:PassRole', arnOf('role/node'), { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } })
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [named, passing] })
    await house.call('PutUserPolicy', { UserName: 'ops', PolicyName: 'ops', PolicyDocument: document })
    expect((await house.call('AssociateIamInstanceProfile', input, { as: user })).IamInstanceProfileAssociation.InstanceId).toBe(InstanceId)
  })
})

describe('metadata options', () => {
  test('change one by one', async () => {
    const { InstanceId } = await launchOne()
    const answer = await house.call('ModifyInstanceMetadataOptions', { InstanceId, HttpPutResponseHopLimit: 1 })
    expect(answer.InstanceMetadataOptions).toMatchObject({ State: 'pending', HttpTokens: 'required', HttpPutResponseHopLimit: 1 })
    await house.call('ModifyInstanceMetadataOptions', { InstanceId, HttpEndpoint: 'disabled' })
    expect((await describeOne(InstanceId)).MetadataOptions).toMatchObject({
      State: 'applied',
      HttpPutResponseHopLimit: 1,
      HttpEndpoint: 'disabled',
    })
    expect((await house.refusal('ModifyInstanceMetadataOptions', { InstanceId })).code).toBe('MissingParameter')
  })

  test('that would allow version 1 can be refused by policy: ec2:Attribute/HttpTokens', async () => {
    const { InstanceId } = await launchOne()
    const user = await userWith(allow('ec2:ModifyInstanceMetadataOptions'), {
      ...allow('ec2:ModifyInstanceMetadataOptions'),
      Effect: 'Deny',
      Condition: { StringEquals: { 'ec2:Attribute/HttpTokens': 'optional' } },
    })
    const modify = (more: object) => house.refusal('ModifyInstanceMetadataOptions', { InstanceId, ...more }, { as: user })
    expect((await modify({ HttpTokens: 'optional' })).code).toBe('UnauthorizedOperation')
    await house.call('ModifyInstanceMetadataOptions', { InstanceId, HttpTokens: 'required' }, { as: user })
  })

  test('come from the account when the launch does not say, and version 1 can be ruled out', async () => {
    await house.call('ModifyInstanceMetadataDefaults', { HttpTokens: 'optional', HttpPutResponseHopLimit: 1 })
    expect((await launchOne()).MetadataOptions).toMatchObject({ HttpTokens: 'optional', HttpPutResponseHopLimit: 1 })
    expect((await launchOne({ MetadataOptions: { HttpTokens: 'required' } })).MetadataOptions.HttpTokens).toBe('required')
    await house.call('ModifyInstanceMetadataDefaults', {
      HttpTokens: 'no-preference',
      HttpPutResponseHopLimit: -1,
      HttpTokensEnforced: 'enabled',
    })
    expect((await house.call('GetInstanceMetadataDefaults')).AccountLevel).toEqual({ HttpTokensEnforced: 'enabled', ManagedBy: 'account' })
    expect((await refused({ MetadataOptions: { HttpTokens: 'optional' } })).code).toBe('UnsupportedOperation')
  })
})

test('the default network is there from the start, and can be described', async () => {
  const { Vpcs } = await house.call('DescribeVpcs', { Filters: [{ Name: 'is-default', Values: ['true'] }] })
  expect(Vpcs).toMatchObject([{ IsDefault: true, CidrBlock: '172.31.0.0/16', OwnerId: account }])
  const { Subnets } = await house.call('DescribeSubnets', { Filters: [{ Name: 'vpc-id', Values: [Vpcs[0].VpcId] }] })
  expect(Subnets.map(({ CidrBlock }: Answer) => CidrBlock).toSorted()).toEqual(['172.31.0.0/20', '172.31.16.0/20', '172.31.32.0/20'])
  await launchOne({ SubnetId: Subnets[0].SubnetId })
  const [described] = (await house.call('DescribeSubnets', { SubnetIds: [Subnets[0].SubnetId] })).Subnets
  expect(described.AvailableIpAddressCount).toBe(4_090)
  expect((await house.call('DescribeSecurityGroups')).SecurityGroups).toMatchObject([{ GroupName: 'default', VpcId: Vpcs[0].VpcId }])
  expect((await house.call('DescribeAvailabilityZones')).AvailabilityZones.map(({ ZoneId }: Answer) => ZoneId)).toEqual([
    'use1-az1',
    'use1-az2',
    'use1-az3',
  ])
  expect((await house.call('DescribeRegions')).Regions).toMatchObject([{ RegionName: 'us-east-1' }])
})

test('tags of instances and networks are made, found and taken away', async () => {
  const { InstanceId } = await launchOne()
  const [{ VpcId }] = (await house.call('DescribeVpcs')).Vpcs
  await house.call('CreateTags', { Resources: [InstanceId, VpcId], Tags: [{ Key: 'team', Value: 'shop' }, { Key: 'tier' }] })
  const { Tags } = await house.call('DescribeTags', { Filters: [{ Name: 'resource-type', Values: ['instance'] }] })
  expect(Tags).toEqual([
    { ResourceId: InstanceId, ResourceType: 'instance', Key: 'team', Value: 'shop' },
    { ResourceId: InstanceId, ResourceType: 'instance', Key: 'tier', Value: '' },
  ])
  await house.call('DeleteTags', { Resources: [InstanceId], Tags: [{ Key: 'team', Value: 'other' }, { Key: 'tier' }] })
  expect((await describeOne(InstanceId)).Tags).toEqual([{ Key: 'team', Value: 'shop' }])
  expect((await house.refusal('CreateTags', { Resources: ['vol-1'], Tags: [{ Key: 'a', Value: 'b' }] })).code).toBe('InvalidID')
})

describe('credentials and metadata of an instance', () => {
  const deliver = (instanceId: string, instanceProfileName = 'node') =>
    house.call('DeliverRoleCredentials', { instanceProfileName, instanceId, roleDelivery: '2.0' })

  test('are those of the profile that it has, and of no other', async () => {
    const { InstanceId } = await launchOne({ IamInstanceProfile: { Name: 'node' } })
    expect((await deliver(InstanceId)).roleName).toBe('node')
    await house.call('CreateInstanceProfile', { InstanceProfileName: 'other' })
    await expect(deliver(InstanceId, 'other')).rejects.toThrow('There is no running instance')
    await house.call('TerminateInstances', { InstanceIds: [InstanceId] })
    await expect(deliver(InstanceId)).rejects.toThrow('There is no running instance')
  })

  test('have user data, which is nowhere in the clear, and tags when the options allow', async () => {
    const UserData = Buffer.from('#!/bin/sh\n').toString('base64')
    const { InstanceId } = await launchOne({
      UserData,
      IamInstanceProfile: { Name: 'node' },
      MetadataOptions: { InstanceMetadataTags: 'enabled', HttpPutResponseHopLimit: 1 },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'shop' }] }],
    })
    expect(await house.call('GetInstanceMetadata', { instanceId: InstanceId })).toMatchObject({
      userData: UserData,
      tags: { team: 'shop' },
      options: { httpTokens: 'required', hopLimit: 1, httpEndpoint: 'enabled' },
      profile: { name: 'node', arn: profileArn, roleName: 'node' },
    })
    const stored = await house.world.store.read(tx => tx.selectFrom('instances').select('userData').executeTakeFirstOrThrow())
    expect(stored.userData).not.toContain(UserData)
  })
})
