import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, anonymous, deny, everyone, otherAccount, role, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// Amazon S3 User Guide, "Amazon S3 condition key examples", "Controlling access from VPC endpoints with bucket policies", "Examples of Amazon S3 bucket policies:
// Protecting data"; IAM User Guide, "AWS global condition context keys", "AWS JSON policy elements: Principal", "NotPrincipal".

const bucket = 'arn:aws:s3:::photos'
const objects = `${bucket}/*`
const both = [bucket, objects]
const object = { on: `${bucket}/a.jpg` }
const stranger: PolicyPrincipal = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/bob`,
  userId: 'AIDABOB',
  userName: 'bob',
}
const partner = { who: stranger, owner: account, administrator: true }
const ou = 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/'
const orgPath = (path: string) => ({ 'aws:PrincipalOrgPaths': [path] })

const examples: Example[] = [
  {
    source: 'Amazon S3 condition key examples: Requiring the grant of full control, with an explicit deny',
    kind: 'resource',
    statements: [
      to(stranger.arn as string, 's3:PutObject', {
        Resource: objects,
        Condition: { StringEquals: { 's3:x-amz-grant-full-control': 'id=owner' } },
      }),
      {
        ...deny('s3:PutObject', { Resource: objects, Condition: { StringNotEquals: { 's3:x-amz-grant-full-control': 'id=owner' } } }),
        Principal: { AWS: stranger.arn },
      },
    ],
    claims: [
      may('with the header', 's3:PutObject', { ...object, ...partner, context: { 's3:x-amz-grant-full-control': 'id=owner' } }),
      isDenied('without, whatever the own account allows', 's3:PutObject', { ...object, ...partner }),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Granting s3:PutObject permission to copy objects with a restriction on the copy source',
    kind: 'resource',
    statements: [
      to(user.arn, 's3:PutObject', { Resource: objects }),
      {
        ...deny('s3:PutObject', { Resource: objects, Condition: { StringNotLike: { 's3:x-amz-copy-source': 'photos/public/*' } } }),
        Principal: { AWS: user.arn },
      },
    ],
    claims: [
      may('from the folder', 's3:PutObject', { ...object, context: { 's3:x-amz-copy-source': 'photos/public/x.jpg' } }),
      isDenied('from elsewhere', 's3:PutObject', { ...object, context: { 's3:x-amz-copy-source': 'photos/private/x.jpg' } }),
      isDenied('what is no copy', 's3:PutObject', object),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Granting access to a specific version of an object',
    kind: 'resource',
    statements: [
      to(user.arn, 's3:GetObjectVersion', { Resource: object.on }),
      {
        ...deny('s3:GetObjectVersion', { Resource: object.on, Condition: { StringNotEquals: { 's3:VersionId': 'v-Right' } } }),
        Principal: { AWS: user.arn },
      },
    ],
    claims: [
      may('that version', 's3:GetObjectVersion', { ...object, context: { 's3:VersionId': 'v-Right' } }),
      isDenied('another', 's3:GetObjectVersion', { ...object, context: { 's3:VersionId': 'v-right' } }),
    ],
  },
  {
    source: 'Amazon S3 condition key examples: Restricting object uploads to objects with a specific storage class',
    kind: 'resource',
    statements: to(user.arn, 's3:PutObject', {
      Resource: objects,
      Condition: { StringEquals: { 's3:x-amz-storage-class': ['STANDARD_IA'] } },
    }),
    claims: [
      may('that class', 's3:PutObject', { ...object, context: { 's3:x-amz-storage-class': 'STANDARD_IA' } }),
      mayNot('another', 's3:PutObject', { ...object, context: { 's3:x-amz-storage-class': 'GLACIER' }, by: 'identity' }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Requiring SSE-KMS for all objects written to a bucket',
    kind: 'resource',
    administrator: true,
    statements: everyone(
      deny('s3:PutObject', { Resource: objects, Condition: { Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'true' } } }),
    ),
    claims: [
      may('with a key', 's3:PutObject', {
        ...object,
        context: { 's3:x-amz-server-side-encryption-aws-kms-key-id': `arn:aws:kms:eu-west-1:${account}:key/1` },
      }),
      isDenied('without', 's3:PutObject', object),
      isDenied('with an empty value, which is none', 's3:PutObject', {
        ...object,
        context: { 's3:x-amz-server-side-encryption-aws-kms-key-id': [] },
      }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Restricting access to only HTTPS requests',
    kind: 'resource',
    administrator: true,
    statements: everyone(deny('s3:*', { Resource: both, Condition: { Bool: { 'aws:SecureTransport': 'false' } } })),
    claims: [
      may('over HTTPS', 's3:GetObject', { ...object, context: { 'aws:SecureTransport': true } }),
      isDenied('over HTTP', 's3:GetObject', { ...object, context: { 'aws:SecureTransport': false } }),
    ],
  },
  {
    source: 'Controlling access from VPC endpoints with bucket policies: Restricting access to a specific VPC endpoint',
    kind: 'resource',
    administrator: true,
    statements: everyone(deny('s3:*', { Resource: both, Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-0abcdef1234567890' } } })),
    claims: [
      may('through the endpoint', 's3:GetObject', { ...object, context: { 'aws:SourceVpce': 'vpce-0abcdef1234567890' } }),
      isDenied('through another', 's3:GetObject', { ...object, context: { 'aws:SourceVpce': 'vpce-0fedcba1234567890' } }),
      isDenied('from the console, which uses none', 's3:ListBucket', { on: bucket }),
    ],
  },
  {
    source: 'Controlling access from VPC endpoints with bucket policies: Restricting access to a specific VPC',
    kind: 'resource',
    administrator: true,
    statements: everyone(deny('s3:*', { Resource: both, Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-0abcdef1234567890' } } })),
    claims: [
      may('from the VPC', 's3:GetObject', { ...object, context: { 'aws:SourceVpc': 'vpc-0abcdef1234567890' } }),
      isDenied('from elsewhere', 's3:GetObject', object),
    ],
  },
  {
    source: 'AWS global condition context keys: aws:PrincipalOrgID',
    kind: 'resource',
    statements: everyone(
      allow('s3:PutObject', { Resource: objects, Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-a1b2c3d4e5'] } } }),
    ),
    claims: [
      may('another account of the organization, whose policies allow it', 's3:PutObject', {
        ...object,
        ...partner,
        context: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
      }),
      mayNot('an account of another organization', 's3:PutObject', {
        ...object,
        ...partner,
        context: { 'aws:PrincipalOrgID': 'o-zzzzzzzzzz' },
      }),
      mayNot('an account of none', 's3:PutObject', { ...object, ...partner }),
      mayNot('anonymous', 's3:PutObject', { ...object, who: anonymous }),
    ],
  },
  {
    source: 'AWS global condition context keys: aws:PrincipalOrgPaths, a unit without the units below it',
    kind: 'resource',
    statements: everyone(
      allow('s3:GetObject', { Resource: objects, Condition: { 'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': [ou] } } }),
    ),
    claims: [
      may('in the unit', 's3:GetObject', { ...object, ...partner, context: orgPath(ou) }),
      mayNot('below it', 's3:GetObject', { ...object, ...partner, context: orgPath(`${ou}ou-ab12-33333333/`) }),
    ],
  },
  {
    source: 'AWS global condition context keys: aws:PrincipalOrgPaths, a unit with the units below it',
    kind: 'resource',
    statements: everyone(
      allow('s3:GetObject', { Resource: objects, Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [`${ou}*`] } } }),
    ),
    claims: [
      may('in the unit', 's3:GetObject', { ...object, ...partner, context: orgPath(ou) }),
      may('below it', 's3:GetObject', { ...object, ...partner, context: orgPath(`${ou}ou-ab12-33333333/`) }),
      mayNot('beside it', 's3:GetObject', { ...object, ...partner, context: orgPath('o-a1b2c3d4e5/r-ab12/ou-ab12-44444444/') }),
      mayNot('in no organization', 's3:GetObject', { ...object, ...partner }),
    ],
  },
  {
    source: 'AWS JSON policy elements: Principal: aws:PrincipalArn instead of NotPrincipal with Deny',
    kind: 'resource',
    administrator: true,
    statements: everyone(deny('s3:*', { Resource: both, Condition: { ArnNotEquals: { 'aws:PrincipalArn': stranger.arn as string } } })),
    claims: [
      isDenied('somebody else', 's3:GetObject', object),
      mayNot('the user is not denied, but needs an Allow here', 's3:GetObject', { ...object, ...partner }),
      isDenied('anonymous', 's3:GetObject', { ...object, who: anonymous }),
    ],
  },
  {
    source: 'AWS JSON policy elements: Principal: a role in aws:PrincipalArn with a wildcard in Principal',
    kind: 'resource',
    statements: everyone(allow('s3:GetObject', { Resource: objects, Condition: { ArnEquals: { 'aws:PrincipalArn': role.roleArn } } })),
    claims: [
      may('the role, whatever its session is called', 's3:GetObject', {
        ...object,
        who: { ...role, sessionName: 'any', arn: `${role.arn}-any` },
      }),
      mayNot('another role', 's3:GetObject', {
        ...object,
        who: { ...role, roleArn: `arn:aws:iam::${account}:role/other`, arn: `arn:aws:sts::${account}:assumed-role/other/s1` },
        by: 'identity',
      }),
    ],
  },
  {
    source: 'Configuring MFA-protected API access: MFA protection for resources that have resource-based policies',
    kind: 'resource',
    statements: to([account, otherAccount], '*', {
      Action: ['s3:PutObject', 's3:DeleteObject'],
      Resource: objects,
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
    claims: [
      may('a user of another account with credentials from GetSessionToken', 's3:PutObject', {
        ...object,
        ...partner,
        context: { 'aws:MultiFactorAuthPresent': true },
      }),
      mayNot('credentials from AssumeRole have no MFA', 's3:PutObject', {
        ...object,
        ...partner,
        context: { 'aws:MultiFactorAuthPresent': false },
      }),
      mayNot('access keys have no such key', 's3:PutObject', { ...object, ...partner }),
    ],
  },
]

testExamples(examples)
