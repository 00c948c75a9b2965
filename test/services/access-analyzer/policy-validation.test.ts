import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../../src/services/access-analyzer/index.ts'
import { type House, openHouse } from '../call.ts'

let house: House
beforeAll(async () => {
  house = await openHouse(operations)
})
afterAll(() => house.close())

const policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: ['s3:GetObjcet', 'sss3:Get'], Resource: 'books' }] })

test('ValidatePolicy tells every finding, a page at a time', async () => {
  const ask = { policyDocument: policy, policyType: 'IDENTITY_POLICY' }
  const all = await house.call('ValidatePolicy', ask)
  expect(all.findings.map(({ issueCode }: { issueCode: string }) => issueCode)).toEqual([
    'MISSING_VERSION',
    'INVALID_ACTION',
    'INVALID_SERVICE_IN_ACTION',
    'INVALID_ARN_PREFIX',
  ])
  const pages: object[] = []
  let nextToken: string | undefined
  for (let i = 0; i < 4; i++) {
    const page = await house.call('ValidatePolicy', { ...ask, maxResults: 1, ...(nextToken && { nextToken }) })
    pages.push(...page.findings)
    nextToken = page.nextToken
  }
  expect(nextToken).toBeUndefined()
  expect(pages).toEqual(all.findings)
})

test('a token holds for the question that it came from', async () => {
  const { nextToken } = await house.call('ValidatePolicy', { policyDocument: policy, policyType: 'IDENTITY_POLICY', maxResults: 1 })
  const refused = await house.refusal('ValidatePolicy', { policyDocument: `${policy} `, policyType: 'IDENTITY_POLICY', nextToken })
  expect(refused.code).toBe('ValidationException')
})

test('a resource type is for resource policies only', async () => {
  const input = { policyDocument: policy, policyType: 'IDENTITY_POLICY', validatePolicyResourceType: 'AWS::S3::Bucket' }
  expect((await house.refusal('ValidatePolicy', input)).code).toBe('ValidationException')
})
