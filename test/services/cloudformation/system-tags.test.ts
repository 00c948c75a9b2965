import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, acknowledged, body, cloudformation, openStackHouse, role, type StackHouse } from './stack-house.ts'

// CloudFormation Template Reference, "CloudFormation resource tagging"; which types get the tags, their published schemas: `cloudFormationSystemTags`.

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

const ref = (Ref: string) => ({ Ref })
const att = (...path: string[]) => ({ 'Fn::GetAtt': path })
const roleOf = (Service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
    },
  },
})

const resources = {
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'stack-tags' } },
  Analyzer: { Type: 'AWS::AccessAnalyzer::Analyzer', Properties: { Type: 'ACCOUNT', Tags: [{ Key: 'team', Value: 'own' }] } },
  ClusterRole: roleOf('eks.amazonaws.com'),
  PodRole: roleOf('pods.eks.amazonaws.com'),
  NodeRole: roleOf('ec2.amazonaws.com'),
  FargateRole: roleOf('eks-fargate-pods.amazonaws.com'),
  Cluster: {
    Type: 'AWS::EKS::Cluster',
    Properties: {
      Name: 'tagged',
      RoleArn: att('ClusterRole', 'Arn'),
      ResourcesVpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'] },
      AccessConfig: { AuthenticationMode: 'API' },
    },
  },
  Nodegroup: {
    Type: 'AWS::EKS::Nodegroup',
    Properties: { ClusterName: ref('Cluster'), NodegroupName: 'n', NodeRole: att('NodeRole', 'Arn'), Subnets: ['subnet-1'] },
  },
  Profile: {
    Type: 'AWS::EKS::FargateProfile',
    Properties: {
      ClusterName: ref('Cluster'),
      FargateProfileName: 'f',
      PodExecutionRoleArn: att('FargateRole', 'Arn'),
      Selectors: [{ Namespace: 'batch' }],
    },
  },
  Entry: { Type: 'AWS::EKS::AccessEntry', Properties: { ClusterName: ref('Cluster'), PrincipalArn: att('PodRole', 'Arn') } },
  Logs: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'stack-logs' } },
  LogsPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: ref('Logs'),
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudtrail.amazonaws.com' },
            Action: 's3:*',
            Resource: ['arn:aws:s3:::stack-logs', 'arn:aws:s3:::stack-logs/*'],
          },
        ],
      },
    },
  },
  Trail: { Type: 'AWS::CloudTrail::Trail', DependsOn: 'LogsPolicy', Properties: { IsLogging: false, S3BucketName: ref('Logs') } },
  Association: {
    Type: 'AWS::EKS::PodIdentityAssociation',
    Properties: { ClusterName: ref('Cluster'), Namespace: 'shop', ServiceAccount: 'cart', RoleArn: att('PodRole', 'Arn') },
  },
}

