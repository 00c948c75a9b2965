import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, deny, otherAccount, role, root, serviceLinkedRole } from '../support.ts'
import { type Example, isDenied, may, testExamples } from './example.ts'

// AWS Organizations User Guide, "Service control policy examples".

const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
const as = (name: string): PolicyPrincipal => ({
  ...role,
  roleArn: roleArn(name),
  arn: `arn:aws:sts::${account}:assumed-role/${name.split('/').at(-1)}/s1`,
})
const instance = `arn:aws:ec2:eu-west-1:${account}:instance/i-1`
const volume = `arn:aws:ec2:eu-west-1:${account}:volume/v-1`
const roleChanges = ['iam:AttachRolePolicy', 'iam:DeleteRole', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:UpdateRole']
const admin = roleArn('org-admins/iam-admin')
const untagged = (action: string, Resource: string | string[], tag: string) =>
  deny(action, { Resource, Condition: { Null: { [`aws:RequestTag/${tag}`]: 'true' } } })
const launched = ['arn:aws:ec2:*:*:instance/*', 'arn:aws:ec2:*:*:volume/*']
const tagChanges = ['ec2:CreateTags', 'ec2:DeleteTags']

const examples: Example[] = [
  {
    source: 'Service control policy examples: Deny access to AWS based on the requested AWS Region',
    kind: 'scp',
    statements: {
      Effect: 'Deny',
      NotAction: [
        'cloudfront:*',
        'ec2:DescribeRegions',
        'iam:*',
        'organizations:*',
        's3:GetAccountPublic*',
        's3:ListAllMyBuckets',
        'sts:*',
      ],
      Resource: '*',
      Condition: {
        StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] },
        ArnNotLike: { 'aws:PrincipalARN': ['arn:aws:iam::*:role/Bypass1', 'arn:aws:iam::*:role/Bypass2'] },
      },
    },
    claims: [
      may('an approved Region', 'ec2:RunInstances', { context: { 'aws:RequestedRegion': 'eu-central-1' } }),
      isDenied('another', 'ec2:RunInstances', { context: { 'aws:RequestedRegion': 'us-east-1' } }),
      may('a global service', 'iam:ListUsers', { context: { 'aws:RequestedRegion': 'us-east-1' } }),
      may('an action of the list by its beginning', 's3:GetAccountPublicAccessBlock', { context: { 'aws:RequestedRegion': 'us-east-1' } }),
      may('a role that is exempt', 'ec2:RunInstances', { who: as('Bypass2'), context: { 'aws:RequestedRegion': 'us-east-1' } }),
      isDenied('another role', 'ec2:RunInstances', { who: role, context: { 'aws:RequestedRegion': 'us-east-1' } }),
      isDenied('the root user of a member account', 'ec2:RunInstances', { who: root, context: { 'aws:RequestedRegion': 'us-east-1' } }),
      may('a service-linked role', 'ec2:RunInstances', { who: serviceLinkedRole, context: { 'aws:RequestedRegion': 'us-east-1' } }),
    ],
  },
  {
    source: 'Service control policy examples: Prevent IAM users and roles from making certain changes',
    kind: 'scp',
    statements: deny(roleChanges, { Resource: ['arn:aws:iam::*:role/audited'] }),
    claims: [
      isDenied('changing the role', 'iam:PutRolePolicy', { on: roleArn('audited') }),
      may('changing another', 'iam:PutRolePolicy', { on: roleArn('other') }),
      may('reading it', 'iam:GetRole', { on: roleArn('audited') }),
    ],
  },
  {
    source:
      'Service control policy examples: Prevent IAM users and roles from making specified changes, with an exception for a specified admin role',
    kind: 'scp',
    statements: deny(roleChanges, {
      Resource: ['arn:aws:iam::*:role/audited'],
      Condition: { StringNotLike: { 'aws:PrincipalARN': 'arn:aws:iam::*:role/admin' } },
    }),
    claims: [
      may('the admin role', 'iam:DeleteRole', { on: roleArn('audited'), who: as('admin') }),
      isDenied('another', 'iam:DeleteRole', { on: roleArn('audited'), who: role }),
      isDenied('a user', 'iam:DeleteRole', { on: roleArn('audited') }),
    ],
  },
  {
    source: 'Service control policy examples: Require MFA to perform an API operation',
    kind: 'scp',
    statements: deny(['ec2:StopInstances', 'ec2:TerminateInstances'], {
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': false } },
    }),
    claims: [
      may('with MFA', 'ec2:StopInstances', { on: instance, context: { 'aws:MultiFactorAuthPresent': true } }),
      isDenied('without', 'ec2:StopInstances', { on: instance, context: { 'aws:MultiFactorAuthPresent': false } }),
      isDenied('with access keys', 'ec2:TerminateInstances', { on: instance }),
    ],
  },
  {
    source: 'Service control policy examples: Block service access for the root user',
    kind: 'scp',
    statements: deny(['ec2:*'], { Resource: ['*'], Condition: { StringLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:root'] } } }),
    claims: [
      isDenied('the root user', 'ec2:DescribeInstances', { who: root }),
      may('a user', 'ec2:DescribeInstances'),
      may('the root user elsewhere', 's3:ListAllMyBuckets', { who: root }),
    ],
  },
  {
    source: 'Service control policy examples: Prevent member accounts from leaving the organization',
    kind: 'scp',
    statements: deny(['organizations:LeaveOrganization']),
    claims: [isDenied('leaving', 'organizations:LeaveOrganization', { who: root }), may('looking', 'organizations:DescribeOrganization')],
  },
  {
    source: 'Service control policy examples: Require Amazon EC2 instances to use a specific type',
    kind: 'scp',
    statements: deny('ec2:RunInstances', {
      Resource: ['arn:aws:ec2:*:*:instance/*'],
      Condition: { StringNotEquals: { 'ec2:InstanceType': 't2.micro' } },
    }),
    claims: [
      may('that type', 'ec2:RunInstances', { on: instance, context: { 'ec2:InstanceType': 't2.micro' } }),
      isDenied('another', 'ec2:RunInstances', { on: instance, context: { 'ec2:InstanceType': 'm5.large' } }),
      may('the other resources of a launch have no type and are not named', 'ec2:RunInstances', { on: volume }),
    ],
  },
  {
    source: 'Service control policy examples: Prevent launching EC2 instances without IMDSv2',
    kind: 'scp',
    statements: [
      deny('ec2:RunInstances', {
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringNotEquals: { 'ec2:MetadataHttpTokens': 'required' } },
      }),
      deny('*', { Condition: { NumericLessThan: { 'ec2:RoleDelivery': '2.0' } } }),
    ],
    claims: [
      may('tokens required', 'ec2:RunInstances', { on: instance, context: { 'ec2:MetadataHttpTokens': 'required' } }),
      isDenied('tokens optional', 'ec2:RunInstances', { on: instance, context: { 'ec2:MetadataHttpTokens': 'optional' } }),
      isDenied('credentials that IMDSv1 delivered', 's3:ListAllMyBuckets', { who: role, context: { 'ec2:RoleDelivery': 1 } }),
      may('credentials that IMDSv2 delivered', 's3:ListAllMyBuckets', { who: role, context: { 'ec2:RoleDelivery': '2.0' } }),
      may('credentials of another kind', 's3:ListAllMyBuckets'),
    ],
  },
  {
    source: 'Service control policy examples: Require a tag on specified created resources',
    kind: 'scp',
    statements: [
      untagged('secretsmanager:CreateSecret', '*', 'Project'),
      untagged('ec2:RunInstances', launched, 'Project'),
      untagged('ec2:RunInstances', launched, 'CostCenter'),
    ],
    claims: [
      may('both tags', 'ec2:RunInstances', { on: volume, context: { 'aws:RequestTag/Project': 'a', 'aws:RequestTag/CostCenter': 'b' } }),
      isDenied('one of them', 'ec2:RunInstances', { on: volume, context: { 'aws:RequestTag/Project': 'a' } }),
      isDenied('a secret without', 'secretsmanager:CreateSecret'),
    ],
  },
  {
    source: 'Service control policy examples: Prevent tags from being modified except by authorized principals',
    kind: 'scp',
    statements: [
      deny(tagChanges, {
        Condition: {
          StringNotEquals: { 'ec2:ResourceTag/access-project': '${aws:PrincipalTag/access-project}', 'aws:PrincipalArn': admin },
          Null: { 'ec2:ResourceTag/access-project': false },
        },
      }),
      deny(tagChanges, {
        Condition: {
          StringNotEquals: { 'aws:RequestTag/access-project': '${aws:PrincipalTag/access-project}', 'aws:PrincipalArn': admin },
          'ForAnyValue:StringEquals': { 'aws:TagKeys': ['access-project'] },
        },
      }),
      deny(tagChanges, {
        Condition: { StringNotEquals: { 'aws:PrincipalArn': admin }, Null: { 'aws:PrincipalTag/access-project': true } },
      }),
    ],
    claims: [
      may('resource and principal have the same value', 'ec2:CreateTags', {
        on: instance,
        context: { 'ec2:ResourceTag/access-project': 'peg', 'aws:PrincipalTag/access-project': 'peg', 'aws:TagKeys': ['Name'] },
      }),
      isDenied('they have different ones', 'ec2:CreateTags', {
        on: instance,
        context: { 'ec2:ResourceTag/access-project': 'uni', 'aws:PrincipalTag/access-project': 'peg', 'aws:TagKeys': ['Name'] },
      }),
      isDenied('another value for the tag that authorizes', 'ec2:CreateTags', {
        on: instance,
        context: {
          'ec2:ResourceTag/access-project': 'peg',
          'aws:PrincipalTag/access-project': 'peg',
          'aws:RequestTag/access-project': 'uni',
          'aws:TagKeys': ['access-project'],
        },
      }),
      isDenied('a principal without the tag', 'ec2:CreateTags', { on: instance, context: { 'aws:TagKeys': ['Name'] } }),
      may('the administrators', 'ec2:DeleteTags', {
        on: instance,
        who: as('org-admins/iam-admin'),
        context: { 'ec2:ResourceTag/access-project': 'uni', 'aws:TagKeys': ['access-project'] },
      }),
    ],
  },
  {
    source: 'Service control policy examples: Prevent any VPC that does not already have internet access from getting it',
    kind: 'scp',
    statements: deny(['ec2:AttachInternetGateway', 'ec2:CreateInternetGateway', 'globalaccelerator:Create*', 'globalaccelerator:Update*']),
    claims: [
      isDenied('a gateway', 'ec2:CreateInternetGateway'),
      isDenied('an accelerator', 'globalaccelerator:CreateAccelerator'),
      may('taking one away', 'ec2:DetachInternetGateway'),
    ],
  },
  {
    source: 'Service control policy examples: Preventing external sharing',
    kind: 'scp',
    statements: deny(['ram:CreateResourceShare', 'ram:UpdateResourceShare'], {
      Condition: { Bool: { 'ram:RequestedAllowsExternalPrincipals': 'true' } },
    }),
    claims: [
      isDenied('with outsiders', 'ram:CreateResourceShare', { context: { 'ram:RequestedAllowsExternalPrincipals': true } }),
      may('within the organization', 'ram:CreateResourceShare', { context: { 'ram:RequestedAllowsExternalPrincipals': false } }),
    ],
  },
  {
    source: 'Service control policy examples: Allowing specific accounts to share only specified resource types',
    kind: 'scp',
    statements: deny('ram:CreateResourceShare', {
      Condition: {
        StringNotEquals: { 'aws:PrincipalAccount': ['777788889999', otherAccount] },
        StringEquals: { 'ram:RequestedResourceType': 'ec2:PrefixList' },
      },
    }),
    claims: [
      isDenied('another account', 'ram:CreateResourceShare', { context: { 'ram:RequestedResourceType': 'ec2:PrefixList' } }),
      may('another type', 'ram:CreateResourceShare', { context: { 'ram:RequestedResourceType': 'ec2:Subnet' } }),
    ],
  },
  {
    source: 'Service control policy examples: Allow sharing with only specified IAM users and roles',
    kind: 'scp',
    statements: deny('ram:CreateResourceShare', {
      Condition: {
        'ForAnyValue:StringNotEquals': { 'ram:Principal': ['arn:aws:organizations::123456789012:organization/o-12345abcde', otherAccount] },
      },
    }),
    claims: [
      may('those', 'ram:CreateResourceShare', { context: { 'ram:Principal': [otherAccount] } }),
      isDenied('one other among them', 'ram:CreateResourceShare', { context: { 'ram:Principal': [otherAccount, '777788889999'] } }),
    ],
  },
]

testExamples(examples)
