import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, deny, everyone, otherAccount, policy, role, service, user, webIdentity } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// AWS's "Data perimeter policy examples" (aws-samples/data-perimeter-policy-examples): resource perimeter, governance and VPC endpoints.

const organization = 'o-a1b2c3d4e5'
const elsewhere = 'o-zzzzzzzzzz'
const thirdParty = '777788889999'
const object = 'arn:aws:s3:::data/x'
const owned = (by: string | undefined, more: Record<string, string> = {}) => ({
  on: object,
  context: { ...(by !== undefined && { 'aws:ResourceOrgID': by }), ...more },
})
const dp = (name: string) => ({ [`aws:PrincipalTag/dp:exclude:${name}`]: 'true' })

const resourcePerimeter: Example[] = [
  {
    source: 'EnforceResourcePerimeterAWSResources, …S3, …ThirdPartyResources (SCP)',
    kind: 'scp',
    // By the check reference's words, although public parameters have no account.
    errors: ['MISSING_ARN_ACCOUNT'],
    statements: [
      {
        Effect: 'Deny',
        Action: '*',
        NotResource: [
          'arn:aws:iam::aws:policy/*',
          'arn:aws:ssm:*::parameter/*',
          'arn:aws:ec2:*:aws:prefix-list/*',
          'arn:aws:s3:::templates-eu-west-1/*',
          'arn:aws:s3:::partner-bucket/*',
        ],
        Condition: {
          StringNotEqualsIfExists: {
            'aws:ResourceOrgID': organization,
            'ec2:Owner': 'amazon',
            'aws:PrincipalTag/dp:exclude:resource': 'true',
          },
        },
      },
      deny('*', {
        Resource: ['arn:aws:s3:::templates-eu-west-1/*'],
        Condition: {
          StringNotEqualsIfExists: { 'aws:ResourceOrgID': organization, 'aws:PrincipalTag/dp:exclude:resource': 'true' },
          'ForAllValues:StringNotEquals': { 'aws:CalledVia': ['servicecatalog.amazonaws.com'] },
        },
      }),
      deny('*', {
        Resource: ['arn:aws:s3:::partner-bucket/*'],
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:resource': 'true', 'aws:ResourceAccount': [thirdParty] },
        },
      }),
    ],
    claims: [
      may('a resource of the organization', 's3:GetObject', owned(organization)),
      isDenied('of another', 's3:GetObject', owned(elsewhere)),
      isDenied('of none', 's3:GetObject', owned(undefined)),
      may('a principal that is left out by tag', 's3:GetObject', owned(elsewhere, dp('resource'))),
      may("an image of Amazon's", 'ec2:RunInstances', { on: 'arn:aws:ec2:eu-west-1::image/ami-1', context: { 'ec2:Owner': 'amazon' } }),
      isDenied("an image of somebody's", 'ec2:RunInstances', {
        on: 'arn:aws:ec2:eu-west-1::image/ami-1',
        context: { 'ec2:Owner': otherAccount },
      }),
      may('an AWS managed policy', 'iam:GetPolicy', { on: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      may('a public parameter', 'ssm:GetParameter', { on: 'arn:aws:ssm:eu-west-1::parameter/aws/service/x' }),
      isDenied('a parameter of an account', 'ssm:GetParameter', { on: `arn:aws:ssm:eu-west-1:${otherAccount}:parameter/x` }),
      may('templates, by the service', 's3:GetObject', {
        on: 'arn:aws:s3:::templates-eu-west-1/t',
        context: { 'aws:CalledVia': ['servicecatalog.amazonaws.com'] },
      }),
      isDenied('templates, directly', 's3:GetObject', { on: 'arn:aws:s3:::templates-eu-west-1/t' }),
      isDenied('templates, by another service', 's3:GetObject', {
        on: 'arn:aws:s3:::templates-eu-west-1/t',
        context: { 'aws:CalledVia': ['athena.amazonaws.com'] },
      }),
      may("the third party's bucket", 's3:GetObject', {
        on: 'arn:aws:s3:::partner-bucket/x',
        context: { 'aws:ResourceAccount': thirdParty },
      }),
      isDenied('of the name, and of another account', 's3:GetObject', {
        on: 'arn:aws:s3:::partner-bucket/x',
        context: { 'aws:ResourceAccount': otherAccount },
      }),
    ],
  },
  {
    source: 'PreventIdPTrustModifications (SCP)',
    kind: 'scp',
    statements: deny(
      [
        'iam:CreateOpenIDConnectProvider',
        'iam:UpdateOpenIDConnectProviderThumbprint',
        'iam:CreateSAMLProvider',
        'rolesanywhere:CreateTrustAnchor',
      ],
      {
        Condition: { StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:identity': 'true' } },
      },
    ),
    claims: [
      isDenied('who is not left out', 'iam:CreateOpenIDConnectProvider', { on: `arn:aws:iam::${account}:oidc-provider/x` }),
      isDenied('by another value', 'iam:CreateSAMLProvider', { context: { 'aws:PrincipalTag/dp:exclude:identity': 'false' } }),
      may('who is', 'iam:CreateOpenIDConnectProvider', { on: `arn:aws:iam::${account}:oidc-provider/x`, context: dp('identity') }),
      may('reading', 'iam:GetOpenIDConnectProvider', { on: `arn:aws:iam::${account}:oidc-provider/x` }),
    ],
  },
  {
    source: 'PreventRAMExternalResourceShare, PreventExternalResourceShareKMS, PreventLambdaFunctionURLAuthNone (SCP)',
    kind: 'scp',
    statements: [
      deny(['ram:CreateResourceShare', 'ram:UpdateResourceShare'], {
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:identity': 'true' },
          Bool: { 'ram:RequestedAllowsExternalPrincipals': 'true' },
        },
      }),
      deny('kms:CreateGrant', {
        Condition: {
          BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
          StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:identity': 'true' },
        },
      }),
      deny(['lambda:AddPermission', 'lambda:CreateFunctionUrlConfig'], {
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:identity': 'true' },
          StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
        },
      }),
    ],
    claims: [
      isDenied('a share with strangers', 'ram:CreateResourceShare', { context: { 'ram:RequestedAllowsExternalPrincipals': true } }),
      may('a share within', 'ram:CreateResourceShare', { context: { 'ram:RequestedAllowsExternalPrincipals': false } }),
      isDenied('a grant of the own', 'kms:CreateGrant', { context: { 'kms:GrantIsForAWSResource': false } }),
      may('a grant for a service', 'kms:CreateGrant', { context: { 'kms:GrantIsForAWSResource': true } }),
      isDenied('a grant of which that is not known', 'kms:CreateGrant'),
      isDenied('a URL for everyone', 'lambda:CreateFunctionUrlConfig', { context: { 'lambda:FunctionUrlAuthType': 'NONE' } }),
      may('a URL for those who sign', 'lambda:CreateFunctionUrlConfig', { context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } }),
      may('a permission without URL', 'lambda:AddPermission'),
    ],
  },
  {
    source: 'ProtectDataPerimeterTags (SCP)',
    kind: 'scp',
    statements: deny('*', {
      Condition: {
        StringNotEqualsIfExists: { 'aws:PrincipalTag/team': 'admin' },
        'ForAnyValue:StringLike': { 'aws:TagKeys': ['dp:*', 'team'] },
      },
    }),
    claims: [
      isDenied('a tag of the perimeter', 'iam:TagRole', { on: role.roleArn, context: { 'aws:TagKeys': ['color', 'dp:exclude:network'] } }),
      may('other tags', 'iam:TagRole', { on: role.roleArn, context: { 'aws:TagKeys': ['color'] } }),
      may('an administrator', 'iam:TagRole', { on: role.roleArn, context: { 'aws:TagKeys': ['team'], 'aws:PrincipalTag/team': 'admin' } }),
      may('without tags', 'iam:GetRole', { on: role.roleArn }),
    ],
  },
]

