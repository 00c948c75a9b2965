import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acknowledged, body, openStackHouse, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

let number = 0

/** The outputs of a stack of a template, which holds nothing but a handle unless the template says more. */
async function outputsOf(sections: string, Parameters: object[] = []): Promise<{ [key: string]: string }> {
  const StackName = `t${++number}`
  const handle = sections.includes('\nResources:') ? '' : '\nResources: { Handle: { Type: AWS::CloudFormation::WaitConditionHandle } }'
  await stack.stacks('CreateStack', { StackName, TemplateBody: `${sections}${handle}`, Parameters, ...acknowledged })
  const { Stacks } = await stack.begin('DescribeStacks', { StackName })
  expect(Stacks[0].StackStatus, JSON.stringify(await stack.events(StackName))).toBe('CREATE_COMPLETE')
  return Object.fromEntries(
    Stacks[0].Outputs.map(({ OutputKey, OutputValue }: { OutputKey: string; OutputValue: string }) => [OutputKey, OutputValue]),
  )
}

/** CloudFormation Template Reference, "Intrinsic function reference". */
describe('functions answer', () => {
  test.each([
    ['!Join [":", [a, b, !Ref AWS::Region]]', 'a:b:us-east-1'],
    ['!Select ["1", [apples, grapes]]', 'grapes'],
    ['!Select [2, !Split ["|", "a|b|c"]]', 'c'],
    ['!Sub "${AWS::AccountId}-${!Literal}-${AWS::Partition}"', '123456789012-${Literal}-aws'],
    ['!Sub ["${a}.${AWS::URLSuffix}", {a: !Ref AWS::Region}]', 'us-east-1.amazonaws.com'],
    ['!FindInMap [Regions, !Ref AWS::Region, name]', 'virginia'],
    ['!Base64 AWS', 'QVdT'],
    ['{"Fn::Base64": {"Fn::Sub": "${AWS::Region}"}}', 'dXMtZWFzdC0x'],
    ['!Select [1, !Cidr ["192.168.0.0/24", 6, 5]]', '192.168.0.32/27'],
    ['!Select [0, !GetAZs ""]', 'us-east-1a'],
    ['!If [IsProd, big, small]', 'small'],
    ['!If [Either, yes-it-is, no-it-is-not]', 'yes-it-is'],
    ['!Length [a, b, c]', '3'],
    ['!ToJsonString {a: !Ref Env, b: [1]}', '{"a":"dev","b":[1]}'],
    ['!Join [",", !Ref Names]', 'x,y'],
    ['!Ref Env', 'dev'],
    ['!Select [5, !Split ["/", !Ref AWS::StackId]]', undefined],
  ])('%s: %s', async (expression, expected) => {
    const template = `
Transform: AWS::LanguageExtensions
Parameters:
  Env: { Type: String, Default: dev, AllowedValues: [dev, prod] }
  Names: { Type: CommaDelimitedList, Default: "x, y" }
Mappings: { Regions: { us-east-1: { name: virginia } } }
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  Either: !Or [!Condition IsProd, !And [!Not [!Condition IsProd], !Equals [a, a]]]
Outputs: { O: { Value: ${expression} } }`
    if (expected === undefined) await expect(outputsOf(template)).rejects.toThrow(/nonexistent value at index 5/)
    else expect(await outputsOf(template)).toEqual({ O: expected })
  })

  test('loops stand for what they write out, within one another too', async () => {
    const template = `
Transform: AWS::LanguageExtensions
Conditions:
  Fn::ForEach::Kinds: [Kind, [read, write], { 'Is\${Kind}': !Equals [!Ref Kind, read] }]
Resources:
  Fn::ForEach::Teams:
    - Team
    - [red, blue]
    - Fn::ForEach::Levels:
        - Level
        - ['a/b', 'c.d']
        - '\${Team}&{Level}':
            Type: AWS::IAM::Group
            Condition: Isread
            Properties: { Path: !Sub '/\${Team}/' }
Outputs:
  Fn::ForEach::Told: [Team, [red, blue], { 'Arn\${Team}': { Value: !GetAtt ['\${Team}ab', Arn] } }]`
    const told = await outputsOf(template)
    expect(told).toEqual({
      Arnred: expect.stringMatching(/:group\/red\/t\d+-redab-/),
      Arnblue: expect.stringMatching(/:group\/blue\/t\d+-blueab-/),
    })
    const { StackResourceSummaries } = await stack.begin('ListStackResources', { StackName: `t${number}` })
    expect(StackResourceSummaries.map(({ LogicalResourceId }: { LogicalResourceId: string }) => LogicalResourceId).toSorted()).toEqual([
      'blueab',
      'bluecd',
      'redab',
      'redcd',
    ])
  })

  test('conditions leave out resources, outputs and properties', async () => {
    const template = `
Conditions: { Never: !Equals [a, b] }
Resources:
  Kept: { Type: AWS::IAM::Group, Properties: { Path: !If [Never, /x/, !Ref AWS::NoValue] } }
  Dropped: { Type: AWS::IAM::Group, Condition: Never }
Outputs:
  Arn: { Value: !GetAtt Kept.Arn }
  None: { Value: x, Condition: Never }`
    expect(await outputsOf(template)).toEqual({ Arn: expect.stringMatching(/^arn:aws:iam::123456789012:group\/t\d+-Kept-/) })
    expect((await stack.begin('ListStackResources', { StackName: `t${number}` })).StackResourceSummaries).toHaveLength(1)
  })
})

