import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { type House, openHouse } from '../call.ts'

let house: House
beforeAll(async () => {
  house = await openHouse(operations)
})
afterAll(() => house.close())

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (Action: unknown, parts: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...parts })

describe('CheckNoNewAccess', () => {
  test('passes a policy that allows no more', async () => {
    const input = {
      existingPolicyDocument: policy(allow('s3:*')),
      newPolicyDocument: policy(allow('s3:Get*')),
      policyType: 'IDENTITY_POLICY',
    }
    expect((await house.call('CheckNoNewAccess', input)).result).toBe('PASS')
  })
  test('names the statement that allows more, and a request', async () => {
    const input = {
      existingPolicyDocument: policy(allow('s3:Get*')),
      newPolicyDocument: policy(allow('s3:Get*'), allow('s3:PutObject', { Sid: 'Write' })),
      policyType: 'IDENTITY_POLICY',
    }
    const { result, reasons } = await house.call('CheckNoNewAccess', input)
    expect(result).toBe('FAIL')
    expect(reasons).toEqual([
      {
        description: expect.stringMatching(/^New access in the statement with sid: Write\. For example: s3:PutObject on arn:aws:s3:/),
        statementIndex: 1,
        statementId: 'Write',
      },
    ])
  })
  test('refuses what is not a policy', async () => {
    const input = { existingPolicyDocument: '{', newPolicyDocument: policy(allow('s3:*')), policyType: 'IDENTITY_POLICY' }
    expect((await house.refusal('CheckNoNewAccess', input)).code).toBe('InvalidParameterException')
  })
})

describe('CheckAccessNotGranted', () => {
  test.each([
    [[{ actions: ['s3:PutObject'] }], 'PASS'],
    [[{ actions: ['s3:PutObject', 's3:GetObject'] }], 'FAIL'],
    [[{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::books/*'] }], 'FAIL'],
  ])('%j: %s', async (access, result) => {
    expect(
      (await house.call('CheckAccessNotGranted', { policyDocument: policy(allow('s3:Get*')), access, policyType: 'IDENTITY_POLICY' }))
        .result,
    ).toBe(result)
  })
})

describe('CheckNoPublicAccess', () => {
  test.each([
    ['AWS::S3::Bucket', allow('s3:GetObject', { Principal: '*' }), 'FAIL'],
    ['AWS::S3::Bucket', allow('s3:GetObject', { Principal: { AWS: '111122223333' } }), 'PASS'],
    ['AWS::IAM::AssumeRolePolicyDocument', { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }, 'FAIL'],
    ['AWS::IAM::AssumeRolePolicyDocument', { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }, 'PASS'],
  ])('%s %j: %s', async (resourceType, statement, result) => {
    expect((await house.call('CheckNoPublicAccess', { policyDocument: policy(statement), resourceType })).result).toBe(result)
  })
})