const trusting = policy({ Effect: 'Allow', Principal: '*', Action: ['sts:AssumeRoleWithWebIdentity', 'sts:AssumeRole'] }, 'trust')
const inside = { 'aws:PrincipalOrgID': organization }

const endpoints: Example[] = [
  {
    source: "VPC endpoint policies: the organization's identities, AWS services and federated principals",
    kind: 'vpce',
    // The validator takes endpoint policies for any other resource policy.
    errors: ['UNSUPPORTED_WILDCARD_IN_PRINCIPAL', 'FEDERATED_PRINCIPAL_NOT_SUPPORTED'],
    statements: [
      everyone(allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization, 'aws:ResourceOrgID': organization } } })),
      everyone(allow('*', { Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } })),
      everyone(
        allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization, 'aws:PrincipalTag/dp:exclude:resource': 'true' } } }),
      ),
      {
        ...allow(['sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML']),
        Principal: { Federated: '*' },
        Condition: { StringEquals: { 'aws:ResourceOrgID': organization } },
      },
    ],
    claims: [
      may('its identities, its resources', 's3:GetObject', owned(organization, inside)),
      mayNot("its identities, others' resources", 's3:GetObject', owned(elsewhere, inside)),
      mayNot("others' identities, its resources", 's3:GetObject', owned(organization, { 'aws:PrincipalOrgID': elsewhere })),
      may('who is left out by tag', 's3:GetObject', owned(elsewhere, { ...inside, ...dp('resource') })),
      may('an AWS service', 's3:GetObject', { on: object, who: service, policies: { resource: policy(everyone(allow()), 'resource') } }),
      may('a federated principal, roles of the organization', 'sts:AssumeRoleWithWebIdentity', {
        on: role.roleArn,
        who: webIdentity,
        policies: { resource: trusting },
        context: { 'aws:ResourceOrgID': organization },
      }),
      mayNot("a federated principal, others' roles", 'sts:AssumeRoleWithWebIdentity', {
        on: role.roleArn,
        who: webIdentity,
        policies: { resource: trusting },
        context: { 'aws:ResourceOrgID': elsewhere },
      }),
    ],
  },
]

