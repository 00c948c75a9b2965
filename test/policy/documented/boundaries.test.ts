import { account, allow, deny, policy, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Permissions boundaries for IAM entities", "Controlling access to AWS resources using policies", "Permissions for GetFederationToken".

const own = `arn:aws:iam::${account}:user/ann`
const newUser = `arn:aws:iam::${account}:user/nikhil`
const companyBoundary = `arn:aws:iam::${account}:policy/XCompanyBoundaries`
const ownBoundary = `arn:aws:iam::${account}:policy/DelegatedUserBoundary`
const withBoundary = { context: { 'iam:PermissionsBoundary': companyBoundary } }
const withAnother = { context: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' } }
const only = (action: string) => ({ identity: [policy(allow(action))] })

const examples: Example[] = [
  {
    source: 'Permissions boundaries for IAM entities: the services of a user',
    kind: 'boundary',
    statements: allow(['s3:*', 'cloudwatch:*', 'ec2:*']),
    claims: [
      may('what both allow', 's3:ListAllMyBuckets'),
      mayNot('what only the identity policy allows', 'iam:CreateUser', { on: newUser, policies: only('iam:CreateUser') }),
      mayNot('what only the boundary allows', 's3:ListAllMyBuckets', { policies: only('iam:CreateUser'), by: 'identity' }),
    ],
  },
  {
    source: 'Permissions boundaries for IAM entities: XCompanyBoundaries',
    kind: 'boundary',
    statements: [
      allow(['s3:*', 'cloudwatch:*', 'ec2:*', 'dynamodb:*']),
      allow(['iam:ListUsers', 'iam:GetAccountPasswordPolicy']),
      allow(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser'], { Resource: ['arn:aws:iam::*:user/${aws:username}'] }),
      deny('s3:*', { Resource: ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*'] }),
      deny('ec2:*', { Resource: 'arn:aws:ec2:*:*:instance/i-1234567890abcdef0' }),
    ],
    claims: [
      may('another bucket', 's3:GetObject', { on: 'arn:aws:s3:::data/x' }),
      isDenied('the bucket of logs', 's3:GetObject', { on: 'arn:aws:s3:::logs/x' }),
      isDenied('the instance', 'ec2:StopInstances', { on: `arn:aws:ec2:eu-west-1:${account}:instance/i-1234567890abcdef0` }),
      may('the own access keys', 'iam:CreateAccessKey', { on: own }),
      mayNot("another's, even with an identity policy for all of IAM", 'iam:CreateAccessKey', { on: newUser, policies: only('iam:*') }),
      mayNot('policies', 'iam:PutUserPolicy', { on: own, policies: only('iam:*') }),
    ],
  },
  {
    source: 'Permissions boundaries for IAM entities: DelegatedUserBoundary',
    kind: 'boundary',
    statements: [
      allow(
        [
          'iam:AttachUserPolicy',
          'iam:CreateUser',
          'iam:DeleteUserPolicy',
          'iam:DetachUserPolicy',
          'iam:PutUserPermissionsBoundary',
          'iam:PutUserPolicy',
        ],
        {
          Condition: { StringEquals: { 'iam:PermissionsBoundary': companyBoundary } },
        },
      ),
      allow([
        'cloudwatch:*',
        'iam:CreateAccessKey',
        'iam:CreateLoginProfile',
        'iam:DeleteUser',
        'iam:*Group*',
        'iam:CreatePolicy',
        'iam:DeletePolicy',
      ]),
      deny(['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'], {
        Resource: [companyBoundary, ownBoundary],
      }),
      deny('iam:DeleteUserPermissionsBoundary'),
    ],
    claims: [
      may('a user with the boundary', 'iam:CreateUser', { on: newUser, ...withBoundary }),
      mayNot('a user with another', 'iam:CreateUser', { on: newUser, ...withAnother }),
      mayNot('a user with none', 'iam:CreateUser', { on: newUser }),
      may('setting it for an existing user', 'iam:PutUserPermissionsBoundary', { on: newUser, ...withBoundary }),
      isDenied('taking it away', 'iam:DeleteUserPermissionsBoundary', { on: newUser, ...withBoundary }),
      isDenied('changing the policy that is the boundary', 'iam:CreatePolicyVersion', { on: companyBoundary }),
      isDenied('and that of the delegate', 'iam:DeletePolicy', { on: ownBoundary }),
      may('deleting other policies', 'iam:DeletePolicy', { on: `arn:aws:iam::${account}:policy/other` }),
      mayNot('other services, whatever the identity policies say', 's3:GetObject', { on: 'arn:aws:s3:::data/x' }),
    ],
  },
  {
    source: 'Permissions boundaries for IAM entities: DelegatedUserPermissions',
    kind: 'identity',
    statements: [
      allow('iam:*'),
      allow(['cloudwatch:GetDashboard', 'cloudwatch:ListDashboards']),
      allow('s3:ListBucket', { Resource: 'arn:aws:s3:::ZhangBucket' }),
    ],
    claims: [
      may('users', 'iam:CreateUser', { on: newUser }),
      mayNot('dashboards are only read', 'cloudwatch:PutDashboard'),
      mayNot('the boundary does not let S3 through', 's3:ListBucket', {
        on: 'arn:aws:s3:::ZhangBucket',
        policies: { boundary: policy(allow(['iam:*', 'cloudwatch:*'])) },
        by: 'boundary',
      }),
    ],
  },
  {
    source: 'Controlling access to AWS resources using policies: a boundary that leaves a bucket out',
    kind: 'boundary',
    statements: [
      allow(['cloudwatch:*', 'dynamodb:*', 'ec2:*', 's3:*']),
      deny('s3:*', { Resource: ['arn:aws:s3:::CompanyConfidential/*', 'arn:aws:s3:::CompanyConfidential'] }),
    ],
    claims: [
      isDenied('the bucket', 's3:ListBucket', { on: 'arn:aws:s3:::CompanyConfidential' }),
      may('another', 's3:ListBucket', { on: 'arn:aws:s3:::data' }),
      mayNot('deleting boundaries', 'iam:DeleteUserPermissionsBoundary', { on: own }),
    ],
  },
  {
    source: 'Permissions for GetFederationToken: the session policy of a federated user',
    kind: 'session',
    statements: [
      allow('s3:ListBucket', { Resource: 'arn:aws:s3:::productionapp' }),
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], { Resource: 'arn:aws:s3:::productionapp/*' }),
    ],
    claims: [
      may('what user and session allow', 's3:ListBucket', { on: 'arn:aws:s3:::productionapp', policies: only('s3:ListBucket'), who: user }),
      mayNot('what only the session allows', 's3:GetObject', {
        on: 'arn:aws:s3:::productionapp/x',
        policies: only('s3:ListBucket'),
        by: 'identity',
      }),
      mayNot('what only the user allows', 'sqs:ReceiveMessage', { policies: only('sqs:ReceiveMessage') }),
      mayNot('another bucket', 's3:ListBucket', { on: 'arn:aws:s3:::other', policies: only('s3:ListBucket') }),
    ],
  },
]

testExamples(examples)