const validate = (TemplateBody: string) => stack.refusal(stack.begin('ValidateTemplate', { TemplateBody }))
const resources = 'Resources: { G: { Type: AWS::IAM::Group } }'

describe('templates that do not hold together are refused', () => {
  test.each([
    ['', 'Template format error: At least one Resources member must be defined.', 'Resources: {}'],
    ['an unknown section', 'Invalid template property or properties [Strange]', `${resources}\nStrange: 1`],
    [
      'another version',
      'Template format error: Template version is not supported. The latest template version is 2010-09-09',
      `AWSTemplateFormatVersion: 2011-01-01\n${resources}`,
    ],
    [
      'a name that is nothing',
      'Template format error: Unresolved resource dependencies [X] in the Resources block of the template',
      'Resources: { G: { Type: AWS::IAM::Group, Properties: { Path: !Ref X } } }',
    ],
    [
      'an attribute of nothing',
      'Template error: instance of Fn::GetAtt references undefined resource X',
      'Resources: { G: { Type: AWS::IAM::Group, Properties: { Path: !GetAtt X.Arn } } }',
    ],
    [
      'a circle',
      'Circular dependency between resources: [A, B]',
      'Resources: { A: { Type: AWS::IAM::Group, DependsOn: B }, B: { Type: AWS::IAM::Group, Properties: { Path: !Ref A } } }',
    ],
    [
      'a type that is none here',
      'Template format error: Unrecognized resource types: [AWS::EC2::VPC]',
      'Resources: { V: { Type: AWS::EC2::VPC } }',
    ],
    [
      'a transform in a place of its own',
      'Template error: Fn::Transform is not a function that Gatehouse knows',
      'Resources: { G: { Type: AWS::IAM::Group, Properties: { Path: !Transform { Name: AWS::Include, Parameters: { Location: x } } } } }',
    ],
    [
      'a loop without the transform for it',
      'Template error: Fn::ForEach needs the transform AWS::LanguageExtensions',
      'Resources: { "Fn::ForEach::L": [N, [a], { "G${N}": { Type: AWS::IAM::Group } }] }',
    ],
    [
      'a loop over a parameter',
      'Template error: Fn::ForEach layout is incorrect: Fn::ForEach::L has a collection that is not a list of texts written out in the template: Gatehouse takes no other',
      'Transform: AWS::LanguageExtensions\nParameters: { P: { Type: CommaDelimitedList } }\nResources: { "Fn::ForEach::L": [N, !Ref P, { "G${N}": { Type: AWS::IAM::Group } }] }',
    ],
    [
      'a loop that makes one key twice',
      'Template error: Fn::ForEach layout is incorrect: the key G is made more than once',
      'Transform: AWS::LanguageExtensions\nResources: { "Fn::ForEach::L": [N, [a, b], { G: { Type: AWS::IAM::Group } }] }',
    ],
    [
      'loops that multiply',
      'Template error: Fn::ForEach layout is incorrect: the loops of the template make too much',
      `Transform: AWS::LanguageExtensions\nResources: { ${Array.from({ length: 5 }, (_, level) => `"Fn::ForEach::L${level}": [N${level}, [${Array.from({ length: 12 }, (_each, item) => `i${item}`).join(', ')}], {`).join(' ')} "G\${N0}\${N1}\${N2}\${N3}\${N4}": { Type: AWS::IAM::Group } ${'}]'.repeat(5)} }`,
    ],
    ['a transform', 'No transform named AWS::Serverless-2016-10-31 found.', `Transform: AWS::Serverless-2016-10-31\n${resources}`],
    [
      'an alias',
      'Template format error: YAML aliases are not allowed in CloudFormation templates',
      'Resources: { A: &a { Type: AWS::IAM::Group }, B: *a }',
    ],
    ['a key twice', 'Template format error: YAML not well-formed. (line 3, column 1)', `${resources}\nDescription: a\nDescription: b`],
    [
      'a length that is an object with a text of its own',
      "Template format error: Parameter 'P' MaxLength must be a number",
      `Parameters: { P: { Type: String, MaxLength: { toString: 5 } } }\n${resources}`,
    ],
    ['no mapping', 'Template format error: unsupported structure.', 'just words'],
    [
      'deep nesting',
      'Template format error: the template is nested too deeply.',
      `Metadata: ${'['.repeat(200)}${']'.repeat(200)}\n${resources}`,
    ],
  ])('%s: %s', async (_what, message, template) => {
    expect(await validate(template)).toBe(`ValidationError: ${message}`)
  })

  test('nesting deeper than a parser goes', async () => {
    // How deep that is depends on the stack that is left.
    expect(await validate(`Metadata: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n${resources}`)).toMatch(
      /^ValidationError: Template format error: (the template is nested too deeply\.|YAML not well-formed\. \(line 1, column \d+\))$/,
    )
  })

  test('a body beyond the quota', async () => {
    expect(await validate(`${resources}\nDescription: ${'x'.repeat(52_000)}`)).toMatch(/^ValidationError: .*less than or equal to 51200/)
  })
})

describe('parameters', () => {
  const declared = (declaration: string) => `Parameters: { P: { ${declaration} } }\nOutputs: { O: { Value: !Join [",", [!Ref P]] } }`
  test.each([
    ['Type: String', undefined, 'Parameters: [P] must have values'],
    ['Type: String, AllowedValues: [a, b]', 'c', "Parameter 'P' must be one of AllowedValues"],
    ['Type: String, AllowedPattern: "[a-z]+"', 'A1', "Parameter 'P' must match pattern [a-z]+"],
    [
      'Type: String, AllowedPattern: "[a-z]+", ConstraintDescription: lower case',
      'A1',
      "Parameter 'P' failed to satisfy constraint: lower case",
    ],
    ['Type: String, MinLength: 3', 'ab', "Parameter 'P' must contain at least 3 characters"],
    ['Type: Number', 'x', "Parameter 'P' must be a number"],
    ['Type: Number, MaxValue: 5', '6', "Parameter 'P' must be a number not greater than 5"],
    ...['((a+))+', '(a|a)*b', '(a|aa)+b', 'a*a*a*a*a*a*a*b', '(?:a?){40}b'].map((pattern): [string, string, string] => [
      `Type: String, AllowedPattern: "${pattern}"`,
      `${'a'.repeat(300)}!`,
      "Parameter 'P' AllowedPattern is too costly to match",
    ]),
    [
      'Type: AWS::SSM::Parameter::Value<String>',
      '/x',
      'Unable to fetch parameters of type AWS::SSM::Parameter::Value<String> from parameter store: Gatehouse has no Systems Manager',
    ],
  ])('%s with %s: %s', async (declaration, value, message) => {
    const given = value === undefined ? [] : [{ ParameterKey: 'P', ParameterValue: value }]
    const call = stack.begin('CreateStack', {
      StackName: 'never',
      TemplateBody: `${declared(declaration)}\n${resources}`,
      Parameters: given,
      ...acknowledged,
    })
    expect(await stack.refusal(call)).toBe(`ValidationError: ${message}`)
  })

  test('unknown ones are refused; previous ones are kept; a number with a leading zero stays as it is written', async () => {
    const template = `Parameters: { P: { Type: String, Default: 012345678901 } }\nOutputs: { O: { Value: !Ref P } }`
    expect(await outputsOf(template)).toEqual({ O: '012345678901' })
    const name = `t${number}`
    const asked = { StackName: name, UsePreviousTemplate: true, ...acknowledged }
    await stack.stacks('UpdateStack', { ...asked, Parameters: [{ ParameterKey: 'P', ParameterValue: 'new' }] })
    expect(await stack.refusal(stack.begin('UpdateStack', { ...asked, Parameters: [{ ParameterKey: 'P', UsePreviousValue: true }] }))).toBe(
      'ValidationError: No updates are to be performed.',
    )
    expect(await stack.refusal(stack.begin('UpdateStack', { ...asked, Parameters: [{ ParameterKey: 'Q', ParameterValue: '1' }] }))).toBe(
      'ValidationError: Parameters: [Q] do not exist in the template',
    )
  })

  test('rules hold them against one another', async () => {
    const template = `
Parameters: { Env: { Type: String, Default: prod }, Size: { Type: String, Default: small } }
Rules:
  Prod:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions: [{ Assert: { "Fn::Contains": [[large], !Ref Size] }, AssertDescription: production is large }]
${resources}`
    const create = (Parameters: object[]) =>
      stack.refusal(stack.stacks('CreateStack', { StackName: 'ruled', TemplateBody: template, Parameters, ...acknowledged }))
    expect(await create([])).toBe('ValidationError: Template constraint failed: production is large')
    expect(await create([{ ParameterKey: 'Size', ParameterValue: 'large' }])).toBe('not refused')
  })
})

describe('templates in S3', () => {
  beforeAll(async () => {
    await stack.call('s3', 'CreateBucket', { Bucket: 'templates' })
    await stack.call('s3', 'PutObject', { Bucket: 'templates', Key: 'dir/t.yaml', Body: Buffer.from(resources) })
    await stack.call('s3', 'PutObject', {
      Bucket: 'templates',
      Key: 'nested.yaml',
      Body: Buffer.from(`${resources}\nOutputs: { Name: { Value: !Ref G } }`),
    })
  })

  test.each([
    ['https://s3.amazonaws.com/templates/dir/t.yaml', 'not refused'],
    ['https://templates.s3.us-east-1.amazonaws.com/dir/t.yaml', 'not refused'],
    ['https://localhost:4443/templates/dir/t.yaml', 'not refused'],
    ['https://s3.amazonaws.com/templates/none.yaml', 'ValidationError: S3 error: The specified key does not exist.'],
    ['https://example.com/templates/dir/t.yaml', 'ValidationError: TemplateURL must be a supported URL.'],
    ['http://169.254.169.254/latest/meta-data/', 'ValidationError: TemplateURL must be a supported URL.'],
    ['file:///etc/passwd', 'ValidationError: TemplateURL must be a supported URL.'],
  ])('%s: %s', async (TemplateURL, expected) => {
    expect(await stack.refusal(stack.begin('ValidateTemplate', { TemplateURL }))).toBe(expected)
  })

  test('are read with the caller’s rights', async () => {
    const reader = await stack.user('reader', [{ Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }])
    expect(
      await stack.refusal(stack.begin('ValidateTemplate', { TemplateURL: 'https://s3.amazonaws.com/templates/dir/t.yaml' }, reader)),
    ).toMatch(/^ValidationError: S3 error: .*not authorized to perform: s3:GetObject/)
  })

  test('make stacks within stacks', async () => {
    const nested =
      'Resources: { Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: "https://s3.amazonaws.com/templates/nested.yaml" } } }'
    const { StackId } = await stack.stacks('CreateStack', {
      StackName: 'outer',
      TemplateBody: `${nested}\nOutputs: { O: { Value: !GetAtt Inner.Outputs.Name } }`,
      ...acknowledged,
    })
    const { Stacks } = await stack.begin('DescribeStacks', { StackName: 'outer' })
    expect(Stacks[0]).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [{ OutputKey: 'O', OutputValue: expect.stringMatching(/^outer-Inner-.*-G-/) }],
    })
    const inner = (await stack.begin('DescribeStackResource', { StackName: 'outer', LogicalResourceId: 'Inner' })).StackResourceDetail
      .PhysicalResourceId
    expect((await stack.begin('DescribeStacks', { StackName: inner })).Stacks[0]).toMatchObject({ ParentId: StackId, RootId: StackId })
    await stack.call('s3', 'PutObject', {
      Bucket: 'templates',
      Key: 'nested-next.yaml',
      Body: Buffer.from('Resources: { G: { Type: AWS::IAM::Group }, H: { Type: AWS::IAM::Group } }\nOutputs: { Name: { Value: !Ref H } }'),
    })
    await stack.stacks('UpdateStack', {
      StackName: 'outer',
      TemplateBody: `${nested.replace('nested.yaml', 'nested-next.yaml')}\nOutputs: { O: { Value: !GetAtt Inner.Outputs.Name } }`,
      ...acknowledged,
    })
    expect((await stack.begin('DescribeStacks', { StackName: 'outer' })).Stacks[0]).toMatchObject({
      StackStatus: 'UPDATE_COMPLETE',
      Outputs: [{ OutputKey: 'O', OutputValue: expect.stringMatching(/^outer-Inner-.*-H-/) }],
    })
    expect(await stack.statusOf(inner)).toBe('UPDATE_COMPLETE')
    await stack.stacks('DeleteStack', { StackName: 'outer' })
    expect(await stack.statusOf(inner)).toBe('DELETE_COMPLETE')
  })
})

