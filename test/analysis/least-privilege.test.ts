import { describe, expect, test } from 'vitest'
import { serviceFacts } from '../../src/catalogue/facts/authorization-facts.ts'
import { leastPrivilege } from '../../src/analysis/least-privilege/least-privilege.ts'
import { leastPrivilegePolicy, type PolicyDocumentJson } from '../../src/analysis/least-privilege/policy.ts'
import { replay } from '../../src/analysis/least-privilege/replay.ts'
import { activityOf } from '../../src/analysis/least-privilege/uses.ts'
import type { JsonObject } from '../../src/types/json.ts'

const account = '123456789012'
const arn = `arn:aws:iam::${account}:user/alice`
const alice = { type: 'user', account, arn, userId: 'AIDAALICE', userName: 'alice' } as const
const iam = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`

const call = (source: string, eventName: string, requestParameters: JsonObject | null = null, more: JsonObject = {}): JsonObject => ({
  eventID: `${eventName}-1`,
  eventType: 'AwsApiCall',
  eventSource: `${source}.amazonaws.com`,
  eventName,
  eventTime: '2026-01-15T12:00:00Z',
  awsRegion: 'us-east-1',
  recipientAccountId: account,
  sourceIPAddress: '203.0.113.7',
  userIdentity: { type: 'IAMUser', arn, userName: 'alice' },
  requestParameters,
  responseElements: null,
  ...more,
})

describe('a record shows the permission that its call used, and on what', () => {
  test.each<{ record: JsonObject; uses: { action: string; resources?: string[]; conditions?: JsonObject }[] }>([
    { record: call('iam', 'GetUser', { userName: 'bob' }), uses: [{ action: 'iam:GetUser', resources: [iam('user', 'bob')] }] },
    { record: call('iam', 'GetUser'), uses: [{ action: 'iam:GetUser', resources: [arn] }] },
    { record: call('iam', 'ListUsers'), uses: [{ action: 'iam:ListUsers' }] },
    {
      record: call('iam', 'AttachRolePolicy', { roleName: 'app', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      uses: [
        {
          action: 'iam:AttachRolePolicy',
          resources: [iam('role', 'app')],
          conditions: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
        },
      ],
    },
    {
      record: call(
        'iam',
        'CreateUser',
        { userName: 'bob', path: '/eng/', tags: [{ key: 'team', value: 'x' }] },
        { responseElements: { user: { arn: iam('user', 'eng/bob') } } },
      ),
      uses: [
        { action: 'iam:CreateUser', resources: [iam('user', 'eng/bob')] },
        { action: 'iam:TagUser', resources: [iam('user', 'eng/bob')] },
      ],
    },
    {
      record: call('iam', 'AddRoleToInstanceProfile', { instanceProfileName: 'nodes', roleName: 'node' }),
      uses: [
        { action: 'iam:AddRoleToInstanceProfile', resources: [iam('instance-profile', 'nodes')] },
        { action: 'iam:PassRole', resources: [iam('role', 'node')], conditions: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
    },
    {
      record: call('sts', 'AssumeRole', {
        roleArn: iam('role', 'app'),
        roleSessionName: 's',
        externalId: 'x',
        tags: [{ key: 'a', value: 'b' }],
        sourceIdentity: 'alice',
      }),
      uses: [
        { action: 'sts:AssumeRole', resources: [iam('role', 'app')], conditions: { 'sts:ExternalId': 'x' } },
        { action: 'sts:TagSession', resources: [iam('role', 'app')] },
        { action: 'sts:SetSourceIdentity', resources: [iam('role', 'app')] },
      ],
    },
    {
      record: call('eks', 'DescribeCluster', { name: 'demo' }),
      uses: [{ action: 'eks:DescribeCluster', resources: [`arn:aws:eks:us-east-1:${account}:cluster/demo`] }],
    },
    {
      record: call('eks', 'CreatePodIdentityAssociation', { clusterName: 'demo', namespace: 'shop', roleArn: iam('role', 'app') }),
      uses: [
        { action: 'eks:CreatePodIdentityAssociation', resources: [`arn:aws:eks:us-east-1:${account}:cluster/demo`] },
        { action: 'iam:PassRole', resources: [iam('role', 'app')], conditions: { 'iam:PassedToService': 'pods.eks.amazonaws.com' } },
      ],
    },
    {
      record: call('eks', 'DescribePodIdentityAssociation', { clusterName: 'demo', associationId: 'a-1' }),
      uses: [
        { action: 'eks:DescribePodIdentityAssociation', resources: [`arn:aws:eks:us-east-1:${account}:podidentityassociation/demo/a-1`] },
      ],
    },
    {
      record: call('eks', 'AssociateAccessPolicy', {
        clusterName: 'demo',
        principalArn: iam('role', 'dev'),
        policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
      }),
      uses: [
        {
          action: 'eks:AssociateAccessPolicy',
          resources: [`arn:aws:eks:us-east-1:${account}:access-entry/demo/role/${account}/dev/*`],
          conditions: { 'eks:policyArn': 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' },
        },
      ],
    },
    // The id of a stack is not known before there is one.
    {
      record: call(
        'cloudformation',
        'CreateStack',
        { stackName: 'net' },
        { responseElements: { stackId: `arn:aws:cloudformation:us-east-1:${account}:stack/net/07e93f23-d755-4702-aa18-d1dbdad72eb6` } },
      ),
      uses: [{ action: 'cloudformation:CreateStack', resources: [`arn:aws:cloudformation:us-east-1:${account}:stack/net/*`] }],
    },
    {
      record: call('ec2', 'TerminateInstances', { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } }),
      uses: [{ action: 'ec2:TerminateInstances', resources: ['i-1', 'i-2'].map(id => `arn:aws:ec2:us-east-1:${account}:instance/${id}`) }],
    },
    {
      record: call(
        'ec2',
        'RunInstances',
        {
          instancesSet: { items: [{ imageId: 'ami-1', minCount: 1, maxCount: 1, keyName: 'ops' }] },
          tagSpecificationSet: { items: [{ resourceType: 'instance', tags: [{ key: 'team', value: 'a' }] }] },
        },
        {
          responseElements: {
            instancesSet: { items: [{ instanceId: 'i-1', subnetId: 'subnet-1', groupSet: { items: [{ groupId: 'sg-1' }] } }] },
          },
        },
      ),
      uses: [
        {
          action: 'ec2:RunInstances',
          resources: [
            ...['instance/*', 'key-pair/ops', 'network-interface/*', 'security-group/sg-1', 'subnet/subnet-1', 'volume/*'].map(
              part => `arn:aws:ec2:us-east-1:${account}:${part}`,
            ),
            'arn:aws:ec2:us-east-1::image/ami-1',
          ],
        },
        {
          action: 'ec2:CreateTags',
          resources: [`arn:aws:ec2:us-east-1:${account}:instance/*`],
          conditions: { 'ec2:CreateAction': 'RunInstances' },
        },
      ],
    },
    { record: call('s3', 'ListObjectsV2', { bucketName: 'shop' }), uses: [{ action: 's3:ListBucket', resources: ['arn:aws:s3:::shop'] }] },
    {
      record: call('s3', 'HeadObject', { bucketName: 'shop', key: 'a/b.txt' }),
      uses: [{ action: 's3:GetObject', resources: ['arn:aws:s3:::shop/a/b.txt'] }],
    },
    {
      record: call('s3', 'PutObject', { bucketName: 'shop', key: 'what*${x}?' }),
      uses: [{ action: 's3:PutObject', resources: ['arn:aws:s3:::shop/what${*}${$}{x}${?}'] }],
    },
    {
      record: call('lambda', 'Invoke20150331', { functionName: 'f' }),
      uses: [{ action: 'lambda:InvokeFunction', resources: [`arn:aws:lambda:us-east-1:${account}:function:f`] }],
    },
    {
      record: call('access-analyzer', 'ListFindingsV2', { analyzerArn: `arn:aws:access-analyzer:us-east-1:${account}:analyzer/a` }),
      uses: [{ action: 'access-analyzer:ListFindings', resources: [`arn:aws:access-analyzer:us-east-1:${account}:analyzer/a`] }],
    },
    {
      record: call('organizations', 'DescribePolicy', { policyId: 'p-abcd1234' }),
      uses: [{ action: 'organizations:DescribePolicy', resources: [`arn:aws:organizations::${account}:policy/o-*/*/p-abcd1234`] }],
    },
  ])('$record.eventSource $record.eventName', ({ record, uses }) => {
    const activity = activityOf([record])
    expect(activity.dropped).toEqual([])
    expect(activity.uses).toEqual(uses.map(({ action, resources = ['*'], conditions = {} }) => ({ action, resources, conditions })))
  })
})

test('names whose path the record does not tell are looked up', () => {
  const found = activityOf([call('iam', 'GetRole', { roleName: 'app' })], (type, name) =>
    type === 'role' && name === 'app' ? iam('role', 'eng/app') : undefined,
  )
  expect(found.uses[0]?.resources).toEqual([iam('role', 'eng/app')])
})

describe('what a policy needs to say nothing of is dropped, and said', () => {
  test.each([
    { record: call('sts', 'GetCallerIdentity'), reason: 'needs no permission' },
    { record: call('iam', 'DeleteUser', { userName: 'x' }, { errorCode: 'AccessDenied' }), reason: 'was refused: AccessDenied' },
    { record: call('signin', 'ConsoleLogin', null, { eventType: 'AwsConsoleSignIn' }), reason: 'AwsConsoleSignIn: not a call of the API' },
    { record: call('nothing', 'DoIt'), reason: 'no action of this name is known: nothing:DoIt' },
  ])('$reason', ({ record, reason }) => {
    expect(activityOf([record, record])).toMatchObject({ uses: [], calls: 0, dropped: [{ reason, calls: 2 }] })
  })

  test.each([
    { type: 'IAMUser', conditions: { 'aws:CalledViaLast': 'cloudformation.amazonaws.com' } },
    // A role that a service assumed for itself has such records too, and calls in nobody's name.
    { type: 'AssumedRole', conditions: {} },
  ])('a call that CloudFormation made in the name of a principal of type $type needs its permission', ({ type, conditions }) => {
    const userIdentity = { type, arn, invokedBy: 'cloudformation.amazonaws.com' }
    const { uses } = activityOf([call('iam', 'CreateGroup', { groupName: 'shop-Group-1A2B3C4D5E6F' }, { userIdentity })])
    expect(uses).toEqual([{ action: 'iam:CreateGroup', resources: [iam('group', 'shop-Group-*')], conditions }])
  })

  test('a call that failed otherwise was allowed', () => {
    expect(activityOf([call('iam', 'GetUser', { userName: 'x' }, { errorCode: 'NoSuchEntity' })]).uses).toHaveLength(1)
  })
})

const history = [
  call('iam', 'GetUser', { userName: 'bob' }),
  call('iam', 'GetUser', { userName: 'carol' }),
  call('iam', 'ListGroupsForUser', { userName: 'bob' }),
  call('iam', 'ListGroupsForUser', { userName: 'carol' }),
  call('iam', 'ListUsers'),
  call('iam', 'ListRoles'),
  call('eks', 'DescribeCluster', { name: 'demo' }),
  call('eks', 'CreatePodIdentityAssociation', { clusterName: 'demo', roleArn: iam('role', 'app') }),
  call('s3', 'GetObject', { bucketName: 'shop', key: 'price*list' }),
  call('sts', 'GetCallerIdentity'),
]

test('the policy is the smallest: one statement for the same resources under the same conditions', () => {
  const { policy, replayed, refused, dropped, calls } = leastPrivilege(history, alice)
  expect(policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Eks1',
        Effect: 'Allow',
        Action: ['eks:CreatePodIdentityAssociation', 'eks:DescribeCluster'],
        Resource: `arn:aws:eks:us-east-1:${account}:cluster/demo`,
      },
      {
        Sid: 'Iam2',
        Effect: 'Allow',
        Action: ['iam:GetUser', 'iam:ListGroupsForUser'],
        Resource: [iam('user', 'bob'), iam('user', 'carol')],
      },
      { Sid: 'Iam3', Effect: 'Allow', Action: ['iam:ListRoles', 'iam:ListUsers'], Resource: '*' },
      {
        Sid: 'Iam4',
        Effect: 'Allow',
        Action: ['iam:PassRole'],
        Resource: iam('role', 'app'),
        Condition: { StringEquals: { 'iam:PassedToService': 'pods.eks.amazonaws.com' } },
      },
      { Sid: 'S35', Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::shop/price${*}list' },
    ],
  })
  expect({ replayed, refused, calls }).toEqual({ replayed: 9, refused: [], calls: 9 })
  expect(dropped).toHaveLength(1)
})

test('there is no policy of nothing: one without a statement is none', () => {
  expect(leastPrivilege([call('sts', 'GetCallerIdentity')], alice)).toMatchObject({ policy: undefined, calls: 0, replayed: 0, refused: [] })
})

test('the replay refuses what a policy does not cover', () => {
  const policy = leastPrivilegePolicy(activityOf(history.slice(1)).uses)
  expect(replay(history, policy, alice).refused).toEqual([{ eventId: 'GetUser-1', action: 'iam:GetUser', resource: iam('user', 'bob') }])
  const elsewhere = JSON.parse(
    JSON.stringify(leastPrivilegePolicy(activityOf(history).uses)).replace('pods.eks', 'ec2'),
  ) as PolicyDocumentJson
  expect(replay(history, elsewhere, alice).refused).toMatchObject([{ action: 'iam:PassRole' }])
})

test('a literal asterisk is no wildcard', () => {
  const policy = leastPrivilegePolicy(activityOf([call('s3', 'GetObject', { bucketName: 'shop', key: '*' })]).uses)
  expect(replay([call('s3', 'GetObject', { bucketName: 'shop', key: 'other' })], policy, alice).refused).toHaveLength(1)
})

test('resources can be left to who fills them in', () => {
  const { uses } = activityOf([call('s3', 'GetObject', { bucketName: 'shop', key: 'x' }), call('iam', 'ListUsers')])
  expect(leastPrivilegePolicy(uses, 'any').Statement).toMatchObject([{ Action: ['iam:ListUsers', 's3:GetObject'], Resource: '*' }])
  const [, objects] = leastPrivilegePolicy(uses, 'placeholders').Statement
  expect(objects?.Resource).toContain('arn:aws:s3:::${BucketName}/${ObjectName}')
})

test('conditions that are written are keys of their actions', () => {
  const shown = activityOf([
    call('iam', 'AttachUserPolicy', { userName: 'b', policyArn: 'p' }),
    call('iam', 'DetachGroupPolicy', { groupName: 'g', policyArn: 'p' }),
    call('iam', 'CreateRole', { roleName: 'r', permissionsBoundary: 'p' }),
    call('iam', 'PutUserPermissionsBoundary', { userName: 'b', permissionsBoundary: 'p' }),
    call('iam', 'CreateServiceLinkedRole', { aWSServiceName: 'eks.amazonaws.com' }),
    call('eks', 'CreateAccessEntry', { clusterName: 'c', principalArn: 'p' }),
  ]).uses
  expect(shown.every(({ conditions }) => Object.keys(conditions).length === 1)).toBe(true)
  for (const { action, conditions } of shown) {
    const [prefix = '', name = ''] = action.split(':')
    expect(serviceFacts(prefix)?.actions.get(name.toLowerCase())?.conditionKeys).toEqual(expect.arrayContaining(Object.keys(conditions)))
  }
})
