import { describe, expect, test } from 'vitest'
import { type ApplicablePolicies, decide, type PolicyPrincipal, type RequestContext } from '../../../src/policy/index.ts'
import { account, allow, deny, federated, otherAccount, policy, role, root, type StatementInput, to, user } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// IAM User Guide, "Policy evaluation logic" and its pages: single account, cross-account, enforcement code, "The difference between explicit and implicit denies";
// "Evaluating effective permissions with boundaries".

const bucket = 'arn:aws:s3:::books'
const object = `${bucket}/x`
const get = 's3:GetObject'
const identity = (...statements: StatementInput[]) => policy(statements)
const resource = (...statements: StatementInput[]) => policy(statements, 'resource')
const yes = identity(allow(get))
const no = identity(allow('ec2:*'))
const scp = (...statements: StatementInput[]) => [[policy(statements, 'scp')]]
const rcp = (...statements: StatementInput[]) => [[policy([to('*'), ...statements], 'rcp')]]

interface Row extends Partial<ApplicablePolicies> {
  readonly rule: string
  readonly who?: PolicyPrincipal
  readonly context?: RequestContext
  readonly expected: string
}

function answer({ who = user, context = {}, rule: _rule, expected: _expected, ...policies }: Row, owner = account) {
  const request = { principal: who, action: get, resource: object, resourceAccount: owner, context }
  const { effect, decidedBy } = decide(request, { identity: [], ...policies })
  return `${effect} by ${decidedBy}`
}

/** What the page's table has in its rows: the principal that the resource policy names, with no Allow in identity policy, boundary and session policy. */
const closed = { identity: [no], boundary: no }
const inSession = { ...closed, session: [no] }
const named = (arn: string) => ({ resource: resource(to(arn, get)) })

describe('Resource-based policies and implicit denies in other policy types (same account): what is denied implicitly, one at a time', () => {
  const rows: Row[] = [
    { rule: 'IAM user, identity policy', ...named(user.arn), identity: [no], expected: 'allowed by resource' },
    { rule: 'IAM user, boundary', ...named(user.arn), ...closed, expected: 'allowed by resource' },
    { rule: 'IAM role, identity policy', who: role, ...named(role.roleArn), identity: [no], expected: 'allowed by resource' },
    { rule: 'IAM role, boundary', who: role, ...named(role.roleArn), ...closed, expected: 'implicitDeny by boundary' },
    {
      rule: 'IAM role, session policy',
      who: role,
      ...named(role.roleArn),
      identity: [no],
      session: [no],
      expected: 'implicitDeny by session',
    },
    { rule: 'IAM role session, all three', who: role, ...named(role.arn), ...inSession, expected: 'allowed by resource' },
    {
      rule: 'IAM federated user session, all three',
      who: federated,
      ...named(federated.arn),
      ...inSession,
      expected: 'allowed by resource',
    },
    {
      rule: 'the user who federated, boundary',
      who: federated,
      ...named(user.arn),
      ...closed,
      session: [yes],
      expected: 'implicitDeny by boundary',
    },
    {
      rule: 'the user who federated, session policy',
      who: federated,
      ...named(user.arn),
      session: [no],
      expected: 'implicitDeny by session',
    },
    { rule: 'the user who federated, no session policy', who: federated, ...named(user.arn), expected: 'implicitDeny by session' },
    { rule: 'account, identity policy', ...named(account), identity: [no], expected: 'implicitDeny by identity' },
    { rule: 'account, boundary', ...named(account), identity: [yes], boundary: no, expected: 'implicitDeny by boundary' },
    { rule: 'account, session policy', who: role, ...named(account), identity: [yes], session: [no], expected: 'implicitDeny by session' },
    {
      rule: 'account, all allow',
      who: role,
      ...named(account),
      identity: [yes],
      boundary: yes,
      session: [yes],
      expected: 'allowed by identity',
    },
    { rule: 'everyone, all three', who: role, ...named('*'), ...inSession, expected: 'allowed by resource' },
  ]
  test.each(rows)('$rule: $expected', row => expect(answer(row)).toBe(row.expected))

  test.each<Row>([
    { rule: 'a user', ...named(user.arn), identity: [identity(deny(get))], expected: 'explicitDeny by identity' },
    {
      rule: 'a role session',
      who: role,
      ...named(role.arn),
      identity: [],
      boundary: identity(deny(get)),
      expected: 'explicitDeny by boundary',
    },
    { rule: 'a session', who: role, ...named(role.arn), session: [identity(deny(get))], expected: 'explicitDeny by session' },
  ])('an explicit deny counts whoever is named: $rule', row => expect(answer(row)).toBe(row.expected))
})

