import { describe, expect, test } from 'vitest'
import { parsePolicy, type PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, anonymous, deny, everyone, otherAccount, policy, policyText, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// AWS Organizations User Guide, "Resource control policy examples", "RCP evaluation" and "RCP syntax".

const organization = 'o-a1b2c3d4e5'
const object = 'arn:aws:s3:::data/x'
const open = { resource: policy(everyone(allow('s3:*')), 'resource') }
const insider = { 'aws:PrincipalOrgID': organization }
const stranger: PolicyPrincipal = { ...user, account: otherAccount, arn: `arn:aws:iam::${otherAccount}:user/eve`, userId: 'AIDAEVE' }
const cloudtrail: PolicyPrincipal = { type: 'service', service: 'cloudtrail.amazonaws.com' }
const services = ['s3:*', 'sqs:*', 'kms:*', 'secretsmanager:*', 'sts:*']

const examples: Example[] = [
  {
    source: 'Resource control policy examples: RCPFullAWSAccess',
    kind: 'rcp',
    statements: to('*', '*', { Principal: '*' }),
    claims: [
      may('what identity policies allow', 's3:GetObject', { on: object, administrator: true }),
      mayNot('it grants nothing', 's3:GetObject', { on: object, by: 'identity' }),
    ],
  },
  {
    source: 'Resource control policy examples: Cross-service confused deputy protection',
    kind: 'rcp',
    statements: everyone(
      deny(services, {
        Condition: {
          StringNotEqualsIfExists: { 'aws:SourceOrgID': organization, 'aws:SourceAccount': ['777788889999'] },
          Bool: { 'aws:PrincipalIsAWSService': 'true' },
          Null: { 'aws:SourceArn': 'false' },
        },
      }),
    ),
    claims: [
      may('a service on behalf of the organization', 's3:PutObject', {
        on: object,
        who: cloudtrail,
        policies: open,
        context: { 'aws:SourceArn': 'arn:aws:cloudtrail:x', 'aws:SourceAccount': account, 'aws:SourceOrgID': organization },
      }),
      isDenied('a service on behalf of a stranger', 's3:PutObject', {
        on: object,
        who: cloudtrail,
        policies: open,
        context: { 'aws:SourceArn': 'arn:aws:cloudtrail:x', 'aws:SourceAccount': otherAccount, 'aws:SourceOrgID': 'o-zzzzzzzzzz' },
      }),
      isDenied('a service on behalf of an account of no organization', 's3:PutObject', {
        on: object,
        who: cloudtrail,
        policies: open,
        context: { 'aws:SourceArn': 'arn:aws:cloudtrail:x', 'aws:SourceAccount': otherAccount },
      }),
      may('a service on behalf of a third party that is listed', 's3:PutObject', {
        on: object,
        who: cloudtrail,
        policies: open,
        context: { 'aws:SourceArn': 'arn:aws:cloudtrail:x', 'aws:SourceAccount': '777788889999' },
      }),
      may('a service that says nothing of a source', 's3:PutObject', { on: object, who: cloudtrail, policies: open }),
      may('a user', 's3:PutObject', { on: object, administrator: true }),
    ],
  },
  {
    source: 'Resource control policy examples: Restrict access to only HTTPS connections to your resources',
    kind: 'rcp',
    administrator: true,
    statements: everyone(deny(services, { Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } })),
    claims: [
      may('over HTTPS', 's3:GetObject', { on: object, context: { 'aws:SecureTransport': true } }),
      isDenied('over HTTP', 's3:GetObject', { on: object, context: { 'aws:SecureTransport': false } }),
      may('a service that is not listed', 'ec2:DescribeInstances', { context: { 'aws:SecureTransport': false } }),
    ],
  },
  {
    source: 'Resource control policy examples: Restrict access to identities of the organization',
    kind: 'rcp',
    statements: everyone(
      deny(['s3:*', 'sqs:*', 'sts:AssumeRole'], {
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization, 'aws:PrincipalAccount': ['777788889999'] },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    ),
    claims: [
      may('a member', 's3:GetObject', { on: object, administrator: true, context: insider }),
      isDenied('a stranger whom the bucket policy lets in', 's3:GetObject', {
        on: object,
        owner: account,
        who: stranger,
        administrator: true,
        policies: open,
        context: { 'aws:PrincipalOrgID': 'o-zzzzzzzzzz' },
      }),
      isDenied('anonymous, whom the bucket policy lets in', 's3:GetObject', { on: object, who: anonymous, policies: open }),
      may('a service', 's3:PutObject', { on: object, who: cloudtrail, policies: open }),
      isDenied("the root user of a stranger's account", 's3:GetObject', {
        on: object,
        owner: account,
        who: { type: 'root', account: otherAccount, arn: `arn:aws:iam::${otherAccount}:root` },
        policies: open,
      }),
    ],
  },
  {
    source: 'Resource control policy examples: Consistent bucket policy controls',
    kind: 'rcp',
    administrator: true,
    statements: [
      everyone(deny('s3:*', { Condition: { NumericLessThan: { 's3:TlsVersion': ['1.2'] } } })),
      everyone(deny('s3:PutObject', { Condition: { Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'true' } } })),
    ],
    claims: [
      may('TLS 1.3', 's3:GetObject', { on: object, context: { 's3:TlsVersion': 1.3 } }),
      isDenied('TLS 1.1', 's3:GetObject', { on: object, context: { 's3:TlsVersion': '1.1' } }),
      isDenied('an object without a KMS key', 's3:PutObject', { on: object }),
    ],
  },
]

testExamples(examples)

describe('RCP syntax', () => {
  const rcp = (statement: StatementInput) => () => parsePolicy(policyText(statement), 'rcp')
  test('Principal is "*"', () => {
    expect(rcp(everyone(deny('s3:*')))).not.toThrow()
    expect(rcp({ ...deny('s3:*'), Principal: { AWS: account } })).toThrow('does not meet the requirements')
  })
  test('NotPrincipal is not supported', () => expect(rcp({ ...deny('s3:*'), NotPrincipal: '*' })).toThrow('does not meet the requirements'))
  test('NotAction is not supported', () =>
    expect(rcp(everyone({ Effect: 'Deny', NotAction: 's3:*', Resource: '*' }))).toThrow('does not meet the requirements'))
  test('NotResource is', () => expect(rcp(everyone({ Effect: 'Deny', Action: 's3:*', NotResource: 'arn:aws:s3:::open/*' }))).not.toThrow())
})
