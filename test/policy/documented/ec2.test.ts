import { account, allow, deny, role } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Example IAM identity-based policies: Amazon EC2", "Controlling access to AWS resources using tags".

const ec2 = (resource: string, region = 'eu-west-1') => `arn:aws:ec2:${region}:${account}:${resource}`
const instance = ec2('instance/i-1')

const examples: Example[] = [
  {
    source: 'Amazon EC2: Allows an EC2 instance to attach or detach volumes',
    kind: 'identity',
    statements: allow(['ec2:AttachVolume', 'ec2:DetachVolume'], {
      Resource: ['arn:aws:ec2:*:*:volume/*', 'arn:aws:ec2:*:*:instance/*'],
      Condition: { ArnEquals: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/i-1' } },
    }),
    claims: [
      may('the instance', 'ec2:AttachVolume', { on: ec2('volume/v-1'), who: role, context: { 'ec2:SourceInstanceARN': instance } }),
      mayNot('another instance', 'ec2:AttachVolume', {
        on: ec2('volume/v-1'),
        who: role,
        context: { 'ec2:SourceInstanceARN': ec2('instance/i-2') },
      }),
      mayNot('a user', 'ec2:DetachVolume', { on: instance }),
    ],
  },
  {
    source: 'Amazon EC2: Attach or detach Amazon EBS volumes to EC2 instances based on tags',
    kind: 'identity',
    statements: [
      allow(['ec2:AttachVolume', 'ec2:DetachVolume'], {
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Department': 'Development' } },
      }),
      allow(['ec2:AttachVolume', 'ec2:DetachVolume'], {
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: { StringEquals: { 'aws:ResourceTag/VolumeUser': '${aws:username}' } },
      }),
    ],
    claims: [
      may("the user's volume", 'ec2:AttachVolume', { on: ec2('volume/v-1'), context: { 'aws:ResourceTag/VolumeUser': 'ann' } }),
      mayNot("another's volume", 'ec2:AttachVolume', { on: ec2('volume/v-1'), context: { 'aws:ResourceTag/VolumeUser': 'bob' } }),
      may('an instance of the department', 'ec2:AttachVolume', { on: instance, context: { 'aws:ResourceTag/Department': 'Development' } }),
      mayNot('an instance is no volume', 'ec2:AttachVolume', { on: instance, context: { 'aws:ResourceTag/VolumeUser': 'ann' } }),
    ],
  },
  {
    source: 'Amazon EC2: Allows launching EC2 instances in a specific subnet, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['ec2:Describe*', 'ec2:GetConsole*']),
      allow('ec2:RunInstances', {
        Resource: [
          'arn:aws:ec2:*:*:subnet/subnet-1',
          ...['network-interface', 'instance', 'volume', 'key-pair', 'security-group'].map(type => `arn:aws:ec2:*:*:${type}/*`),
          'arn:aws:ec2:*::image/ami-*',
        ],
      }),
    ],
    claims: [
      may('the subnet', 'ec2:RunInstances', { on: ec2('subnet/subnet-1') }),
      may('an image, which has no account', 'ec2:RunInstances', { on: 'arn:aws:ec2:eu-west-1::image/ami-1' }),
      mayNot('another subnet', 'ec2:RunInstances', { on: ec2('subnet/subnet-2') }),
      may('a prefix of an action', 'ec2:DescribeVpcs'),
    ],
  },
  {
    source: 'Amazon EC2: Allows managing security groups associated with a specific VPC, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['ec2:AuthorizeSecurityGroupIngress', 'ec2:DeleteSecurityGroup', 'ec2:ModifySecurityGroupRules'], {
        Resource: 'arn:aws:ec2:*:*:security-group/*',
        Condition: { ArnEquals: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-1' } },
      }),
      allow(['ec2:DescribeSecurityGroups', 'ec2:DescribeTags']),
    ],
    claims: [
      may('a group of the VPC', 'ec2:DeleteSecurityGroup', { on: ec2('security-group/sg-1'), context: { 'ec2:Vpc': ec2('vpc/vpc-1') } }),
      mayNot('of another', 'ec2:DeleteSecurityGroup', { on: ec2('security-group/sg-1'), context: { 'ec2:Vpc': ec2('vpc/vpc-2') } }),
      mayNot('of none', 'ec2:DeleteSecurityGroup', { on: ec2('security-group/sg-1') }),
    ],
  },
  {
    source: 'Amazon EC2: Allows starting or stopping EC2 instances a user has tagged, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['ec2:StartInstances', 'ec2:StopInstances'], {
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' } },
      }),
      allow('ec2:DescribeInstances'),
    ],
    claims: [
      may('an own instance', 'ec2:StartInstances', { on: instance, context: { 'aws:ResourceTag/Owner': 'ann' } }),
      may('the tag key in another case', 'ec2:StartInstances', { on: instance, context: { 'aws:ResourceTag/owner': 'ann' } }),
      mayNot("another's", 'ec2:StartInstances', { on: instance, context: { 'aws:ResourceTag/Owner': 'bob' } }),
      mayNot('the value in another case', 'ec2:StartInstances', { on: instance, context: { 'aws:ResourceTag/Owner': 'Ann' } }),
    ],
  },
  {
    source: 'EC2: Start or stop instances based on tags',
    kind: 'identity',
    statements: allow(['ec2:StartInstances', 'ec2:StopInstances'], {
      Resource: ec2('instance/*'),
      Condition: { StringEquals: { 'aws:ResourceTag/Project': 'DataAnalytics', 'aws:PrincipalTag/Department': 'Data' } },
    }),
    claims: [
      may('both tags', 'ec2:StopInstances', {
        on: instance,
        context: { 'aws:ResourceTag/Project': 'DataAnalytics', 'aws:PrincipalTag/Department': 'Data' },
      }),
      mayNot('the principal has another', 'ec2:StopInstances', {
        on: instance,
        context: { 'aws:ResourceTag/Project': 'DataAnalytics', 'aws:PrincipalTag/Department': 'HR' },
      }),
      mayNot('the principal has none', 'ec2:StopInstances', { on: instance, context: { 'aws:ResourceTag/Project': 'DataAnalytics' } }),
    ],
  },
  {
    source: 'EC2: Start or stop instances based on matching principal and resource tags',
    kind: 'identity',
    statements: allow(['ec2:StartInstances', 'ec2:StopInstances'], {
      Condition: { StringEquals: { 'aws:ResourceTag/CostCenter': '${aws:PrincipalTag/CostCenter}' } },
    }),
    claims: [
      may('the same value', 'ec2:StartInstances', {
        on: instance,
        context: { 'aws:ResourceTag/CostCenter': '7', 'aws:PrincipalTag/CostCenter': '7' },
      }),
      mayNot('different values', 'ec2:StartInstances', {
        on: instance,
        context: { 'aws:ResourceTag/CostCenter': '7', 'aws:PrincipalTag/CostCenter': '8' },
      }),
      mayNot('neither is tagged', 'ec2:StartInstances', { on: instance }),
      mayNot('a value that looks like a wildcard is a text', 'ec2:StartInstances', {
        on: instance,
        context: { 'aws:ResourceTag/CostCenter': '7', 'aws:PrincipalTag/CostCenter': '*' },
      }),
    ],
  },
  {
    source: 'Amazon EC2: Allows full EC2 access within a specific Region, programmatically and in the console',
    kind: 'identity',
    statements: allow('ec2:*', { Condition: { StringEquals: { 'ec2:Region': 'eu-west-1' } } }),
    claims: [
      may('in the Region', 'ec2:RunInstances', { on: instance, context: { 'ec2:Region': 'eu-west-1' } }),
      mayNot('in another', 'ec2:RunInstances', { on: ec2('instance/i-1', 'us-east-1'), context: { 'ec2:Region': 'us-east-1' } }),
    ],
  },
  {
    source: 'Amazon EC2: Allows starting or stopping an EC2 instance and modifying a security group, programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['ec2:DescribeInstances', 'ec2:DescribeSecurityGroups']),
      allow(['ec2:AuthorizeSecurityGroupIngress', 'ec2:StartInstances', 'ec2:StopInstances'], {
        Resource: ['arn:aws:ec2:*:*:instance/i-1', 'arn:aws:ec2:*:*:security-group/sg-1'],
      }),
    ],
    claims: [
      may('the instance', 'ec2:StopInstances', { on: instance }),
      mayNot('another', 'ec2:StopInstances', { on: ec2('instance/i-11') }),
      may('the group', 'ec2:AuthorizeSecurityGroupIngress', { on: ec2('security-group/sg-1') }),
    ],
  },
  {
    source: 'Amazon EC2: Requires MFA (GetSessionToken) for specific EC2 operations',
    kind: 'identity',
    statements: [
      allow('ec2:*'),
      deny(['ec2:TerminateInstances', 'ec2:StopInstances'], { Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': false } } }),
    ],
    claims: [
      may('other operations without MFA', 'ec2:RunInstances', { on: instance }),
      isDenied('stopping without', 'ec2:StopInstances', { on: instance }),
      may('stopping with MFA', 'ec2:StopInstances', { on: instance, context: { 'aws:MultiFactorAuthPresent': true } }),
    ],
  },
  {
    source: 'Amazon EC2: Limits terminating EC2 instances to an IP address range',
    kind: 'identity',
    statements: [
      allow('ec2:TerminateInstances'),
      deny('ec2:TerminateInstances', { Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } } }),
    ],
    claims: [
      may('from a range', 'ec2:TerminateInstances', { on: instance, context: { 'aws:SourceIp': '192.0.2.9' } }),
      isDenied('from elsewhere, even for an administrator', 'ec2:TerminateInstances', {
        on: instance,
        administrator: true,
        context: { 'aws:SourceIp': '198.51.100.9' },
      }),
    ],
  },
  {
    source: 'Controlling access to AWS resources using tags: requests',
    kind: 'identity',
    statements: allow('ec2:CreateTags', {
      Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: {
        StringEquals: { 'aws:RequestTag/environment': ['preprod', 'production'] },
        'ForAllValues:StringEquals': { 'aws:TagKeys': 'environment' },
      },
    }),
    claims: [
      may('one of the values', 'ec2:CreateTags', {
        on: instance,
        context: { 'aws:RequestTag/environment': 'preprod', 'aws:TagKeys': ['environment'] },
      }),
      mayNot('the key in another case: aws:TagKeys holds keys as values, which have case', 'ec2:CreateTags', {
        on: instance,
        context: { 'aws:RequestTag/Environment': 'preprod', 'aws:TagKeys': ['Environment'] },
      }),
    ],
  },
]

testExamples(examples)
