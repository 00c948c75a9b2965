import { account, allow, anonymous, deny, everyone, federated, otherAccount, to, user } from '../support.ts'
import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// Amazon S3 User Guide, "Examples of Amazon S3 bucket policies", "Amazon S3 condition key examples", "Controlling access from VPC endpoints with bucket policies".

const bucket = 'arn:aws:s3:::photos'
const objects = `${bucket}/*`
const both = [bucket, objects]
const object = { on: `${bucket}/a.jpg` }
const stranger: PolicyPrincipal = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/dave`,
  userId: 'AIDADAVE',
  userName: 'dave',
}
const partner = { who: stranger, owner: account, administrator: true }
const s3: PolicyPrincipal = { type: 'service', service: 's3.amazonaws.com' }
const logs: PolicyPrincipal = { type: 'service', service: 'logging.s3.amazonaws.com' }
const lens: PolicyPrincipal = { type: 'service', service: 'storage-lens.s3.amazonaws.com' }
const cloudfront: PolicyPrincipal = { type: 'service', service: 'cloudfront.amazonaws.com' }
const acl = (value: string) => ({ 's3:x-amz-acl': value })
const taxes = `${bucket}/taxdocuments/*`
const tax = { on: `${bucket}/taxdocuments/2025`, who: federated }

const bucketPolicies: Example[] = [
  {
    source: 'Examples of Amazon S3 bucket policies: Granting permissions to multiple accounts with added conditions',
    kind: 'resource',
    statements: to([`arn:aws:iam::${account}:root`, `arn:aws:iam::${otherAccount}:root`], 's3:PutObject', {
      Resource: objects,
      Condition: { StringEquals: { 's3:x-amz-acl': ['public-read'] } },
    }),
    claims: [
      may('the other account, whose policies allow it, with the ACL', 's3:PutObject', {
        ...object,
        ...partner,
        context: acl('public-read'),
      }),
      mayNot('with another ACL', 's3:PutObject', { ...object, ...partner, context: acl('private') }),
      mayNot('who has no policy of the own account', 's3:PutObject', {
        ...object,
        ...partner,
        administrator: false,
        context: acl('public-read'),
        by: 'identity',
      }),
      mayNot('a third account', 's3:PutObject', {
        ...object,
        ...partner,
        who: { ...stranger, account: '777788889999', arn: 'arn:aws:iam::777788889999:user/eve' },
        context: acl('public-read'),
      }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Granting read-only permission to an anonymous user',
    kind: 'resource',
    statements: everyone(allow(['s3:GetObject', 's3:GetObjectVersion'], { Resource: objects })),
    claims: [
      may('anonymous', 's3:GetObject', { ...object, who: anonymous }),
      may('a user of the account, who needs nothing else', 's3:GetObject', { ...object, owner: account }),
      mayNot('a user of another account needs the own account, too', 's3:GetObject', {
        ...object,
        ...partner,
        administrator: false,
        by: 'identity',
      }),
      mayNot('writing', 's3:PutObject', { ...object, who: anonymous }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Restricting access to specific IP addresses',
    kind: 'resource',
    administrator: true,
    statements: everyone(deny('s3:*', { Resource: both, Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })),
    claims: [
      may('from the range', 's3:GetObject', { ...object, context: { 'aws:SourceIp': '192.0.2.7' } }),
      isDenied('from elsewhere', 's3:GetObject', { ...object, context: { 'aws:SourceIp': '203.0.113.7' } }),
      isDenied('through a VPC endpoint', 's3:ListBucket', { on: bucket }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Allowing IPv4 and IPv6 addresses',
    kind: 'resource',
    statements: everyone(
      allow('s3:*', {
        Resource: both,
        Condition: {
          IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:DB8:1234:5678::/64'] },
          NotIpAddress: { 'aws:SourceIp': ['192.0.2.128/30', '2001:DB8:1234:5678:ABCD::/80'] },
        },
      }),
    ),
    claims: [
      may('an IPv4 address', 's3:GetObject', { ...object, context: { 'aws:SourceIp': '192.0.2.1' } }),
      may('an IPv6 address', 's3:GetObject', { ...object, context: { 'aws:SourceIp': '2001:DB8:1234:5678::1' } }),
      may('the same address written in another way', 's3:GetObject', {
        ...object,
        context: { 'aws:SourceIp': '2001:db8:1234:5678:0:0:0:1' },
      }),
      mayNot('an IPv4 address that is left out', 's3:GetObject', { ...object, context: { 'aws:SourceIp': '192.0.2.129' }, by: 'identity' }),
      mayNot('an IPv6 address that is left out', 's3:GetObject', {
        ...object,
        context: { 'aws:SourceIp': '2001:DB8:1234:5678:ABCD::1' },
        by: 'identity',
      }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Restricting access to an HTTP referer',
    kind: 'resource',
    statements: everyone(
      allow(['s3:GetObject', 's3:GetObjectVersion'], {
        Resource: objects,
        Condition: { StringLike: { 'aws:Referer': ['http://www.example.com/*', 'http://example.com/*'] } },
      }),
    ),
    findings: ['UNTRUSTWORTHY_CONDITION_KEY'],
    claims: [
      may('from a page of the site', 's3:GetObject', { ...object, who: anonymous, context: { 'aws:referer': 'http://example.com/album' } }),
      mayNot('from another site', 's3:GetObject', { ...object, who: anonymous, context: { 'aws:referer': 'http://example.org/album' } }),
      mayNot('typed into the browser', 's3:GetObject', { ...object, who: anonymous }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Granting permission to an Amazon CloudFront origin access control',
    kind: 'resource',
    statements: {
      ...allow('s3:GetObject', {
        Resource: objects,
        Condition: { StringEquals: { 'aws:SourceArn': `arn:aws:cloudfront::${account}:distribution/EDFDVBD6EXAMPLE` } },
      }),
      Principal: { Service: 'cloudfront.amazonaws.com' },
    },
    claims: [
      may('the distribution', 's3:GetObject', {
        ...object,
        who: cloudfront,
        context: { 'aws:SourceArn': `arn:aws:cloudfront::${account}:distribution/EDFDVBD6EXAMPLE` },
      }),
      mayNot('another distribution', 's3:GetObject', {
        ...object,
        who: cloudfront,
        context: { 'aws:SourceArn': `arn:aws:cloudfront::${otherAccount}:distribution/EOTHER` },
      }),
      mayNot('not through CloudFront', 's3:GetObject', { ...object, who: anonymous }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Granting permission to an Amazon CloudFront OAI',
    kind: 'resource',
    statements: {
      ...allow('s3:GetObject', { Resource: objects }),
      Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC' },
    },
    claims: [
      mayNot('not through CloudFront', 's3:GetObject', { ...object, who: anonymous }),
      mayNot('nor by a user', 's3:GetObject', { ...object, by: 'identity' }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Requiring MFA',
    kind: 'resource',
    statements: [
      everyone({ ...deny('s3:*', { Resource: taxes, Condition: { Null: { 'aws:MultiFactorAuthAge': true } } }), Sid: '' }),
      everyone({ ...deny('s3:*', { Resource: taxes, Condition: { NumericGreaterThan: { 'aws:MultiFactorAuthAge': 3600 } } }), Sid: '' }),
      everyone({ ...allow('s3:GetObject', { Resource: objects }), Sid: '' }),
    ],
    claims: [
      may('with MFA within the hour', 's3:GetObject', { ...tax, context: { 'aws:MultiFactorAuthAge': 60 } }),
      isDenied('with MFA longer ago', 's3:GetObject', { ...tax, context: { 'aws:MultiFactorAuthAge': 3601 } }),
      isDenied('without MFA', 's3:GetObject', tax),
      may('other folders without MFA', 's3:GetObject', object),
    ],
  },
  {
    source:
      'Examples of Amazon S3 bucket policies: Granting cross-account permissions to upload objects while ensuring that the bucket owner has full control',
    kind: 'resource',
    statements: to(otherAccount, 's3:PutObject', {
      Resource: objects,
      Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }),
    claims: [
      may('with the ACL', 's3:PutObject', { ...object, ...partner, context: acl('bucket-owner-full-control') }),
      mayNot('without', 's3:PutObject', { ...object, ...partner }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Granting permissions for S3 Inventory and S3 analytics',
    kind: 'resource',
    statements: {
      ...allow('s3:PutObject', {
        Resource: [objects],
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::source' },
          StringEquals: { 'aws:SourceAccount': account, 's3:x-amz-acl': 'bucket-owner-full-control' },
        },
      }),
      Principal: { Service: 's3.amazonaws.com' },
    },
    claims: [
      may('the source bucket of the account', 's3:PutObject', {
        ...object,
        who: s3,
        context: { 'aws:SourceArn': 'arn:aws:s3:::source', 'aws:SourceAccount': account, ...acl('bucket-owner-full-control') },
      }),
      mayNot('a bucket of that name in another account', 's3:PutObject', {
        ...object,
        who: s3,
        context: { 'aws:SourceArn': 'arn:aws:s3:::source', 'aws:SourceAccount': otherAccount, ...acl('bucket-owner-full-control') },
      }),
      mayNot('another service', 's3:PutObject', {
        ...object,
        who: logs,
        context: { 'aws:SourceArn': 'arn:aws:s3:::source', 'aws:SourceAccount': account, ...acl('bucket-owner-full-control') },
      }),
    ],
  },
  {
    source: 'Examples of Amazon S3 bucket policies: Granting permissions for Amazon S3 Storage Lens',
    kind: 'resource',
    statements: {
      ...allow('s3:PutObject', {
        Resource: `${bucket}/lens/StorageLens/${account}/*`,
        Condition: {
          StringEquals: {
            's3:x-amz-acl': 'bucket-owner-full-control',
            'aws:SourceAccount': account,
            'aws:SourceArn': `arn:aws:s3:eu-west-1:${account}:storage-lens/dashboard`,
          },
        },
      }),
      Principal: { Service: ['storage-lens.s3.amazonaws.com'] },
    },
    claims: [
      may('the dashboard', 's3:PutObject', {
        on: `${bucket}/lens/StorageLens/${account}/report`,
        who: lens,
        context: {
          ...acl('bucket-owner-full-control'),
          'aws:SourceAccount': account,
          'aws:SourceArn': `arn:aws:s3:eu-west-1:${account}:storage-lens/dashboard`,
        },
      }),
      mayNot('another place in the bucket', 's3:PutObject', {
        on: `${bucket}/lens/x`,
        who: lens,
        context: {
          ...acl('bucket-owner-full-control'),
          'aws:SourceAccount': account,
          'aws:SourceArn': `arn:aws:s3:eu-west-1:${account}:storage-lens/dashboard`,
        },
      }),
    ],
  },
]

testExamples(bucketPolicies)