describe('CloudFormation tags what it makes', () => {
  let StackId: string
  let attributes: { [name: string]: string }
  beforeAll(async () => {
    const arns = {
      Analyzer: att('Analyzer', 'Arn'),
      Cluster: att('Cluster', 'Arn'),
      Nodegroup: att('Nodegroup', 'Arn'),
      Profile: att('Profile', 'Arn'),
      Entry: att('Entry', 'AccessEntryArn'),
      Association: att('Association', 'AssociationArn'),
      ClusterRole: ref('ClusterRole'),
      Trail: att('Trail', 'Arn'),
    }
    const Outputs = Object.fromEntries(Object.entries(arns).map(([name, Value]) => [name, { Value }]))
    const input = { StackName: 'tagged', TemplateBody: body(resources, { Outputs }), Tags: [{ Key: 'team', Value: 'stack' }] }
    ;({ StackId } = await stack.stacks('CreateStack', { ...input, ...acknowledged }))
    expect(await stack.statusOf('tagged'), (await stack.events('tagged')).join('\n')).toBe('CREATE_COMPLETE')
    const [described] = (await stack.begin('DescribeStacks', { StackName: 'tagged' })).Stacks
    attributes = Object.fromEntries(
      described.Outputs.map(({ OutputKey, OutputValue }: { OutputKey: string; OutputValue: string }) => [OutputKey, OutputValue]),
    )
  })

  const systemTags = (logicalId: string) => ({
    'aws:cloudformation:stack-name': 'tagged',
    'aws:cloudformation:stack-id': StackId,
    'aws:cloudformation:logical-id': logicalId,
  })
  const tagsOf = async (service: string, resourceArn: string): Promise<object> =>
    (await stack.call(service, 'ListTagsForResource', { resourceArn })).tags
  const bucketTags = async (): Promise<{ Key: string; Value: string }[]> =>
    (await stack.call('s3', 'GetBucketTagging', { Bucket: 'stack-tags' })).TagSet

  test.each(['Cluster', 'Nodegroup', 'Profile', 'Entry', 'Association'])('EKS: %s', async name => {
    expect(await tagsOf('eks', attributes[name] ?? '')).toEqual({ team: 'stack', ...systemTags(name) })
  })

  test('analyzers, beside the tags of their own', async () => {
    expect(await tagsOf('access-analyzer', attributes['Analyzer'] ?? '')).toEqual({ team: 'own', ...systemTags('Analyzer') })
  })

  test('trails, whose tags of AWS’s people can neither set nor remove', async () => {
    const ResourceId = attributes['Trail'] ?? ''
    const { ResourceTagList } = await stack.call('cloudtrail', 'ListTags', { ResourceIdList: [ResourceId] })
    expect(Object.fromEntries(ResourceTagList[0].TagsList.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]))).toEqual({
      team: 'stack',
      ...systemTags('Trail'),
    })
    const TagsList = [{ Key: 'aws:cloudformation:stack-name', Value: 'x' }]
    for (const operation of ['AddTags', 'RemoveTags'])
      expect(await stack.refusal(stack.call('cloudtrail', operation, { ResourceId, TagsList }))).toMatch(/^InvalidTagParameterException/)
  })

  test('buckets', async () => {
    expect(Object.fromEntries((await bucketTags()).map(({ Key, Value }) => [Key, Value]))).toEqual({
      team: 'stack',
      ...systemTags('Bucket'),
    })
  })

  test('not where the type’s schema says that it does not: roles', async () => {
    const { Tags } = await stack.call('iam', 'ListRoleTags', { RoleName: attributes['ClusterRole'] })
    expect(Tags).toEqual([{ Key: 'team', Value: 'stack' }])
  })

  test('people can neither change nor remove them', async () => {
    const key = 'aws:cloudformation:stack-name'
    const cluster = { resourceArn: attributes['Cluster'] }
    const analyzer = { resourceArn: attributes['Analyzer'] }
    const refused = [
      stack.call('eks', 'TagResource', { ...cluster, tags: { [key]: 'x' } }),
      stack.call('eks', 'UntagResource', { ...cluster, tagKeys: [key] }),
      stack.call('access-analyzer', 'TagResource', { ...analyzer, tags: { [key]: 'x' } }),
      stack.call('access-analyzer', 'UntagResource', { ...analyzer, tagKeys: [key] }),
    ]
    for (const call of refused) expect(await stack.refusal(call)).toMatch(/^(BadRequest|Validation)Exception: Tag keys .*aws:/)
  })

  test('a bucket’s tags are put anew by people only with these as they are', async () => {
    const put = (TagSet: object[]) => stack.call('s3', 'PutBucketTagging', { Bucket: 'stack-tags', Tagging: { TagSet } })
    const there = await bucketTags()
    const mine = { Key: 'mine', Value: '1' }
    expect(await stack.refusal(put([mine]))).toBe('InvalidTag: System tags cannot be removed by requester')
    expect(await stack.refusal(put([...there, { Key: 'aws:mine', Value: '1' }]))).toBe(
      'InvalidTag: System tags cannot be added/updated by requester',
    )
    expect(await stack.refusal(stack.call('s3', 'DeleteBucketTagging', { Bucket: 'stack-tags' }))).toBe(
      'InvalidTag: System tags cannot be removed by requester',
    )
    await put([...there, mine])
    expect(await bucketTags()).toContainEqual(mine)
  })

  test('they stay when the stack’s tags go', async () => {
    await stack.stacks('UpdateStack', { StackName: 'tagged', UsePreviousTemplate: true, Tags: [], ...acknowledged })
    expect(await stack.statusOf('tagged'), (await stack.events('tagged')).join('\n')).toBe('UPDATE_COMPLETE')
    expect(await tagsOf('eks', attributes['Cluster'] ?? '')).toEqual(systemTags('Cluster'))
    expect((await bucketTags()).map(({ Key }) => Key).every(key => key.startsWith('aws:cloudformation:'))).toBe(true)
  })
})

