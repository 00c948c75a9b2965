import * as fc from 'fast-check'
import {
  type ApplicablePolicies,
  type AuthorizationRequest,
  type CompiledPolicy,
  compilePolicy,
  type ContextValue,
  parsePolicy,
  type PolicyKind,
  type PolicyPrincipal,
} from '../../src/policy/index.ts'
import type { NaivePolicies } from './naive.ts'

/** Absent more often than not, or else every other limit hides what the rest decide. */
const seldom = <T>(values: fc.Arbitrary<T>) => fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values })

// Small alphabets, so that policies and requests meet often.

const accounts = ['111122223333', '444455556666'] as const
const account = fc.constantFrom(...accounts)

export const principal: fc.Arbitrary<PolicyPrincipal> = fc.oneof(
  account.map((account): PolicyPrincipal => ({ type: 'root', account, arn: `arn:aws:iam::${account}:root` })),
  fc.tuple(account, fc.constantFrom('ann', 'bob')).map(
    ([account, name]): PolicyPrincipal => ({
      type: 'user',
      account,
      arn: `arn:aws:iam::${account}:user/${name}`,
      userId: `AIDA${name.toUpperCase()}EXAMPLEEXAMPLE`,
      userName: name,
    }),
  ),
  fc.tuple(account, fc.constantFrom('app', 'web'), fc.constantFrom('s1', 's2'), fc.boolean()).map(
    ([account, role, sessionName, serviceLinked]): PolicyPrincipal => ({
      type: 'roleSession',
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      roleId: `AROA${role.toUpperCase()}EXAMPLEEXAMPLE`,
      sessionName,
      serviceLinked,
    }),
  ),
  account.map(
    (account): PolicyPrincipal => ({
      type: 'federatedUser',
      account,
      arn: `arn:aws:sts::${account}:federated-user/fed`,
      userArn: `arn:aws:iam::${account}:user/ann`,
    }),
  ),
  fc.constantFrom<PolicyPrincipal>(
    { type: 'webIdentity', provider: 'arn:aws:iam::111122223333:oidc-provider/localhost:4443/id/ABC' },
    { type: 'saml', provider: 'arn:aws:iam::111122223333:saml-provider/idp' },
    { type: 'service', service: 'pods.eks.amazonaws.com' },
    { type: 'anonymous' },
  ),
)

const actionName = fc.constantFrom(
  's3:GetObject',
  's3:GetBucket',
  's3:PutObject',
  'iam:GetUser',
  'iam:PassRole',
  'sts:AssumeRole',
  'S3:getobject',
)
const actionPattern = fc.oneof(
  actionName,
  fc.constantFrom(
    '*',
    's3:*',
    's3:Get*',
    's3:*Object',
    's3:G?tObject',
    'iam:*',
    'iam:*User',
    's3:*e*t',
    'sts:Assume*',
    'S3:PUT*',
    's3:Get*Obj*',
  ),
)

export const resourceName = fc.oneof(
  fc.constantFrom(
    '*',
    'arn:aws:s3:::data',
    'arn:aws:s3:::data/ann/file',
    'arn:aws:s3:::data/bob/a:b',
    'arn:aws:s3:::data/*',
    'arn:aws:iam::111122223333:user/ann',
    'arn:aws:iam::444455556666:role/app',
    'arn:aws:sqs:us-east-1:111122223333:jobs',
    'arn:aws:sqs:us-east-1:999:x:111122223333:jobs',
    'arn:aws:sqs:eu-1:444455556666:ann',
  ),
  fc.array(fc.constantFrom('a', 'n', 'd', ':', '/', '*', '?', 'data'), { maxLength: 6 }).map(parts => `arn:aws:s3:::${parts.join('')}`),
)
const resourcePattern = fc.oneof(
  resourceName.filter(name => name !== ''),
  fc.constantFrom(
    '*',
    'arn:aws:s3:::*',
    'arn:aws:s3:::data/*',
    'arn:aws:s3:::data/${aws:username}/*',
    "arn:aws:s3:::data/${aws:username, 'bob'}/*",
    'arn:aws:s3:::data/${aws:PrincipalTag/team}*',
    'arn:aws:s3:::data/${*}',
    'arn:aws:s3:::d?ta/*/file',
    'arn:aws:iam::*:user/${aws:username}',
    'arn:aws:iam::${aws:PrincipalAccount}:role/app',
    'arn:aws:iam::1*3:*',
    'arn:aws:iam::4444?5556666:role/*',
    'arn:aws:sqs:*:111122223333:jobs',
    'arn:aws:sqs:us-*-1:111122223333:jobs',
    'arn:aws:sqs',
    'arn:aws:*:*:*:*',
    'arn:aws:s3',
    'arn:aws:s3:::*a*a*d',
  ),
  fc
    .array(fc.constantFrom('a', 'n', 'd', ':', '/', '*', '?', 'data', '${aws:username}', '${?}'), { maxLength: 6 })
    .map(parts => `arn:aws:s3:::${parts.join('')}`),
)

