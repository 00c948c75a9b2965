import { describe, expect, test } from 'vitest'
import {
  type ApplicablePolicies,
  compilePolicy,
  contextEntryValue,
  decide,
  denialMessage,
  explain,
  type PolicyPrincipal,
  parsePolicy,
  renderExplanation,
  simulate,
} from '../../src/policy/index.ts'
import { account, allow, anonymous, deny, policy, request, role, to, user, webIdentity } from './support.ts'

const action = 'codecommit:ListRepositories'
const message = (policies: Partial<ApplicablePolicies>, principal: PolicyPrincipal = user, resource = '*', asked = action) => {
  const one = request(principal, asked, resource)
  return denialMessage(one, decide(one, { identity: [policy(allow())], ...policies }))
}

describe('Troubleshoot access denied error messages', () => {
  const who = `User: ${user.arn} is not authorized to perform: ${action}`
  const narrow = policy(allow('ec2:*'))
  const denying = policy([allow(), deny(action)])
  const resourceDeny = policy({ ...deny(action), Principal: '*' }, 'resource')
  test.each([
    ['identity-based policies, implicit', { identity: [] }, `${who} because no identity-based policy allows the ${action} action`],
    ['identity-based policies, explicit', { identity: [denying] }, `${who} with an explicit deny in an identity-based policy`],
    ['permissions boundary, implicit', { boundary: narrow }, `${who} because no permissions boundary allows the ${action} action`],
    ['permissions boundary, explicit', { boundary: denying }, `${who} with an explicit deny in a permissions boundary`],
    ['session policies, implicit', { session: [narrow] }, `${who} because no session policy allows the ${action} action`],
    ['session policies, explicit', { session: [denying] }, `${who} with an explicit deny in a session policy`],
    [
      'resource-based policies, implicit',
      { resourceMustAllow: true },
      `${who} because no resource-based policy allows the ${action} action`,
    ],
    ['resource-based policies, explicit', { resource: resourceDeny }, `${who} with an explicit deny in a resource-based policy`],
    ['service control policies, implicit', { scps: [[narrow]] }, `${who} because no service control policy allows the ${action} action`],
    ['service control policies, explicit', { scps: [[denying]] }, `${who} with an explicit deny in a service control policy`],
    ['resource control policies, explicit', { rcps: [[resourceDeny]] }, `${who} with an explicit deny in a resource control policy`],
    [
      'VPC endpoint policy, implicit',
      { vpce: [policy(to('*', 'ec2:*'), 'vpce')] },
      `${who} because no VPC endpoint policy allows the ${action} action`,
    ],
    ['VPC endpoint policy, explicit', { vpce: [resourceDeny] }, `${who} with an explicit deny in a VPC endpoint policy`],
  ])('%s', (_, policies, expected) => expect(message(policies)).toBe(expected))

  const arn = 'arn:aws:iam::111122223333:policy/Limits'
  const named = (kind: 'identity' | 'boundary' | 'session' | 'scp') =>
    compilePolicy(denying.document.kind === kind ? denying.document : parsePolicy(denying.document.text, kind), {
      id: arn,
      arn,
      type: 'user managed',
    })
  test.each([
    ['an identity-based policy', { identity: [named('identity')] }],
    ['a permissions boundary', { boundary: named('boundary') }],
    ['a session policy', { session: [named('session')] }],
    ['a service control policy', { scps: [[named('scp')]] }],
  ])('inside one account, the ARN of %s that denies explicitly is told', (name, policies) =>
    expect(message(policies)).toBe(`${who} with an explicit deny in ${name}: ${arn}`),
  )
  test('to another account it is not told', () => {
    const bucket = 'arn:aws:s3:::theirs'
    const one = { ...request(user, 's3:ListBucket', bucket), resourceAccount: '999999999999' }
    const identity = [compilePolicy(policy([allow(), deny('s3:*')]).document, { id: arn, arn, type: 'user managed' })]
    expect(denialMessage(one, decide(one, { identity }))).toMatch(/with an explicit deny in an identity-based policy$/)
  })

  test('a resource is named', () => {
    const arn = `arn:aws:iam::${account}:user/bob`
    expect(message({ identity: [] }, user, arn, 'iam:GetUser')).toBe(
      `User: ${user.arn} is not authorized to perform: iam:GetUser on resource: ${arn} because no identity-based policy allows the iam:GetUser action`,
    )
  })
  test('a role session is named by its ARN', () => expect(message({ identity: [] }, role)).toContain(`User: ${role.arn} `))
  test('role trust policies', () => {
    const arn = `arn:aws:iam::${account}:role/app`
    const denying = policy({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }, 'trust')
    expect(message({ resourceMustAllow: true }, user, arn, 'sts:AssumeRole')).toBe(
      `User: ${user.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn} because no role trust policy allows the sts:AssumeRole action`,
    )
    expect(message({ resource: denying }, user, arn, 'sts:AssumeRole')).toMatch(/with an explicit deny in the role trust policy$/)
  })
  test('before there is a principal nobody is named', () => {
    expect(message({}, webIdentity, `arn:aws:iam::${account}:role/app`, 'sts:AssumeRoleWithWebIdentity')).toBe(
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    )
  })
  test('anonymous users', () =>
    expect(message({}, anonymous)).toBe(
      `User: anonymous is not authorized to perform: ${action} because no resource-based policy allows the ${action} action`,
    ))
})

