import { account, allow, deny, otherAccount, role, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Example IAM identity-based policies: AWS Identity and Access Management", "Controlling access to and for IAM users and roles using tags",
// "Controlling access to AWS resources using tags".

const ann = `arn:aws:iam::${account}:user/ann`
const group = (name: string) => `arn:aws:iam::${account}:group/${name}`
const roleArn = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`
const onlyKeys = (...keys: string[]) => ({ 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } })
const tagged = (tags: Record<string, string>) => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  'aws:TagKeys': Object.keys(tags),
})

const examples: Example[] = [
  {
    source: 'IAM: Add a specific tag to a user with a specific tag',
    kind: 'identity',
    statements: [
      allow(['iam:ListUserTags', 'iam:ListUsers']),
      allow('iam:TagUser', {
        Condition: {
          StringEquals: {
            'iam:ResourceTag/JobFunction': 'Manager',
            'aws:RequestTag/Department': ['Marketing', 'Development', 'QualityAssurance'],
          },
          ...onlyKeys('Department'),
        },
      }),
    ],
    claims: [
      may('a department of the list, for a manager', 'iam:TagUser', {
        on: ann,
        context: { 'iam:ResourceTag/JobFunction': 'Manager', ...tagged({ Department: 'Marketing' }) },
      }),
      mayNot('for one who is no manager', 'iam:TagUser', { on: ann, context: tagged({ Department: 'Marketing' }) }),
      mayNot('another department', 'iam:TagUser', {
        on: ann,
        context: { 'iam:ResourceTag/JobFunction': 'Manager', ...tagged({ Department: 'Sales' }) },
      }),
      mayNot('another tag beside it', 'iam:TagUser', {
        on: ann,
        context: { 'iam:ResourceTag/JobFunction': 'Manager', ...tagged({ Department: 'Marketing', Floor: '2' }) },
      }),
    ],
  },
  {
    source: 'IAM: Add a specific tag with specific values',
    kind: 'identity',
    statements: [
      allow(['iam:GetRole', 'iam:GetUser', 'iam:ListRoles', 'iam:ListRoleTags', 'iam:ListUsers', 'iam:ListUserTags']),
      allow(['iam:TagUser', 'iam:TagRole'], {
        Condition: { StringEquals: { 'aws:RequestTag/CostCenter': ['A-123', 'B-456'] }, ...onlyKeys('CostCenter') },
      }),
    ],
    claims: [
      may('one of the values', 'iam:TagRole', { on: roleArn('app'), context: tagged({ CostCenter: 'B-456' }) }),
      mayNot('another value', 'iam:TagRole', { on: roleArn('app'), context: tagged({ CostCenter: 'C-789' }) }),
      mayNot('a value in another case', 'iam:TagUser', { on: ann, context: tagged({ CostCenter: 'a-123' }) }),
      mayNot('no tag of that key', 'iam:TagUser', { on: ann, context: tagged({ Other: 'A-123' }) }),
    ],
  },
  {
    source: 'IAM: Create new users only with specific tags',
    kind: 'identity',
    statements: allow(['iam:CreateUser', 'iam:TagUser'], {
      Condition: {
        StringEqualsIfExists: {
          'aws:RequestTag/Department': ['Development', 'QualityAssurance'],
          'aws:RequestTag/JobFunction': 'Employee',
        },
        ...onlyKeys('Department', 'JobFunction'),
      },
    }),
    claims: [
      may('one of the tags', 'iam:CreateUser', { on: ann, context: tagged({ Department: 'QualityAssurance' }) }),
      may('both', 'iam:CreateUser', { on: ann, context: tagged({ Department: 'Development', JobFunction: 'Employee' }) }),
      mayNot('one of them with another value', 'iam:CreateUser', { on: ann, context: tagged({ JobFunction: 'employee' }) }),
      mayNot('a tag that is not on the list', 'iam:CreateUser', { on: ann, context: tagged({ JobFunction: 'Employee', Project: 'core' }) }),
      may('no tag at all: both conditions are then true', 'iam:CreateUser', { on: ann }),
    ],
  },
  {
    source: 'IAM: Manage a specific tag',
    kind: 'identity',
    statements: allow(['iam:TagUser', 'iam:TagRole', 'iam:UntagUser', 'iam:UntagRole'], { Condition: onlyKeys('Department') }),
    claims: [
      may('the tag with any value', 'iam:TagUser', { on: ann, context: tagged({ Department: 'anything' }) }),
      may('taking it away', 'iam:UntagUser', { on: ann, context: { 'aws:TagKeys': ['Department'] } }),
      mayNot('another tag', 'iam:UntagRole', { on: roleArn('app'), context: { 'aws:TagKeys': ['Department', 'Owner'] } }),
    ],
  },
  {
    source: 'IAM: Access the policy simulator API based on user path',
    kind: 'identity',
    statements: allow(['iam:GetContextKeysForPrincipalPolicy', 'iam:SimulatePrincipalPolicy'], {
      Resource: 'arn:aws:iam::*:user/Department/Development/*',
    }),
    claims: [
      may('a user of the path', 'iam:SimulatePrincipalPolicy', { on: `arn:aws:iam::${account}:user/Department/Development/zoe` }),
      may('a user further down', 'iam:SimulatePrincipalPolicy', { on: `arn:aws:iam::${account}:user/Department/Development/web/zoe` }),
      mayNot('a user elsewhere', 'iam:SimulatePrincipalPolicy', { on: ann }),
    ],
  },
  {
    source: 'IAM: Access the policy simulator console based on user path',
    kind: 'identity',
    statements: [
      allow(['iam:GetPolicy', 'iam:GetUserPolicy']),
      allow(['iam:GetUser', 'iam:ListAttachedUserPolicies', 'iam:ListGroupsForUser', 'iam:ListUserPolicies', 'iam:ListUsers'], {
        Resource: 'arn:aws:iam::*:user/Department/Development/*',
      }),
    ],
    claims: [
      may('any managed policy', 'iam:GetPolicy', { on: `arn:aws:iam::${account}:policy/p` }),
      mayNot('a user elsewhere', 'iam:GetUser', { on: ann }),
    ],
  },
  {
    source: 'IAM: Allows IAM users to rotate their own credentials programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['iam:ListUsers', 'iam:GetAccountPasswordPolicy']),
      allow(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser', 'iam:*ServiceSpecificCredential*', 'iam:*SigningCertificate*'], {
        Resource: 'arn:aws:iam::*:user/${aws:username}',
      }),
    ],
    claims: [
      may('a wildcard at both ends of the name', 'iam:GetAccessKeyLastUsed', { on: ann }),
      may('another', 'iam:ResetServiceSpecificCredential', { on: ann }),
      mayNot("another user's keys", 'iam:UpdateAccessKey', { on: `arn:aws:iam::${account}:user/bob` }),
      mayNot('what no name covers', 'iam:UploadSSHPublicKey', { on: ann }),
    ],
  },
  {
    source: 'IAM: Limits managed policies that can be applied to an IAM user, group, or role',
    kind: 'identity',
    statements: [
      allow(['iam:CreateUser', 'iam:ListPolicies', 'iam:GetPolicy']),
      allow(['iam:AttachUserPolicy', 'iam:DetachUserPolicy'], {
        Condition: { ArnEquals: { 'iam:PolicyARN': [`arn:aws:iam::${account}:policy/Team`, 'arn:aws:iam::aws:policy/ReadOnlyAccess'] } },
      }),
    ],
    claims: [
      may('an AWS managed policy of the list', 'iam:AttachUserPolicy', {
        on: ann,
        context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      }),
      mayNot('one that is not', 'iam:AttachUserPolicy', {
        on: ann,
        context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
      mayNot('attaching to a group', 'iam:AttachGroupPolicy', { on: group('all') }),
    ],
  },
  {
    source: 'IAM: Allows specific IAM users to manage a group programmatically and in the console',
    kind: 'identity',
    statements: [
      allow(['iam:GetGroup', 'iam:AddUserToGroup', 'iam:UpdateGroup', 'iam:DeleteGroup'], { Resource: group('AllUsers') }),
      deny(['iam:UpdateGroup', 'iam:DeleteGroup', 'iam:AttachGroupPolicy'], {
        Resource: group('AllUsers'),
        Condition: { StringNotEquals: { 'aws:username': ['srodriguez', 'mjackson', 'adesai'] } },
      }),
    ],
    claims: [
      may('everybody views the group', 'iam:GetGroup', { on: group('AllUsers') }),
      isDenied('who is not on the list changes nothing', 'iam:UpdateGroup', { on: group('AllUsers') }),
      may('who is on it does', 'iam:UpdateGroup', { on: group('AllUsers'), who: { ...user, userName: 'mjackson' } }),
      isDenied('a role has no name, and a negated operator matches', 'iam:UpdateGroup', { on: group('AllUsers'), who: role }),
    ],
  },
  {
    source: 'IAM: Assume tagged roles',
    kind: 'identity',
    statements: allow('sts:AssumeRole', { Condition: { StringEquals: { 'iam:ResourceTag/Project': 'ExampleCorpABC' } } }),
    claims: [
      may('a role with the tag', 'sts:AssumeRole', { on: roleArn('app'), context: { 'iam:ResourceTag/Project': 'ExampleCorpABC' } }),
      mayNot('a role without', 'sts:AssumeRole', { on: roleArn('app') }),
      mayNot("a role of another account needs its trust policy's word as well", 'sts:AssumeRole', {
        on: roleArn('app', otherAccount),
        context: { 'iam:ResourceTag/Project': 'ExampleCorpABC' },
        by: 'resource',
      }),
    ],
  },
  {
    source: 'IAM: Pass an IAM role to a specific AWS service',
    kind: 'identity',
    statements: allow('iam:PassRole', { Condition: { StringEquals: { 'iam:PassedToService': 'cloudwatch.amazonaws.com' } } }),
    claims: [
      may('to CloudWatch', 'iam:PassRole', { on: roleArn('app'), context: { 'iam:PassedToService': 'cloudwatch.amazonaws.com' } }),
      mayNot('to EC2', 'iam:PassRole', { on: roleArn('app'), context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
    ],
  },
  {
    source: 'IAM and AWS STS condition context keys: iam:AssociatedResourceArn',
    kind: 'identity',
    statements: allow('iam:PassRole', {
      Condition: {
        StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        ArnLike: {
          'iam:AssociatedResourceARN': ['us-east-1', 'us-west-1'].map(region => `arn:aws:ec2:${region}:${account}:instance/*`),
        },
      },
    }),
    claims: [
      may('an instance in one of the Regions', 'iam:PassRole', {
        on: roleArn('app'),
        context: {
          'iam:PassedToService': 'ec2.amazonaws.com',
          'iam:AssociatedResourceArn': `arn:aws:ec2:us-west-1:${account}:instance/i-1`,
        },
      }),
      mayNot('an instance in another', 'iam:PassRole', {
        on: roleArn('app'),
        context: {
          'iam:PassedToService': 'ec2.amazonaws.com',
          'iam:AssociatedResourceArn': `arn:aws:ec2:eu-west-1:${account}:instance/i-1`,
        },
      }),
      mayNot('a service', 'iam:PassRole', { on: roleArn('app'), context: { 'iam:PassedToService': 'eks.amazonaws.com' } }),
    ],
  },
  {
    source: 'Grant a user permissions to pass a role to an AWS service: example 1',
    kind: 'identity',
    statements: allow(['iam:GetRole', 'iam:PassRole'], { Resource: roleArn('EC2-roles-for-XYZ-*') }),
    claims: [
      may('a role of the name', 'iam:PassRole', { on: roleArn('EC2-roles-for-XYZ-web') }),
      mayNot('another role', 'iam:PassRole', { on: roleArn('EC2-roles-for-ABC') }),
    ],
  },
  {
    source: 'Controlling access to and for IAM users and roles using tags: resources',
    kind: 'identity',
    statements: allow('iam:DeleteUser', { Condition: { StringEquals: { 'iam:ResourceTag/status': 'terminated' } } }),
    claims: [
      may('a user who left', 'iam:DeleteUser', { on: ann, context: { 'iam:ResourceTag/status': 'terminated' } }),
      may('keys have no case', 'iam:DeleteUser', { on: ann, context: { 'iam:resourcetag/Status': 'terminated' } }),
      mayNot('another user', 'iam:DeleteUser', { on: ann }),
    ],
  },
  {
    source: 'Controlling access to and for IAM users and roles using tags: requests',
    kind: 'identity',
    statements: allow('iam:TagUser', { Condition: { StringLike: { 'aws:RequestTag/department': ['HR', 'CS'] } } }),
    claims: [
      may('one of the departments', 'iam:TagUser', { on: ann, context: tagged({ department: 'CS' }) }),
      mayNot('another', 'iam:TagUser', { on: ann, context: tagged({ department: 'IT' }) }),
    ],
  },
  {
    source: 'Controlling access to and for IAM users and roles using tags: tag keys',
    kind: 'identity',
    statements: allow('iam:UntagUser', { Condition: onlyKeys('temporary') }),
    claims: [
      may('that key', 'iam:UntagUser', { on: ann, context: { 'aws:TagKeys': ['temporary'] } }),
      mayNot('another, too', 'iam:UntagUser', { on: ann, context: { 'aws:TagKeys': ['temporary', 'owner'] } }),
      mayNot('values of tag keys have case', 'iam:UntagUser', { on: ann, context: { 'aws:TagKeys': ['Temporary'] } }),
    ],
  },
]

testExamples(examples)
