import { describe, expect, test } from 'vitest'
import { judge } from '../../../src/analysis/access-tests/judge.ts'
import { junitOf } from '../../../src/analysis/access-tests/junit.ts'
import { MalformedAccessTests, parseAccessTests } from '../../../src/analysis/access-tests/parse.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import { withChange } from '../../../src/analysis/graph/planned-change.ts'
import type { Snapshot } from '../../../src/analysis/graph/snapshot.ts'
import {
  account,
  administratorAccess,
  allow,
  cluster,
  iamArn,
  policyOf,
  role,
  roleArn,
  trusts,
  user,
  userArn,
  world,
} from '../graph/world.ts'

const team = { arn: iamArn('policy/team'), defaultVersion: 'v1', versions: { v1: policyOf(allow('sqs:SendMessage')) } }
const issuer = 'https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const irsaTrust = trusts(
  { Federated: iamArn(`oidc-provider/${issuer.slice('https://'.length)}`) },
  {
    StringEquals: {
      [`${issuer.slice('https://'.length)}:sub`]: 'system:serviceaccount:shop:cart',
      [`${issuer.slice('https://'.length)}:aud`]: 'sts.amazonaws.com',
    },
  },
  'sts:AssumeRoleWithWebIdentity',
)
const snapshot = world({
  users: [
    user('alice', { policies: [allow('s3:GetObject', 'arn:aws:s3:::b/*')], attached: [team.arn] }),
    user('bob', { policies: [allow('s3:GetObject', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })] }),
    user('carol', { policies: [allow('iam:PutUserPolicy')] }),
  ],
  roles: [
    role('cart', irsaTrust, { policies: [allow('dynamodb:GetItem')] }),
    role('ops', trusts({ AWS: userArn('alice') }), { attached: [administratorAccess] }),
  ],
  managedPolicies: [team],
  clusters: [
    cluster({
      issuer,
      namespaces: [{ name: 'shop' }],
      serviceAccounts: [{ namespace: 'shop', name: 'cart', roleArn: roleArn('cart') }],
      roles: { 'shop/reader': [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }] },
      roleBindings: [
        { name: 'reader', namespace: 'shop', subjects: [{ kind: 'User', name: 'jane' }], roleRef: { kind: 'Role', name: 'reader' } },
      ],
    }),
  ],
})

const judged = (yaml: string, of: Snapshot = snapshot) => {
  const graph = new Graph(new Estate(of))
  return parseAccessTests(yaml, 'access.yaml').map(each => judge(graph, each))
}
const one = (yaml: string, of?: Snapshot) => judged(`tests:\n  - ${yaml}`, of)[0]?.failures