describe('Evaluating effective permissions: intersections', () => {
  const rows: Row[] = [
    { rule: 'identity or resource policy, within the account', identity: [no], ...named(user.arn), expected: 'allowed by resource' },
    { rule: 'identity and boundary', identity: [yes], boundary: yes, expected: 'allowed by identity' },
    { rule: 'identity and boundary, the one', identity: [no], boundary: yes, expected: 'implicitDeny by identity' },
    { rule: 'identity and boundary, the other', identity: [yes], boundary: no, expected: 'implicitDeny by boundary' },
    { rule: 'identity and SCP', identity: [yes], scps: scp(allow('ec2:*')), expected: 'implicitDeny by scp' },
    { rule: 'identity, boundary and SCP, all', identity: [yes], boundary: yes, scps: scp(allow(get)), expected: 'allowed by identity' },
    {
      rule: 'identity, boundary and SCP, not the boundary',
      identity: [yes],
      boundary: no,
      scps: scp(allow(get)),
      expected: 'implicitDeny by boundary',
    },
    {
      rule: 'identity, boundary and session, all',
      who: role,
      identity: [yes],
      boundary: yes,
      session: [yes],
      expected: 'allowed by identity',
    },
    {
      rule: 'identity, boundary and session, not the session',
      who: role,
      identity: [yes],
      boundary: yes,
      session: [no],
      expected: 'implicitDeny by session',
    },
    { rule: 'SCPs limit what resource policies grant', ...named(user.arn), scps: scp(allow('ec2:*')), expected: 'implicitDeny by scp' },
    { rule: 'RCPs limit it, too', ...named(user.arn), rcps: rcp({ ...deny(get), Principal: '*' }), expected: 'explicitDeny by rcp' },
    { rule: 'RCPs limit the root user', who: root, rcps: rcp({ ...deny(get), Principal: '*' }), expected: 'explicitDeny by rcp' },
    { rule: 'by default all is denied but to the root user', who: root, expected: 'allowed by none' },
    { rule: 'by default all is denied', expected: 'implicitDeny by identity' },
  ]
  test.each(rows)('$rule: $expected', row => expect(answer(row)).toBe(row.expected))
})

describe('Cross-account policy evaluation logic: both accounts must allow', () => {
  const rows: Row[] = [
    { rule: 'the user is named and its account allows', ...named(user.arn), identity: [yes], expected: 'allowed by identity' },
    { rule: 'the account is named and the identity policy allows', ...named(account), identity: [yes], expected: 'allowed by identity' },
    { rule: 'the role is named and allowed', who: role, ...named(role.roleArn), identity: [yes], expected: 'allowed by identity' },
    { rule: 'the session is named and allowed', who: role, ...named(role.arn), identity: [yes], expected: 'allowed by identity' },
    {
      rule: 'the session is named but its boundary does not allow',
      who: role,
      ...named(role.arn),
      identity: [yes],
      boundary: no,
      expected: 'implicitDeny by boundary',
    },
    {
      rule: 'the session is named but its session policy does not',
      who: role,
      ...named(role.arn),
      identity: [yes],
      session: [no],
      expected: 'implicitDeny by session',
    },
    { rule: 'the user is named but its account does not allow', ...named(user.arn), expected: 'implicitDeny by identity' },
    { rule: 'its account allows but nobody is named', identity: [yes], expected: 'implicitDeny by resource' },
    {
      rule: 'a federated user who is named, without session policy',
      who: federated,
      ...named(federated.arn),
      identity: [yes],
      expected: 'implicitDeny by session',
    },
    {
      rule: "an SCP of the principal's account",
      ...named(user.arn),
      identity: [yes],
      scps: scp(allow('ec2:*')),
      expected: 'implicitDeny by scp',
    },
    {
      rule: "an RCP of the resource's account",
      ...named(user.arn),
      identity: [yes],
      rcps: rcp({ ...deny(get), Principal: '*' }),
      expected: 'explicitDeny by rcp',
    },
    { rule: 'the root user of the other account', who: root, ...named(account), expected: 'allowed by resource' },
  ]
  test.each(rows)('$rule: $expected', row => expect(answer(row, otherAccount)).toBe(row.expected))
})

