import { account, allow, deny, root } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// AWS Organizations User Guide, "SCP syntax", "Service control policies (SCPs)".

const instance = `arn:aws:ec2:eu-west-1:${account}:instance/i-1`
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

const examples: Example[] = [
  {
    source: 'SCP syntax: an allow list',
    kind: 'scp',
    alone: true,
    statements: allow(['ec2:DescribeInstances', 'ec2:RunInstances']),
    claims: [
      may('what is on it', 'ec2:RunInstances', { on: instance }),
      mayNot('what is not, even for an administrator', 's3:ListAllMyBuckets'),
      mayNot('nor for the root user', 's3:ListAllMyBuckets', { who: root }),
      mayNot('what is on it is not granted by it', 'ec2:RunInstances', { policies: { identity: [] }, by: 'identity' }),
    ],
  },
  {
    source: 'SCP syntax: a deny list beside FullAWSAccess',
    kind: 'scp',
    statements: deny(['iam:*', 'ec2:*', 'rds:*']),
    claims: [isDenied('a service of the list', 'rds:DescribeDBInstances'), may('another', 's3:ListAllMyBuckets')],
  },
  {
    source: 'SCP syntax: Allow with Condition and a resource, as the full policy language has them',
    kind: 'scp',
    alone: true,
    statements: allow('s3:GetObject', { Resource: 'arn:aws:s3:::data/*', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } }),
    claims: [
      may('the resource under the condition', 's3:GetObject', { on: 'arn:aws:s3:::data/x', context: { 'aws:PrincipalTag/team': 'red' } }),
      mayNot('without it', 's3:GetObject', { on: 'arn:aws:s3:::data/x' }),
      mayNot('another resource', 's3:GetObject', { on: 'arn:aws:s3:::other/x', context: { 'aws:PrincipalTag/team': 'red' } }),
    ],
  },
  {
    source: 'SCP syntax: Allow with NotAction, and NotResource',
    kind: 'scp',
    alone: true,
    statements: [
      { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', NotResource: ['arn:aws:s3:::data', 'arn:aws:s3:::data/*'] },
    ],
    claims: [
      may('another service', 'ec2:DescribeInstances'),
      mayNot('the service that is left out', 'iam:ListUsers'),
      isDenied('another bucket', 's3:GetObject', { on: 'arn:aws:s3:::other/x' }),
      may('the bucket', 's3:GetObject', { on: 'arn:aws:s3:::data/x' }),
    ],
  },
  {
    source: 'SCP syntax: wildcards at the beginning and in the middle of an action',
    kind: 'scp',
    statements: deny(['iam:*Role*', 's3:Put*Acl']),
    // The validator's check reference still has this check.
    errors: ['SCP_SYNTAX_ERROR_ACTION_WILDCARD', 'SCP_SYNTAX_ERROR_ACTION_WILDCARD'],
    claims: [
      isDenied('in the middle', 's3:PutObjectAcl', { on: 'arn:aws:s3:::data/x' }),
      isDenied('at both ends', 'iam:UpdateRoleDescription', { on: roleArn('app') }),
      may('what they do not cover', 's3:PutObject', { on: 'arn:aws:s3:::data/x' }),
    ],
  },
]

testExamples(examples)