describe('an access test holds, or fails with its witness', () => {
  test.each([
    [
      '{principals: alice, may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
      '{principals: alice, may not: s3:GetObject, on: "arn:aws:s3:::b/x"}',
      'is allowed',
    ],
    [
      '{principals: alice, may not: s3:PutObject, on: "arn:aws:s3:::b/x"}',
      '{principals: alice, may: s3:PutObject, on: "arn:aws:s3:::b/x"}',
      'is denied',
    ],
    [
      '{principals: bob, may: s3:GetObject, on: "arn:aws:s3:::b/x", context: {"aws:MultiFactorAuthPresent": true}}',
      '{principals: bob, may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
      'is allowed under conditions',
    ],
    [
      '{principals: bob, may not: s3:GetObject, on: "arn:aws:s3:::b/x", context: {"aws:MultiFactorAuthPresent": false}}',
      '{principals: bob, may not: s3:GetObject, on: "arn:aws:s3:::b/x"}',
      'is allowed under conditions',
    ],
    [
      '{principals: "demo:serviceaccount:shop/cart", may: dynamodb:GetItem}',
      '{principals: "demo:serviceaccount:shop/cart", may not: dynamodb:GetItem}',
      'is allowed',
    ],
    [
      '{principals: "user:jane", may: get, on: secrets, namespace: shop}',
      '{principals: "demo:user:jane", may not: get, on: secrets, namespace: shop}',
      'is allowed',
    ],
    [
      '{principals: "serviceaccount:shop/cart", may not: get, on: secrets, namespace: shop}',
      '{principals: "serviceaccount:shop/cart", may: get, on: secrets, namespace: shop}',
      'is denied',
    ],
    [
      `{principals: [alice, ops, "arn:aws:iam::*:root", "arn:aws:iam::*:user/bob"], only these may: s3:GetObject, on: "arn:aws:s3:::b/x"}`,
      '{principals: [ops, "arn:aws:iam::*:root", bob], only these may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
      `${userArn('alice')} s3:GetObject on arn:aws:s3:::b/x is allowed`,
    ],
    [
      '{principals: ["user:jane", "group:system:masters"], only these may: get, on: secrets, namespace: shop}',
      '{principals: "group:system:masters", only these may: get, on: secrets, namespace: shop}',
      'demo:user:jane get on secrets is allowed',
    ],
    ['{principals: [bob], may not become: admin}', '{principals: [carol], may not become: admin}', 'carol can become admin'],
    ['{principals: [alice], may become: ops}', '{principals: [bob], may become: ops}', 'there is no path'],
  ])('%s', (holds, fails, problem) => {
    expect(one(holds)).toEqual([])
    const failures = one(fails)
    expect(failures).toHaveLength(1)
    expect(failures?.[0]).toMatchObject({ undetermined: false, problem: expect.stringContaining(problem) })
  })

  test('the witness is the decision with its statement, the binding, or the path', () => {
    expect(one('{principals: alice, may not: s3:GetObject, on: "arn:aws:s3:::b/x"}')?.[0]?.because).toMatchObject({
      outcome: 'allowed',
      statements: ['rights, statement 1'],
    })
    expect(one('{principals: "user:jane", may not: get, on: secrets, namespace: shop}')?.[0]?.reason).toContain('RoleBinding "reader/shop"')
    expect(one('{principals: carol, may not become: admin}')?.[0]?.path?.[0]?.how).toBe('iam-put-own-user-policy')
    expect(one('{principals: "demo:serviceaccount:shop/cart", may not: dynamodb:GetItem}')?.[0]?.path?.map(({ how }) => how)).toEqual([
      'irsa',
    ])
  })

  test.each([
    '{principals: alice, may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
    '{principals: alice, may not: s3:PutObject, on: "arn:aws:s3:::b/x"}',
    '{principals: bob, may not become: admin}',
    '{principals: "user:jane", may not: delete, on: secrets, namespace: shop}',
  ])('%s is undetermined when something is missing', yaml => {
    const failures = one(yaml, { ...snapshot, gaps: [{ what: 'the policies of the organization', about: ['*'] }] })
    expect(failures).toMatchObject([{ undetermined: true, problem: expect.stringContaining('the policies of the organization') }])
  })

  test.each(['{principals: nobody, may not: s3:GetObject}', '{principals: "serviceaccount:shop/gone", may not: get, on: secrets}'])(
    '%s fails: a principal that is not there proves nothing',
    yaml => {
      expect(one(yaml)).toMatchObject([{ problem: expect.stringContaining('there is no') }])
    },
  )
})

