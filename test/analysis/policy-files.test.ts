import { describe, expect, test } from 'vitest'
import { policiesIn } from '../../src/analysis/policy-files.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::books/*' }
const document = { Version: '2012-10-17', Statement: [statement] }
const assume = { Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }] }

describe('a file that is a policy', () => {
  test('keeps its text, so that places in it are places in the file', () => {
    const text = JSON.stringify(document)
    expect(policiesIn(text)).toEqual([{ name: '', text, use: { policyType: 'IDENTITY_POLICY' }, firstLine: 1, exact: true }])
  })
  test.each([
    ['identity', document, 'IDENTITY_POLICY', undefined],
    ['resource', { Statement: [{ ...statement, Principal: '*' }] }, 'RESOURCE_POLICY', undefined],
    ['trust', assume, 'RESOURCE_POLICY', 'AWS::IAM::AssumeRolePolicyDocument'],
  ])('is taken for an %s policy by what it says', (_, policy, policyType, resourceType) => {
    const [found] = policiesIn(JSON.stringify(policy))
    expect(found?.use.policyType).toBe(policyType)
    expect(found?.use.resourceType).toBe(resourceType)
  })
  test('may be YAML', () => {
    const [found] = policiesIn(
      'Version: 2012-10-17\nStatement:\n  - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::books/*"}\n',
    )
    expect(JSON.parse(found?.text ?? '')).toEqual(document)
  })
  test('is for what the caller says', () =>
    expect(policiesIn(JSON.stringify(document), 'scp')[0]?.use.policyType).toBe('SERVICE_CONTROL_POLICY'))
})

test('a CloudFormation template has the policies of its resources, functions filled in with what could be anything', () => {
  const found = policiesIn(
    [
      'Resources:',
      '  Reader:',
      '    Type: AWS::IAM::Role',
      '    Properties:',
      '      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}',
      '      Policies:',
      '        - PolicyName: read',
      '          PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${Books}/${aws:username}"}]}',
      '  BooksPolicy:',
      '    Type: AWS::S3::BucketPolicy',
      '    Properties:',
      '      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: {"Fn::Join": ["", ["arn:aws:s3:::", {Ref: Books}, "/*"]]}}]}',
    ].join('\n'),
  )
  expect(found.map(({ name, firstLine, use }) => [name, firstLine, use.resourceType])).toEqual([
    ['Reader.AssumeRolePolicyDocument', 2, 'AWS::IAM::AssumeRolePolicyDocument'],
    ['Reader.Policies[0].PolicyDocument', 2, undefined],
    ['BooksPolicy.PolicyDocument', 9, 'AWS::S3::Bucket'],
  ])
  expect(found[1]?.text).toContain('arn:aws:s3:::*/${aws:username}')
  expect(found[2]?.text).toContain('arn:aws:s3:::*/*')
})

test('a Terraform plan has the policies of its changed resources', () => {
  const change = (address: string, type: string, after: object) => ({ address, type, change: { after } })
  const plan = {
    resource_changes: [
      change('aws_iam_role.reader', 'aws_iam_role', { name: 'reader', assume_role_policy: JSON.stringify(assume) }),
      change('aws_iam_role_policy.read', 'aws_iam_role_policy', { policy: JSON.stringify(document) }),
      change('aws_organizations_policy.limit', 'aws_organizations_policy', {
        type: 'SERVICE_CONTROL_POLICY',
        content: JSON.stringify(document),
      }),
      change('aws_iam_policy.removed', 'aws_iam_policy', {}),
    ],
  }
  expect(policiesIn(JSON.stringify(plan)).map(({ name, use }) => [name, use.policyType, use.resourceType])).toEqual([
    ['aws_iam_role.reader.assume_role_policy', 'RESOURCE_POLICY', 'AWS::IAM::AssumeRolePolicyDocument'],
    ['aws_iam_role_policy.read.policy', 'IDENTITY_POLICY', undefined],
    ['aws_organizations_policy.limit.content', 'SERVICE_CONTROL_POLICY', undefined],
  ])
})

test('a file without a policy is refused', () => expect(() => policiesIn('{"name": "x"}')).toThrow('holds no policy'))