describe('dynamic references are refused, not taken for text', () => {
  const template = (value: object | string) =>
    body({ User: { Type: 'AWS::IAM::User', Properties: { UserName: value } } }, { Parameters: { P: { Type: 'String', Default: 'p' } } })

  test('in a template, before anything is made', async () => {
    const input = { StackName: 'dynamic', TemplateBody: template('{{resolve:ssm:/users/first:1}}'), ...acknowledged }
    expect(await stack.refusal(stack.begin('CreateStack', input))).toBe(
      'ValidationError: Gatehouse does not serve dynamic references: {{resolve:ssm:/users/first:1}}',
    )
  })

  test('in what a function makes of a parameter', async () => {
    const Parameters = [{ ParameterKey: 'P', ParameterValue: '{{resolve:secretsmanager:a}}' }]
    await stack.stacks('CreateStack', {
      StackName: 'dynamic',
      TemplateBody: template({ 'Fn::Sub': 'u-${P}' }),
      Parameters,
      ...acknowledged,
    })
    expect(await stack.events('dynamic')).toContain(
      'User CREATE_FAILED: Gatehouse does not serve dynamic references: {{resolve:secretsmanager:a}}',
    )
  })
})

test('a summary tells what a template needs', async () => {
  const TemplateBody = `Description: d\nParameters: { P: { Type: String, NoEcho: true, Default: x } }\nResources: { R: { Type: AWS::IAM::Group, Properties: { GroupName: g } } }`
  expect(await stack.begin('GetTemplateSummary', { TemplateBody })).toEqual({
    Description: 'd',
    Parameters: [{ ParameterKey: 'P', ParameterType: 'String', NoEcho: true, DefaultValue: 'x', ParameterConstraints: {} }],
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Group]',
    ResourceTypes: ['AWS::IAM::Group'],
    Version: '2010-09-09',
  })
})
