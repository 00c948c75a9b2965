import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, anonymous, deny, federated, otherAccount, policy, role, root, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "AWS JSON policy elements: Principal", "NotPrincipal", "Disabling permissions for temporary security credentials",
// "Permissions for GetFederationToken".

const bucket = 'arn:aws:s3:::audit'
const both = [bucket, `${bucket}/*`]
const object = { on: `${bucket}/x` }
const bob: PolicyPrincipal & { type: 'user' } = {
  ...user,
  account: otherAccount,
  arn: `arn:aws:iam::${otherAccount}:user/Bob`,
  userId: 'AIDABOB',
  userName: 'Bob',
}
const session = (name: string): PolicyPrincipal => ({
  ...role,
  account: otherAccount,
  arn: `arn:aws:sts::${otherAccount}:assumed-role/cross-account-read-only-role/${name}`,
  roleArn: `arn:aws:iam::${otherAccount}:role/cross-account-read-only-role`,
  roleId: 'AROAREADONLY',
  sessionName: name,
})
const theirs = { ...object, owner: account, administrator: true }
const boundary = policy(allow())
const except = (...aws: string[]): StatementInput[] => [
  { ...allow('s3:*', { Resource: both }), Principal: '*' },
  { ...deny('s3:*', { Resource: both }), NotPrincipal: { AWS: aws } },
]
const denyTo = (aws: string) => ({ ...deny('s3:*', { Resource: both }), Principal: { AWS: aws } })
const session1 = role.arn

