import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { services } from '../../src/services/index.ts'
import { ServiceError } from '../../src/wire/errors.ts'
import type { WireResponse } from '../../src/wire/message.ts'
import type { Member, OperationModel, ProtocolName, ServiceModel, Shape } from '../../src/wire/model.ts'
import { model as s3 } from '../../src/wire/models/s3.ts'
import { protocolOf } from '../../src/wire/protocols/index.ts'
import { validationProblem } from '../../src/wire/validation.ts'
import { parseXml } from '../../src/wire/xml-document.ts'
import { type Draft, openPipelineHouse, type PipelineHouse, signedRequest, wireRequest } from './house.ts'

let house: PipelineHouse

beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

const models = services.map(({ service }) => service.model)
const operationsOf = (model: ServiceModel) => Object.entries(model.operations)
const scopeOf = (model: ServiceModel) => ({ region: 'us-east-1', service: model.signingName })

/** Text that trips parsers: control and astral characters, other languages' keys, long runs, numbers that are none. */
const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.toWellFormed()),
  fc.constantFrom(
    '',
    ' ',
    '%',
    '%zz',
    '%ff',
    '\0',
    '__proto__',
    'constructor',
    'toString',
    '&amp;',
    '<x>',
    "'",
    '-1',
    '1e400',
    'NaN',
    '9'.repeat(30),
    'true',
    '*',
    '../..',
    '2026-01-15T12:00:00Z',
    'arn:aws:iam::123456789012:user/x',
    'arn:',
    '{',
    '[]',
    '{"Version":"2012-10-17","Statement":[]}',
    'a'.repeat(3000),
    '\u{1f600}'.repeat(70),
  ),
)
/** A JSON value of any type, so mostly of the wrong one. */
const anyJson = fc.oneof(
  nastyText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(nastyText, fc.integer(), { maxKeys: 3 }),
)

/** A value that a shape may have, with one in five of another type. */
function valueOf(model: ServiceModel, member: Member, depth = 0): fc.Arbitrary<unknown> {
  const shape = model.shapes[member.shape] as Shape
  return fc.oneof({ weight: 4, arbitrary: fittingValue(model, shape, depth) }, { weight: 1, arbitrary: anyJson })
}

function fittingValue(model: ServiceModel, shape: Shape, depth: number): fc.Arbitrary<unknown> {
  if (depth > 3) return anyJson
  switch (shape.type) {
    case 'structure':
      return fc.record(
        Object.fromEntries(Object.entries(shape.members).map(([name, inner]) => [inner.name ?? name, valueOf(model, inner, depth + 1)])),
        { requiredKeys: shape.required?.filter(name => shape.members[name]?.name === undefined) ?? [] },
      )
    case 'list':
      return fc.array(valueOf(model, shape.member, depth + 1), { maxLength: 3 })
    case 'map':
      return fc.dictionary(nastyText, valueOf(model, shape.value, depth + 1), { maxKeys: 3 })
    case 'integer':
    case 'long':
      return fc.oneof(fc.integer(), fc.constantFrom(0, 1, 900, 2 ** 31, 2 ** 53))
    case 'float':
    case 'double':
      return fc.double()
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.oneof(fc.integer(), fc.constantFrom('2026-01-15T12:00:00Z', '0000-00-00', 8.64e15, -1e300))
    case 'blob':
      return fc.base64String()
    default:
      return shape.type === 'string' && shape.enum
        ? fc.constantFrom(...shape.enum)
        : fc.oneof(nastyText, fc.stringMatching(/^[A-Za-z][\w-]{2,20}$/))
  }
}

