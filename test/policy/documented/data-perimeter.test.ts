import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, deny, everyone, issuer, otherAccount, policy, role, serviceLinkedRole, user, webIdentity } from '../support.ts'
import { type Example, isDenied, may, testExamples } from './example.ts'

// AWS's "Data perimeter policy examples" (aws-samples/data-perimeter-policy-examples): identity, resource and network perimeters.

const organization = 'o-a1b2c3d4e5'
const elsewhere = 'o-zzzzzzzzzz'
const thirdParty = '777788889999'
const object = 'arn:aws:s3:::data/x'
const stranger: PolicyPrincipal = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/eve`,
  userId: 'AIDAEVEEXAMPLEEXAMPL',
}
const service: PolicyPrincipal = { type: 'service', service: 'cloudtrail.amazonaws.com' }
const open = { resource: policy(everyone(allow()), 'resource') }
const onObject = (who: PolicyPrincipal, context: Record<string, unknown>) => ({
  on: object,
  who,
  administrator: true,
  owner: account,
  policies: open,
  context: context as Record<string, string>,
})
const hub = 'token.actions.example.com'
const assume = (claims: Record<string, string>, tags: Record<string, string> = {}) => ({
  on: role.roleArn,
  who: webIdentity,
  policies: { resource: policy({ Effect: 'Allow', Principal: { Federated: '*' }, Action: 'sts:AssumeRoleWithWebIdentity' }, 'trust') },
  context: { ...claims, ...tags },
})

const identityPerimeter: Example[] = [
  {
    source: 'EnforceOrgIdentities (RCP)',
    kind: 'rcp',
    statements: everyone(
      deny(['s3:*', 'sqs:*', 'kms:*', 'secretsmanager:*', 'sts:AssumeRole'], {
        Condition: {
          StringNotEqualsIfExists: {
            'aws:PrincipalOrgID': organization,
            'aws:PrincipalAccount': [thirdParty],
            'aws:ResourceTag/dp:exclude:identity': 'true',
          },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    ),
    claims: [
      may('an identity of the organization', 's3:GetObject', onObject(user, { 'aws:PrincipalOrgID': organization })),
      isDenied('of another', 's3:GetObject', onObject(stranger, { 'aws:PrincipalOrgID': elsewhere })),
      isDenied('of none', 's3:GetObject', onObject(stranger, {})),
      may(
        'a third party that is listed',
        's3:GetObject',
        onObject({ ...stranger, account: thirdParty } as PolicyPrincipal, { 'aws:PrincipalOrgID': elsewhere }),
      ),
      may('an AWS service', 's3:PutObject', onObject(service, {})),
      may('a resource that is left out by tag', 's3:GetObject', onObject(stranger, { 'aws:ResourceTag/dp:exclude:identity': 'true' })),
      may('services that are not listed', 'sns:Publish', { ...onObject(stranger, {}), on: `arn:aws:sns:eu-west-1:${account}:t` }),
    ],
  },
  {
    source: 'EnforceTrustedOIDCTenants, EnforceTrustedOIDCProviders (RCP)',
    kind: 'rcp',
    statements: [
      everyone(
        deny('sts:AssumeRoleWithWebIdentity', {
          Condition: {
            StringNotEqualsIfExists: { [`${hub}:sub`]: 'repo:ours/app', 'aws:ResourceTag/dp:exclude:identity': 'true' },
            Null: { [`${hub}:sub`]: 'false' },
          },
        }),
      ),
      everyone(deny('sts:AssumeRoleWithWebIdentity', { Condition: { Null: { [`${hub}:sub`]: 'true', [`${issuer}:sub`]: 'true' } } })),
    ],
    claims: [
      may('the own tenant of a provider of many', 'sts:AssumeRoleWithWebIdentity', assume({ [`${hub}:sub`]: 'repo:ours/app' })),
      isDenied('another tenant of it', 'sts:AssumeRoleWithWebIdentity', assume({ [`${hub}:sub`]: 'repo:theirs/app' })),
      may(
        'another tenant, for a role that is left out by tag',
        'sts:AssumeRoleWithWebIdentity',
        assume({ [`${hub}:sub`]: 'repo:theirs/app' }, { 'aws:ResourceTag/dp:exclude:identity': 'true' }),
      ),
      may(
        'the other trusted provider',
        'sts:AssumeRoleWithWebIdentity',
        assume({ [`${issuer}:sub`]: 'system:serviceaccount:default:app' }),
      ),
      isDenied('a third provider', 'sts:AssumeRoleWithWebIdentity', assume({ 'login.example.org:sub': 'x' })),
    ],
  },
  {
    source: 'EnforceConfusedDeputyProtection (RCP)',
    kind: 'rcp',
    statements: everyone(
      deny(['s3:*', 'sqs:*', 'kms:*', 'secretsmanager:*', 'sts:*'], {
        Condition: {
          StringNotEqualsIfExists: { 'aws:SourceOrgID': organization, 'aws:SourceAccount': [thirdParty] },
          Null: { 'aws:SourceAccount': 'false' },
          Bool: { 'aws:PrincipalIsAWSService': 'true' },
        },
      }),
    ),
    claims: [
      may(
        'on behalf of the organization',
        's3:PutObject',
        onObject(service, { 'aws:SourceAccount': account, 'aws:SourceOrgID': organization }),
      ),
      isDenied(
        'on behalf of another',
        's3:PutObject',
        onObject(service, { 'aws:SourceAccount': otherAccount, 'aws:SourceOrgID': elsewhere }),
      ),
      isDenied('on behalf of an account without organization', 's3:PutObject', onObject(service, { 'aws:SourceAccount': otherAccount })),
      may('on behalf of a third party that is listed', 's3:PutObject', onObject(service, { 'aws:SourceAccount': thirdParty })),
      may('integrations that have no source account', 's3:PutObject', onObject(service, {})),
      may('identities', 's3:PutObject', onObject(user, { 'aws:SourceAccount': otherAccount })),
    ],
  },
  {
    source: 'ProtectDataPerimeterSessionTags (RCP)',
    kind: 'rcp',
    statements: everyone(
      deny('sts:TagSession', {
        Condition: {
          Null: { 'SAML:aud': 'true' },
          StringNotEqualsIfExists: { 'aws:PrincipalTag/team': 'admin', 'aws:PrincipalOrgID': organization },
          'ForAnyValue:StringLike': { 'aws:TagKeys': ['dp:*', 'team'] },
        },
      }),
    ),
    claims: [
      isDenied('a stranger who is no administrator', 'sts:TagSession', tagging(['dp:exclude:network'], {})),
      may('other tags', 'sts:TagSession', tagging(['color'], {})),
      may('an administrator', 'sts:TagSession', tagging(['team'], { 'aws:PrincipalTag/team': 'admin' })),
      may('the own organization', 'sts:TagSession', tagging(['team'], { 'aws:PrincipalOrgID': organization })),
      may('by SAML', 'sts:TagSession', tagging(['team'], { 'saml:aud': 'https://signin.example.com/saml' })),
    ],
  },
]

function tagging(keys: string[], context: Record<string, unknown>) {
  return { ...onObject(user, { 'aws:TagKeys': keys, ...context }), on: role.roleArn }
}

const outside = { 'aws:PrincipalTag/dp:include:network': 'true', 'aws:SourceIp': '192.0.2.1' }

const networkPerimeter: Example[] = [
  {
    source: 'EnforceNetworkPerimeterSourceVPC (SCP)',
    kind: 'scp',
    statements: {
      Effect: 'Deny',
      NotAction: ['es:ES*', 'dax:GetItem', 'elasticfilesystem:client*', 'rds-db:connect'],
      Resource: '*',
      Condition: {
        BoolIfExists: { 'aws:ViaAWSService': 'false' },
        NotIpAddressIfExists: { 'aws:SourceIp': ['203.0.113.0/24'] },
        StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:network': 'true', 'aws:SourceVpc': ['vpc-0a1b2c3d'] },
        ArnNotLikeIfExists: { 'aws:PrincipalArn': ['arn:aws:iam::*:role/aws:ec2-infrastructure'] },
        StringEquals: { 'aws:PrincipalTag/dp:include:network': 'true' },
      },
    },
    claims: [
      isDenied('from elsewhere', 's3:GetObject', { on: object, context: outside }),
      may('from the network of the company', 's3:GetObject', { on: object, context: { ...outside, 'aws:SourceIp': '203.0.113.7' } }),
      may('from the VPC', 's3:GetObject', { on: object, context: { ...outside, 'aws:SourceVpc': 'vpc-0a1b2c3d' } }),
      isDenied('from another VPC', 's3:GetObject', { on: object, context: { ...outside, 'aws:SourceVpc': 'vpc-00000000' } }),
      may('by a service on its behalf', 's3:GetObject', { on: object, context: { ...outside, 'aws:ViaAWSService': true } }),
      may('a principal that is left out by tag', 's3:GetObject', {
        on: object,
        context: { ...outside, 'aws:PrincipalTag/dp:exclude:network': 'true' },
      }),
      may('a principal that is not included', 's3:GetObject', { on: object, context: { 'aws:SourceIp': '192.0.2.1' } }),
      may('actions that are not covered', 'elasticfilesystem:ClientMount', { context: outside }),
      may('a service-linked role', 's3:GetObject', { on: object, who: serviceLinkedRole, context: outside }),
      may("EC2's own role", 's3:GetObject', {
        on: object,
        who: { ...role, roleArn: `arn:aws:iam::${account}:role/aws:ec2-infrastructure` },
        context: outside,
      }),
    ],
  },
  {
    source: 'SourceVPCRegion (SCP)',
    kind: 'scp',
    statements: deny('*', {
      Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-0a1b2c3d' }, StringNotEqualsIfExists: { 'aws:RequestedRegion': 'eu-west-1' } },
    }),
    claims: [
      may('its Region', 's3:GetObject', { on: object, context: { 'aws:SourceVpc': 'vpc-0a1b2c3d', 'aws:RequestedRegion': 'eu-west-1' } }),
      isDenied('another', 's3:GetObject', { on: object, context: { 'aws:SourceVpc': 'vpc-0a1b2c3d', 'aws:RequestedRegion': 'us-east-1' } }),
      may('from another network', 's3:GetObject', { on: object, context: { 'aws:RequestedRegion': 'us-east-1' } }),
    ],
  },
  {
    source: 'EnforceNetworkPerimeterOnEC2Roles, EnforceNetworkPerimeterOnIAMUsers (SCP)',
    kind: 'scp',
    statements: [{ Null: { 'ec2:SourceInstanceARN': 'false' } }, { ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:user/*'] } }].map(
      only => ({
        Effect: 'Deny',
        NotAction: ['rds-db:connect'],
        Resource: '*',
        Condition: {
          BoolIfExists: { 'aws:ViaAWSService': 'false' },
          NotIpAddressIfExists: { 'aws:SourceIp': ['203.0.113.0/24'] },
          StringNotEqualsIfExists: { 'aws:SourceVpc': ['vpc-0a1b2c3d'] },
          ...only,
        },
      }),
    ),
    claims: [
      isDenied('the role of an instance, from elsewhere', 's3:GetObject', {
        on: object,
        who: role,
        context: { 'aws:SourceIp': '192.0.2.1', 'ec2:SourceInstanceARN': `arn:aws:ec2:eu-west-1:${account}:instance/i-0a1b2c3d` },
      }),
      may('a role of no instance', 's3:GetObject', { on: object, who: role, context: { 'aws:SourceIp': '192.0.2.1' } }),
      isDenied('a user, from elsewhere', 's3:GetObject', { on: object, context: { 'aws:SourceIp': '192.0.2.1' } }),
      may('a user, from the network of the company', 's3:GetObject', { on: object, context: { 'aws:SourceIp': '203.0.113.7' } }),
      isDenied('a user, from nowhere that is known', 's3:GetObject', { on: object }),
    ],
  },
]

testExamples(identityPerimeter)
testExamples(networkPerimeter)