describe('decisions name their statement', () => {
  const text = `{
    "Version": "2012-10-17",
    "Statement": [
      {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
      {"Sid": "Guard", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    ]
  }`
  const policies: ApplicablePolicies = {
    identity: [
      compilePolicy(parsePolicy(text, 'identity'), {
        id: 'storage',
        type: 'user managed',
        arn: 'arn:aws:iam::111122223333:policy/storage',
      }),
    ],
  }

  test('allowed and denied', () => {
    expect(decide(request(user), policies)).toMatchObject({
      effect: 'allowed',
      decidedBy: 'identity',
      statements: [{ policy: { id: 'storage' }, index: 0, sid: 'Read', start: { line: 4, column: 7 } }],
    })
    expect(decide(request(user, undefined, undefined, { 'aws:SecureTransport': false }), policies)).toMatchObject({
      effect: 'explicitDeny',
      statements: [{ sid: 'Guard', index: 1 }],
    })
  })
  test('an explanation tells every statement about the action and the keys that are missing', () => {
    const { groups, missingContextKeys } = explain(request(user), policies)
    expect(groups).toMatchObject([
      {
        type: 'identity',
        says: 'allows',
        statements: [
          { sid: 'Read', applies: true },
          { sid: 'Guard', applies: false, conditions: [{ key: 'aws:SecureTransport', holds: false, actual: undefined }] },
        ],
      },
    ])
    expect(missingContextKeys).toEqual(['aws:SecureTransport'])
  })
  test('rendered for people', () => {
    expect(renderExplanation(explain(request(user, 's3:PutObject'), policies))).toBe(
      [
        `DENIED (nothing allows it): ${user.arn}`,
        '  s3:PutObject on arn:aws:s3:::data/file',
        `  User: ${user.arn} is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::data/file because no identity-based policy allows the s3:PutObject action`,
        '',
        'Identity-based policies: says nothing   <- decides',
        '  - Deny "Guard" in storage, line 5 column 7',
        '      Bool aws:SecureTransport: wants false, the request has no such key',
        '',
        'Keys that policies ask for and the request lacks: aws:SecureTransport',
      ].join('\n'),
    )
  })
})