test('a template may not give tags of AWS’s, though CloudFormation could set them', async () => {
  const Properties = {
    Tags: [
      { Key: 'team', Value: 'a' },
      { Key: 'AWS:cloudformation:stack-name', Value: 'another' },
    ],
  }
  const TemplateBody = body({ Bucket: { Type: 'AWS::S3::Bucket', Properties } })
  await stack.stacks('CreateStack', { StackName: 'forged', TemplateBody })
  expect(await stack.events('forged')).toContainEqual(
    expect.stringContaining('Properties validation failed for resource Bucket with message:\n#/Tags/1/Key: failed validation constraint'),
  )
})

test('whoever may make a bucket through a stack and not tag it gets one without these tags', async () => {
  const through = { Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': cloudformation } } }
  const maker = await stack.user('maker', [
    { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' },
    { Effect: 'Allow', Action: ['s3:CreateBucket', 's3:DeleteBucket'], Resource: '*', ...through },
  ])
  const template = (Bucket: object) => ({ TemplateBody: body({ Bucket: { Type: 'AWS::S3::Bucket', Properties: Bucket } }) })
  await stack.stacks('CreateStack', { StackName: 'untagged', ...template({ BucketName: 'untagged-bucket' }) }, maker)
  expect(await stack.statusOf('untagged'), (await stack.events('untagged')).join('\n')).toBe('CREATE_COMPLETE')
  expect(await stack.refusal(stack.call('s3', 'GetBucketTagging', { Bucket: 'untagged-bucket' }))).toMatch(/^NoSuchTagSet/)

  const own = template({ BucketName: 'own-tags', Tags: [{ Key: 'a', Value: 'b' }] })
  await stack.stacks('CreateStack', { StackName: 'own', ...own }, maker)
  expect(await stack.statusOf('own')).toBe('ROLLBACK_COMPLETE')
})

test('a service role’s session sets them, too', async () => {
  const service = {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: cloudformation }, Action: 'sts:AssumeRole' }],
    },
    RoleName: 'maker-of-stacks',
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
  }
  await stack.stacks('CreateStack', { StackName: 'service', TemplateBody: body({ Role: role(service) }), ...acknowledged })
  await stack.stacks('CreateStack', {
    StackName: 'by-role',
    RoleARN: `arn:aws:iam::${account}:role/maker-of-stacks`,
    TemplateBody: body({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'by-role' } } }),
  })
  const { TagSet } = await stack.call('s3', 'GetBucketTagging', { Bucket: 'by-role' })
  expect(TagSet).toContainEqual({ Key: 'aws:cloudformation:stack-name', Value: 'by-role' })
})

test('they count to no limit of a resource’s tags: fifty of a stack’s own, and these', async () => {
  const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `key-${index}`, Value: 'v' }))
  const roleResource = roleOf('eks.amazonaws.com')
  const Cluster = {
    Type: 'AWS::EKS::Cluster',
    Properties: { Name: 'fifty', RoleArn: att('Role', 'Arn'), ResourcesVpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'] } },
  }
  const Analyzer = { Type: 'AWS::AccessAnalyzer::Analyzer', Properties: { Type: 'ACCOUNT_UNUSED_ACCESS' } }
  const Bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'fifty-tags' } }
  const TemplateBody = body({ Role: roleResource, Cluster, Analyzer, Bucket })
  await stack.stacks('CreateStack', { StackName: 'fifty', TemplateBody, Tags, ...acknowledged })
  expect(await stack.statusOf('fifty'), (await stack.events('fifty')).join('\n')).toBe('CREATE_COMPLETE')
  const { cluster } = await stack.call('eks', 'DescribeCluster', { name: 'fifty' })
  expect(Object.keys(cluster.tags)).toHaveLength(53)
})
