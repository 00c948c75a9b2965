import { account, allow, anonymous, deny, everyone, otherAccount, role, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// Policies of queues, topics, repositories and functions: Amazon SQS Developer Guide, "Basic examples of Amazon SQS policies", "Custom Amazon SQS Access
// Policy Language examples"; Amazon SNS Developer Guide, "Example cases for Amazon SNS access control"; Amazon ECR User Guide, "Repository policy examples";
// AWS Lambda Developer Guide, "Using resource-based policies for AWS Lambda", "Identity-based IAM policies for Lambda".

const queue = `arn:aws:sqs:eu-west-1:${account}:jobs`
const topic = `arn:aws:sns:eu-west-1:${account}:news`
const repository = `arn:aws:ecr:eu-west-1:${account}:repository/app`
const fn = `arn:aws:lambda:eu-west-1:${account}:function:report`
const stranger = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/bob`,
  userId: 'AIDABOBEXAMPLEEXAMPL',
  userName: 'bob',
}
const strangers = {
  ...role,
  account: otherAccount,
  arn: `arn:aws:sts::${otherAccount}:assumed-role/app/s1`,
  roleArn: `arn:aws:iam::${otherAccount}:role/app`,
}
const theirs = { on: queue, who: stranger, administrator: true }
const from = (address: string) => ({ on: queue, who: anonymous, context: { 'aws:SourceIp': address } })
const at = (time: string) => ({ on: queue, who: anonymous, context: { 'aws:CurrentTime': new Date(time) } })
const servicePrincipal = (name: string) => ({ type: 'service', service: name }) as const

const queues: Example[] = [
  {
    source: 'Basic examples of Amazon SQS policies: 1, 2: permissions for an account',
    kind: 'resource',
    statements: to(otherAccount, 'sqs:SendMessage', {
      Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'],
      Resource: queue.replace('eu-west-1', '*'),
    }),
    claims: [
      may('its users, with policies of their own', 'sqs:SendMessage', theirs),
      mayNot('without', 'sqs:SendMessage', { ...theirs, administrator: false, by: 'identity' }),
      mayNot('another action', 'sqs:DeleteMessage', theirs),
      mayNot('another queue', 'sqs:SendMessage', { ...theirs, on: `${queue}2` }),
    ],
  },
  {
    source: 'Basic examples of Amazon SQS policies: 4: a role and a user of another account',
    kind: 'resource',
    statements: to([strangers.roleArn, stranger.arn], 'sqs:*', { Resource: queue }),
    claims: [
      may('the user', 'sqs:PurgeQueue', theirs),
      may('the role', 'sqs:ReceiveMessage', { ...theirs, who: strangers }),
      mayNot('another user of the account', 'sqs:ReceiveMessage', {
        ...theirs,
        who: { ...stranger, arn: `${stranger.arn}2`, userId: 'AIDAEVEEXAMPLEEXAMPL' },
      }),
    ],
  },
  {
    source: 'Basic examples of Amazon SQS policies: 5, 6: all users, for a time',
    kind: 'resource',
    statements: everyone(
      allow('sqs:ReceiveMessage', {
        Resource: queue,
        Condition: {
          DateGreaterThan: { 'aws:CurrentTime': '2031-01-31T12:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2031-01-31T15:00Z' },
        },
      }),
    ),
    claims: [
      may('between', 'sqs:ReceiveMessage', at('2031-01-31T13:30:00Z')),
      mayNot('before', 'sqs:ReceiveMessage', at('2031-01-31T12:00:00Z')),
      mayNot('after', 'sqs:ReceiveMessage', at('2031-01-31T15:00:00Z')),
    ],
  },
  {
    source: 'Basic examples of Amazon SQS policies: 7, 8: ranges of addresses allowed and blocked',
    kind: 'resource',
    statements: [
      everyone(
        allow('sqs:SendMessage', {
          Resource: queue,
          Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, NotIpAddress: { 'aws:SourceIp': '192.0.2.188/32' } },
        }),
      ),
      everyone(deny('sqs:*', { Resource: queue, Condition: { IpAddress: { 'aws:SourceIp': '198.51.100.0/23' } } })),
    ],
    claims: [
      may('of the range', 'sqs:SendMessage', from('192.0.2.7')),
      mayNot('but for one', 'sqs:SendMessage', from('192.0.2.188')),
      isDenied('of the blocked range', 'sqs:SendMessage', from('198.51.101.1')),
      isDenied('although a policy of its own allows it', 'sqs:SendMessage', { ...from('198.51.100.1'), who: user, administrator: true }),
      mayNot('another action', 'sqs:ReceiveMessage', from('192.0.2.7')),
    ],
  },
  {
    source: 'Custom Amazon SQS policies: 5: deny access if it is not from a VPC endpoint',
    kind: 'resource',
    statements: [
      to(account, 'sqs:SendMessage', { Resource: queue }),
      everyone(deny('sqs:SendMessage', { Resource: queue, Condition: { StringNotEquals: { 'aws:sourceVpce': 'vpce-0a1b2c3d' } } })),
    ],
    claims: [
      may('through the endpoint', 'sqs:SendMessage', { on: queue, administrator: true, context: { 'aws:SourceVpce': 'vpce-0a1b2c3d' } }),
      isDenied('through another', 'sqs:SendMessage', { on: queue, administrator: true, context: { 'aws:SourceVpce': 'vpce-00000000' } }),
      isDenied('through none', 'sqs:SendMessage', { on: queue, administrator: true }),
      may('administration is not restricted', 'sqs:SetQueueAttributes', { on: queue, administrator: true }),
    ],
  },
]

const topics: Example[] = [
  {
    source: 'Example cases for Amazon SNS access control: subscriptions by HTTPS only',
    kind: 'resource',
    statements: to(otherAccount, 'sns:Subscribe', { Resource: topic, Condition: { StringEquals: { 'sns:Protocol': 'https' } } }),
    claims: [
      may('HTTPS', 'sns:Subscribe', { ...theirs, on: topic, context: { 'sns:Protocol': 'https' } }),
      mayNot('HTTP', 'sns:Subscribe', { ...theirs, on: topic, context: { 'sns:Protocol': 'http' } }),
      mayNot('publishing', 'sns:Publish', { ...theirs, on: topic }),
    ],
  },
  {
    source: 'Example cases for Amazon SNS access control: publishing to a queue',
    kind: 'resource',
    statements: everyone(allow('sqs:SendMessage', { Resource: queue, Condition: { ArnEquals: { 'aws:SourceArn': topic } } })),
    claims: [
      may('of the topic', 'sqs:SendMessage', {
        on: queue,
        who: servicePrincipal('sns.amazonaws.com'),
        context: { 'aws:SourceArn': topic },
      }),
      mayNot('of another', 'sqs:SendMessage', {
        on: queue,
        who: servicePrincipal('sns.amazonaws.com'),
        context: { 'aws:SourceArn': `${topic}2` },
      }),
      mayNot('of somebody', 'sqs:SendMessage', { on: queue, who: anonymous }),
    ],
  },
  {
    source: "Example cases for Amazon SNS access control: another account's buckets",
    kind: 'resource',
    statements: everyone(
      allow('sns:Publish', {
        Resource: topic,
        Condition: { StringEquals: { 'AWS:SourceAccount': otherAccount }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:*:*:*' } },
      }),
    ),
    claims: [
      may('a bucket', 'sns:Publish', sourceOf('arn:aws:s3:::uploads', otherAccount)),
      mayNot('a bucket of a third account', 'sns:Publish', sourceOf('arn:aws:s3:::uploads', '777788889999')),
      mayNot('no bucket', 'sns:Publish', sourceOf(`arn:aws:sqs:eu-west-1:${otherAccount}:q`, otherAccount)),
    ],
  },
]

const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']
const withoutResource = (statement: StatementInput): StatementInput => ({ ...statement, Resource: undefined })
// The check reference wants a Resource in every policy; repositories have none.
const errors = ['MISSING_RESOURCE']

const repositories: Example[] = [
  {
    source: 'Repository policy examples: some pull, another has full access; nobody says of which repository',
    kind: 'resource',
    errors: [...errors, ...errors],
    statements: [to(role.roleArn), to(user.arn, 'ecr:*')].map((statement, i) =>
      withoutResource(i === 0 ? { ...statement, Action: pull } : statement),
    ),
    claims: [
      may('pull', 'ecr:BatchGetImage', { on: repository, who: role }),
      mayNot('not push', 'ecr:PutImage', { on: repository, who: role, by: 'identity' }),
      may('push', 'ecr:PutImage', { on: repository }),
    ],
  },
  {
    source: 'Repository policy examples: another account pushes',
    kind: 'resource',
    errors,
    statements: withoutResource(to(`arn:aws:iam::${otherAccount}:root`, 'ecr:PutImage')),
    claims: [
      may('with a policy of its own', 'ecr:PutImage', { ...theirs, on: repository }),
      mayNot('without', 'ecr:PutImage', { on: repository, who: stranger, by: 'identity' }),
      mayNot('pulling', 'ecr:BatchGetImage', { ...theirs, on: repository }),
    ],
  },
  {
    source: 'Repository policy examples: deny all; restricting access to addresses',
    kind: 'resource',
    administrator: true,
    errors: [...errors, ...errors],
    statements: [deny(pull), deny('ecr:*', { Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } })].map(statement =>
      withoutResource(everyone(statement)),
    ),
    claims: [
      isDenied('nobody pulls', 'ecr:BatchGetImage', { on: repository, context: { 'aws:SourceIp': '203.0.113.9' } }),
      may('of the range', 'ecr:PutImage', { on: repository, context: { 'aws:SourceIp': '203.0.113.9' } }),
      isDenied('of another', 'ecr:PutImage', { on: repository, context: { 'aws:SourceIp': '192.0.2.1' } }),
    ],
  },
]

const functions: Example[] = [
  {
    source: 'Using resource-based policies for AWS Lambda: Amazon S3 invokes a function for a bucket',
    kind: 'resource',
    statements: {
      ...allow('lambda:InvokeFunction', { Resource: fn }),
      Principal: { Service: 's3.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceAccount': account }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::uploads' } },
    },
    claims: [
      may('the bucket', 'lambda:InvokeFunction', { ...sourceOf('arn:aws:s3:::uploads', account, 's3.amazonaws.com'), on: fn }),
      mayNot('another', 'lambda:InvokeFunction', { ...sourceOf('arn:aws:s3:::other', account, 's3.amazonaws.com'), on: fn }),
      mayNot('made anew by another account', 'lambda:InvokeFunction', {
        ...sourceOf('arn:aws:s3:::uploads', otherAccount, 's3.amazonaws.com'),
        on: fn,
      }),
      mayNot('another service', 'lambda:InvokeFunction', { ...sourceOf('arn:aws:s3:::uploads', account, 'sns.amazonaws.com'), on: fn }),
    ],
  },
  {
    source: 'Using resource-based policies for AWS Lambda: layers for an organization',
    kind: 'resource',
    statements: everyone(
      allow('lambda:GetLayerVersion', {
        Resource: `arn:aws:lambda:eu-west-1:${account}:layer:base:3`,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      }),
    ),
    claims: [
      may('of the organization', 'lambda:GetLayerVersion', layerOf(3, 'o-a1b2c3d4e5')),
      mayNot('of another', 'lambda:GetLayerVersion', layerOf(3, 'o-zzzzzzzzzz')),
      mayNot('of none', 'lambda:GetLayerVersion', layerOf(3)),
      mayNot('another version', 'lambda:GetLayerVersion', layerOf(4, 'o-a1b2c3d4e5')),
    ],
  },
  {
    source: 'Identity-based IAM policies for Lambda: function development',
    kind: 'identity',
    statements: [
      {
        Effect: 'Allow',
        NotAction: ['lambda:AddPermission', 'lambda:PutFunctionConcurrency'],
        Resource: 'arn:aws:lambda:*:*:function:intern-*',
      },
      allow('lambda:CreateEventSourceMapping', {
        Condition: { StringLike: { 'lambda:FunctionArn': 'arn:aws:lambda:*:*:function:intern-*' } },
      }),
      allow('iam:PassRole', { Resource: 'arn:aws:iam::*:role/intern-execution' }),
    ],
    claims: [
      may('any action on the functions', 'lambda:UpdateFunctionCode', { on: fn.replace('report', 'intern-report') }),
      mayNot('but these', 'lambda:AddPermission', { on: fn.replace('report', 'intern-report') }),
      mayNot('other functions', 'lambda:UpdateFunctionCode', { on: fn }),
      may('mappings to them', 'lambda:CreateEventSourceMapping', {
        context: { 'lambda:FunctionArn': fn.replace('report', 'intern-report') },
      }),
      mayNot('mappings to others', 'lambda:CreateEventSourceMapping', { context: { 'lambda:FunctionArn': fn } }),
      may('pass the role', 'iam:PassRole', { on: `arn:aws:iam::${account}:role/intern-execution` }),
      mayNot('pass another', 'iam:PassRole', { on: `arn:aws:iam::${account}:role/admin` }),
    ],
  },
  {
    source: 'Identity-based IAM policies for Lambda: layers of one account',
    kind: 'identity',
    statements: allow(['lambda:CreateFunction', 'lambda:UpdateFunctionConfiguration'], {
      Condition: { 'ForAllValues:StringLike': { 'lambda:Layer': [`arn:aws:lambda:*:${account}:layer:*:*`] } },
    }),
    claims: [
      may('of the account', 'lambda:CreateFunction', withLayers(account)),
      mayNot('of another too', 'lambda:CreateFunction', withLayers(account, otherAccount)),
      may('without layers', 'lambda:UpdateFunctionConfiguration', { on: fn }),
    ],
  },
]

function sourceOf(arn: string, owner: string, name = 's3.amazonaws.com') {
  return { on: topic, who: servicePrincipal(name), context: { 'aws:SourceArn': arn, 'aws:SourceAccount': owner } }
}

function layerOf(version: number, organization?: string) {
  return {
    ...theirs,
    on: `arn:aws:lambda:eu-west-1:${account}:layer:base:${version}`,
    context: organization === undefined ? {} : { 'aws:PrincipalOrgID': organization },
  }
}

function withLayers(...owners: string[]) {
  return { on: fn, context: { 'lambda:Layer': owners.map(owner => `arn:aws:lambda:eu-west-1:${owner}:layer:base:1`) } }
}

testExamples([...queues, ...topics])
testExamples([...repositories, ...functions])
