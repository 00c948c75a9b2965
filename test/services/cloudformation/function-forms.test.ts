import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStackHouse, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

const validate = (TemplateBody: string) => stack.refusal(stack.begin('ValidateTemplate', { TemplateBody }))
const resources = 'Resources: { G: { Type: AWS::IAM::Group } }'

/** Every function, after which something else stands than it wants. */
const misused: readonly (readonly [string, string])[] = [
  ['{Ref: [A]}', 'every Ref object must have a single String value.'],
  ['{Ref: }', 'every Ref object must have a single String value.'],
  ...['{"Fn::GetAtt": }', '!GetAtt G', '!GetAtt [G]', '!GetAtt [G, ""]', '!GetAtt [G, Arn, Arn]', '!GetAtt ["", Arn]'].map(
    value => [value, 'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute'] as const,
  ),
  ...['!Join [a, b]', '!Join [[a], [b]]', '!Join a', '!Join [a, [b], c]'].map(
    value =>
      [
        value,
        'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
      ] as const,
  ),
  ...['!Split [a]', '!Split ["", a]', '!Split [a, [b]]'].map(
    value =>
      [
        value,
        'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
      ] as const,
  ),
  ...['!Select [0]', '!Select [0, a]', '!Select 0', '!Select [0, [a], b]'].map(
    value => [value, 'Fn::Select requires a list argument with two elements: an integer index and a list'] as const,
  ),
  ...['!Sub [a]', '!Sub [a, b]', '!Sub {a: b}', '!Sub [a, {}, b]'].map(
    value =>
      [
        value,
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      ] as const,
  ),
  ...['!FindInMap M', '!FindInMap [M, a]', '!FindInMap [M, a, b, c]', '!FindInMap [[M], a, b]'].map(
    value =>
      [value, 'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value'] as const,
  ),
  ['!FindInMap [Maps, a, b]', "Mapping named 'Maps' is not present in the 'Mappings' section of template."],
  ['!Base64 [a]', 'every Fn::Base64 object must have a String-typed value.'],
  ['!Base64 {a: b}', 'every Fn::Base64 object must have a String-typed value.'],
  ['!GetAZs [a]', 'every Fn::GetAZs object must have a String-typed value.'],
  ['!ImportValue [a]', 'every Fn::ImportValue object must have a String-typed value.'],
  ['!ImportValue ""', 'every Fn::ImportValue object must have a String-typed value.'],
  ['!ImportValue {Ref: Other}', 'the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs'],
  [
    '!ImportValue {"Fn::ImportValue": a}',
    'the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
  ],
  ['!Cidr [10.0.0.0/8]', 'every Fn::Cidr object requires an address block, a count and, optionally, a number of bits'],
  ...['!If [C, a]', '!If C', '!If [!Equals [a, a], a, b]', '!If [{Condition: C}, a, b]'].map(
    value => [value, 'Fn::If requires a list argument with the first element being a condition'] as const,
  ),
  ['!Equals [a, a]', 'Fn::Equals is not a function that Gatehouse knows'],
  ['{"Fn::Strange": a}', 'Fn::Strange is not a function that Gatehouse knows'],
]

/** Conditions that are none. */
const misjudged: readonly (readonly [string, string])[] = [
  ['!And [!Equals [a, a]]', 'Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.'],
  [
    `!Or [${'!Equals [a, a], '.repeat(10)}!Equals [a, a]]`,
    'Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.',
  ],
  ['!Not [!Equals [a, a], !Equals [a, a]]', 'Template error: every Fn::Not object requires a list of one boolean parameter.'],
  ['!Equals [a]', 'Template error: every Fn::Equals object requires a list of 2 string parameters.'],
  ['"yes"', 'Template format error: Conditions can only be boolean operations on parameters and other conditions'],
  ['true', 'Template format error: Conditions can only be boolean operations on parameters and other conditions'],
  ['!Ref P', 'Template format error: Conditions can only be boolean operations on parameters and other conditions'],
  [
    '!Equals [!Ref G, a]',
    'Template format error: Unresolved dependencies [G]. Cannot reference resources in the Conditions block of the template',
  ],
]

describe('functions that are given what they do not want are refused, before anything is made', () => {
  const template = (path: string, condition = '!Equals [a, a]', output = 'a') => `
Parameters: { P: { Type: String, Default: p } }
Mappings: { M: { a: { b: c } } }
Conditions: { C: !Equals [a, a], D: ${condition} }
Resources: { Other: { Type: AWS::IAM::Group }, G: { Type: AWS::IAM::Group, Properties: { Path: ${path} } } }
Outputs: { O: { Value: ${output}, Export: { Name: n } } }`

  test.each(misused)('%s', async (value, problem) => {
    expect(await validate(template(value))).toBe(`ValidationError: Template error: ${problem}`)
    expect(await validate(template('/', undefined, value.replaceAll('Other', 'G')))).toBe(`ValidationError: Template error: ${problem}`)
  })

  test.each(misjudged)('a condition %s', async (condition, problem) => {
    expect(await validate(template('/', condition))).toBe(`ValidationError: ${problem}`)
  })

  test('a condition that is not there, of a resource, an output and Fn::If', async () => {
    const words = (block: string) =>
      `ValidationError: Template format error: Unresolved condition dependency X in the ${block} block of the template`
    expect(await validate(template('!If [X, a, b]'))).toBe(words('Resources'))
    expect(await validate(template('/', undefined, '!If [X, a, b]'))).toBe(words('Outputs'))
    expect(await validate(`${resources}\nOutputs: { O: { Value: a, Condition: X } }`)).toBe(
      'ValidationError: Template format error: Unrecognized condition X in the Outputs block of the template',
    )
  })

  test.each(['!Ref G', '!GetAtt G.Arn', '!Sub "${G}-a"', '!ImportValue a', '!Select [0, !GetAZs ""]'])('an export named %s', async name => {
    expect(await validate(`${resources}\nOutputs: { O: { Value: a, Export: { Name: ${name} } } }`)).toBe(
      'ValidationError: Template format error: Output O is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.',
    )
  })
})