describe('SimulateCustomPolicy', () => {
  const input = (text: string, id = 'PolicyInputList.1') => compilePolicy(parsePolicy(text, 'identity'), { id, type: 'none' })
  const backup =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'

  test('the example of the AWS CLI Command Reference', () => {
    const context = { 'aws:CurrentTime': contextEntryValue('date', ['2019-04-25T11:00:00Z']) }
    expect(
      simulate({ principal: user, policies: { identity: [input(backup)] }, actions: ['dynamodb:CreateBackup'], resources: [], context }),
    ).toMatchObject([
      {
        EvalActionName: 'dynamodb:CreateBackup',
        EvalResourceName: '*',
        EvalDecision: 'allowed',
        MatchedStatements: [
          { SourcePolicyId: 'PolicyInputList.1', StartPosition: { Line: 1, Column: 38 }, EndPosition: { Line: 1, Column: 167 } },
        ],
        MissingContextValues: [],
      },
    ])
  })
  test('a date before the one that the policy wants', () => {
    const context = { 'aws:CurrentTime': contextEntryValue('date', ['2014-04-25T11:00:00Z']) }
    expect(
      simulate({ principal: user, policies: { identity: [input(backup)] }, actions: ['dynamodb:CreateBackup'], resources: [], context }),
    ).toMatchObject([{ EvalDecision: 'implicitDeny', MatchedStatements: [] }])
  })
  test('keys that were not given', () => {
    expect(
      simulate({
        principal: user,
        policies: { identity: [input(backup)] },
        actions: ['dynamodb:CreateBackup'],
        resources: [],
        context: {},
      }),
    ).toMatchObject([{ EvalDecision: 'implicitDeny', MissingContextValues: ['aws:CurrentTime'] }])
  })
  test('a statement starts where the one before ended', () => {
    const text =
      '{"Version": "2012-10-17", "Statement": [{"Effect":"Allow","Action":"s3:*","Resource":"*"}, {"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}'
    const [first, second] = simulate({
      principal: user,
      policies: { identity: [input(text)] },
      actions: ['s3:GetObject', 'ec2:RunInstances'],
      resources: [],
      context: {},
    })
    expect(first?.MatchedStatements[0]?.StartPosition).toEqual({ Line: 1, Column: 41 })
    expect(second?.MatchedStatements[0]?.StartPosition).toEqual(first?.MatchedStatements[0]?.EndPosition)
  })
  test('one result an action: the most restrictive of its resources, with results by resource', () => {
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [allow('s3:*', { Resource: 'arn:aws:s3:::a' }), deny('s3:Put*')] })
    const results = simulate({
      principal: user,
      policies: { identity: [input(text)] },
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: ['arn:aws:s3:::a', 'arn:aws:s3:::b'],
      context: {},
    })
    expect(
      results.map(result => [
        result.EvalActionName,
        result.EvalResourceName,
        result.EvalDecision,
        result.ResourceSpecificResults?.map(({ EvalResourceDecision }) => EvalResourceDecision),
      ]),
    ).toEqual([
      ['s3:GetObject', 'arn:aws:s3:::b', 'implicitDeny', ['allowed', 'implicitDeny']],
      ['s3:PutObject', 'arn:aws:s3:::a', 'explicitDeny', ['explicitDeny', 'explicitDeny']],
    ])
    expect(results[0]).toMatchObject({
      MatchedStatements: [],
      EvalDecisionDetails: {},
      ResourceSpecificResults: [{ EvalResourceName: 'arn:aws:s3:::a', MatchedStatements: [{ SourcePolicyType: 'none' }] }, {}],
    })
    expect(results[0]?.ResourceSpecificResults?.[0]?.EvalDecisionDetails).toBeUndefined()
    expect(results[1]?.MatchedStatements).toHaveLength(1)
  })
  test('without resources nothing is said of accounts', () => {
    const [result] = simulate({
      principal: user,
      policies: { identity: [policy(allow())] },
      actions: ['s3:GetObject'],
      resources: [],
      context: {},
    })
    expect(result?.EvalDecisionDetails).toBeUndefined()
    expect(result?.ResourceSpecificResults).toBeUndefined()
  })
  test('organizations and the boundary tell their part', () => {
    const policies = { identity: [policy(allow())], boundary: policy(allow('ec2:*')), scps: [[policy(allow(), 'scp')]] }
    expect(simulate({ principal: user, policies, actions: ['s3:GetObject'], resources: [], context: {} })).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        OrganizationsDecisionDetail: { AllowedByOrganizations: true },
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ])
  })
  test('across accounts each policy type is told', () => {
    const policies = { identity: [policy(allow())], resource: policy(to('444455556666'), 'resource') }
    expect(
      simulate({
        principal: user,
        policies,
        actions: ['s3:GetObject'],
        resources: ['arn:aws:s3:::a'],
        resourceAccount: '444455556666',
        context: {},
      }),
    ).toMatchObject([{ EvalDecision: 'implicitDeny', EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'implicitDeny' } }])
  })
  test('the owner that is given is that of resources whose ARN does not say', () => {
    const resources = ['arn:aws:s3:::a', user.arn, 'arn:aws:iam::aws:policy/ReadOnlyAccess']
    const policies = { identity: [policy(allow())] }
    const [result] = simulate({ principal: user, policies, actions: ['x:Get'], resources, resourceAccount: '444455556666', context: {} })
    expect(result?.ResourceSpecificResults?.map(each => each.EvalResourceDecision)).toEqual(['implicitDeny', 'allowed', 'allowed'])
  })
})