const carlos = `arn:aws:iam::${account}:user/ann`
const examples: Example[] = [
  {
    source: 'Policy evaluation for requests within a single account: the example',
    kind: 'identity',
    statements: [
      allow(['s3:GetBucketLocation', 's3:GetAccountPublicAccessBlock', 's3:ListAccessPoints', 's3:ListAllMyBuckets'], { Resource: '*' }),
      allow('s3:*', { Resource: ['arn:aws:s3:::ann-data/*', 'arn:aws:s3:::ann-data'] }),
      deny('s3:*', { Resource: 'arn:aws:s3:::*log*' }),
    ],
    claims: [
      may('the own bucket, which its policy allows as well', 's3:PutObject', {
        on: 'arn:aws:s3:::ann-data/x',
        policies: { resource: resource(to(carlos, 's3:*')) },
      }),
      may('the own bucket without a bucket policy', 's3:PutObject', { on: 'arn:aws:s3:::ann-data/x' }),
      isDenied('a bucket with log in its name, whatever its policy says', 's3:PutObject', {
        on: 'arn:aws:s3:::ann-logs/x',
        policies: { resource: resource(to(carlos, 's3:*')) },
      }),
      may('all buckets', 's3:ListAllMyBuckets'),
      mayNot('another bucket', 's3:GetObject', { on: 'arn:aws:s3:::production/x' }),
    ],
  },
  {
    source: 'Cross-account policy evaluation logic: the example',
    kind: 'identity',
    statements: [
      allow('s3:ListAllMyBuckets'),
      allow('s3:*Object*', { Resource: 'arn:aws:s3:::production/*' }),
      deny('s3:*', { Resource: ['arn:aws:s3:::*log*', 'arn:aws:s3:::*log*/*'] }),
    ],
    claims: [
      may('both accounts allow', 's3:PutObject', {
        on: 'arn:aws:s3:::production/x',
        owner: otherAccount,
        policies: { resource: resource(to(carlos, '*', { Action: ['s3:GetObject*', 's3:PutObject*'] })) },
      }),
      mayNot('deleting, which the bucket policy does not allow', 's3:DeleteObject', {
        on: 'arn:aws:s3:::production/x',
        owner: otherAccount,
        policies: { resource: resource(to(carlos, '*', { Action: ['s3:GetObject*', 's3:PutObject*'] })) },
        by: 'resource',
      }),
      isDenied('the bucket of logs', 's3:PutObject', { on: 'arn:aws:s3:::production-logs/x', owner: otherAccount }),
    ],
  },
  {
    source: 'The difference between explicit and implicit denies',
    kind: 'identity',
    statements: [allow(['iam:Get*', 'iam:List*']), deny('iam:*Report')],
    claims: [
      may('reading', 'iam:GetUser', { on: user.arn }),
      mayNot('creating, implicitly', 'iam:CreatePolicy', { on: `arn:aws:iam::${account}:policy/p` }),
      isDenied('reports, explicitly', 'iam:GetOrganizationsAccessReport'),
      isDenied('reports, though another policy allows them', 'iam:GenerateCredentialReport', { administrator: true }),
    ],
  },
]

testExamples(examples)
