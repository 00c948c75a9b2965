import { assert, array, constantFrom, option, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { managedPolicies, managedPolicyDocument } from '../../src/catalogue/managed-policies.ts'
import { grantedAccess, newAccess, publicAccess } from '../../src/analysis/questions.ts'
import { decider } from '../../src/analysis/witness.ts'
import { parsePolicy } from '../../src/policy/index.ts'

const identity = (...statements: object[]) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'identity')
const resource = (...statements: object[]) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'resource')
const allow = (Action: unknown, Resource: unknown = '*', parts: object = {}) => ({ Effect: 'Allow', Action, Resource, ...parts })
const deny = (Action: unknown, Resource: unknown = '*', parts: object = {}) => ({ Effect: 'Deny', Action, Resource, ...parts })
const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } })
const managed = (name: string) => {
  const policy = [...managedPolicies().values()].find(candidate => candidate.name === name)
  if (!policy) throw new Error(`no policy ${name}`)
  return parsePolicy(managedPolicyDocument(policy) ?? '', 'identity')
}

describe('new access is found with a request, or there is none', () => {
  const books = 'arn:aws:s3:::books/*'
  test.each([
    ['the same', allow('s3:Get*', books), allow('s3:Get*', books), 'none'],
    ['a wider action', allow('s3:GetObject'), allow('s3:Get*'), 'found'],
    ['a narrower action', allow('s3:Get*'), allow('s3:GetObject'), 'none'],
    ['an action unknown today', allow(['s3:GetObject']), allow(['s3:GetObject', 's3:NoSuchThing']), 'found'],
    ['a wider resource', allow('s3:GetObject', books), allow('s3:GetObject', 'arn:aws:s3:::*'), 'found'],
    ['a resource by a pattern within', allow('s3:GetObject', 'arn:aws:s3:::b*s/*'), allow('s3:GetObject', books), 'none'],
    [
      'two resources that overlap',
      allow('s3:GetObject', ['arn:aws:s3:::a*', 'arn:aws:s3:::*b']),
      allow('s3:GetObject', 'arn:aws:s3:::a*b'),
      'none',
    ],
    ['NotAction', allow('s3:*'), { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, 'found'],
    ['NotResource', allow('s3:GetObject', '*'), { Effect: 'Allow', Action: 's3:GetObject', NotResource: books }, 'none'],
    [
      'a condition that is gone',
      allow('s3:GetObject', books, when('Bool', 'aws:MultiFactorAuthPresent', 'true')),
      allow('s3:GetObject', books),
      'found',
    ],
    [
      'a condition that is there',
      allow('s3:GetObject', books),
      allow('s3:GetObject', books, when('Bool', 'aws:MultiFactorAuthPresent', 'true')),
      'none',
    ],
    [
      'a narrower range',
      allow('s3:*', '*', when('IpAddress', 'aws:SourceIp', '203.0.112.0/23')),
      allow('s3:*', '*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
      'none',
    ],
    [
      'a wider range',
      allow('s3:*', '*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
      allow('s3:*', '*', when('IpAddress', 'aws:SourceIp', '203.0.112.0/23')),
      'found',
    ],
    [
      'a number between',
      allow('s3:*', '*', when('NumericLessThan', 's3:max-keys', '20')),
      allow('s3:*', '*', when('NumericLessThanEquals', 's3:max-keys', '19')),
      'none',
    ],
    [
      'a number at the edge',
      allow('s3:*', '*', when('NumericLessThan', 's3:max-keys', '20')),
      allow('s3:*', '*', when('NumericLessThanEquals', 's3:max-keys', '20')),
      'found',
    ],
    [
      'an absent value',
      allow('s3:*', '*', when('StringEquals', 'aws:PrincipalTag/team', 'a')),
      allow('s3:*', '*', when('StringEqualsIfExists', 'aws:PrincipalTag/team', 'a')),
      'found',
    ],
    [
      'a set within',
      allow('s3:*', '*', when('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b'])),
      allow('s3:*', '*', when('ForAllValues:StringEquals', 'aws:TagKeys', ['a'])),
      'none',
    ],
    [
      'any of a set against all of it',
      allow('s3:*', '*', when('ForAllValues:StringEquals', 'aws:TagKeys', ['a'])),
      allow('s3:*', '*', when('ForAnyValue:StringEquals', 'aws:TagKeys', ['a'])),
      'found',
    ],
    [
      'the same variable',
      allow('s3:*', 'arn:aws:s3:::home/${aws:username}/*'),
      allow('s3:*', 'arn:aws:s3:::home/${aws:username}/*'),
      'none',
    ],
    ['a variable within a star', allow('s3:*', 'arn:aws:s3:::home/*'), allow('s3:*', 'arn:aws:s3:::home/${aws:username}/*'), 'none'],
    ['a star for a variable', allow('s3:*', 'arn:aws:s3:::home/${aws:username}/*'), allow('s3:*', 'arn:aws:s3:::home/*'), 'found'],
  ])('%s: %#', (_, before, after, outcome) => {
    const [existing, updated] = [identity(before), identity(after)]
    const answer = newAccess(existing, updated, 'identity')
    expect(answer.outcome).toBe(outcome)
    if (answer.outcome !== 'found') return
    for (const { request } of answer.witnesses) {
      expect(decider(updated, 'identity')(request)).toBe(true)
      expect(decider(existing, 'identity')(request)).toBe(false)
    }
  })

  test('a statement that denied is gone', () => {
    const answer = newAccess(identity(allow('s3:*'), deny('s3:Put*', 'arn:aws:s3:::books/*')), identity(allow('s3:*')), 'identity')
    expect(answer).toMatchObject({ outcome: 'found', witnesses: [{ unknownAction: false }] })
  })

  test('what two statements allow together is no more than what they allow apart', () => {
    const split = identity(
      allow(['s3:Get*', 's3:List*'], '*', when('Bool', 'aws:SecureTransport', 'true')),
      allow(['s3:Get*', 's3:List*'], '*', when('Bool', 'aws:SecureTransport', 'false')),
    )
    const values = identity(allow('s3:GetObject', '*', when('StringLike', 'aws:SecureTransport', ['true', 'false'])))
    expect(newAccess(split, values, 'identity').outcome).toBe('none')
  })
})

describe('principals', () => {
  const to = (AWS: unknown, parts: object = {}) => allow('s3:GetObject', 'arn:aws:s3:::books/*', { Principal: { AWS }, ...parts })
  test.each([
    ['another account', to('111122223333'), to(['111122223333', '444455556666']), 'found'],
    ['a role of an account that was allowed', to('111122223333'), to('arn:aws:iam::111122223333:role/a'), 'none'],
    ['an account for a role of it', to('arn:aws:iam::111122223333:role/a'), to('111122223333'), 'found'],
    ['one session of a role', to('arn:aws:iam::111122223333:role/a'), to('arn:aws:sts::111122223333:assumed-role/a/s'), 'none'],
    ['everyone but one', to('*'), allow('s3:GetObject', 'arn:aws:s3:::books/*', { NotPrincipal: { AWS: '111122223333' } }), 'none'],
    ['everyone', allow('s3:GetObject', 'arn:aws:s3:::books/*', { NotPrincipal: { AWS: '111122223333' } }), to('*'), 'found'],
  ])('%s', (_, before, after, outcome) => expect(newAccess(resource(before), resource(after), 'resource').outcome).toBe(outcome))

  test.each([
    ['everyone', to('*'), 'found'],
    ['one account', to('111122223333'), 'none'],
    ['everyone in an organization', to('*', when('StringEquals', 'aws:PrincipalOrgID', 'o-1234567890')), 'none'],
    ['everyone who says so', to('*', when('StringLike', 'aws:PrincipalOrgID', '*')), 'found'],
    ['everyone at an office', to('*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')), 'none'],
    ['everyone but an office', to('*', when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24')), 'found'],
    ['everyone with TLS', to('*', when('Bool', 'aws:SecureTransport', 'true')), 'found'],
    ['everyone but those whom it names', allow('s3:GetObject', '*', { NotPrincipal: { AWS: '111122223333' } }), 'found'],
  ])('public or not: %s', (_, statement, outcome) => expect(publicAccess(resource(statement), 'resource').outcome).toBe(outcome))
})

test.each([
  [{ action: 's3:GetObject' }, 'found'],
  [{ action: 's3:PutObject' }, 'none'],
  [{ action: 's3:GetObject', resource: 'arn:aws:s3:::books/a' }, 'found'],
  [{ action: 's3:GetObject', resource: 'arn:aws:s3:::secret/a' }, 'none'],
  [{ resource: 'arn:aws:s3:::secret/a' }, 'none'],
])('access that is granted or not: %o', (access, outcome) => {
  expect(grantedAccess(identity(allow('s3:Get*'), deny('*', 'arn:aws:s3:::secret/*')), access, 'identity').outcome).toBe(outcome)
})

test('over budget nothing is said, least of all that there is none', () => {
  const many = Array.from({ length: 30 }, (_, i) =>
    deny(`s3:Get*${i}*`, `arn:aws:s3:::*${i}*`, when('StringLike', `aws:PrincipalTag/t${i}`, `*${i}*`)),
  )
  expect(
    newAccess(
      identity(allow('s3:*', '*', when('StringEquals', 'aws:username', 'a')), ...many),
      identity(allow('s3:*'), ...many),
      'identity',
      { steps: 20 },
    ).outcome,
  ).toBe('undetermined')
})

test('AWS managed policies: what is known of them holds', () => {
  expect(newAccess(managed('AdministratorAccess'), managed('ReadOnlyAccess'), 'identity')).toEqual({ outcome: 'none' })
  expect(newAccess(managed('ReadOnlyAccess'), managed('AdministratorAccess'), 'identity').outcome).toBe('found')
  expect(newAccess(managed('IAMFullAccess'), managed('IAMReadOnlyAccess'), 'identity').outcome).toBe('none')
  expect(newAccess(managed('PowerUserAccess'), managed('AmazonS3FullAccess'), 'identity').outcome).toBe('none')
})

describe('on a small world of principals the answers are those of asking for every one of them', () => {
  const accounts = ['111122223333', '444455556666', '777788889999']
  const people = accounts.flatMap(account => [
    { type: 'root', account, arn: `arn:aws:iam::${account}:root` } as const,
    { type: 'user', account, arn: `arn:aws:iam::${account}:user/ann`, userId: 'AIDA1', userName: 'ann' } as const,
    ...['a', 'b'].flatMap(role =>
      ['s', 't'].map(
        sessionName =>
          ({
            type: 'roleSession',
            account,
            arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
            roleArn: `arn:aws:iam::${account}:role/${role}`,
            roleId: `AROA${role}`,
            sessionName,
          }) as const,
      ),
    ),
  ])
  const everybody = [
    ...people,
    { type: 'anonymous' } as const,
    { type: 'service', service: 'ec2.amazonaws.com' } as const,
    { type: 'service', service: 'sns.amazonaws.com' } as const,
  ]
  const named = constantFrom(
    { AWS: '111122223333' },
    { AWS: ['arn:aws:iam::111122223333:role/a', '111122223333'] },
    { AWS: 'arn:aws:iam::444455556666:user/ann' },
    { AWS: ['arn:aws:sts::111122223333:assumed-role/a/s', 'arn:aws:iam::111122223333:role/a', '111122223333'] },
    { AWS: '*' },
    '*',
    { Service: 'ec2.amazonaws.com' },
    { AWS: '444455556666', Service: 'sns.amazonaws.com' },
  )
  const statement = record({
    effect: constantFrom('Allow', 'Allow', 'Deny'),
    negated: constantFrom(false, false, true),
    principal: named,
    action: constantFrom('a:x', 'a:*', 'a:y'),
  }).map(({ effect, negated, principal, action }) => ({
    Effect: effect,
    [negated ? 'NotPrincipal' : 'Principal']: principal,
    Action: action,
    Resource: 'arn:aws:a:::r/*',
  }))
  const policy = array(statement, { minLength: 1, maxLength: 3 }).map(statements => resource(...statements))

  test('new access', () => {
    let undetermined = 0
    assert(
      property(policy, policy, (existing, updated) => {
        const [before, after] = [decider(existing, 'resource'), decider(updated, 'resource')]
        const answer = newAccess(existing, updated, 'resource')
        const tried = everybody
          .flatMap(principal => ['a:x', 'a:y'].map(action => ({ principal, action, resource: 'arn:aws:a:::r/1', context: {} })))
          .find(request => after(request) && !before(request))
        if (answer.outcome === 'none') expect(tried).toBeUndefined()
        if (answer.outcome === 'undetermined') undetermined++
      }),
      { numRuns: 400, seed: 3 },
    )
    expect(undetermined).toBe(0)
  })
})

describe('with policy variables and sets, none is never said where there is one', () => {
  const names = ['ann', 'bob', 'a', '']
  const resources = [
    'arn:aws:a:::home/ann/1',
    'arn:aws:a:::home/bob/1',
    'arn:aws:a:::home/a/1',
    'arn:aws:a:::home//1',
    'arn:aws:a:::team/ann/1',
  ]
  const sets = [undefined, [], ['p'], ['q'], ['p', 'q'], ['p', 'r']]
  const condition = constantFrom(
    {},
    {},
    when('StringEquals', 'aws:username', 'ann'),
    when('StringNotEquals', 'aws:username', 'bob'),
    when('StringLike', 'aws:PrincipalTag/home', '${aws:username}'),
    when('StringEquals', 'aws:PrincipalTag/home', 'ann'),
    when('ForAllValues:StringEquals', 'aws:TagKeys', ['p', 'q']),
    when('ForAnyValue:StringEquals', 'aws:TagKeys', 'p'),
    when('ForAnyValue:StringNotEquals', 'aws:TagKeys', ['p', 'q']),
    when('Null', 'aws:TagKeys', 'false'),
  )
  const on = constantFrom(
    'arn:aws:a:::home/${aws:username}/*',
    'arn:aws:a:::home/*',
    'arn:aws:a:::home/ann/*',
    'arn:aws:a:::home/???/1',
    'arn:aws:a:::*/${aws:username}/1',
    '*',
  )
  const statement = record({
    Effect: constantFrom('Allow', 'Allow', 'Deny'),
    Action: constantFrom('a:x', '*'),
    negated: constantFrom(false, false, true),
    on,
    condition,
  }).map(({ Effect, Action, negated, on: wanted, condition: asked }) => ({
    Effect,
    Action,
    [negated ? 'NotResource' : 'Resource']: wanted,
    ...asked,
  }))
  const policy = array(statement, { minLength: 1, maxLength: 3 }).map(statements => identity(...statements))
  const requests = names.flatMap(userName =>
    resources.flatMap(target =>
      sets.flatMap(set =>
        [undefined, 'ann', 'bob'].map(home => ({
          principal: {
            type: 'user',
            account: '111122223333',
            arn: `arn:aws:iam::111122223333:user/${userName}`,
            userId: 'AIDA1',
            userName,
          } as const,
          action: 'a:x',
          resource: target,
          context: { 'aws:TagKeys': set, 'aws:PrincipalTag/home': home },
        })),
      ),
    ),
  )

  test('new access', () => {
    let decided = 0
    assert(
      property(policy, policy, (existing, updated) => {
        const [before, after] = [decider(existing, 'identity'), decider(updated, 'identity')]
        const answer = newAccess(existing, updated, 'identity')
        if (answer.outcome !== 'undetermined') decided++
        if (answer.outcome === 'none') expect(requests.find(request => after(request) && !before(request))).toBeUndefined()
        if (answer.outcome === 'found') for (const { request } of answer.witnesses) expect(after(request) && !before(request)).toBe(true)
      }),
      { numRuns: 600, seed: 5 },
    )
    expect(decided).toBeGreaterThan(400)
  })
})

describe('on a small world the answers are those of trying every request', () => {
  const actions = ['a:x', 'a:y', 'b:x', 'b:xy']
  const resources = ['arn:aws:a:::r/1', 'arn:aws:a:::r/2', 'arn:aws:a:::s/1', 'arn:aws:b:::r/12']
  const tags = [undefined, 'p', 'q', 'pq']
  const addresses = [undefined, '203.0.113.5', '203.0.113.200', '198.51.100.1']
  const some = (values: string[]) => array(constantFrom(...values), { minLength: 1, maxLength: 2 })
  const condition = constantFrom(
    when('StringEquals', 'aws:PrincipalTag/t', 'p'),
    when('StringNotEquals', 'aws:PrincipalTag/t', ['p', 'q']),
    when('StringLike', 'aws:PrincipalTag/t', 'p*'),
    when('StringNotLikeIfExists', 'aws:PrincipalTag/t', '*q'),
    when('Null', 'aws:PrincipalTag/t', 'true'),
    when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'),
    when('NotIpAddress', 'aws:SourceIp', '203.0.113.128/25'),
    { Condition: { StringEqualsIfExists: { 'aws:PrincipalTag/t': 'q' }, IpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/25' } } },
  )
  const statement = record({
    effect: constantFrom('Allow', 'Allow', 'Deny'),
    notAction: constantFrom(false, false, true),
    notResource: constantFrom(false, false, true),
    actions: some([...actions, 'a:*', '*', 'b:x*', 'a:?']),
    resources: some([...resources, '*', 'arn:aws:a:::r/*', 'arn:aws:*:::?/1*', 'arn:aws:a:::?/1']),
    condition: option(condition, { nil: {} }),
  }).map(({ effect, notAction, notResource, actions: wanted, resources: on, condition: asked }) => ({
    Effect: effect,
    [notAction ? 'NotAction' : 'Action']: wanted,
    [notResource ? 'NotResource' : 'Resource']: on,
    ...asked,
  }))
  const policy = array(statement, { minLength: 1, maxLength: 3 }).map(statements => identity(...statements))
  const principal = {
    type: 'roleSession',
    account: '111122223333',
    arn: 'arn:aws:sts::111122223333:assumed-role/r/s',
    roleArn: 'arn:aws:iam::111122223333:role/r',
    roleId: 'AROA1',
    sessionName: 's',
  } as const
  const requests = actions.flatMap(action =>
    resources.flatMap(on =>
      tags.flatMap(tag =>
        addresses.map(address => ({ principal, action, resource: on, context: { 'aws:PrincipalTag/t': tag, 'aws:SourceIp': address } })),
      ),
    ),
  )

  test('new access', () => {
    let undetermined = 0
    assert(
      property(policy, policy, (existing, updated) => {
        const [before, after] = [decider(existing, 'identity'), decider(updated, 'identity')]
        const answer = newAccess(existing, updated, 'identity')
        const tried = requests.some(request => after(request) && !before(request))
        if (answer.outcome === 'none') expect(tried).toBe(false)
        if (answer.outcome === 'undetermined') undetermined++
        if (answer.outcome === 'found') {
          const [witness] = answer.witnesses
          expect(witness && after(witness.request) && !before(witness.request)).toBe(true)
        }
      }),
      { numRuns: 600, seed: 11 },
    )
    expect(undetermined).toBe(0)
  })
})
