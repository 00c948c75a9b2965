import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gunzipSync } from 'node:zlib'
import { buildRecord } from '../../../src/audit/record.ts'
import { insertRecord } from '../../../src/audit/records.ts'
import { deliverTrails } from '../../../src/services/cloudtrail/delivery.ts'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import { findInsights, isUnusual } from '../../../src/services/cloudtrail/insights.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import { account, type House, openHouse } from '../call.ts'
import { type MemoryBuckets, memoryBuckets } from './memory-buckets.ts'

const minute = 60_000
const hour = 60 * minute
const TrailName = 'audit'
const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`

let house: House
let buckets: MemoryBuckets
let next = 0

/** So many calls at a time, by alice or mallory. */
async function called(at: number, eventName: string, times: number, parts: { by?: string; errorCode?: string; readOnly?: boolean } = {}) {
  const { by = 'alice', errorCode, readOnly = false } = parts
  await house.world.store.write(async tx => {
    for (let n = 0; n < times; n++) {
      const record = buildRecord({
        eventId: `event-${next++}`,
        requestId: '',
        at,
        eventSource: 'iam.amazonaws.com',
        eventName,
        region: 'us-east-1',
        account,
        userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/${by}` },
        sourceIp: '',
        userAgent: `${by}-cli`,
        readOnly,
        requestParameters: null,
        responseElements: null,
        error: errorCode === undefined ? undefined : { code: errorCode, message: '' },
      })
      await insertRecord(tx, { record, username: by })
    }
  })
}

const lookUp = async (input: object = {}) =>
  (await house.call('LookupEvents', { EventCategory: 'insight', ...input })).Events as JsonObject[]
const recordsOf = (events: readonly JsonObject[]) => events.map(({ CloudTrailEvent }) => JSON.parse(String(CloudTrailEvent)) as JsonObject)

beforeAll(async () => {
  buckets = memoryBuckets()
  house = await openHouse(operations, { logBuckets: buckets })
  await house.call('CreateTrail', { Name: TrailName, S3BucketName: 'audit-logs' })
  await house.call('StartLogging', { Name: TrailName })
  await house.call('PutInsightSelectors', {
    TrailName,
    InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }, { InsightType: 'ApiErrorRateInsight' }],
  })
  // Two days of quiet: a call an hour, one failed call an hour, and one operation that is always busy.
  const begun = house.now - 48 * hour
  for (let at = begun; at < house.now; at += hour) {
    await called(at, 'CreateUser', 1)
    await called(at, 'GetUser', 1, { errorCode: 'NoSuchEntity', readOnly: true })
    await called(at, 'ListUsers', 20, { readOnly: true })
  }
  await findInsights(house.world, house.now)
})
afterAll(() => house.close())

describe('what is unusual', () => {
  test.each([
    { calls: 9, baseline: 0, expected: false },
    { calls: 10, baseline: 0, expected: true },
    { calls: 10, baseline: 4, expected: false },
    { calls: 20, baseline: 4, expected: true },
    { calls: 150, baseline: 100, expected: false },
    { calls: 161, baseline: 100, expected: true },
  ])('$calls calls in a minute beside $baseline: $expected', ({ calls, baseline, expected }) => {
    expect(isUnusual(calls, baseline)).toBe(expected)
  })
})

test('quiet days have no insights', async () => {
  expect(await lookUp()).toEqual([])
})

