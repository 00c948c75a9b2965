import { array, assert, constantFrom, dictionary, letrec, oneof, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CheckId, checks, type Finding } from '../../src/analysis/validation/finding.ts'
import { type PolicyUse, validatePolicy } from '../../src/analysis/validation/validate.ts'
import { publishedCodes } from './published-codes.ts'
import { cases } from './validation-cases.ts'

const textOf = (policy: unknown): string => (typeof policy === 'string' ? policy : JSON.stringify(policy, undefined, 2))

/** Entries share a code where two headings of the reference do; type and text tell them apart. */
const isOf = (id: CheckId) => {
  const check = checks.find(entry => entry.id === id)
  const start = check?.details.split('{{')[0] ?? ''
  return (finding: Finding) =>
    finding.issueCode === check?.code && finding.findingType === check?.type && finding.findingDetails.startsWith(start)
}

test('the table has an entry for every heading of the reference', () => {
  expect(checks.length).toBeGreaterThan(130)
  expect(checks.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort())
})

test('the codes are those that are published, each of its type', () => {
  for (const [type, codes] of Object.entries(publishedCodes)) {
    const ours = checks.filter(check => check.type === type).map(({ code }) => code)
    expect([...new Set(ours)].sort()).toEqual(codes)
  }
})

describe('every check finds its fault, and nothing in the mended policy', () => {
  test.each(Object.entries(cases) as [CheckId, (typeof cases)[CheckId]][])('%s', (id, { use, bad, good }) => {
    const text = textOf(bad)
    const found = validatePolicy(text, use).filter(isOf(id))
    expect(found.length).toBeGreaterThan(0)
    for (const { findingDetails, learnMoreLink, locations } of found) {
      expect(findingDetails).not.toContain('{{')
      expect(learnMoreLink).toMatch(
        /#access-analyzer-reference-policy-checks-(error|security-warning|general-warning|suggestion)-[a-z0-9-]+$/,
      )
      expect(locations.length).toBeGreaterThan(0)
    }
    expect(validatePolicy(textOf(good), use).filter(isOf(id))).toEqual([])
  })
})

describe('a finding says where the fault is', () => {
  const text =
    '{\n  "Version": "2012-10-17",\n  "Statement": [{\n    "Effect": "Allow",\n    "Action": ["s3:GetObject", "s3:GetObjcet"],\n    "Resource": "arn:aws:s3:::books/*"\n  }]\n}'

  test('by the path to the value and the span of its text', () => {
    const [finding] = validatePolicy(text, { policyType: 'IDENTITY_POLICY' })
    expect(finding).toMatchObject({
      findingType: 'ERROR',
      issueCode: 'INVALID_ACTION',
      findingDetails: 'The action s3:GetObjcet does not exist. Did you mean s3:GetObject?',
      learnMoreLink:
        'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-action',
    })
    const [location] = finding?.locations ?? []
    expect(location?.path).toEqual([{ value: 'Statement' }, { index: 0 }, { value: 'Action' }, { index: 1 }])
    const { start, end } = location?.span ?? {}
    expect(text.slice(start?.offset, end?.offset)).toBe('"s3:GetObjcet"')
    expect(start).toEqual({ line: 5, column: 31, offset: text.indexOf('"s3:GetObjcet"') })
  })

  test('by the key, when the key is at fault', () => {
    const policy = textOf({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:Nothing': 'a' } } },
    })
    const found = validatePolicy(policy, { policyType: 'IDENTITY_POLICY' }).find(
      ({ issueCode }) => issueCode === 'INVALID_GLOBAL_CONDITION_KEY',
    )
    expect(found?.locations[0]?.path).toEqual([
      { value: 'Statement' },
      { value: 'Condition' },
      { value: 'StringEquals' },
      { key: 'aws:Nothing' },
    ])
  })
})

