import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import { account, type House, openHouse } from '../call.ts'
import { memoryBuckets } from './memory-buckets.ts'

const TrailName = 'audit'
const TrailARN = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`
let house: House
beforeAll(async () => {
  house = await openHouse(operations, { logBuckets: memoryBuckets() })
  await house.call('CreateTrail', { Name: TrailName, S3BucketName: 'audit-logs' })
})
afterAll(() => house.close())

const objects = (...Values: string[]) => ({ DataResources: [{ Type: 'AWS::S3::Object', Values }] })
const field = (Field: string, ...Equals: string[]) => ({ Field, Equals })
const management = field('eventCategory', 'Management')
const data = [field('eventCategory', 'Data'), field('resources.type', 'AWS::S3::Object')]
const advanced = (...FieldSelectors: object[]) => ({ AdvancedEventSelectors: [{ FieldSelectors }] })

describe('selectors that are put are there', () => {
  const standard = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] }
  test('at first, all management events', async () => {
    expect(await house.call('GetEventSelectors', { TrailName })).toEqual({ TrailARN, EventSelectors: [standard] })
  })

  test.each([
    { put: { EventSelectors: [{}] }, expected: { EventSelectors: [standard] } },
    {
      put: {
        EventSelectors: [
          { ReadWriteType: 'WriteOnly', ExcludeManagementEventSources: ['kms.amazonaws.com'], ...objects('arn:aws:s3:::logs/') },
        ],
      },
      expected: {
        EventSelectors: [
          {
            ...standard,
            ReadWriteType: 'WriteOnly',
            ExcludeManagementEventSources: ['kms.amazonaws.com'],
            ...objects('arn:aws:s3:::logs/'),
          },
        ],
      },
    },
    { put: advanced(management, field('readOnly', 'false')), expected: advanced(management, field('readOnly', 'false')) },
    {
      put: {
        AdvancedEventSelectors: [
          { Name: 'objects', FieldSelectors: [...data, { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::a/'], NotEndsWith: ['.gz'] }] },
        ],
      },
      expected: {
        AdvancedEventSelectors: [
          { Name: 'objects', FieldSelectors: [...data, { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::a/'], NotEndsWith: ['.gz'] }] },
        ],
      },
    },
  ])('$put', async ({ put, expected }) => {
    expect(await house.call('PutEventSelectors', { TrailName, ...put })).toEqual({ TrailARN, ...expected })
    expect(await house.call('GetEventSelectors', { TrailName })).toEqual({ TrailARN, ...expected })
    expect((await house.call('GetTrail', { Name: TrailName })).Trail.HasCustomEventSelectors).toBe(true)
  })
})

describe('selectors that say nothing, or too much, are refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `arn:aws:s3:::bucket-${n}/`)
  test.each([
    { why: 'neither kind', put: {} },
    { why: 'both kinds', put: { EventSelectors: [{}], ...advanced(management) } },
    { why: 'none', put: { EventSelectors: [] } },
    { why: 'six', put: { EventSelectors: [{}, {}, {}, {}, {}, {}] } },
    { why: 'a way of reading and writing that is none', put: { EventSelectors: [{ ReadWriteType: 'read-only' }] } },
    { why: 'nothing to log', put: { EventSelectors: [{ IncludeManagementEvents: false }] } },
    { why: 'another excluded source', put: { EventSelectors: [{ ExcludeManagementEventSources: ['iam.amazonaws.com'] }] } },
    { why: 'an unknown type', put: { EventSelectors: [{ DataResources: [{ Type: 'AWS::S3::Bucket', Values: ['arn:aws:s3'] }] }] } },
    { why: 'a type of Object.prototype', put: { EventSelectors: [{ DataResources: [{ Type: 'constructor', Values: ['arn:aws:s3'] }] }] } },
    { why: 'a bucket without slash', put: { EventSelectors: [objects('arn:aws:s3:::bucket')] } },
    { why: 'too many data resources', put: { EventSelectors: [objects(...many(251))] } },
    { why: 'no advanced selectors', put: { AdvancedEventSelectors: [] } },
    { why: 'no category', put: advanced(field('readOnly', 'true')) },
    { why: 'two categories', put: advanced(field('eventCategory', 'Management', 'Data')) },
    { why: 'a category of event data stores', put: advanced(field('eventCategory', 'Insight')) },
    { why: 'a category that is none', put: advanced(field('eventCategory', 'toString')) },
    { why: 'a category that is not equal', put: advanced({ Field: 'eventCategory', NotEquals: ['Data'] }) },
    { why: 'a field twice', put: advanced(management, management) },
    { why: 'an unknown field', put: advanced(management, field('requestParameters', 'x')) },
    { why: 'a field of other categories', put: advanced(management, field('resources.type', 'AWS::S3::Object')) },
    { why: 'a field without operator', put: advanced(management, { Field: 'readOnly' }) },
    { why: 'readOnly that starts with something', put: advanced(management, { Field: 'readOnly', StartsWith: ['t'] }) },
    { why: 'readOnly that is neither', put: advanced(management, field('readOnly', 'maybe')) },
    { why: 'one source of management events', put: advanced(management, field('eventSource', 'iam.amazonaws.com')) },
    { why: 'another excluded source, advanced', put: advanced(management, { Field: 'eventSource', NotEquals: ['iam.amazonaws.com'] }) },
    { why: 'data without type', put: advanced(field('eventCategory', 'Data')) },
    {
      why: 'data of two types',
      put: advanced(field('eventCategory', 'Data'), field('resources.type', 'AWS::S3::Object', 'AWS::Lambda::Function')),
    },
    { why: 'a type that no data events have', put: advanced(field('eventCategory', 'Data'), field('resources.type', 'AWS::S3::Bucket')) },
    { why: 'a type of Object.prototype, advanced', put: advanced(field('eventCategory', 'Data'), field('resources.type', 'toString')) },
    { why: 'an object that is no ARN', put: advanced(...data, field('resources.ARN', 'my-bucket/key')) },
    { why: 'an object of a bucket without slash', put: advanced(...data, field('resources.ARN', 'arn:aws:s3:::bucket')) },
    { why: 'all but an object that is no ARN', put: advanced(...data, { Field: 'resources.ARN', NotEquals: ['*'] }) },
    { why: 'readOnly that is both', put: advanced(management, field('readOnly', 'true', 'false')) },
    { why: 'a console session that is not', put: advanced(...data, field('sessionCredentialFromConsole', 'false')) },
    { why: 'a console session that begins', put: advanced(...data, { Field: 'sessionCredentialFromConsole', StartsWith: ['true'] }) },
    {
      why: 'network activity of two sources',
      put: advanced(field('eventCategory', 'NetworkActivity'), field('eventSource', 's3.amazonaws.com', 'ec2.amazonaws.com')),
    },
    {
      why: 'network activity of all other sources',
      put: advanced(field('eventCategory', 'NetworkActivity'), { Field: 'eventSource', NotEquals: ['s3.amazonaws.com'] }),
    },
    { why: 'network activity without source', put: advanced(field('eventCategory', 'NetworkActivity')) },
    { why: 'too many values', put: advanced(...data, { Field: 'resources.ARN', StartsWith: many(499) }) },
  ])('$why', async ({ put }) => {
    expect((await house.refusal('PutEventSelectors', { TrailName, ...put })).code).toBe('InvalidEventSelectorsException')
  })

  test.each([
    { what: 'the most values', put: advanced(...data, { Field: 'resources.ARN', StartsWith: many(498) }) },
    { what: 'the most data resources', put: { EventSelectors: [objects(...many(250))] } },
    { what: 'all buckets', put: { EventSelectors: [objects('arn:aws:s3')] } },
    { what: 'an object', put: advanced(...data, field('resources.ARN', 'arn:aws:s3:::bucket/key')) },
    { what: 'all but console sessions', put: advanced(...data, { Field: 'sessionCredentialFromConsole', NotEquals: ['true'] }) },
    { what: 'a type of other services', put: advanced(field('eventCategory', 'Data'), field('resources.type', 'AWS::SQS::Queue')) },
    { what: 'KMS excluded', put: advanced(management, { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }) },
    {
      what: 'network activity',
      put: advanced(
        field('eventCategory', 'NetworkActivity'),
        field('eventSource', 's3.amazonaws.com'),
        field('errorCode', 'VpceAccessDenied'),
      ),
    },
  ])('$what is taken', async ({ put }) => {
    expect(await house.call('PutEventSelectors', { TrailName, ...put })).toMatchObject({ TrailARN })
  })
})

describe('insight selectors', () => {
  const both = { InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }, { InsightType: 'ApiErrorRateInsight' }] }
  test('are there when they are put, and gone when none are', async () => {
    await house.call('PutEventSelectors', { TrailName, EventSelectors: [{}] })
    expect((await house.refusal('GetInsightSelectors', { TrailName })).code).toBe('InsightNotEnabledException')
    expect(await house.call('PutInsightSelectors', { TrailName, ...both })).toEqual({ TrailARN, ...both })
    expect(await house.call('GetInsightSelectors', { TrailName })).toEqual({ TrailARN, ...both })
    expect((await house.call('GetTrail', { Name: TrailName })).Trail.HasInsightSelectors).toBe(true)
    await house.call('PutInsightSelectors', { TrailName, InsightSelectors: [] })
    expect((await house.refusal('GetInsightSelectors', { TrailName })).code).toBe('InsightNotEnabledException')
  })

  test.each([
    { logs: { ReadWriteType: 'ReadOnly' }, type: 'ApiCallRateInsight', code: 'InvalidInsightSelectorsException' },
    { logs: { ReadWriteType: 'ReadOnly' }, type: 'ApiErrorRateInsight', code: 'none' },
    { logs: { ReadWriteType: 'WriteOnly' }, type: 'ApiCallRateInsight', code: 'none' },
    {
      logs: { IncludeManagementEvents: false, ...objects('arn:aws:s3') },
      type: 'ApiErrorRateInsight',
      code: 'InvalidInsightSelectorsException',
    },
  ])('a trail that logs $logs, $type: $code', async ({ logs, type, code }) => {
    await house.call('PutEventSelectors', { TrailName, EventSelectors: [logs] })
    const put = house.call('PutInsightSelectors', { TrailName, InsightSelectors: [{ InsightType: type }] })
    expect(
      await put.then(
        () => 'none',
        (problem: Error) => problem.name,
      ),
    ).toBe(code)
  })

  test.each([
    { code: 'InvalidInsightSelectorsException', input: { TrailName, InsightSelectors: [{}] } },
    { code: 'InvalidInsightSelectorsException', input: { TrailName, InsightSelectors: [{ InsightType: 'ApiSpeedInsight' }] } },
    {
      code: 'InvalidInsightSelectorsException',
      input: { TrailName, InsightSelectors: [both.InsightSelectors[0], both.InsightSelectors[0]] },
    },
    {
      code: 'InvalidInsightSelectorsException',
      input: { TrailName, InsightSelectors: [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Data'] }] },
    },
    { code: 'InvalidParameterException', input: { InsightSelectors: [] } },
    { code: 'InvalidParameterCombinationException', input: { TrailName, EventDataStore: 'x'.repeat(36), InsightSelectors: [] } },
  ])('$code for $input', async ({ code, input }) => {
    expect((await house.refusal('PutInsightSelectors', input)).code).toBe(code)
  })
})
