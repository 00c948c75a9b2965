import { describe, expect, test } from 'vitest'
import { asAdvanced, type BasicSelector, defaultSelector, type FieldSelector, selects } from '../../src/audit/event-selectors.ts'
import { buildRecord, type RecordFacts } from '../../src/audit/record.ts'

const facts: RecordFacts = {
  eventId: 'event',
  requestId: 'request',
  at: 0,
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  region: 'us-east-1',
  account: '123456789012',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/alice' },
  sourceIp: '203.0.113.7',
  userAgent: 'test',
  readOnly: false,
  requestParameters: null,
  responseElements: null,
}
const object = (key: string) => [
  { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::logs/${key}` },
  { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::logs', accountId: '123456789012' },
]
const createUser = buildRecord(facts)
const listUsers = buildRecord({ ...facts, eventName: 'ListUsers', readOnly: true })
const decrypt = buildRecord({ ...facts, eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', readOnly: true })
const put = buildRecord({
  ...facts,
  eventSource: 's3.amazonaws.com',
  eventName: 'PutObject',
  category: 'Data',
  resources: object('a/1.json'),
})
const get = buildRecord({
  ...facts,
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  category: 'Data',
  readOnly: true,
  resources: object('b/2.gz'),
})
const records = { createUser, listUsers, decrypt, put, get }

const taken = (selectors: Parameters<typeof selects>[0]) =>
  Object.entries(records)
    .filter(([, record]) => selects(selectors, record))
    .map(([name]) => name)

const data: FieldSelector[] = [
  { field: 'eventCategory', equals: ['Data'] },
  { field: 'resources.type', equals: ['AWS::S3::Object'] },
]
const management: FieldSelector = { field: 'eventCategory', equals: ['Management'] }

describe('advanced selectors: all conditions of one selector must hold', () => {
  test.each<{ fields: FieldSelector[]; expected: string[] }>([
    { fields: [management], expected: ['createUser', 'listUsers', 'decrypt'] },
    { fields: [management, { field: 'readOnly', equals: ['true'] }], expected: ['listUsers', 'decrypt'] },
    { fields: [management, { field: 'eventSource', notEquals: ['kms.amazonaws.com'] }], expected: ['createUser', 'listUsers'] },
    { fields: [management, { field: 'eventName', startsWith: ['List', 'Dec'] }], expected: ['listUsers', 'decrypt'] },
    { fields: [management, { field: 'eventName', endsWith: ['User'] }], expected: ['createUser'] },
    { fields: [management, { field: 'eventName', equals: ['Decrypt'], startsWith: ['Create'] }], expected: ['createUser', 'decrypt'] },
    { fields: [management, { field: 'eventName', startsWith: ['List', 'Create'], notEndsWith: ['Users'] }], expected: ['createUser'] },
    { fields: [management, { field: 'eventName', notStartsWith: ['List', 'Create'] }], expected: ['decrypt'] },
    { fields: [management, { field: 'userIdentity.arn', endsWith: ['/alice'] }], expected: ['createUser', 'listUsers', 'decrypt'] },
    { fields: [management, { field: 'userIdentity.arn', notEndsWith: ['/alice'] }], expected: [] },
    { fields: [management, { field: 'eventType', equals: ['AwsServiceEvent'] }], expected: [] },
    { fields: [management, { field: 'sessionCredentialFromConsole', equals: ['true'] }], expected: [] },
    { fields: [management, { field: 'errorCode', equals: ['AccessDenied'] }], expected: [] },
    { fields: data, expected: ['put', 'get'] },
    { fields: [...data, { field: 'resources.ARN', startsWith: ['arn:aws:s3:::logs/a/'] }], expected: ['put'] },
    { fields: [...data, { field: 'resources.ARN', endsWith: ['.gz', '.json'] }], expected: ['put', 'get'] },
    // The bucket's own ARN is no object's.
    { fields: [...data, { field: 'resources.ARN', equals: ['arn:aws:s3:::logs'] }], expected: [] },
    { fields: [...data, { field: 'resources.ARN', notStartsWith: ['arn:aws:s3:::logs/a/'] }], expected: ['get'] },
    { fields: [...data, { field: 'eventName', notEquals: ['GetObject'] }], expected: ['put'] },
    {
      fields: [
        { field: 'eventCategory', equals: ['Data'] },
        { field: 'resources.type', equals: ['AWS::Lambda::Function'] },
      ],
      expected: [],
    },
  ])('$fields', ({ fields, expected }) => {
    expect(taken({ advanced: [{ fields }] })).toEqual(expected)
  })

  test('records of any selector are taken, of none nothing', () => {
    expect(taken({ advanced: [{ fields: data }, { fields: [management, { field: 'eventName', equals: ['Decrypt'] }] }] })).toEqual([
      'decrypt',
      'put',
      'get',
    ])
    expect(taken({ advanced: [] })).toEqual([])
  })
})

describe('basic selectors', () => {
  test.each<{ of: string; selector: Partial<BasicSelector>; expected: string[] }>([
    { of: 'the default', selector: {}, expected: ['createUser', 'listUsers', 'decrypt'] },
    { of: 'reads', selector: { readWrite: 'ReadOnly' }, expected: ['listUsers', 'decrypt'] },
    { of: 'writes', selector: { readWrite: 'WriteOnly' }, expected: ['createUser'] },
    { of: 'without KMS', selector: { excludedSources: ['kms.amazonaws.com'] }, expected: ['createUser', 'listUsers'] },
    {
      of: 'all objects',
      selector: { management: false, dataResources: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3'] }] },
      expected: ['put', 'get'],
    },
    {
      of: 'writes of a prefix, with management events',
      selector: {
        readWrite: 'WriteOnly',
        dataResources: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3:::logs/a', 'arn:aws:s3:::logs/b'] }],
      },
      expected: ['createUser', 'put'],
    },
    {
      of: 'a bucket',
      selector: { management: false, dataResources: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3:::logs/'] }] },
      expected: ['put', 'get'],
    },
    {
      of: 'another type',
      selector: { management: false, dataResources: [{ type: 'AWS::Lambda::Function', values: ['arn:aws:lambda'] }] },
      expected: [],
    },
  ])('$of', ({ selector, expected }) => {
    expect(taken(asAdvanced([{ ...defaultSelector, ...selector }]))).toEqual(expected)
  })
})