interface Key {
  readonly name: string
  readonly actual: fc.Arbitrary<ContextValue>
  readonly operators: readonly string[]
  readonly wanted: fc.Arbitrary<string | number | boolean>
}

const word = fc.constantFrom('', 'a', 'b', 'ab', 'A', 'Ab', '*', 'a*b', 'red')
const wordPattern = fc.oneof(
  word,
  fc.constantFrom(
    'a*',
    '?',
    '*b',
    '${aws:username}',
    '${aws:PrincipalTag/team}',
    "${aws:PrincipalTag/none, 'a'}",
    '${aws:PrincipalTag/none}',
    'a${*}b',
    '${$}',
  ),
)
const stringOperators = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
]
const orders = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
const arnText = fc.constantFrom(
  'arn:aws:sns:us-east-1:111122223333:a',
  'arn:aws:sns:us-east-1:9:a:111122223333:a',
  'arn:aws:iam::111122223333:role/app',
  'none',
)

const keys: readonly Key[] = [
  { name: 'aws:PrincipalTag/team', actual: word, operators: stringOperators, wanted: wordPattern },
  { name: 'aws:TagKeys', actual: fc.array(word, { maxLength: 3 }), operators: stringOperators, wanted: wordPattern },
  { name: 's3:prefix', actual: word, operators: stringOperators, wanted: wordPattern },
  {
    name: 's3:max-keys',
    actual: fc.oneof(fc.constantFrom<ContextValue>(1, 2.5, '10', 'x', '1e1'), fc.integer({ min: -3, max: 12 })),
    operators: orders.map(order => `Numeric${order}`),
    wanted: fc.constantFrom<string | number>(1, '2.5', '10', 'y', -1),
  },
  {
    name: 'aws:CurrentTime',
    actual: fc.constantFrom<ContextValue>(new Date('2026-01-01T00:00:00Z'), '2026-06-01T10:00:00Z', 1767225600, 'never', '2026'),
    operators: orders.map(order => `Date${order}`),
    wanted: fc.constantFrom<string | number>(
      '2026-01-01T00:00:00Z',
      '2026-06-01',
      '2026',
      1767225600,
      'tomorrow',
      '2026-06-01T12:00:00+02:00',
    ),
  },
  {
    name: 'aws:SecureTransport',
    actual: fc.constantFrom<ContextValue>(true, false, 'true', 'TRUE'),
    operators: ['Bool'],
    wanted: fc.constantFrom<string | boolean>(true, 'false', 'true'),
  },
  {
    name: 'aws:SourceIp',
    actual: fc.constantFrom('10.1.2.3', '192.0.2.7', '2001:db8::7', '2001:db8:1::1', 'here'),
    operators: ['IpAddress', 'NotIpAddress'],
    wanted: fc.constantFrom('10.0.0.0/8', '10.1.2.3', '192.0.2.0/29', '2001:DB8::/32', '2001:db8::/33', '0.0.0.0/0', '::/0', 'x/8'),
  },
  {
    name: 'aws:SourceArn',
    actual: arnText,
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    wanted: fc.oneof(
      arnText,
      fc.constantFrom(
        'arn:aws:sns:*:111122223333:*',
        'arn:aws:sns:*:*:a',
        '*',
        'arn:aws:iam::*:role/a?p',
        'arn:aws:iam::${aws:PrincipalAccount}:role/*',
        '${aws:PrincipalArn}',
      ),
    ),
  },
  {
    name: 'kms:Blob',
    actual: fc.constantFrom('YQ==', 'YWI=', '!'),
    operators: ['BinaryEquals'],
    wanted: fc.constantFrom('YQ==', 'YWI=', '?'),
  },
]

const casing = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toLowerCase(),
  (text: string) => text.toUpperCase(),
)

const conditionEntry = fc.constantFrom(...keys).chain(key =>
  fc.record({
    operator: fc
      .tuple(
        fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
        fc.constantFrom(...key.operators, 'Null'),
        fc.constantFrom('', '', 'IfExists'),
      )
      .map(([qualifier, base, suffix]) => (base === 'Null' ? base : `${qualifier}${base}${suffix}`)),
    key: fc.tuple(fc.constant(key.name), casing).map(([name, change]) => change(name)),
    wanted: fc.oneof(key.wanted, fc.array(key.wanted, { maxLength: 3 })),
    nulls: fc.constantFrom<string | boolean>('true', 'false', true),
  }),
)

const condition = fc.array(conditionEntry, { minLength: 1, maxLength: 2 }).map(entries => {
  const block: Record<string, Record<string, unknown>> = {}
  for (const { operator, key, wanted, nulls } of entries) (block[operator] ??= {})[key] = operator === 'Null' ? nulls : wanted
  return block
})

