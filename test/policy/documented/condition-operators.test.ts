import { account, allow, deny, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "IAM JSON policy elements: Condition operators", "IAM JSON policy elements: Condition", "Action", "Resource".

const keysOf = { Resource: `arn:aws:iam::${account}:user/*` }
const own = { on: `arn:aws:iam::${account}:user/ann` }
const instance = { on: `arn:aws:ec2:eu-west-1:${account}:instance/i-1` }
const queue = { on: `arn:aws:sqs:eu-west-1:${account}:orders` }
const shop = 'arn:aws:sns:eu-west-1:999999999999:store/abc:111122223333:finance/document.txt'
const finance = 'arn:aws:sns:*:111122223333:finance/*'

const examples: Example[] = [
  {
    source: 'Condition operators: String: a tag of the principal',
    kind: 'identity',
    statements: allow('iam:*AccessKey*', { ...keysOf, Condition: { StringEquals: { 'aws:PrincipalTag/job-category': 'iamuser-admin' } } }),
    claims: [
      may('with the tag', 'iam:UpdateAccessKey', { ...own, context: { 'aws:PrincipalTag/job-category': 'iamuser-admin' } }),
      mayNot('in another case', 'iam:UpdateAccessKey', { ...own, context: { 'aws:PrincipalTag/job-category': 'IAMuser-admin' } }),
      mayNot('without', 'iam:ListAccessKeys', own),
    ],
  },
  {
    source: 'Condition operators: String: StringEqualsIgnoreCase',
    kind: 'identity',
    statements: allow('iam:ListUsers', { Condition: { StringEqualsIgnoreCase: { 'aws:username': 'JohnDoe' } } }),
    claims: [
      may('johndoe', 'iam:ListUsers', { who: { ...user, userName: 'johndoe' } }),
      may('JOHNDOE', 'iam:ListUsers', { who: { ...user, userName: 'JOHNDOE' } }),
      mayNot('another', 'iam:ListUsers'),
    ],
  },
  {
    source: 'Condition: key names have no case, values have',
    kind: 'identity',
    statements: allow('iam:ListUsers', { Condition: { StringEquals: { 'AWS:UserName': 'johndoe' } } }),
    claims: [
      may('johndoe', 'iam:ListUsers', { who: { ...user, userName: 'johndoe' } }),
      mayNot('JohnDoe', 'iam:ListUsers', { who: { ...user, userName: 'JohnDoe' } }),
    ],
  },
  {
    source: 'Condition operators: Numeric',
    kind: 'identity',
    statements: allow('s3:ListBucket', { Resource: 'arn:aws:s3:::books', Condition: { NumericLessThanEquals: { 's3:max-keys': 10 } } }),
    claims: [
      may('up to it', 's3:ListBucket', { on: 'arn:aws:s3:::books', context: { 's3:max-keys': '10' } }),
      mayNot('beyond it', 's3:ListBucket', { on: 'arn:aws:s3:::books', context: { 's3:max-keys': '10.5' } }),
      mayNot('what is no number', 's3:ListBucket', { on: 'arn:aws:s3:::books', context: { 's3:max-keys': 'ten' } }),
    ],
  },
  {
    source: 'Condition operators: Date: credentials of this year',
    kind: 'identity',
    statements: allow('iam:*AccessKey*', { ...keysOf, Condition: { DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:01Z' } } }),
    claims: [
      may('issued later', 'iam:CreateAccessKey', { ...own, context: { 'aws:TokenIssueTime': new Date('2020-05-01') } }),
      mayNot('issued before', 'iam:CreateAccessKey', { ...own, context: { 'aws:TokenIssueTime': new Date('2019-05-01') } }),
      mayNot('access keys have no such key', 'iam:CreateAccessKey', own),
    ],
  },
  {
    source: 'Condition operators: Date: forms of ISO 8601, and seconds since 1970',
    kind: 'identity',
    statements: [
      allow('s3:ListAllMyBuckets', { Condition: { DateLessThan: { 'aws:CurrentTime': '2026-06-01' } } }),
      allow('eks:ListClusters', { Condition: { DateLessThan: { 'aws:CurrentTime': '2026-06-01T00:00:00+02:00' } } }),
      allow('iam:ListUsers', { Condition: { DateLessThan: { 'aws:EpochTime': '1780272000' } } }),
      allow('iam:ListRoles', { Condition: { NumericLessThan: { 'aws:EpochTime': '1780272000' } } }),
    ],
    claims: [
      may('a day', 's3:ListAllMyBuckets', { context: { 'aws:CurrentTime': new Date('2026-05-31T23:59:59Z') } }),
      mayNot('a day that is over', 's3:ListAllMyBuckets', { context: { 'aws:CurrentTime': new Date('2026-06-01T00:00:00Z') } }),
      mayNot('a time zone', 'eks:ListClusters', { context: { 'aws:CurrentTime': new Date('2026-05-31T22:00:00Z') } }),
      may('seconds under a date operator', 'iam:ListUsers', { context: { 'aws:EpochTime': 1780271999 } }),
      may('seconds under a numeric operator', 'iam:ListRoles', { context: { 'aws:EpochTime': 1780271999 } }),
      mayNot('and when they are over', 'iam:ListRoles', { context: { 'aws:EpochTime': 1780272000 } }),
    ],
  },
  {
    source: 'Condition operators: Boolean',
    kind: 'identity',
    administrator: true,
    statements: deny('s3:*', {
      Resource: ['arn:aws:s3:::books', 'arn:aws:s3:::books/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
    claims: [
      isDenied('without TLS', 's3:GetObject', { on: 'arn:aws:s3:::books/x', context: { 'aws:SecureTransport': false } }),
      may('with it', 's3:GetObject', { on: 'arn:aws:s3:::books/x', context: { 'aws:SecureTransport': true } }),
      may('another bucket without', 's3:GetObject', { on: 'arn:aws:s3:::other/x', context: { 'aws:SecureTransport': false } }),
    ],
  },
  {
    source: 'Condition operators: IP address: a range, an address and IPv6',
    kind: 'identity',
    statements: allow('iam:*AccessKey*', {
      ...keysOf,
      Condition: { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '198.51.100.7', '2001:DB8:1234:5678::/64'] } },
    }),
    claims: [
      may('the first of the range', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '203.0.113.0' } }),
      may('the last', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '203.0.113.255' } }),
      mayNot('beyond', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '203.0.114.0' } }),
      may('an address without a prefix is one address', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '198.51.100.7' } }),
      mayNot('its neighbour', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '198.51.100.8' } }),
      may('IPv6', 'iam:CreateAccessKey', { ...own, context: { 'aws:SourceIp': '2001:db8:1234:5678:9abc::1' } }),
      mayNot('through a VPC endpoint', 'iam:CreateAccessKey', own),
    ],
  },
  {
    source: 'Condition operators: ARN: components are compared one by one',
    kind: 'identity',
    statements: [
      allow('sns:Publish', { Condition: { ArnLike: { 'aws:SourceArn': finance } } }),
      allow('sqs:SendMessage', { Condition: { StringLike: { 'aws:SourceArn': finance } } }),
      allow('sqs:ReceiveMessage', { Condition: { ArnEquals: { 'aws:SourceArn': finance } } }),
    ],
    claims: [
      mayNot('a wildcard does not reach over colons', 'sns:Publish', { context: { 'aws:SourceArn': shop } }),
      may('under a string operator it does', 'sqs:SendMessage', { context: { 'aws:SourceArn': shop } }),
      may('what has the form', 'sns:Publish', { context: { 'aws:SourceArn': 'arn:aws:sns:us-east-2:111122223333:finance/a' } }),
      may('ArnEquals is the same', 'sqs:ReceiveMessage', { context: { 'aws:SourceArn': 'arn:aws:sns:us-east-2:111122223333:finance/a' } }),
    ],
  },
  {
    source: 'Condition operators: ARN: a queue takes messages of a topic',
    kind: 'resource',
    statements: {
      ...allow('SQS:SendMessage', {
        Resource: queue.on,
        Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:sns:eu-west-1:${account}:news` } },
      }),
      Principal: { AWS: account },
    },
    claims: [
      may('on behalf of the topic', 'sqs:SendMessage', {
        ...queue,
        administrator: true,
        policies: { resourceMustAllow: true },
        context: { 'aws:SourceArn': `arn:aws:sns:eu-west-1:${account}:news` },
      }),
      mayNot('a user who calls directly', 'sqs:SendMessage', { ...queue, by: 'identity' }),
    ],
  },
  {
    source: 'Condition operators: ...IfExists: without it a launch fails',
    kind: 'identity',
    statements: allow('ec2:RunInstances', { Condition: { StringLike: { 'ec2:InstanceType': ['t1.*', 't2.*', 'm3.*'] } } }),
    claims: [
      may('the instance', 'ec2:RunInstances', { ...instance, context: { 'ec2:InstanceType': 't2.micro' } }),
      mayNot('the image, which has no type', 'ec2:RunInstances', { on: 'arn:aws:ec2:eu-west-1::image/ami-1' }),
    ],
  },
  {
    source: 'Condition operators: ...IfExists',
    kind: 'identity',
    statements: allow('ec2:RunInstances', { Condition: { StringLikeIfExists: { 'ec2:InstanceType': ['t1.*', 't2.*', 'm3.*'] } } }),
    claims: [
      may('the instance', 'ec2:RunInstances', { ...instance, context: { 'ec2:InstanceType': 'm3.large' } }),
      mayNot('another type', 'ec2:RunInstances', { ...instance, context: { 'ec2:InstanceType': 'm5.large' } }),
      may('the image', 'ec2:RunInstances', { on: 'arn:aws:ec2:eu-west-1::image/ami-1' }),
      mayNot('a dot is a dot', 'ec2:RunInstances', { ...instance, context: { 'ec2:InstanceType': 't2a' } }),
    ],
  },
  {
    source: 'Condition operators: ...IfExists under a Deny with a negated operator',
    kind: 'identity',
    administrator: true,
    statements: deny('ec2:StopInstances', { Condition: { StringNotEqualsIfExists: { 'aws:ResourceTag/team': 'red' } } }),
    claims: [
      may('the tag', 'ec2:StopInstances', { ...instance, context: { 'aws:ResourceTag/team': 'red' } }),
      isDenied('another', 'ec2:StopInstances', { ...instance, context: { 'aws:ResourceTag/team': 'blue' } }),
      isDenied('none', 'ec2:StopInstances', instance),
    ],
  },
  {
    source: 'Condition operators: Null',
    kind: 'identity',
    statements: allow('ec2:*', { Condition: { Null: { 'aws:TokenIssueTime': 'true' } } }),
    claims: [
      may('own credentials', 'ec2:DescribeInstances'),
      mayNot('temporary ones', 'ec2:DescribeInstances', { who: role, context: { 'aws:TokenIssueTime': new Date('2026-01-01') } }),
    ],
  },
  {
    source: 'Conditions with multiple context keys or values: AND of operators and keys, OR of values',
    kind: 'identity',
    statements: allow('s3:GetObject', {
      Resource: 'arn:aws:s3:::books/*',
      Condition: {
        StringEquals: { 'aws:PrincipalTag/department': ['finance', 'hr', 'legal'], 'aws:PrincipalTag/role': ['audit', 'security'] },
        ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${account}:user/zoe`] },
      },
    }),
    claims: [
      may('a value of each', 's3:GetObject', {
        on: 'arn:aws:s3:::books/x',
        context: { 'aws:PrincipalTag/department': 'hr', 'aws:PrincipalTag/role': 'audit' },
      }),
      mayNot('one of the keys is missing', 's3:GetObject', {
        on: 'arn:aws:s3:::books/x',
        context: { 'aws:PrincipalTag/department': 'hr' },
      }),
      mayNot('one has another value', 's3:GetObject', {
        on: 'arn:aws:s3:::books/x',
        context: { 'aws:PrincipalTag/department': 'it', 'aws:PrincipalTag/role': 'audit' },
      }),
    ],
  },
  {
    source: 'Conditions with multiple context keys or values: NOR of the values of negated operators',
    kind: 'identity',
    administrator: true,
    statements: deny('s3:GetObject', {
      Resource: 'arn:aws:s3:::books/*',
      Condition: {
        StringNotEquals: { 'aws:PrincipalTag/department': ['finance', 'hr'], 'aws:PrincipalTag/role': ['audit', 'security'] },
      },
    }),
    claims: [
      isDenied('neither key has one of its values', 's3:GetObject', {
        on: 'arn:aws:s3:::books/x',
        context: { 'aws:PrincipalTag/department': 'it', 'aws:PrincipalTag/role': 'dev' },
      }),
      may('one of the keys has', 's3:GetObject', {
        on: 'arn:aws:s3:::books/x',
        context: { 'aws:PrincipalTag/department': 'hr', 'aws:PrincipalTag/role': 'dev' },
      }),
      isDenied('no tags', 's3:GetObject', { on: 'arn:aws:s3:::books/x' }),
    ],
  },
  {
    source: 'Single-valued context key policy examples: multiple condition blocks',
    kind: 'identity',
    statements: [
      allow('ec2:CreateVolume'),
      allow('ec2:CreateTags', {
        Resource: `arn:aws:ec2:us-east-1:${account}:*/*`,
        Condition: { StringLike: { 'aws:RequestTag/project': '*' }, StringNotEquals: { 'aws:ResourceTag/environment': 'production' } },
      }),
    ],
    claims: [
      may('a project, and not production', 'ec2:CreateTags', {
        on: `arn:aws:ec2:us-east-1:${account}:volume/v-1`,
        context: { 'aws:RequestTag/project': 'Feature3', 'aws:ResourceTag/environment': 'QA' },
      }),
      may('a project, and no environment', 'ec2:CreateTags', {
        on: `arn:aws:ec2:us-east-1:${account}:volume/v-1`,
        context: { 'aws:RequestTag/project': 'Feature3' },
      }),
      mayNot('production', 'ec2:CreateTags', {
        on: `arn:aws:ec2:us-east-1:${account}:volume/v-1`,
        context: { 'aws:RequestTag/project': 'Feature3', 'aws:ResourceTag/environment': 'production' },
      }),
      mayNot('no project', 'ec2:CreateTags', { on: `arn:aws:ec2:us-east-1:${account}:volume/v-1` }),
    ],
  },
  {
    source: 'Single-valued context key policy examples: one condition block with several keys and values',
    kind: 'identity',
    statements: allow(['ecs:RunTask', 'ecs:StartTask'], {
      Condition: {
        StringEquals: { 'aws:RequestTag/environment': ['production', 'prod-backup'] },
        ArnEquals: { 'ecs:cluster': ['1', '2'].map(name => `arn:aws:ecs:us-east-1:${account}:cluster/default${name}`) },
      },
    }),
    claims: [
      may('one value of each', 'ecs:RunTask', {
        context: { 'aws:RequestTag/environment': 'prod-backup', 'ecs:cluster': `arn:aws:ecs:us-east-1:${account}:cluster/default2` },
      }),
      mayNot('another cluster', 'ecs:RunTask', {
        context: { 'aws:RequestTag/environment': 'production', 'ecs:cluster': `arn:aws:ecs:us-east-1:${account}:cluster/default3` },
      }),
    ],
  },
]

testExamples(examples)