describe('a burst of writes, one of failures, and one of reads', () => {
  let burst: number
  beforeAll(async () => {
    burst = Math.floor(house.now / minute) * minute + minute
    for (const n of [0, 1, 2]) {
      await called(burst + n * minute, 'CreateUser', 30, { by: 'mallory' })
      await called(burst + n * minute, 'GetUser', 12, { by: 'mallory', errorCode: 'AccessDenied', readOnly: true })
      await called(burst + n * minute, 'ListUsers', 200, { by: 'mallory', readOnly: true })
    }
    house.now = burst + 10 * minute
    await findInsights(house.world, house.now)
    await findInsights(house.world, house.now)
  })

  test('begin and end once each; reads have no rate of calls', async () => {
    const found = recordsOf(await lookUp()).map(({ eventTime, insightDetails }) => {
      const { state, eventName, insightType } = insightDetails as JsonObject
      return [eventTime, state, eventName, insightType]
    })
    expect(found.toReversed()).toEqual([
      ['2026-01-15T12:01:00Z', 'Start', 'CreateUser', 'ApiCallRateInsight'],
      ['2026-01-15T12:01:00Z', 'Start', 'GetUser', 'ApiErrorRateInsight'],
      ['2026-01-15T12:04:00Z', 'End', 'CreateUser', 'ApiCallRateInsight'],
      ['2026-01-15T12:04:00Z', 'End', 'GetUser', 'ApiErrorRateInsight'],
    ])
  })

  test('the record is as documented', async () => {
    const [end, start] = recordsOf(await lookUp({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }] }))
    const minutes = 2881
    const baseline = { average: 48 / minutes }
    expect(start).toEqual({
      eventVersion: '1.11',
      eventTime: '2026-01-15T12:01:00Z',
      awsRegion: 'us-east-1',
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventType: 'AwsCloudTrailInsight',
      recipientAccountId: account,
      sharedEventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      insightDetails: {
        state: 'Start',
        eventSource: 'iam.amazonaws.com',
        eventName: 'CreateUser',
        insightType: 'ApiCallRateInsight',
        sourceEventCategory: 'Management',
        insightContext: {
          statistics: { baseline, insight: { average: 30 }, insightDuration: 1, baselineDuration: minutes },
          attributions: [
            {
              attribute: 'userIdentityArn',
              insight: [{ value: `arn:aws:iam::${account}:user/mallory`, average: 30 }],
              baseline: [{ value: `arn:aws:iam::${account}:user/alice`, ...baseline }],
            },
            { attribute: 'userAgent', insight: [{ value: 'mallory-cli', average: 30 }], baseline: [{ value: 'alice-cli', ...baseline }] },
            { attribute: 'errorCode', insight: [{ value: 'null', average: 30 }], baseline: [{ value: 'null', ...baseline }] },
          ],
        },
      },
      eventCategory: 'Insight',
    })
    expect(end).toMatchObject({
      sharedEventID: start?.['sharedEventID'],
      insightDetails: {
        state: 'End',
        insightContext: { statistics: { insight: { average: 30 }, insightDuration: 3, baselineDuration: minutes } },
      },
    })
  })

  test('of failures tells the code, and who and what failed', async () => {
    const [, start] = recordsOf(await lookUp({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetUser' }] }))
    expect(start?.['insightDetails']).toEqual({
      state: 'Start',
      eventSource: 'iam.amazonaws.com',
      eventName: 'GetUser',
      insightType: 'ApiErrorRateInsight',
      errorCode: 'AccessDenied',
      sourceEventCategory: 'Management',
      insightContext: {
        statistics: { baseline: { average: 0 }, insight: { average: 12 }, insightDuration: 1, baselineDuration: 2881 },
        attributions: [
          { attribute: 'userIdentityArn', insight: [{ value: `arn:aws:iam::${account}:user/mallory`, average: 12 }], baseline: [] },
          { attribute: 'userAgent', insight: [{ value: 'mallory-cli', average: 12 }], baseline: [] },
        ],
      },
    })
  })

  test('LookupEvents pages them, and finds them by id and source', async () => {
    const first = await house.call('LookupEvents', { EventCategory: 'insight', MaxResults: 3 })
    const second = await house.call('LookupEvents', { EventCategory: 'insight', MaxResults: 3, NextToken: first.NextToken })
    expect([first.Events.length, second.Events.length, second.NextToken]).toEqual([3, 1, undefined])
    const by = async (AttributeKey: string, AttributeValue: string) =>
      (await lookUp({ LookupAttributes: [{ AttributeKey, AttributeValue }] })).length
    expect(await by('EventId', second.Events[0].EventId)).toBe(1)
    expect(await by('EventSource', 'iam.amazonaws.com')).toBe(4)
    expect(await by('EventName', 'ListUsers')).toBe(0)
  })

  test('insights are no events of the history', async () => {
    const { Events } = await house.call('LookupEvents', { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }] })
    expect(
      Events.every(({ CloudTrailEvent }: { CloudTrailEvent: string }) => JSON.parse(CloudTrailEvent).eventCategory === 'Management'),
    ).toBe(true)
  })

  test('ListInsightsData gives those of the trail', async () => {
    const list = (input: object) => house.call('ListInsightsData', { InsightSource: trailArn, DataType: 'InsightsEvents', ...input })
    expect((await list({})).Events).toHaveLength(4)
    expect((await list({ Dimensions: { EventName: 'GetUser' } })).Events).toHaveLength(2)
    const { Events, NextToken } = await list({ MaxResults: 1 })
    expect(Events).toHaveLength(1)
    expect((await list({ MaxResults: 50, NextToken })).Events).toHaveLength(3)
    expect(
      (await house.refusal('ListInsightsData', { InsightSource: trailArn, DataType: 'InsightsEvents', NextToken: 'none of ours' })).code,
    ).toBe('InvalidParameterException')
  })

  test('the trail delivers them in files of their own', async () => {
    await deliverTrails(house.world, { digestMilliseconds: hour, now: house.now, onFault: fault => expect(fault).toBeUndefined() })
    const files = [...buckets.objects.values()].filter(({ key }) => key.includes('/CloudTrail-Insight/us-east-1/'))
    expect(files.map(({ key }) => key.split('/').at(-1)?.split('_').slice(0, 3))).toEqual([[account, 'CloudTrail-Insight', 'us-east-1']])
    const { Records } = JSON.parse(gunzipSync(files[0]?.body as Uint8Array).toString()) as { Records: JsonObject[] }
    expect(Records.map(({ eventCategory }) => eventCategory)).toEqual(['Insight', 'Insight', 'Insight', 'Insight'])
  })

  describe('ListInsightsMetricData', () => {
    const metric = (input: object) =>
      house.call('ListInsightsMetricData', {
        EventSource: 'iam.amazonaws.com',
        EventName: 'CreateUser',
        InsightType: 'ApiCallRateInsight',
        DataType: 'FillWithZeros',
        ...input,
      })
    const window = () => ({ StartTime: new Date(burst - minute), EndTime: new Date(burst + 4 * minute) })

    test('counts calls by period', async () => {
      const { Timestamps, Values } = await metric({ ...window(), Period: 60 })
      expect(Values).toEqual([0, 30, 30, 30, 0])
      expect(Timestamps[1]).toEqual(new Date(burst))
      expect((await metric({ ...window(), Period: 300 })).Values).toEqual([90])
      expect((await metric({ ...window(), Period: 60, DataType: undefined })).Values).toEqual([30, 30, 30])
      // Minutes are told for fifteen days, hours for ninety.
      const old = { StartTime: new Date(burst - 80 * 24 * hour) }
      expect((await metric({ ...old, Period: 60 })).Timestamps[0]).toEqual(new Date(house.now - 15 * 24 * hour))
      expect((await metric({ ...old, Period: 3600 })).Timestamps).toHaveLength(80 * 24 + 1)
    })

    test('counts failures by code', async () => {
      const failed = (ErrorCode: string) =>
        metric({ ...window(), Period: 60, EventName: 'GetUser', InsightType: 'ApiErrorRateInsight', ErrorCode })
      expect(await failed('AccessDenied')).toMatchObject({ ErrorCode: 'AccessDenied', Values: [0, 12, 12, 12, 0] })
      expect((await failed('NoSuchEntity')).Values).toEqual([0, 0, 0, 0, 0])
    })

    test('gives pages', async () => {
      const first = await metric({ ...window(), Period: 60, MaxResults: 2 })
      const second = await metric({ ...window(), Period: 60, MaxResults: 2, NextToken: first.NextToken })
      expect([first.Values, second.Values]).toEqual([
        [0, 30],
        [30, 30],
      ])
    })

    test.each([
      { Period: 61 },
      { ErrorCode: 'AccessDenied' },
      { InsightType: 'ApiErrorRateInsight' },
      { InsightType: 'ApiSpeedInsight' },
      { StartTime: new Date(2), EndTime: new Date(1) },
      { NextToken: 'x' },
    ])('%j is refused', async input => {
      const call = { EventSource: 'iam.amazonaws.com', EventName: 'CreateUser', InsightType: 'ApiCallRateInsight', ...input }
      expect((await house.refusal('ListInsightsMetricData', call)).code).toBe('InvalidParameterException')
    })
  })
})

test('event configuration of a trail is empty at first, and what trails do not have is refused', async () => {
  expect(await house.call('GetEventConfiguration', { TrailName })).toEqual({ TrailARN: trailArn, AggregationConfigurations: [] })
  expect(await house.call('PutEventConfiguration', { TrailName, AggregationConfigurations: [] })).toEqual({
    TrailARN: trailArn,
    AggregationConfigurations: [],
  })
  expect((await house.refusal('PutEventConfiguration', { TrailName, MaxEventSize: 'Large' })).code).toBe(
    'InvalidParameterCombinationException',
  )
  expect((await house.refusal('GetEventConfiguration', {})).code).toBe('InvalidParameterCombinationException')
})
