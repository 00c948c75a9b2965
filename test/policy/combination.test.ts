import { describe, expect, test } from 'vitest'
import { type ApplicablePolicies, decide, type PolicyPrincipal } from '../../src/policy/index.ts'
import {
  account,
  allow,
  anonymous,
  deny,
  federated,
  issuer,
  none,
  otherAccount,
  policy,
  request,
  role,
  root,
  saml,
  service,
  serviceLinkedRole,
  type StatementInput,
  to,
  user,
  webIdentity,
} from './support.ts'

const get = 's3:GetObject'
const rootArn = `arn:aws:iam::${account}:root`
const identity = (...statements: StatementInput[]): ApplicablePolicies => ({ identity: statements.length ? [policy(statements)] : [] })
const resource = (...statements: StatementInput[]) => policy(statements, 'resource')
const trust = (principal: StatementInput, more: StatementInput = {}) =>
  policy(
    { Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:TagSession'], ...more },
    'trust',
  )

interface Case extends Partial<ApplicablePolicies> {
  readonly rule: string
  readonly who?: PolicyPrincipal
  readonly owner?: string
  readonly expected: string
}

function decideCase({ who = user, owner, ...policies }: Case) {
  const { effect, decidedBy } = decide({ ...request(who), resourceAccount: owner }, { identity: [], ...policies })
  return `${effect} by ${decidedBy}`
}

describe('How AWS enforcement code logic evaluates requests to allow or deny access', () => {
  const cases: Case[] = [
    { rule: 'by default all requests are implicitly denied', expected: 'implicitDeny by identity' },
    { rule: 'the root user has full access', who: root, expected: 'allowed by none' },
    { rule: 'an explicit allow overrides the default', ...identity(allow(get)), expected: 'allowed by identity' },
    { rule: 'an explicit deny overrides an explicit allow', ...identity(allow(), deny(get)), expected: 'explicitDeny by identity' },
    {
      rule: 'a deny in the resource policy overrides',
      ...identity(allow()),
      resource: resource({ ...deny(get), Principal: '*' }),
      expected: 'explicitDeny by resource',
    },
    {
      rule: 'a deny in the boundary overrides',
      ...identity(allow()),
      boundary: policy([allow(), deny(get)]),
      expected: 'explicitDeny by boundary',
    },
    {
      rule: 'a deny in the session policy overrides',
      who: role,
      ...identity(allow()),
      session: [policy([allow(), deny(get)])],
      expected: 'explicitDeny by session',
    },
    {
      rule: 'a deny in an SCP overrides',
      ...identity(allow()),
      scps: [[policy([allow(), deny(get)], 'scp')]],
      expected: 'explicitDeny by scp',
    },
    {
      rule: 'a deny in the VPC endpoint policy overrides',
      ...identity(allow()),
      vpce: [policy([to('*'), { ...deny(get), Principal: '*' }], 'vpce')],
      expected: 'explicitDeny by vpce',
    },
    {
      rule: 'the root user is denied by a resource policy',
      who: root,
      resource: resource({ ...deny(get), Principal: '*' }),
      expected: 'explicitDeny by resource',
    },
    {
      rule: 'the boundary and the identity policy must both allow',
      ...identity(allow()),
      boundary: policy(allow('ec2:*')),
      expected: 'implicitDeny by boundary',
    },
    { rule: 'a boundary alone allows nothing', boundary: policy(allow()), expected: 'implicitDeny by identity' },
    {
      rule: 'the session policy and the identity policy must both allow',
      who: role,
      ...identity(allow()),
      session: [policy(allow('ec2:*'))],
      expected: 'implicitDeny by session',
    },
    {
      rule: 'session policies together are one limit',
      who: role,
      ...identity(allow()),
      session: [policy(allow('ec2:*')), policy(allow(get))],
      expected: 'allowed by identity',
    },
    {
      rule: 'an empty list of session policies allows nothing',
      who: role,
      ...identity(allow()),
      session: [],
      expected: 'implicitDeny by session',
    },
    { rule: 'a role session without session policy is limited by none', who: role, ...identity(allow()), expected: 'allowed by identity' },
    {
      rule: 'a federated user without session policy is denied',
      who: federated,
      ...identity(allow()),
      expected: 'implicitDeny by session',
    },
    {
      rule: 'a federated user with session policy has the intersection',
      who: federated,
      ...identity(allow()),
      session: [policy(allow(get))],
      expected: 'allowed by identity',
    },
  ]
  test.each(cases)('$rule', one => expect(decideCase(one)).toBe(one.expected))
})

describe('Resource-based policies and implicit denies in other policy types (same account)', () => {
  const limits = { boundary: policy(allow('ec2:*')), session: [policy(allow('ec2:*'))] }
  const cases: Case[] = [
    { rule: 'a user named by ARN needs no identity policy', resource: resource(to(user.arn)), expected: 'allowed by resource' },
    { rule: 'a user named by unique ID needs none either', resource: resource(to(user.userId)), expected: 'allowed by resource' },
    {
      rule: 'a user named by ARN is not limited by the boundary',
      resource: resource(to(user.arn)),
      boundary: limits.boundary,
      expected: 'allowed by resource',
    },
    {
      rule: 'a role named by ARN needs no identity policy',
      who: role,
      resource: resource(to(role.roleArn)),
      expected: 'allowed by resource',
    },
    {
      rule: 'a role named by ARN is limited by the boundary',
      who: role,
      resource: resource(to(role.roleArn)),
      boundary: limits.boundary,
      expected: 'implicitDeny by boundary',
    },
    {
      rule: 'a role named by ARN is limited by the session policy',
      who: role,
      resource: resource(to(role.roleArn)),
      session: limits.session,
      expected: 'implicitDeny by session',
    },
    {
      rule: 'a session named by ARN is not limited',
      who: role,
      resource: resource(to(role.arn)),
      ...limits,
      expected: 'allowed by resource',
    },
    {
      rule: 'a federated user session named by ARN is not limited',
      who: federated,
      resource: resource(to(federated.arn)),
      ...limits,
      expected: 'allowed by resource',
    },
    {
      rule: 'a federated user through its user is limited by the session policy',
      who: federated,
      resource: resource(to(federated.userArn)),
      session: limits.session,
      expected: 'implicitDeny by session',
    },
    {
      rule: 'a federated user through its user needs no identity policy',
      who: federated,
      resource: resource(to(federated.userArn)),
      session: [policy(allow())],
      expected: 'allowed by resource',
    },
    {
      rule: 'everyone is named directly',
      who: role,
      resource: resource({ ...allow(), Principal: '*' }),
      ...limits,
      expected: 'allowed by resource',
    },
    { rule: '"AWS": "*" is everyone', who: role, resource: resource(to('*')), ...limits, expected: 'allowed by resource' },
    {
      rule: 'an account that is named leaves the decision to identity policies',
      resource: resource(to(account)),
      expected: 'implicitDeny by identity',
    },
    { rule: 'the account ARN means the same', resource: resource(to(rootArn)), expected: 'implicitDeny by identity' },
    { rule: 'the root user is its account', who: root, resource: resource(to(account)), expected: 'allowed by resource' },
    {
      rule: 'the most direct of several statements counts',
      who: role,
      resource: resource(to(account), to(role.roleArn), to(role.arn)),
      ...limits,
      expected: 'allowed by resource',
    },
    { rule: 'another user is not named', resource: resource(to(`arn:aws:iam::${account}:user/bob`)), expected: 'implicitDeny by identity' },
    { rule: 'a name has case', resource: resource(to(`arn:aws:iam::${account}:user/Ann`)), expected: 'implicitDeny by identity' },
  ]
  test.each(cases)('$rule', one => expect(decideCase(one)).toBe(one.expected))
})

describe('Cross-account policy evaluation logic', () => {
  const owner = otherAccount
  const cases: Case[] = [
    { rule: 'both sides must allow', owner, ...identity(allow()), resource: resource(to(user.arn)), expected: 'allowed by identity' },
    {
      rule: 'an account that is named is enough on the resource side',
      owner,
      ...identity(allow()),
      resource: resource(to(account)),
      expected: 'allowed by identity',
    },
    { rule: 'the identity side alone is not enough', owner, ...identity(allow()), expected: 'implicitDeny by resource' },
    { rule: 'the resource side alone is not enough', owner, resource: resource(to(user.arn)), expected: 'implicitDeny by identity' },
    {
      rule: 'not even when the session is named',
      owner,
      who: role,
      resource: resource(to(role.arn)),
      expected: 'implicitDeny by identity',
    },
    {
      rule: 'the boundary limits',
      owner,
      ...identity(allow()),
      resource: resource(to(user.arn)),
      boundary: policy(allow('ec2:*')),
      expected: 'implicitDeny by boundary',
    },
    { rule: 'the root user needs the resource side', owner, who: root, expected: 'implicitDeny by resource' },
    { rule: 'the root user needs only that', owner, who: root, resource: resource(to(account)), expected: 'allowed by resource' },
  ]
  test.each(cases)('$rule', one => expect(decideCase(one)).toBe(one.expected))
})

describe('resources whose policy must allow: KMS keys and role trust policies', () => {
  const must = { resourceMustAllow: true }
  const cases: Case[] = [
    { rule: 'an identity policy alone is not enough', ...must, ...identity(allow()), expected: 'implicitDeny by resource' },
    {
      rule: 'an account that is named leaves the rest to the identity policy',
      ...must,
      ...identity(allow()),
      resource: resource(to(account)),
      expected: 'allowed by identity',
    },
    { rule: 'which must then allow', ...must, resource: resource(to(account)), expected: 'implicitDeny by identity' },
    { rule: 'a user who is named needs nothing else', ...must, resource: resource(to(user.arn)), expected: 'allowed by resource' },
    {
      rule: 'a role that is named needs nothing else',
      ...must,
      who: role,
      resource: resource(to(role.roleArn)),
      expected: 'allowed by resource',
    },
    {
      rule: 'the root user must be allowed, too',
      ...must,
      who: root,
      resource: resource(to(user.arn)),
      expected: 'implicitDeny by resource',
    },
  ]
  test.each(cases)('$rule', one => expect(decideCase(one)).toBe(one.expected))
})

describe('Service control policies and resource control policies', () => {
  const full = [policy(allow(), 'scp')]
  const narrow = [policy(allow('ec2:*'), 'scp')]
  const fullRcp = [policy(to('*'), 'rcp')]
  const denyRcp = [policy([to('*'), { ...deny(get), Principal: '*' }], 'rcp')]
  const cases: Case[] = [
    { rule: 'every level must allow', ...identity(allow()), scps: [full, narrow, full], expected: 'implicitDeny by scp' },
    { rule: 'one policy of a level is enough', ...identity(allow()), scps: [full, [...narrow, ...full]], expected: 'allowed by identity' },
    { rule: 'an SCP grants nothing', scps: [full], expected: 'implicitDeny by identity' },
    { rule: 'SCPs limit the root user of a member account', who: root, scps: [narrow], expected: 'implicitDeny by scp' },
    {
      rule: 'SCPs limit what a resource policy grants directly',
      resource: resource(to(user.arn)),
      scps: [narrow],
      expected: 'implicitDeny by scp',
    },
    {
      rule: 'SCPs do not restrict service-linked roles',
      who: serviceLinkedRole,
      ...identity(allow()),
      scps: [narrow],
      expected: 'allowed by identity',
    },
    {
      rule: 'SCPs do not restrict service principals',
      who: service,
      resource: resource({ ...allow(), Principal: { Service: 'pods.eks.amazonaws.com' } }),
      scps: [narrow],
      expected: 'allowed by resource',
    },
    { rule: 'an RCP denies', ...identity(allow()), rcps: [denyRcp], expected: 'explicitDeny by rcp' },
    {
      rule: 'RCPs restrict service principals',
      who: service,
      resource: resource({ ...allow(), Principal: { Service: 'pods.eks.amazonaws.com' } }),
      rcps: [denyRcp],
      expected: 'explicitDeny by rcp',
    },
    {
      rule: 'RCPs do not restrict service-linked roles',
      who: serviceLinkedRole,
      ...identity(allow()),
      rcps: [denyRcp],
      expected: 'allowed by identity',
    },
    {
      rule: 'RCPs do not restrict service-linked roles, where a level allows nothing either',
      who: serviceLinkedRole,
      ...identity(allow()),
      rcps: [[]],
      expected: 'allowed by identity',
    },
    { rule: 'RCPFullAWSAccess lets everything through', ...identity(allow()), rcps: [fullRcp, fullRcp], expected: 'allowed by identity' },
    { rule: 'an RCP level without allow denies', ...identity(allow()), rcps: [[]], expected: 'implicitDeny by rcp' },
    {
      rule: 'the VPC endpoint policy must allow',
      ...identity(allow()),
      vpce: [policy(to('*', 'ec2:*'), 'vpce')],
      expected: 'implicitDeny by vpce',
    },
  ]
  test.each(cases)('$rule', one => expect(decideCase(one)).toBe(one.expected))
})

describe('AWS JSON policy elements: Principal', () => {
  const applies = (who: PolicyPrincipal, principal: unknown) =>
    decide(
      { ...request(who), resourceAccount: otherAccount },
      {
        identity: [policy(allow())],
        session: who.type === 'federatedUser' ? [policy(allow())] : undefined,
        resource: resource({ ...allow(), Principal: principal }),
      },
    ).effect === 'allowed'
  test.each([
    ['everyone includes anonymous users', anonymous, '*', true],
    ['everyone includes services', service, '*', true],
    ['an anonymous user is no other principal', anonymous, { AWS: account }, false],
    ['a service by name', service, { Service: 'pods.eks.amazonaws.com' }, true],
    ['another service', service, { Service: 'ec2.amazonaws.com' }, false],
    ['one of several types', service, { AWS: account, Service: ['ec2.amazonaws.com', 'pods.eks.amazonaws.com'] }, true],
    ['a web identity provider', webIdentity, { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` }, true],
    ['another provider', webIdentity, { Federated: 'accounts.google.com' }, false],
    ['a SAML provider', saml, { Federated: `arn:aws:iam::${account}:saml-provider/idp` }, true],
    [
      'a canonical user ID',
      { ...user, canonicalId: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
      { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
      true,
    ],
    ['a role session by its role', role, { AWS: role.roleArn }, true],
    ['a role session by its role ID', role, { AWS: role.roleId }, true],
    ['a role session by its own ARN', role, { AWS: role.arn }, true],
    ['another session of the role', role, { AWS: `${role.arn}x` }, false],
    ['the account of a federated user', federated, { AWS: account }, true],
  ])('%s', (_, who, principal, expected) => expect(applies(who, principal)).toBe(expected))
})

describe('AWS JSON policy elements: NotPrincipal', () => {
  const denied = (who: PolicyPrincipal, aws: string[]) =>
    decide(request(who), { identity: [policy(allow())], resource: resource({ ...deny(), NotPrincipal: { AWS: aws } }) }).effect ===
    'explicitDeny'
  test.each([
    ['a Deny spares a user who is named with the account', user, [user.arn, rootArn], false],
    ['but not without the account', user, [user.arn], true],
    ['nor the rest of the account', { ...user, arn: `arn:aws:iam::${account}:user/bob`, userId: 'AIDABOB' }, [user.arn, rootArn], true],
    ['a Deny spares a role that is named with the account', role, [role.roleArn, rootArn], false],
    ['and a session that is named with role and account', role, [role.arn, role.roleArn, rootArn], false],
    ['but not a session without its role', role, [role.arn, rootArn], true],
    [
      'nor other sessions when one is named',
      { ...role, arn: role.arn.replace('s1', 's2'), sessionName: 's2' },
      [role.arn, role.roleArn, rootArn],
      true,
    ],
    ['a Deny spares no other account', user, [`arn:aws:iam::${otherAccount}:user/ann`, otherAccount], true],
    ['the root user is spared by its account', root, [rootArn], false],
  ])('%s', (_, who, aws, expected) => expect(denied(who, aws)).toBe(expected))

  const allowed = (who: PolicyPrincipal, aws: string[]) =>
    decide(request(who), { ...none, resource: resource({ ...allow(), NotPrincipal: { AWS: aws } }) }).effect === 'allowed'
  test.each([
    ['an Allow reaches everyone else, anonymous users included', anonymous, [user.arn], true],
    ['but not who is named', user, [user.arn], false],
    ['nor who is of an account that is named', user, [account], false],
    ['nor a session of a role that is named', role, [role.roleArn], false],
  ])('%s', (_, who, aws, expected) => expect(allowed(who, aws)).toBe(expected))
})

describe('role trust policies', () => {
  const roleArn = `arn:aws:iam::${account}:role/app`
  const assume = (
    who: PolicyPrincipal,
    trustPolicy: ReturnType<typeof trust>,
    more: Partial<ApplicablePolicies> = {},
    context = {},
    action = 'sts:AssumeRole',
  ) => {
    const { effect, decidedBy } = decide(
      { principal: who, action, resource: roleArn, context },
      { identity: [], resource: trustPolicy, resourceMustAllow: true, ...more },
    )
    return `${effect} by ${decidedBy}`
  }
  const stranger = { ...user, account: otherAccount, arn: `arn:aws:iam::${otherAccount}:user/eve`, userId: 'AIDAEVE' }
  const mayAssume = { identity: [policy(allow('sts:AssumeRole'))] }

  test('a user of the account who is named needs no identity policy', () =>
    expect(assume(user, trust({ AWS: user.arn }))).toBe('allowed by resource'))
  test('when the account is named, the identity policy must also allow', () => {
    expect(assume(user, trust({ AWS: account }))).toBe('implicitDeny by identity')
    expect(assume(user, trust({ AWS: account }), mayAssume)).toBe('allowed by identity')
  })
  test('an identity policy is not enough', () =>
    expect(assume(user, trust({ AWS: otherAccount }), mayAssume)).toBe('implicitDeny by resource'))
  test('across accounts both must allow', () => {
    expect(assume(stranger, trust({ AWS: stranger.arn }))).toBe('implicitDeny by identity')
    expect(assume(stranger, trust({ AWS: stranger.arn }), mayAssume)).toBe('allowed by identity')
    expect(assume(stranger, trust({ AWS: account }), mayAssume)).toBe('implicitDeny by resource')
  })
  test('sts:ExternalId must match', () => {
    const external = trust({ AWS: otherAccount }, { Condition: { StringEquals: { 'sts:ExternalId': '12345' } } })
    expect(assume(stranger, external, mayAssume)).toBe('implicitDeny by resource')
    expect(assume(stranger, external, mayAssume, { 'sts:ExternalId': '12345' })).toBe('allowed by identity')
  })
  test('a service account by web identity: sub and aud of the issuer', () => {
    const irsa = trust(
      { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
      { Condition: { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:shop:checkout', [`${issuer}:aud`]: 'sts.amazonaws.com' } } },
    )
    const claims = (sub: string, aud = 'sts.amazonaws.com') => ({ [`${issuer}:sub`]: sub, [`${issuer}:aud`]: aud })
    const as = (context: Record<string, string>) => assume(webIdentity, irsa, {}, context, 'sts:AssumeRoleWithWebIdentity')
    expect(as(claims('system:serviceaccount:shop:checkout'))).toBe('allowed by resource')
    expect(as(claims('system:serviceaccount:shop:other'))).toBe('implicitDeny by resource')
    expect(as(claims('system:serviceaccount:shop:checkout', 'other'))).toBe('implicitDeny by resource')
    expect(as({})).toBe('implicitDeny by resource')
  })
  test('a service must be named; session tags need sts:TagSession', () => {
    const pods = policy({ Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: 'sts:AssumeRole' }, 'trust')
    expect(assume(service, pods)).toBe('allowed by resource')
    expect(assume(service, pods, {}, {}, 'sts:TagSession')).toBe('implicitDeny by resource')
    expect(assume({ type: 'service', service: 'ec2.amazonaws.com' }, pods)).toBe('implicitDeny by resource')
  })
  test('confused deputy: the service must act for the account', () => {
    const guarded = trust(
      { Service: 'pods.eks.amazonaws.com' },
      { Condition: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:aws:eks:*:${account}:cluster/*` } } },
    )
    expect(
      assume(service, guarded, {}, { 'aws:SourceAccount': account, 'aws:SourceArn': `arn:aws:eks:us-east-1:${account}:cluster/demo` }),
    ).toBe('allowed by resource')
    expect(
      assume(
        service,
        guarded,
        {},
        { 'aws:SourceAccount': otherAccount, 'aws:SourceArn': `arn:aws:eks:us-east-1:${otherAccount}:cluster/demo` },
      ),
    ).toBe('implicitDeny by resource')
  })
})

describe("forwarded access: calls that a service makes with the caller's credentials", () => {
  const via = allow('dynamodb:*', { Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['cloudformation.amazonaws.com'] } } })
  const ask = (context: Record<string, string | boolean | string[]>) =>
    decide(request(user, 'dynamodb:PutItem', '*', context), { identity: [policy(via)] }).effect
  test('aws:CalledVia holds every service of the chain', () =>
    expect(ask({ 'aws:CalledVia': ['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com'], 'aws:ViaAWSService': true })).toBe('allowed'))
  test('a direct call has no aws:CalledVia', () => expect(ask({ 'aws:ViaAWSService': false })).toBe('implicitDeny'))
})

test('a request that got another spelling of a key since it was last decided is read anew', () => {
  const own = identity(allow('s3:GetObject', { Condition: { StringEquals: { 'aws:PrincipalTag/squad': 'red' } } }))
  const context: { [key: string]: string } = {}
  const one = { ...request(user, 's3:GetObject', 'arn:aws:s3:::red/x'), context }
  expect(decide(one, own).effect).toBe('implicitDeny')
  context['AWS:principalTAG/Squad'] = 'red'
  expect(decide(one, own).effect).toBe('allowed')
})
