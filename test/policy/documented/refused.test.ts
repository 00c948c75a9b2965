import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../../src/policy/index.ts'
import { policyText } from '../support.ts'

describe('examples of the archived guides that no parser should take', () => {
  test('Amazon EKS identity-based policy examples, a cluster on an Outpost: a comma is missing after the actions', () =>
    expect(() =>
      parsePolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole"]"Resource":"*"}]}', 'identity'),
    ).toThrow('Syntax errors in policy.'))
  test('and one too many is at the end', () =>
    expect(() =>
      parsePolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole"],"Resource":"*"},]}', 'identity'),
    ).toThrow('Syntax errors in policy.'))
  test('Examples of Amazon S3 bucket policies, Storage Lens: one operator three times, of which only the last would count', () =>
    expect(() =>
      parsePolicy(
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"storage-lens.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"s3:x-amz-acl":"a"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}}',
        'resource',
      ),
    ).toThrow('Syntax errors in policy.'))
  test('Creating a condition that tests multiple key values: an action without its service', () =>
    expect(() => parsePolicy(policyText({ Effect: 'Allow', Action: 'GetItem', Resource: '*' }), 'identity')).toThrow(
      'Actions/Conditions must be prefaced by a vendor',
    ))
})
