import { describe, expect, test } from 'vitest'
import { policiesIn } from '../../src/analysis/policy-files.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::books/*' }
const document = { Version: '2012-10-17', Statement: [statement] }
const assume = { Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }] }

describe('a file that is a policy', () => {
  test('keeps its text, so that places in it are places in the file', () => {
    const text = JSON.stringify(document)
    expect(policiesIn(text)).toMatchObject([{ name: '', text, use: { policyType: 'IDENTITY_POLICY' } }])
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
  expect(found.map(({ name, placeOf, use }) => [name, placeOf(undefined), use.resourceType])).toEqual([
    ['Reader.AssumeRolePolicyDocument', { line: 5, column: 33 }, 'AWS::IAM::AssumeRolePolicyDocument'],
    ['Reader.Policies[0].PolicyDocument', { line: 8, column: 27 }, undefined],
    ['BooksPolicy.PolicyDocument', { line: 12, column: 23 }, 'AWS::S3::Bucket'],
  ])
  expect(found[1]?.text).toContain('arn:aws:s3:::*/${aws:username}')
  expect(found[2]?.text).toContain('arn:aws:s3:::*/*')
})

describe('functions of CloudFormation in short form', () => {
  const policyWith = (...lines: readonly string[]) =>
    JSON.parse(
      policiesIn(
        [
          'Resources:',
          '  P:',
          '    Type: AWS::IAM::ManagedPolicy',
          '    Properties:',
          '      PolicyDocument:',
          '        Statement:',
          ...lines,
        ].join('\n'),
      )[0]?.text ?? '',
    ).Statement
  const one = (resource: string) =>
    policyWith('          - {Effect: Allow, Action: "s3:GetObject", Resource: ' + resource + '}')[0].Resource

  test.each([
    ['!Join ["", ["arn:aws:s3:::", !Ref Books, "/*"]]', 'arn:aws:s3:::*/*'],
    ['!Sub ["arn:aws:s3:::${B}/*", {B: !Ref Books}]', 'arn:aws:s3:::*/*'],
    ['!GetAtt [Books, Arn]', '*'],
    ['!If [Own, !Sub "arn:aws:s3:::${Own}/*", "arn:aws:s3:::books/*"]', 'arn:aws:s3:::*/*'],
    ['!If [Own, !Ref "AWS::NoValue", "arn:aws:s3:::books/*"]', 'arn:aws:s3:::books/*'],
    ['!Select [0, !Split [",", !Ref Books]]', '*'],
    ['!FindInMap [A, B, C]', '*'],
  ])('%s is %s', (resource, expected) => expect(one(resource)).toBe(expected))

  test('of a condition in a list both branches count, but for no value', () => {
    const branch = (action: string) => `{Effect: Allow, Action: "${action}", Resource: "*"}`
    const statements = policyWith(
      `          - !If [Own, ${branch('s3:GetObject')}, ${branch('s3:PutObject')}]`,
      `          - Fn::If: [Own, ${branch('s3:ListBucket')}, !Ref "AWS::NoValue"]`,
    )
    expect(statements.map(({ Action }: { Action: string }) => Action)).toEqual(['s3:GetObject', 's3:PutObject', 's3:ListBucket'])
  })
})

test('a file that would grow without bounds is refused', () => {
  const bomb = ['a: &a [x]', ...['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${`*${'abcd'[index]},`.repeat(9)}]`)]
  expect(() => policiesIn([...bomb, 'Statement: *e'].join('\n'))).toThrow('follows more than 100 aliases')
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

test('a Terraform plan that tells planned values alone has their policies, in modules too', () => {
  const resource = (address: string) => ({ address, type: 'aws_iam_policy', values: { name: 'p', policy: JSON.stringify(document) } })
  const root_module = {
    resources: [resource('aws_iam_policy.a')],
    child_modules: [{ address: 'module.m', resources: [resource('module.m.aws_iam_policy.b')] }],
  }
  const found = policiesIn(JSON.stringify({ planned_values: { root_module } }))
  expect(found.map(({ name }) => name)).toEqual(['aws_iam_policy.a.policy', 'module.m.aws_iam_policy.b.policy'])
})

test('a file without a policy is refused', () => expect(() => policiesIn('{"name": "x"}')).toThrow('holds no policy'))