const principalEntry = fc.constantFrom(
  '*',
  ...accounts.flatMap(account => [
    account,
    `arn:aws:iam::${account}:root`,
    `arn:aws:iam::${account}:user/ann`,
    `arn:aws:iam::${account}:role/app`,
    `arn:aws:sts::${account}:assumed-role/app/s1`,
    `arn:aws:sts::${account}:federated-user/fed`,
  ]),
  'AIDABOBEXAMPLEEXAMPLE',
  'AROAWEBEXAMPLEEXAMPLE',
)
const principalElement = fc.oneof(
  fc.constant('*'),
  fc.record(
    {
      AWS: fc.oneof(principalEntry, fc.array(principalEntry, { minLength: 1, maxLength: 4 })),
      Service: fc.constantFrom('pods.eks.amazonaws.com', 'ec2.amazonaws.com'),
      Federated: fc.constantFrom(
        'arn:aws:iam::111122223333:oidc-provider/localhost:4443/id/ABC',
        'arn:aws:iam::111122223333:saml-provider/idp',
      ),
    },
    { requiredKeys: ['AWS'] },
  ),
)

const oneOrMore = <T>(values: fc.Arbitrary<T>) => fc.oneof(values, fc.array(values, { minLength: 1, maxLength: 3 }))

const statement = (withPrincipal: boolean) =>
  fc
    .record({
      effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Allow', 'Allow', 'Deny'),
      notAction: fc.constantFrom(false, false, false, true),
      action: oneOrMore(actionPattern),
      notResource: fc.constantFrom(false, false, false, true),
      resource: fc.oneof(fc.constant('*'), oneOrMore(resourcePattern)),
      condition: seldom(condition),
      notPrincipal: fc.constantFrom(false, false, false, true),
      principal: principalElement,
    })
    .map(({ effect, notAction, action, notResource, resource, condition, notPrincipal, principal }) => ({
      Effect: effect,
      ...(withPrincipal ? { [notPrincipal ? 'NotPrincipal' : 'Principal']: principal } : {}),
      [notAction ? 'NotAction' : 'Action']: action,
      [notResource ? 'NotResource' : 'Resource']: resource,
      ...(condition ? { Condition: condition } : {}),
    }))

export type StatementJson = Record<string, unknown> & { Effect: string }

/** A document as an object. */
export const document = (withPrincipal: boolean) =>
  fc.record(
    {
      Version: fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17'),
      Statement: fc.array(statement(withPrincipal), { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ['Statement'] },
  ) as fc.Arbitrary<{ Version?: string; Statement: StatementJson[] }>

const text = (withPrincipal: boolean) => document(withPrincipal).map(value => JSON.stringify(value))

/** A limit that mostly allows. */
const limit = (withPrincipal: boolean) => {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*', ...(withPrincipal ? { Principal: '*' } : {}) }
  return fc
    .tuple(document(withPrincipal), fc.constantFrom(true, true, false))
    .map(([value, open]) => JSON.stringify(open ? { ...value, Statement: [...value.Statement, everything] } : value))
}

export const policyTexts: fc.Arbitrary<NaivePolicies> = fc.record({
  identity: fc.array(text(false), { maxLength: 3 }),
  boundary: seldom(limit(false)),
  session: seldom(fc.array(limit(false), { minLength: 1, maxLength: 2 })),
  resource: fc.oneof(fc.constant(undefined), text(true)),
  resourceMustAllow: fc.constantFrom(false, false, true),
  scps: seldom(fc.array(fc.array(limit(false), { minLength: 1, maxLength: 2 }), { maxLength: 2 })),
  rcps: seldom(fc.array(fc.array(limit(true), { minLength: 1, maxLength: 2 }), { maxLength: 1 })),
  vpce: seldom(fc.array(limit(true), { minLength: 1, maxLength: 1 })),
})

const context = fc
  .tuple(...keys.map(key => fc.option(fc.tuple(key.actual, casing), { nil: undefined, freq: 3 })))
  .map(values => Object.fromEntries(keys.flatMap((key, i) => (values[i] ? [[values[i][1](key.name), values[i][0]] as const] : []))))

export const request: fc.Arbitrary<AuthorizationRequest> = fc.record({
  principal,
  action: actionName,
  resource: resourceName,
  resourceAccount: seldom(account),
  context,
})

const compile =
  (kind: PolicyKind) =>
  (source: string): CompiledPolicy =>
    compilePolicy(parsePolicy(source, kind), { id: kind, type: 'inline' })

/** The policies as the engine takes them. Resource policies of the laxer kind: generated values are of every service. */
export function compileAll(texts: NaivePolicies): ApplicablePolicies {
  return {
    identity: texts.identity.map(compile('identity')),
    boundary: texts.boundary === undefined ? undefined : compile('boundary')(texts.boundary),
    session: texts.session?.map(compile('session')),
    resource: texts.resource === undefined ? undefined : compile('resource')(texts.resource),
    resourceMustAllow: texts.resourceMustAllow,
    scps: texts.scps?.map(level => level.map(compile('scp'))),
    rcps: texts.rcps?.map(level => level.map(compile('vpce'))),
    vpce: texts.vpce?.map(compile('vpce')),
  }
}