const stranger: PolicyPrincipal = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/eve`,
  userId: 'AIDAEVEEXAMPLEEXAMPL',
}
const from = (who: PolicyPrincipal, context: Record<string, string>) => ({ on: role.roleArn, who, administrator: true, context })

const trust: Example[] = [
  {
    source: 'Role trust policy: EnforceIdentityPerimeter, EnforceNetworkPerimeter',
    kind: 'trust',
    statements: [
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization, 'aws:PrincipalAccount': [thirdParty] },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        },
      },
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'],
        Condition: {
          NotIpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/24' },
          StringNotEqualsIfExists: { 'aws:SourceVpc': 'vpc-0a1b2c3d', 'aws:PrincipalAccount': [thirdParty] },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false', 'aws:ViaAWSService': 'false' },
          ArnNotLikeIfExists: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/aws-service-role/*` },
        },
      },
    ],
    claims: [
      may(
        'of the organization, from the network of the company',
        'sts:AssumeRole',
        from(user, { ...inside, 'aws:SourceIp': '203.0.113.7' }),
      ),
      isDenied('of the organization, from elsewhere', 'sts:AssumeRole', from(user, { ...inside, 'aws:SourceIp': '192.0.2.1' })),
      isDenied(
        'of another, from the network of the company',
        'sts:AssumeRole',
        from(stranger, { 'aws:PrincipalOrgID': elsewhere, 'aws:SourceIp': '203.0.113.7' }),
      ),
      may(
        'a third party that is listed',
        'sts:AssumeRole',
        from({ ...stranger, account: thirdParty } as PolicyPrincipal, { 'aws:SourceIp': '192.0.2.1' }),
      ),
    ],
  },
]

testExamples(resourcePerimeter)
testExamples([...endpoints, ...trust])