/** The form parameters that spell a value; what is no structure or list is spelled as text. */
function parametersOf(value: unknown, name: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => parametersOf(item, `${name}.member.${index + 1}`))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => parametersOf(item, name === '' ? key : `${name}.${key}`))
  return [[name, String(value)]]
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** A request that calls an operation in its service's protocol. */
function draftOf(model: ServiceModel, name: string, operation: OperationModel, input: unknown): Draft {
  if (model.protocol === 'query') {
    const parameters = [['Action', name], ['Version', model.apiVersion], ...parametersOf(input, '')] as [string, string][]
    const body = parameters.map(([key, value]) => `${encoded(key)}=${encoded(value)}`).join('&')
    return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
  }
  const body = JSON.stringify(input)
  if (model.protocol === 'json')
    return { headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${model.targetPrefix}.${name}` }, body }
  const members = (typeof input === 'object' && input !== null ? input : {}) as { readonly [key: string]: unknown }
  const path = (operation.uri.split('?')[0] as string).replace(
    /\{(\w+)\+?\}/g,
    (_, label: string) => encoded(textOf(members[label] ?? 'x')) || 'x',
  )
  const inputShape = operation.input ? (model.shapes[operation.input] as Shape) : undefined
  const query = Object.entries(inputShape?.type === 'structure' ? inputShape.members : {})
    .filter(([key, member]) => member.location === 'querystring' && members[member.name ?? key] !== undefined)
    .map(([key, member]) => `${encoded(member.name ?? key)}=${encoded(textOf(members[member.name ?? key]))}`)
    .join('&')
  return {
    method: operation.method,
    path,
    query,
    headers: { 'content-type': 'application/json' },
    body: operation.method === 'GET' ? '' : body,
  }
}

interface AnsweredError {
  readonly code: string | undefined
  readonly message: string | undefined
}

/** The code and message of an error, as clients of each protocol read them. */
const readError: { readonly [Name in ProtocolName]: (answer: WireResponse) => AnsweredError } = {
  query: answer => fromXml(answer, ['Error']),
  ec2: answer => fromXml(answer, ['Errors', 'Error']),
  'rest-xml': answer => fromXml(answer, []),
  json: ({ body }) => {
    const { __type: code, Message, message = Message } = JSON.parse(String(body)) as { __type?: string; message?: string; Message?: string }
    return { code, message }
  },
  'rest-json': ({ headers, body }) => ({
    code: headers['x-amzn-errortype'],
    message: (JSON.parse(String(body)) as { message?: string }).message,
  }),
}

function fromXml({ body }: WireResponse, path: readonly string[]): AnsweredError {
  let node = parseXml(String(body))
  for (const name of path) {
    const child = node.children.find(inner => inner.name === name)
    if (!child) return { code: undefined, message: undefined }
    node = child
  }
  const textOf = (name: string) => node.children.find(child => child.name === name)?.text
  return { code: textOf('Code'), message: textOf('Message') }
}

/** Never our own failure; and what is refused is refused in a form that clients read. */
function expectAnswer(answer: WireResponse, protocol: ProtocolName): void {
  const failures = house.failures().map(facts => String((facts as { problem?: Error }).problem?.stack ?? facts))
  expect(failures).toEqual([])
  // S3's answer to what it does not implement is a 501.
  if (protocol !== 'rest-xml' || answer.status !== 501) expect(answer.status).toBeLessThan(500)
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
  if (answer.status < 400) return
  const { code, message } = readError[protocol](answer)
  expect(code).toMatch(/^[A-Za-z][A-Za-z0-9.]+$/)
  expect(message).toBeTypeOf('string')
}

/** The form of an answer to a request that names no service. */
function protocolOfAnswer({ headers, body }: WireResponse): ProtocolName {
  if (headers['x-amz-request-id'] !== undefined) return 'rest-xml'
  if (headers['x-amzn-errortype'] !== undefined) return 'rest-json'
  if (headers['content-type']?.includes('json')) return 'json'
  return String(body).includes('<Errors>') ? 'ec2' : 'query'
}

describe.each(models.map(model => ({ name: model.service, model })))('$name never fails by itself', ({ model }) => {
  test.each(operationsOf(model).map(([name, operation]) => ({ name, operation })))('$name, of any members', async ({ name, operation }) => {
    const input = operation.input ? valueOf(model, { shape: operation.input }) : anyJson
    await fc.assert(
      fc.asyncProperty(input, async value => {
        const answer = await house.send(signedRequest(draftOf(model, name, operation, value), house, scopeOf(model)))
        expectAnswer(answer, model.protocol)
      }),
      { numRuns: 25, seed: 42 },
    )
  })
})

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  nastyText.map(text => new Uint8Array(Buffer.from(text))),
  fc
    .constantFrom(
      '['.repeat(200_000),
      '{"a":'.repeat(100_000),
      '<a>'.repeat(50_000),
      `Action=ListUsers&${'a.'.repeat(50_000)}=1`,
      'Action=ListUsers&Action=%ff',
      '\u{feff}{}',
      'null',
      '[]',
      '"text"',
    )
    .map(text => new Uint8Array(Buffer.from(text))),
)
const anyContentType = fc.constantFrom(
  '',
  'application/json',
  'application/x-amz-json-1.1',
  'application/x-amz-json-1.0',
  'APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-16',
  'text/xml',
  'multipart/form-data',
  'application/cbor',
  '\u00ff',
)
const anyTarget = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents',
    'CloudTrail_20131101.constructor',
    'CloudTrail_20131101.__proto__',
    'CloudTrail_20131101.DescribeTrails',
  ),
  fc.string({ maxLength: 60 }),
)
const anyMethod = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'BREW')
/** What a request line can hold: node:http hands on no spaces and no control characters. */
const requestTarget = (length: number) => fc.string({ maxLength: length }).map(text => text.replace(/[^\x21-\x7e]|[?#]/g, '%'))
const anyPath = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '/clusters',
    '/clusters/',
    '/clusters//',
    '/clusters/%00',
    '/clusters/%ff',
    '/clusters/a/../b',
    '/../..',
    '/clusters/constructor',
    '/clusters/x/assume-role-for-pod-identity',
    `/${'a/'.repeat(2_000)}`,
    '*',
  ),
  requestTarget(60).map(text => `/${text}`),
)
const anyQuery = fc.oneof(
  fc.constantFrom(
    '',
    '&',
    '=',
    '&&==',
    'Action',
    'Action=',
    'Action=GetCallerIdentity',
    'Action=AssumeRoleWithWebIdentity',
    'Action=constructor',
    'Action=__proto__',
    'Action=%zz',
    '%zz',
    'a=%ff',
    'maxResults=x',
    'maxResults=1&maxResults=2',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    'X-Amz-Signature=',
    'X-Amz-Algorithm=%ff&X-Amz-Signature=%zz',
  ),
  requestTarget(80),
)
const anyDraft: fc.Arbitrary<Draft> = fc.record({
  method: anyMethod,
  path: anyPath,
  query: anyQuery,
  headers: fc.record({ 'content-type': anyContentType, 'x-amz-target': anyTarget }, { requiredKeys: [] }),
  body: anyBytes,
})

test('unsigned requests of any form are refused in a form that clients read', async () => {
  await fc.assert(
    fc.asyncProperty(anyDraft, fc.constantFrom('localhost:4443', 'sts.amazonaws.com', 'iam.', 'eks.us-east-1', ''), async (draft, host) => {
      const answer = await house.send(wireRequest({ ...draft, headers: { ...draft.headers, host } }, house.now))
      expectAnswer(answer, protocolOfAnswer(answer))
    }),
    { numRuns: 3_000, seed: 7 },
  )
})

test('signed requests of any form, to any service, are answered in its form', async () => {
  await fc.assert(
    fc.asyncProperty(anyDraft, fc.constantFrom(...models), async (draft, model) => {
      const answer = await house.send(signedRequest(draft, house, scopeOf(model)))
      expectAnswer(answer, model.protocol)
    }),
    { numRuns: 3_000, seed: 7 },
  )
})

test('signatures that are cut, altered or invented are refused', async () => {
  const scopes = fc.record({
    region: fc.oneof(fc.constantFrom('us-east-1', 'eu-west-1', '', 'constructor'), nastyText),
    service: fc.oneof(fc.constantFrom(...models.map(model => model.signingName), 's3', 'nowhere', '__proto__'), nastyText),
  })
  await fc.assert(
    fc.asyncProperty(
      anyDraft,
      scopes,
      fc.nat(400),
      nastyText,
      fc.constantFrom('cut', 'insert', 'replace', 'signedHeaders'),
      async (draft, scope, at, text, how) => {
        const signed = signedRequest(draft, house, scope)
        const authorization = signed.headers['authorization'] as string
        const altered = {
          cut: authorization.slice(0, at),
          insert: authorization.slice(0, at) + text + authorization.slice(at),
          replace: text,
          signedHeaders: authorization.replace('SignedHeaders=', `SignedHeaders=constructor;${text};`),
        }[how]
        const answer = await house.send(wireRequest({ ...draft, headers: { ...signed.headers, authorization: altered } }, house.now))
        expectAnswer(answer, protocolOfAnswer(answer))
        if (altered !== authorization && !(how === 'insert' && text.trim() === '')) expect(answer.status).toBeGreaterThanOrEqual(400)
      },
    ),
    { numRuns: 3_000, seed: 7 },
  )
})

const unsigned = models.flatMap(model =>
  operationsOf(model).flatMap(([name, operation]) => (operation.unsigned ? [{ name, operation, model }] : [])),
)

test.each(unsigned)('$name, unsigned, of any members', async ({ name, operation, model }) => {
  await fc.assert(
    fc.asyncProperty(valueOf(model, { shape: operation.input as string }), async value => {
      const answer = await house.send(wireRequest(draftOf(model, name, operation, value), house.now))
      expectAnswer(answer, protocolOfAnswer(answer))
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }),
    { numRuns: 300, seed: 11 },
  )
})

test('S3 reads any request or refuses it', () => {
  fc.assert(
    fc.property(anyDraft, fc.constant(s3), (draft, model) => {
      const protocol = protocolOf(model.protocol)
      const request = wireRequest(draft, house.now)
      try {
        const name = protocol.operationName(request, model)
        const operation = name !== undefined && Object.hasOwn(model.operations, name) ? model.operations[name] : undefined
        if (operation)
          expect(validationProblem(model, operation.input, protocol.decode(request, model, operation)) ?? '').toBeTypeOf('string')
      } catch (problem) {
        if (!(problem instanceof ServiceError)) throw problem
        expect(problem.status).toBeLessThan(500)
        expectAnswer(protocol.encodeError(problem, model, '01234567-89ab-cdef-0123-456789abcdef'), model.protocol)
      }
    }),
    { numRuns: 5_000, seed: 11 },
  )
})

describe('a signature that is wrong is refused with the code of the protocol', () => {
  const call = (service: string, changes: { readonly [name: string]: string }, at = house.now) => {
    const draft: Draft = service === 'iam' ? { body: 'Action=ListUsers&Version=2010-05-08' } : { method: 'GET', path: '/clusters' }
    const signed = signedRequest(draft, { ...house, now: at }, { region: changes['region'] ?? 'us-east-1', service })
    const { region: _, ...headers } = changes
    return house.send(wireRequest({ ...draft, headers: { ...signed.headers, ...headers } }, house.now))
  }
  const fields = 'Credential=AKIA/20260115/us-east-1'
  test.each<{
    what: string
    service: string
    changes: { readonly [name: string]: string }
    status: number
    code: string
    message: string | RegExp
  }>([
    {
      what: 'another key',
      service: 'iam',
      changes: { authorization: `AWS4-HMAC-SHA256 ${fields}/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}` },
      status: 403,
      code: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
    },
    {
      what: 'another key',
      service: 'eks',
      changes: { authorization: `AWS4-HMAC-SHA256 ${fields}/eks/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}` },
      status: 403,
      code: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    },
    {
      what: 'another body’s hash',
      service: 'iam',
      changes: { 'x-amz-content-sha256': '0' },
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: /^The request signature we calculated does not match/,
    },
    {
      what: 'another body’s hash',
      service: 'eks',
      changes: { 'x-amz-content-sha256': '0' },
      status: 403,
      code: 'InvalidSignatureException',
      message: /^The request signature we calculated does not match/,
    },
    {
      what: 'another region',
      service: 'iam',
      changes: { region: 'eu-west-1' },
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: 'Credential should be scoped to a valid region.',
    },
    {
      what: 'another region',
      service: 'eks',
      changes: { region: 'eu-west-1' },
      status: 403,
      code: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    },
    {
      what: 'a session token of nobody',
      service: 'iam',
      changes: { 'x-amz-security-token': 'x' },
      status: 403,
      code: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
    },
  ])('$what, of $service: $code', async ({ service, changes, status, code, message }) => {
    const answer = await call(service, changes)
    expect(answer.status).toBe(status)
    const error = readError[service === 'iam' ? 'query' : 'rest-json'](answer)
    expect(error).toEqual({ code, message: message instanceof RegExp ? expect.stringMatching(message) : message })
  })
  test('a time long ago', async () => {
    const answer = await call('iam', {}, house.now - 600_000)
    expect(readError.query(answer)).toEqual({
      code: 'SignatureDoesNotMatch',
      message: expect.stringMatching(/^Signature expired: 20260115T115000Z is now earlier than 20260115T115500Z/),
    })
  })
  test('none at all', async () => {
    const answer = await house.send(wireRequest({ body: 'Action=ListUsers&Version=2010-05-08' }, house.now))
    expect([answer.status, readError.query(answer)]).toEqual([
      403,
      { code: 'MissingAuthenticationToken', message: 'Request is missing Authentication Token' },
    ])
  })
})
