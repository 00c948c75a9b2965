import { describe, expect, test } from 'vitest'
import { iam as iamService } from '../../src/services/iam/service.ts'
import type { Shape } from '../../src/wire/model.ts'
import { model as iam } from '../../src/wire/models/iam.ts'
import { patternOf, validationProblem } from '../../src/wire/validation.ts'
import { modelOf, structure } from './model.ts'

const shapes: { readonly [name: string]: Shape } = {
  Input: structure(
    {
      UserName: { shape: 'Name' },
      Count: { shape: 'Count' },
      Kind: { shape: 'Kind' },
      Secret: { shape: 'Secret' },
      Tags: { shape: 'Tags' },
      Map: { shape: 'Limits' },
      Bytes: { shape: 'Bytes' },
      Token: { shape: 'Name' },
      Free: { shape: 'String' },
      ClientToken: { shape: 'Name', idempotencyToken: true },
    },
    { required: ['UserName', 'ClientToken'] },
  ),
  Output: structure({}),
  Name: { type: 'string', min: 1, max: 8, pattern: '[\\w+=,.@-]+' },
  Count: { type: 'integer', min: 1, max: 1000 },
  Kind: { type: 'string', enum: ['Active', 'Inactive'] },
  Secret: { type: 'string', min: 4, sensitive: true },
  Tag: structure({ Key: { shape: 'Name' }, Value: { shape: 'String' } }, { required: ['Key'] }),
  Tags: { type: 'list', member: { shape: 'Tag' }, max: 2 },
  Limits: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Count' }, max: 1 },
  Bytes: { type: 'blob', max: 2 },
}
const model = modelOf('query', {}, shapes)
const problemOf = (input: object) => validationProblem(model, 'Input', { UserName: 'a', ...input })
const one = '1 validation error detected: '

describe('each constraint is refused in AWS’s words', () => {
  test.each([
    {
      what: 'a member that is missing',
      input: { UserName: undefined },
      problem: "Value null at 'userName' failed to satisfy constraint: Member must not be null",
    },
    {
      what: 'a short text',
      input: { UserName: '' },
      problem: "Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    },
    {
      what: 'a long text',
      input: { UserName: 'abcdefghi' },
      problem: "Value 'abcdefghi' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 8",
    },
    {
      what: 'a text of another pattern',
      input: { UserName: 'a b' },
      problem: "Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    },
    {
      what: 'a low number',
      input: { Count: 0 },
      problem: "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    },
    {
      what: 'a high number',
      input: { Count: 1001 },
      problem: "Value '1001' at 'count' failed to satisfy constraint: Member must have value less than or equal to 1000",
    },
    {
      what: 'an unknown name',
      input: { Kind: 'Paused' },
      problem: "Value 'Paused' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]",
    },
    {
      what: 'a secret, without telling it',
      input: { Secret: 'abc' },
      problem: "Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 4",
    },
    {
      what: 'a long list of structures',
      input: { Tags: [{ Key: 'a', Value: 'b' }, { Key: 'c' }, { Key: 'd' }] },
      problem:
        "Value '[Tag(key=a, value=b), Tag(key=c), Tag(key=d)]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2",
    },
    {
      what: 'a member of an item',
      input: { Tags: [{ Key: 'a' }, { Value: 'b' }] },
      problem: "Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null",
    },
    {
      what: 'a large map',
      input: { Map: { a: 1, b: 2 } },
      problem: "Value '{a=1, b=2}' at 'map' failed to satisfy constraint: Member must have length less than or equal to 1",
    },
    {
      what: 'a value of a map',
      input: { Map: { a: 0 } },
      problem: "Value '0' at 'map.a.member' failed to satisfy constraint: Member must have value greater than or equal to 1",
    },
    {
      what: 'the character that no document and no database holds',
      input: { Free: 'a\0' },
      problem: "Value 'a\0' at 'free' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\u0000]*",
    },
    {
      what: 'many bytes',
      input: { Bytes: new Uint8Array(3) },
      problem:
        "Value 'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]' at 'bytes' failed to satisfy constraint: Member must have length less than or equal to 2",
    },
  ])('$what', ({ input, problem }) => {
    expect(problemOf(input)).toBe(one + problem)
  })

  test('several at once', () => {
    expect(problemOf({ UserName: '', Count: 0 })).toBe(
      "2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    )
  })
  test('a hundred are counted, and twenty told', () => {
    const problem = problemOf({ Tags: Array.from({ length: 100 }, () => ({ Key: '' })) }) as string
    expect(problem).toMatch(/^101 validation errors detected: /)
    expect(problem.split('; ')).toHaveLength(20)
  })
  test('a huge list is told in part', () => {
    const problem = problemOf({ Tags: Array.from({ length: 5_000 }, () => ({ Key: 'a', Value: '\u{1f600}' })) }) as string
    expect(problem.length).toBeLessThan(5_000)
    expect(problem.isWellFormed()).toBe(true)
  })
})

describe('what holds', () => {
  test.each([
    {
      what: 'every limit',
      input: { UserName: 'abcdefgh', Count: 1000, Kind: 'Active', Secret: 'abcd', Tags: [], Map: {}, Bytes: new Uint8Array(2) },
    },
    { what: 'no idempotency token', input: { ClientToken: undefined } },
    { what: 'eight characters beyond the basic plane', input: { Secret: '\u{1f600}'.repeat(8) } },
  ])('$what', ({ input }) => {
    expect(problemOf(input)).toBeUndefined()
  })
  test('an operation without input', () => {
    expect(validationProblem(model, undefined, {})).toBeUndefined()
  })
})

describe('patterns are Java’s, and must match all of a text', () => {
  test.each([
    { pattern: '[a-z]+', text: 'ab', fits: true },
    { pattern: '[a-z]+', text: 'ab\n', fits: false },
    { pattern: 'a|b', text: 'ab', fits: false },
    { pattern: '(?s).*', text: 'a\nb', fits: true },
    { pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+', text: 'é\n', fits: true },
    { pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', text: 'Ünïcode 1', fits: true },
    { pattern: '[\\w\\-]+', text: 'a-b', fits: true },
  ])('$pattern', ({ pattern, text, fits }) => {
    expect(patternOf(pattern).test(text)).toBe(fits)
  })
  test('every pattern of the models can be read', async () => {
    const names = ['iam', 'sts', 'eks', 'eks-auth', 'cloudtrail', 'access-analyzer', 's3', 'ec2']
    for (const name of names) {
      const { model: served } = (await import(`../../src/wire/models/${name}.ts`)) as { model: typeof iam }
      for (const shape of Object.values(served.shapes))
        if ('pattern' in shape && shape.pattern !== undefined) expect(patternOf(shape.pattern)).toBeInstanceOf(RegExp)
    }
  })
})

describe('a service that looks at patterns itself', () => {
  const problem = (input: object) => validationProblem(iam, 'CreateUserRequest', input, iamService.patternWords)

  test('names the first value that is not of its form, in its own words', () => {
    expect(problem({ UserName: 'a b', Path: 'x' })).toBe(
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    )
    expect(problem({ UserName: 'a b' })).toBe(
      'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    )
  })

  test('does so after all that the model says', () => {
    expect(problem({ UserName: 'a b', Path: '/'.repeat(513), Tags: [{ Key: 'a{', Value: '' }] })).toMatch(
      /^2 validation errors detected: Value '\/+' at 'path' .* 512; Value 'a\{' at 'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [^;]+$/,
    )
  })

  test('others tell the pattern', () => {
    expect(validationProblem(iam, 'CreateUserRequest', { UserName: 'a b' })).toBe(
      "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    )
  })
})