test('whatever the text is, there are findings or none, never an exception', () => {
  const uses: PolicyUse[] = [
    { policyType: 'IDENTITY_POLICY' },
    { policyType: 'RESOURCE_POLICY' },
    { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::IAM::AssumeRolePolicyDocument' },
    { policyType: 'SERVICE_CONTROL_POLICY' },
    { policyType: 'RESOURCE_CONTROL_POLICY' },
  ]
  const keys = constantFrom(
    'Version',
    'Statement',
    'Effect',
    'Action',
    'NotAction',
    'Resource',
    'Principal',
    'Condition',
    'StringLike',
    'AWS',
    'aws:SourceIp',
    'constructor',
  )
  const values = constantFrom('Allow', '*', 'iam:*', 'arn:aws:s3:::a', '${aws:username', '10.0.0.0/8', '', 5, null, true)
  const { tree } = letrec(tie => ({
    tree: oneof({ maxDepth: 6 }, values, array(tie('tree'), { maxLength: 3 }), dictionary(keys, tie('tree'), { maxKeys: 6 })),
  }))
  assert(
    property(tree, constantFrom(...uses), (policy, use) => {
      for (const { locations } of validatePolicy(JSON.stringify({ Statement: policy }), use)) expect(locations.length).toBeGreaterThan(0)
    }),
    { numRuns: 500, seed: 7 },
  )
})

test('documents far beyond any quota are checked in bounded work', () => {
  const long = [`iam:${'*a'.repeat(3000)}`, `iam:${'*a'.repeat(2999)}`]
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: long, Resource: [`arn:aws:s3:::${'*a'.repeat(5000)}`, `arn:aws:s3:::${'a*'.repeat(5000)}`] }],
  }
  const codes = validatePolicy(JSON.stringify(policy), { policyType: 'IDENTITY_POLICY' }).map(({ issueCode }) => issueCode)
  expect(codes).toContain('POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA')
  expect(codes).not.toContain('REDUNDANT_ACTION')
})

describe('what a finding fills in', () => {
  const detailsOf = (statement: object, code: string) =>
    validatePolicy(textOf({ Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*', ...statement } }), {
      policyType: 'IDENTITY_POLICY',
    })
      .filter(({ issueCode }) => issueCode === code)
      .map(({ findingDetails }) => findingDetails)

  test.each([
    ['NumericLessThan', 'greatest'],
    ['NumericGreaterThanEquals', 'least'],
  ])('of several values of %s the %s counts', (operator, extreme) =>
    expect(
      detailsOf({ Action: 's3:ListBucket', Condition: { [operator]: { 's3:max-keys': ['10', '20'] } } }, 'REDUNDANT_CONDITION_VALUE_NUM'),
    ).toEqual([`Multiple values in ${operator} are redundant. Replace with the ${extreme} single value for s3:max-keys.`]),
  )
  test('a service that does not exist is told with its action, as AWS tells it', () =>
    expect(detailsOf({ Action: 'NO_SERVICE:*' }, 'INVALID_SERVICE_IN_ACTION')).toEqual([
      'The service NO_SERVICE:* specified in the action does not exist.',
    ]))
})

describe('what is no fault', () => {
  const errors = (statement: object, use: PolicyUse = { policyType: 'IDENTITY_POLICY' }) =>
    validatePolicy(textOf({ Version: '2012-10-17', Statement: statement }), use).filter(({ findingType }) => findingType === 'ERROR')
  const attach = { Effect: 'Allow', Action: 'ec2:AttachVolume', Resource: '*' }

  test('a fact of the session, which every action has', () =>
    expect(errors({ ...attach, Condition: { ArnEquals: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/i-1' } } })).toEqual([]))
  test('a key that not all actions have, under IfExists', () => {
    const get = { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: '*' }
    expect(errors({ ...get, Condition: { StringEqualsIfExists: { 'dynamodb:Select': 'COUNT' } } })).toEqual([])
    expect(errors({ ...get, Condition: { StringEquals: { 'dynamodb:Select': 'COUNT' } } })).toHaveLength(1)
  })
  test('claims of an issuer with a port', () => {
    const claims = { 'localhost:4443/id/ABC:sub': 'system:serviceaccount:shop:web', 'localhost:4443/id/ABC:aud': 'sts.amazonaws.com' }
    const trust = {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/localhost:4443/id/ABC' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: claims },
    }
    expect(errors(trust, { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::IAM::AssumeRolePolicyDocument' })).toEqual([])
  })
})
