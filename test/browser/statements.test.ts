import { describe, expect, test } from 'vitest'
import { laidOut } from '../../console/iam/policy-document.ts'
import { newStatement, statementsOf, type VisualStatement, withStatements } from '../../console/iam/statements.ts'

const shown = (policy: object) => statementsOf(JSON.stringify(policy)) as readonly VisualStatement[]
const written = (policy: object, statements: readonly VisualStatement[]) =>
  JSON.parse(withStatements(JSON.stringify(policy), statements)) as { Statement: object[] }

/** IAM User Guide, "IAM JSON policy elements reference". */
describe('the visual editor loses nothing of a policy', () => {
  const one = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
  test.each([
    { Version: '2012-10-17', Id: 'mine', Statement: [one] },
    { Version: '2012-10-17', Statement: one },
    { Statement: [{ Sid: 'A', Resource: ['a', 'b'], Action: ['s3:Get*'], Effect: 'Deny' }] },
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', NotAction: ['iam:*', 'sts:*'], NotResource: 'arn:aws:s3:::secret/*' }] },
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }] },
    { Version: '2012-10-17', Statement: [{ ...one, Condition: {} }] },
    {
      Version: '2012-10-17',
      Statement: [
        {
          ...one,
          Condition: {
            Bool: { 'aws:SecureTransport': true },
            NumericLessThan: { 's3:max-keys': 10 },
            'ForAllValues:StringLike': { 'aws:TagKeys': ['a, b', 'c'], 'aws:PrincipalTag/team': 'red' },
          },
        },
      ],
    },
  ])('%j is written as it was', policy => {
    const text = JSON.stringify(policy)
    expect(withStatements(text, shown(policy))).toBe(laidOut(text))
  })

  test('a change of one element leaves the others as they were written', () => {
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Sid: 'A', Effect: 'Allow', NotAction: 'iam:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': true } } }],
    }
    const [statement] = shown(policy) as [VisualStatement]
    expect(written(policy, [{ ...statement, effect: 'Deny', actions: ['iam:*', 'sts:*'] }]).Statement).toEqual([
      { ...policy.Statement[0], Effect: 'Deny', NotAction: ['iam:*', 'sts:*'] },
    ])
  })

  test('conditions with the same operator and key are alternatives of one', () => {
    const condition = { operator: 'StringEquals', key: 'aws:PrincipalTag/team' }
    const statement = {
      ...newStatement(),
      actions: ['s3:GetObject'],
      conditions: [
        { ...condition, values: ['red'] },
        { ...condition, values: ['blue'] },
      ],
    }
    expect(written({ Version: '2012-10-17', Statement: [] }, [statement]).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: ['*'],
        Condition: { StringEquals: { 'aws:PrincipalTag/team': ['red', 'blue'] } },
      },
    ])
  })

  test.each([
    'no JSON',
    '[]',
    '{}',
    JSON.stringify({ Statement: [{ ...one, Effect: 'allow' }] }),
    JSON.stringify({ Statement: [{ ...one, NotAction: 'iam:*' }] }),
    JSON.stringify({ Statement: [{ ...one, Action: { s3: 'GetObject' } }] }),
    JSON.stringify({ Statement: [{ ...one, Condition: { Bool: ['aws:SecureTransport'], StringEquals: 'x' } }] }),
  ])('%s is not shown, as it would not be shown whole', text => {
    expect(statementsOf(text)).toBeUndefined()
  })
})
