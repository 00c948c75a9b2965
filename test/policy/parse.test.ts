import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contextKeysOf, MalformedPolicyDocument, type PolicyKind, parsePolicy, policySize } from '../../src/policy/index.ts'
import { account } from './support.ts'

const ok = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const statement = (more: Record<string, unknown>) => ({ Version: '2012-10-17', Statement: [{ ...ok, ...more }] })
const trusting = (more: Record<string, unknown>) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole', ...more }],
})

function refusal(document: unknown, kind: PolicyKind = 'identity'): string {
  try {
    parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind)
  } catch (error) {
    if (error instanceof MalformedPolicyDocument) return error.message
    throw error
  }
  return 'accepted'
}

describe('Grammar of the IAM JSON policy language', () => {
  test.each([
    ['both versions', { Version: '2008-10-17', Statement: [ok] }, 'identity'],
    ['no version', { Statement: [ok] }, 'identity'],
    ['a lone statement', { Statement: ok }, 'identity'],
    ['Id in resource policies', { Id: 'a b', Statement: { ...ok, Principal: '*' } }, 'resource'],
    [
      'an empty Sid, several times',
      {
        Statement: [
          { ...ok, Sid: '' },
          { ...ok, Sid: '' },
        ],
      },
      'identity',
    ],
    [
      'all principal types',
      {
        Statement: {
          ...ok,
          Principal: { AWS: ['*', account], Service: 'ec2.amazonaws.com', Federated: 'accounts.google.com', CanonicalUser: '7'.repeat(64) },
        },
      },
      'resource',
    ],
    [
      'NotPrincipal, NotAction and NotResource',
      { Statement: { Effect: 'Deny', NotPrincipal: { AWS: account }, NotAction: 's3:*', NotResource: '*' } },
      'resource',
    ],
    [
      'numbers and Booleans as condition values',
      statement({ Condition: { NumericLessThan: { 's3:max-keys': [10, '11'] }, Bool: { 'aws:SecureTransport': true } } }),
      'identity',
    ],
    ['operators in any case', statement({ Condition: { 'foranyvalue:stringlike': { 'aws:TagKeys': 'a' } } }), 'identity'],
    ['incomplete ARNs', statement({ Resource: 'arn:aws:sqs' }), 'identity'],
    [
      'a resource policy without Resource',
      { Statement: { Effect: 'Allow', Principal: '*', Action: 'ecr:GetDownloadUrlForLayer' } },
      'resource',
    ],
    ['trust policies', trusting({ Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }), 'trust'],
    ['an SCP', statement({}), 'scp'],
    ['an RCP', { Version: '2012-10-17', Statement: { ...ok, Principal: '*' } }, 'rcp'],
  ] as const)('%s: accepted', (_, document, kind) => {
    expect(refusal(document, kind)).toBe('accepted')
  })

  const syntax = 'Syntax errors in policy.'
  test.each([
    ['text that is not JSON', '{"Version":', syntax],
    ['an empty text', '', syntax],
    ['a list', '[]', syntax],
    ['text after the document', '{"Statement":[]} x', syntax],
    ['a trailing comma', '{"Statement":[],}', syntax],
    ['a comment', '{/* */"Statement":[]}', syntax],
    ['an unknown version', { Version: '2012-10-18', Statement: [ok] }, syntax],
    ['a number as version', { Version: 20121017, Statement: [ok] }, syntax],
    ['no statement', { Version: '2012-10-17' }, syntax],
    ['an empty list of statements', { Version: '2012-10-17', Statement: [] }, syntax],
    ['an unknown element', { Version: '2012-10-17', Statement: [ok], Comment: '' }, syntax],
    ['an unknown element of a statement', statement({ Comment: '' }), syntax],
    ['an element in other case', statement({ condition: {} }), syntax],
    ['a key twice', '{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}', syntax],
    [
      'a condition key twice',
      '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true","a:b":"false"}}}}',
      syntax,
    ],
    ['no effect', statement({ Effect: undefined }), syntax],
    ['an effect in other case', statement({ Effect: 'allow' }), syntax],
    ['Action and NotAction', statement({ NotAction: 's3:*' }), syntax],
    ['Resource and NotResource', statement({ NotResource: '*' }), syntax],
    ['a number as action', statement({ Action: 1 }), syntax],
    ['an object as resource', statement({ Resource: { Ref: 'Bucket' } }), syntax],
    ['an unknown operator', statement({ Condition: { StringMatches: { 'a:b': 'c' } } }), syntax],
    ['NullIfExists', statement({ Condition: { NullIfExists: { 'a:b': 'true' } } }), syntax],
    ['null as condition value', statement({ Condition: { StringEquals: { 'a:b': null } } }), syntax],
    ['a list as condition', statement({ Condition: [] }), syntax],
    ['Id in identity-based policies', { Id: 'x', Statement: [ok] }, syntax],
    ['no action', statement({ Action: undefined }), 'Policy statement must contain actions.'],
    ['an empty list of actions', statement({ Action: [] }), 'Policy statement must contain actions.'],
    ['no resource', statement({ Resource: undefined }), 'Policy statement must contain resources.'],
    ['an empty list of resources', statement({ Resource: [] }), 'Policy statement must contain resources.'],
    ['a principal in an identity policy', statement({ Principal: '*' }), 'Policy document should not specify a principal.'],
    [
      'an action without service',
      statement({ Action: 'GetObject' }),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'a condition key without prefix',
      statement({ Condition: { StringEquals: { key: 'a' } } }),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'a wildcard in the service of an action',
      statement({ Action: 's*:GetObject' }),
      'Action vendors must be fully qualified and cannot contain regexes.',
    ],
    ['a resource that is no ARN', statement({ Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    [
      'an unknown partition',
      statement({ Resource: 'arn:amazon:s3:::b' }),
      'Partition "amazon" is not valid for resource "arn:amazon:s3:::b".',
    ],
    [
      'a Region in an IAM ARN',
      statement({ Resource: 'arn:aws:iam:us-east-1:111122223333:user/a' }),
      'IAM resource arn:aws:iam:us-east-1:111122223333:user/a cannot contain region information.',
    ],
    [
      'a Sid twice',
      {
        Version: '2012-10-17',
        Statement: [
          { ...ok, Sid: 'A' },
          { ...ok, Sid: 'A' },
        ],
      },
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [
      'a Sid with a space',
      statement({ Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
  ])('%s: refused', (_, document, message) => {
    expect(refusal(document)).toBe(message)
  })

  test.each([
    ['no principal', trusting({ Principal: undefined }), 'Missing required field Principal'],
    ['a resource', trusting({ Resource: '*' }), 'Has prohibited field Resource'],
    ["another service's action", trusting({ Action: 's3:GetObject' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
    [
      'a principal with a wildcard',
      trusting({ Principal: { AWS: `arn:aws:iam::${account}:role/*` } }),
      `Invalid principal in policy: "AWS":"arn:aws:iam::${account}:role/*"`,
    ],
    ['a principal that is no ARN', trusting({ Principal: { AWS: 'ann' } }), 'Invalid principal in policy: "AWS":"ann"'],
    ['a principal in plain text', trusting({ Principal: 'ann' }), 'Invalid principal in policy: "ann"'],
    ['an unknown principal type', trusting({ Principal: { User: 'ann' } }), 'Syntax errors in policy.'],
    ['an empty principal', trusting({ Principal: {} }), 'Missing required field Principal'],
  ])('a trust policy with %s: refused', (_, document, message) => {
    expect(refusal(document, 'trust')).toBe(message)
  })

  test.each(['{', 'trust.json', '', '{"Version": "2012-10-17",}'])('a trust policy that is not JSON has a message of its own: %s', text => {
    expect(refusal(text, 'trust')).toBe('This policy contains invalid Json')
    expect(refusal(text, 'identity')).toBe('Syntax errors in policy.')
  })

  test('a trust policy that is JSON and no policy is as any other', () => {
    expect(refusal('null', 'trust')).toBe('Syntax errors in policy.')
    expect(refusal('{}', 'trust')).toBe('Syntax errors in policy.')
  })

  test('organizations policies have one message', () => {
    expect(refusal(statement({ Principal: '*' }), 'scp')).toBe(
      'The provided policy document does not meet the requirements of the specified policy type.',
    )
  })
})

describe('positions', () => {
  test('a refusal says where', () => {
    const text = '{\n  "Statement": {\n    "Effect": "Maybe", "Action": "*", "Resource": "*"\n  }\n}'
    expect(() => parsePolicy(text, 'identity')).toThrow(
      expect.objectContaining({ position: { line: 3, column: 15, offset: text.indexOf('"Maybe"') } }),
    )
  })
  test('statements know their first and last line and column', () => {
    const text =
      '{"Statement": [\n  {"Effect": "Allow", "Action": "*", "Resource": "*"},\n  {\n    "Effect": "Deny", "Action": "*", "Resource": "*"\n  }]}'
    const [first, second] = parsePolicy(text, 'identity').statements
    expect(first).toMatchObject({ start: { line: 2, column: 3 }, end: { line: 2, column: 54 } })
    expect(second).toMatchObject({ start: { line: 3, column: 3 }, end: { line: 5, column: 4 } })
  })
})

describe('the parser meets anything', () => {
  const parses = (text: string) => {
    for (const kind of ['identity', 'resource', 'trust', 'rcp'] as const) {
      try {
        parsePolicy(text, kind)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedPolicyDocument)
      }
    }
  }
  const numRuns = Number(process.env['GATEHOUSE_PROPERTY_CASES'] ?? 20_000) / 4
  test('any text', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), parses), { numRuns }))
  test('any JSON', () => fc.assert(fc.property(fc.json(), parses), { numRuns }))
  test('a policy with a piece of text replaced', () => {
    const valid = JSON.stringify({
      Version: '2012-10-17',
      Id: 'i',
      Statement: [{ ...ok, Sid: 'S', Principal: { AWS: '*' }, Condition: { StringLike: { 'aws:username': ['a*', 1, true] } } }],
    })
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(12), fc.string({ unit: 'grapheme', maxLength: 6 }), (at, length, piece) =>
        parses(valid.slice(0, at) + piece + valid.slice(at + length)),
      ),
      { numRuns },
    )
  })
  test('nesting is bounded', () => {
    expect(refusal('['.repeat(100_000))).toBe('Syntax errors in policy.')
    expect(refusal('{"a":'.repeat(100_000))).toBe('Syntax errors in policy.')
  })
  test('a document of a hundred thousand statements is read: what is not linear in size would not end', () => {
    const text = JSON.stringify({ Version: '2012-10-17', Statement: Array.from({ length: 100_000 }, () => ok) }, undefined, 2)
    expect(parsePolicy(text, 'identity').statements).toHaveLength(100_000)
  })
})

describe('policySize: "Policy size calculations do not include white space characters"', () => {
  test('identity policies', () => expect(policySize('{ "a" :\n\t"b c" }', 'identity')).toBe(10))
  test('organizations policies count everything', () => expect(policySize('{ "a": 1 }', 'scp')).toBe(10))
})

describe('contextKeysOf (GetContextKeysForCustomPolicy)', () => {
  test('keys of conditions and variables, once each', () => {
    const text = JSON.stringify(
      statement({
        Resource: 'arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}',
        Condition: { StringEquals: { 's3:prefix': '${aws:USERNAME}', 'AWS:PrincipalTag/Team': 'x' } },
      }),
    )
    expect(contextKeysOf(parsePolicy(text, 'identity'))).toEqual(['aws:username', 'aws:PrincipalTag/team', 's3:prefix'])
  })
  test('version 2008-10-17 has no variables', () => {
    expect(
      contextKeysOf(parsePolicy(JSON.stringify({ Statement: [{ ...ok, Resource: 'arn:aws:s3:::${aws:username}' }] }), 'identity')),
    ).toEqual([])
  })
})