const examples: Example[] = [
  {
    source: 'AWS JSON policy elements: Principal: accounts',
    kind: 'resource',
    statements: to([account, '555555555555'], 's3:GetObject', { Resource: both }),
    claims: [
      may('who has a policy of the own account', 's3:GetObject', { ...object, administrator: true }),
      mayNot('the account delegates: who has none', 's3:GetObject', { ...object, by: 'identity' }),
      may('the root user of the account', 's3:GetObject', { ...object, who: root }),
      mayNot('another account', 's3:GetObject', { ...theirs, who: bob }),
    ],
  },
  {
    source: 'AWS JSON policy elements: Principal: an account by its ARN, another and a canonical user id',
    kind: 'resource',
    statements: {
      ...allow('s3:GetObject', { Resource: both }),
      Principal: {
        AWS: [`arn:aws:iam::${account}:root`, '999999999999'],
        CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be',
      },
    },
    claims: [
      may('the account', 's3:GetObject', { ...object, administrator: true }),
      may('the canonical user', 's3:GetObject', {
        ...theirs,
        who: { ...bob, canonicalId: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
      }),
      mayNot('another', 's3:GetObject', { ...theirs, who: bob }),
    ],
  },
  {
    source: 'AWS JSON policy elements: Principal: users',
    kind: 'resource',
    statements: to([user.arn, `arn:aws:iam::${account}:user/zoe`], 's3:GetObject', { Resource: both }),
    claims: [
      may('one of them', 's3:GetObject', object),
      mayNot('names have case', 's3:GetObject', {
        ...object,
        who: { ...user, arn: `arn:aws:iam::${account}:user/Ann`, userId: 'AIDAOTHER' },
        by: 'identity',
      }),
      mayNot('a user made anew has another unique id but the same ARN; another name has neither', 's3:GetObject', {
        ...object,
        who: { ...user, arn: `arn:aws:iam::${account}:user/ann2`, userId: 'AIDANEW' },
        by: 'identity',
      }),
    ],
  },
  {
    source: 'AWS JSON policy elements: Principal: services',
    kind: 'trust',
    statements: {
      Effect: 'Allow',
      Principal: { Service: ['ecs.amazonaws.com', 'elasticloadbalancing.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
    claims: [
      may('one', 'sts:AssumeRole', { on: role.roleArn, who: { type: 'service', service: 'elasticloadbalancing.amazonaws.com' } }),
      mayNot('another', 'sts:AssumeRole', { on: role.roleArn, who: { type: 'service', service: 'ec2.amazonaws.com' } }),
    ],
  },
  {
    source: 'AWS JSON policy elements: NotPrincipal: an IAM user in the same or a different account',
    kind: 'resource',
    statements: except(bob.arn, `arn:aws:iam::${otherAccount}:root`),
    claims: [
      may('the user', 's3:GetObject', { ...theirs, who: bob }),
      isDenied('others of the account', 's3:GetObject', { ...theirs, who: { ...bob, arn: `${bob.arn}by`, userId: 'AIDABOBBY' } }),
      isDenied("the bucket's account", 's3:GetObject', { ...object, administrator: true }),
      isDenied('anonymous', 's3:GetObject', { ...object, who: anonymous }),
      isDenied('the user, once it has a permissions boundary, whoever is named', 's3:GetObject', {
        ...theirs,
        who: bob,
        policies: { boundary },
      }),
    ],
  },
  {
    source: 'AWS JSON policy elements: NotPrincipal: an IAM user without its account',
    kind: 'resource',
    statements: except(bob.arn),
    claims: [isDenied('the user', 's3:GetObject', { ...theirs, who: bob }), isDenied('everybody else', 's3:GetObject', object)],
  },
  {
    source: 'AWS JSON policy elements: NotPrincipal: an IAM role in the same or different account',
    kind: 'resource',
    statements: except(
      `arn:aws:sts::${otherAccount}:assumed-role/cross-account-read-only-role/cross-account-audit-app`,
      `arn:aws:iam::${otherAccount}:role/cross-account-read-only-role`,
      `arn:aws:iam::${otherAccount}:root`,
    ),
    claims: [
      may('the session', 's3:GetObject', { ...theirs, who: session('cross-account-audit-app') }),
      isDenied('another session of the role', 's3:GetObject', { ...theirs, who: session('someone') }),
      isDenied('a user of the account', 's3:GetObject', { ...theirs, who: bob }),
      isDenied('the session of a role with a permissions boundary', 's3:GetObject', {
        ...theirs,
        who: session('cross-account-audit-app'),
        policies: { boundary },
      }),
    ],
  },
  {
    source: 'AWS JSON policy elements: NotPrincipal: the alternative that the page recommends, with a permissions boundary',
    kind: 'resource',
    statements: [
      { ...allow('s3:*', { Resource: both }), Principal: '*' },
      { ...deny('s3:*', { Resource: both, Condition: { ArnNotEquals: { 'aws:PrincipalArn': bob.arn } } }), Principal: '*' },
    ],
    claims: [
      may('the user with a boundary', 's3:GetObject', { ...theirs, who: bob, policies: { boundary } }),
      isDenied('others', 's3:GetObject', { ...object, policies: { boundary } }),
    ],
  },
  {
    source: 'Disabling permissions for temporary security credentials: a federated user',
    kind: 'resource',
    administrator: true,
    statements: denyTo(federated.arn),
    claims: [
      isDenied('that federated user', 's3:GetObject', { ...object, who: federated, policies: { session: [boundary] } }),
      may('the user who federated', 's3:GetObject', object),
      may('another federated user', 's3:GetObject', {
        ...object,
        who: { ...federated, arn: `arn:aws:sts::${account}:federated-user/carol`, name: 'carol' },
        policies: { session: [boundary] },
      }),
    ],
  },
  {
    source: 'Disabling permissions for temporary security credentials: all federated users of a user',
    kind: 'resource',
    administrator: true,
    statements: denyTo(user.arn),
    claims: [
      isDenied('a federated user', 's3:GetObject', { ...object, who: federated, policies: { session: [boundary] } }),
      isDenied('the user, too', 's3:GetObject', object),
    ],
  },
  {
    source: 'Disabling permissions for temporary security credentials: a session of a role',
    kind: 'resource',
    administrator: true,
    statements: denyTo(session1),
    claims: [
      isDenied('that session', 's3:GetObject', { ...object, who: role }),
      may('another', 's3:GetObject', { ...object, who: { ...role, arn: `${role.arn}0`, sessionName: 's10' } }),
    ],
  },
  {
    source: 'Disabling permissions for temporary security credentials: all sessions of a role',
    kind: 'resource',
    administrator: true,
    statements: denyTo(role.roleArn),
    claims: [
      isDenied('one session', 's3:GetObject', { ...object, who: role }),
      isDenied('another', 's3:GetObject', { ...object, who: { ...role, arn: `${role.arn}0`, sessionName: 's10' } }),
      may('a user', 's3:GetObject', object),
    ],
  },
  {
    source: 'Disabling permissions for temporary security credentials: issued before a specific time',
    kind: 'identity',
    administrator: true,
    statements: deny('*', { Condition: { DateLessThan: { 'aws:TokenIssueTime': '2014-05-07T23:47:00Z' } } }),
    claims: [
      isDenied('issued before', 's3:GetObject', { ...object, context: { 'aws:TokenIssueTime': new Date('2014-05-07T23:46:59Z') } }),
      may('issued after', 's3:GetObject', { ...object, context: { 'aws:TokenIssueTime': new Date('2014-05-07T23:47:01Z') } }),
      may('long-term credentials', 's3:GetObject', object),
    ],
  },
  {
    source: 'Permissions for GetFederationToken: a bucket policy that names the federated user',
    kind: 'resource',
    statements: to(federated.arn, '*', { Action: ['s3:GetObject', 's3:PutObject'], Resource: both }),
    claims: [
      may('without any session policy', 's3:GetObject', { ...object, who: federated }),
      mayNot('the user who federated', 's3:GetObject', { ...object, by: 'identity' }),
      mayNot('another action', 's3:DeleteObject', { ...object, who: federated, by: 'identity' }),
    ],
  },
]

testExamples(examples)
