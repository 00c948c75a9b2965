import { describe, expect, test } from 'vitest'
import { sdkProblem } from '../../src/cli/irsa-sdk-versions.ts'
import { type IrsaTarget, trustStatement } from '../../src/cli/irsa-target.ts'
import { trustFinding } from '../../src/analysis/irsa-trust.ts'

const account = '111122223333'
const url = 'localhost:4443/id/0123456789ABCDEF0123456789ABCDEF'
const target = {
  issuer: `https://${url}`,
  providerArn: `arn:aws:iam::${account}:oidc-provider/${url}`,
  subject: 'system:serviceaccount:shop:checkout',
  account,
} as IrsaTarget
const arn = `arn:aws:iam::${account}:role/checkout`
const right = trustStatement(target, 'sts.amazonaws.com')
const finding = (statement: object) =>
  trustFinding(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }), target, arn, 'sts.amazonaws.com')
const where = (condition: object) => ({ ...right, Condition: condition })

describe('a trust policy', () => {
  test.each([
    ['as enable writes it', right],
    ['with StringLike', where({ StringLike: { [`${url}:sub`]: 'system:serviceaccount:shop:*' } })],
    ['for any of several', where({ StringEquals: { [`${url}:sub`]: ['system:serviceaccount:bank:x', target.subject] } })],
  ])('%s lets the service account in', (_, statement) => expect(finding(statement)).toEqual({}))

  test('without a condition on the subject is told to be open', () => {
    expect(finding(where({ StringEquals: { [`${url}:aud`]: 'sts.amazonaws.com' } })).warning).toContain(
      'every service account of the cluster',
    )
  })

  test.each([
    ['a wildcard under StringEquals', where({ StringEquals: { [`${url}:sub`]: 'system:serviceaccount:shop:*' } }), 'use StringLike'],
    [
      'a typo in the subject',
      where({ StringEquals: { [`${url}:sub`]: 'system:serviceaccount:shop:chekout' } }),
      'to be system:serviceaccount:shop:chekout; the token has system:serviceaccount:shop:checkout',
    ],
    [
      'another audience',
      where({ StringEquals: { [`${url}:aud`]: 'sts.amazon.com' } }),
      'to be sts.amazon.com; the token has sts.amazonaws.com',
    ],
    ['a key of another issuer', where({ StringEquals: { 'localhost:4443/id/00:sub': target.subject } }), 'is of another issuer'],
    ['another provider', { ...right, Principal: { Federated: `${target.providerArn}0` } }, 'names another provider'],
    ['no federated principal', { ...right, Principal: { Service: 'pods.eks.amazonaws.com' } }, 'names no federated principal'],
    ['another action', { ...right, Action: 'sts:AssumeRole' }, 'allows sts:AssumeRole to the provider'],
    ['a claim that tokens do not have', where({ StringEquals: { [`${url}:email`]: 'x' } }), 'cannot hold'],
  ])('with %s is told so', (_, statement, problem) => expect(finding(statement).problem).toContain(problem))
})

test.each([
  ['boto3@1.9.219', 'irsa', 'use 1.9.220 or newer'],
  ['boto3@1.34.40', 'podIdentity', 'use 1.34.41 or newer'],
  ['aws-sdk-js-v3@v3.27.0', 'irsa', undefined],
  ['aws-sdk-net@3.3.700', 'irsa', undefined],
  ['aws-sdk-go-v2@v1.0.0', 'irsa', undefined],
  ['aws-sdk-go-v2@v1.24.0', 'podIdentity', 'use 1.25.0 or newer'],
] as const)('%s by %s', (sdk, way, problem) => {
  if (problem === undefined) expect(sdkProblem(sdk, way)).toBeUndefined()
  else expect(sdkProblem(sdk, way)).toContain(problem)
})

test('an SDK that is not known is an error', () => {
  expect(() => sdkProblem('cobol@1.0', 'irsa')).toThrow('must be NAME@VERSION')
})