describe('a planned change', () => {
  const change = (subject: string, text: string) => withChange(snapshot, { subject, text, source: 'change.yaml' })
  test.each([
    ['a managed policy', team.arn, policyOf(allow('sqs:ReceiveMessage')), '{principals: alice, may: sqs:SendMessage}'],
    [
      'an inline policy',
      `${userArn('alice')}#rights`,
      policyOf(allow('s3:ListBucket')),
      '{principals: alice, may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
    ],
    [
      'a trust policy',
      roleArn('ops'),
      trusts({ AWS: userArn('bob') }),
      '{principals: alice, may: sts:AssumeRole, on: "arn:aws:iam::111122223333:role/ops"}',
    ],
    [
      'a resource policy',
      'arn:aws:s3:::b',
      policyOf({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::b/*' }),
      '{principals: alice, may: s3:GetObject, on: "arn:aws:s3:::b/x"}',
    ],
    [
      'objects of a cluster',
      'demo',
      'kind: Role\nmetadata: {name: reader, namespace: shop}\nrules: []\n---\nkind: ServiceAccount\nmetadata: {name: other, namespace: shop}\n',
      '{principals: "user:jane", may: get, on: secrets, namespace: shop}',
    ],
  ])('to %s changes the answer', (_, subject, text, yaml) => {
    expect(one(yaml)).toEqual([])
    expect(one(yaml, change(subject, text))).toMatchObject([{ problem: expect.stringContaining('is denied') }])
  })

  test.each([
    [iamArn('policy/gone'), policyOf(allow('s3:*')), 'there is no'],
    [team.arn, '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}', 'change.yaml: '],
    ['demo', 'kind: Deployment\nmetadata: {name: x}\n', 'objects of kind Deployment are not changed'],
    ['demo', 'kind: ClusterRole\nmetadata: {name: x, labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}}\n', 'is aggregated'],
    ['other', 'kind: Role\n', 'there is no cluster other'],
  ])('to %s that cannot be made is a mistake', (subject, text, problem) => {
    expect(() => change(subject, text)).toThrow(problem)
  })
})

describe('mistakes in a file are told with their places', () => {
  test.each([
    ['tests:\n  - {principals: alice, may: s3:GetObjekt}', 'access.yaml:2:30: s3:GetObjekt is not an action of AWS'],
    ['tests:\n  - {principals: alice, mayy: s3:GetObject}', 'access.yaml:2:25: mayy is not a member of a test'],
    ['tests:\n  - {principals: alice, may: s3:GetObject, may not: s3:GetObject}', 'access.yaml:2:5: a test has exactly one of'],
    ['tests:\n  - {may: s3:GetObject}', 'access.yaml:2:5: a test names its principals'],
    ['tests:\n  - {principals: alice, may: get}', 'needs its resource: on'],
    ['tests:\n  - {principals: alice, may: gett, on: pods}', 'gett is not a verb of Kubernetes'],
    ['tests:\n  - {principals: alice, may: get, on: volumes}', 'the API group of volumes is not known'],
    ['tests:\n  - {principals: alice, may: s3:GetObject, on: bucket}', 'bucket is not an ARN'],
    ['tests:\n  - {principals: alice, may: s3:GetObject, namespace: shop}', 'namespace says nothing here'],
    ['tests:\n  - {principals: [], may: s3:GetObject}', 'principals must not be empty'],
    ['tests: []', 'at least one test'],
    ['checks: []', 'checks is not a member of the file'],
    ['tests:\n  - {principals: a, principals: b, may: s3:GetObject}', 'unique'],
    ['', 'the file must be a mapping'],
  ])('%s', (yaml, message) => {
    expect(() => parseAccessTests(yaml, 'access.yaml')).toThrow(MalformedAccessTests)
    expect(() => parseAccessTests(yaml, 'access.yaml')).toThrow(message)
  })
})

test('a JUnit report counts, escapes and places', () => {
  const report = junitOf([
    { name: 'a "b" <c>', file: 'access.yaml', line: 3 },
    { name: 'd', file: 'access.yaml', line: 9, failure: { message: 'x & y', text: `by ${account}\u0001` } },
  ])
  expect(report).toContain('<testsuites tests="2" failures="1" errors="0" skipped="0">')
  expect(report).toContain('<testcase name="a &quot;b&quot; &lt;c&gt;" classname="access.yaml" file="access.yaml" line="3"/>')
  expect(report).toContain(`<failure message="x &amp; y">by ${account}</failure>`)
})

test('what the policy of a key would decide is undetermined until somebody gives it', () => {
  const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const live: Snapshot = { ...snapshot, resourcePoliciesReadOf: ['s3'] }
  const noneOfAlice = `{principals: alice, may not: kms:Decrypt, on: "${key}"}`
  expect(one(noneOfAlice, live)).toMatchObject([{ undetermined: true, problem: expect.stringContaining(`the policy of ${key}`) }])
  const text = policyOf({ ...allow('kms:Decrypt'), Principal: { AWS: roleArn('ops') } })
  expect(one(noneOfAlice, withChange(live, { subject: key, source: 'key.json', text }))).toEqual([])
  expect(one('{principals: alice, may not: s3:PutObject, on: "arn:aws:s3:::b/x"}', live)).toEqual([])
})
