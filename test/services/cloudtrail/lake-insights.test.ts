import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findInsights } from '../../../src/services/cloudtrail/insights.ts'
import { account } from '../call.ts'
import { type LakeHouse, openLakeHouse } from './lake-house.ts'

const minute = 60_000
const hour = 60 * minute

let house: LakeHouse
let source: string
let destination: string
const insightStore = {
  Name: 'insights-event-data-store',
  MultiRegionEnabled: false,
  AdvancedEventSelectors: [{ Name: 'Select Insights events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Insight'] }] }],
}
const both = [{ InsightType: 'ApiErrorRateInsight' }, { InsightType: 'ApiCallRateInsight' }]

beforeAll(async () => {
  house = await openLakeHouse()
  source = await house.makeStore()
  destination = await house.makeStore(insightStore)
})
afterAll(() => house.close())

test('the steps of the user guide: two event data stores, and selectors', async () => {
  expect(await house.refusal('GetInsightSelectors', { EventDataStore: source })).toEqual({
    code: 'InsightNotEnabledException',
    message: `Event data store ${source} does not have Insights enabled. Edit the event data store settings to enable Insights, and then try the operation again.`,
  })
  const put = await house.call('PutInsightSelectors', { EventDataStore: source, InsightsDestination: destination, InsightSelectors: both })
  expect(put).toEqual({ EventDataStoreArn: source, InsightsDestination: destination, InsightSelectors: both })
  expect(await house.call('GetInsightSelectors', { EventDataStore: source.split('/')[1] })).toEqual(put)
})

describe('a burst of failures', () => {
  beforeAll(async () => {
    const begun = house.now
    for (let at = begun - 40 * hour; at < begun; at += hour) await house.record({ at, eventName: 'CreateUser', readOnly: false })
    await findInsights(house.world, begun)
    const burst = Math.floor(begun / minute) * minute + minute
    for (let n = 0; n < 12; n++)
      await house.record({
        at: burst,
        eventName: 'CreateUser',
        readOnly: false,
        userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/mallory` },
        error: { code: 'AccessDenied', message: '' },
      })
    house.now = burst + 10 * minute
    await findInsights(house.world, house.now)
  })

  test('is in the destination, in the shape of its schema, by the guide’s columns', async () => {
    const columns =
      'insightSource, insightState, insightEventSource, insightEventName, insightErrorCode, insightType, insightContext.insightAverage, insightContext.baselineDuration, eventCategory, eventType'
    const rows = await house.ask(destination, `SELECT ${columns} FROM $1 ORDER BY insightType, eventTime`)
    const rest = ['Insight', 'AwsCloudTrailInsight']
    expect(rows).toEqual([
      [source, 'Start', 'iam.amazonaws.com', 'CreateUser', '', 'ApiCallRateInsight', '12.0', '2401', ...rest],
      [source, 'End', 'iam.amazonaws.com', 'CreateUser', '', 'ApiCallRateInsight', '12.0', '2401', ...rest],
      [source, 'Start', 'iam.amazonaws.com', 'CreateUser', 'AccessDenied', 'ApiErrorRateInsight', '12.0', '2401', ...rest],
      [source, 'End', 'iam.amazonaws.com', 'CreateUser', 'AccessDenied', 'ApiErrorRateInsight', '12.0', '2401', ...rest],
    ])
    const who =
      "SELECT a.attribute, a.insight[1].value FROM $1, UNNEST(insightContext.attributions) AS a WHERE insightState = 'Start' AND insightErrorCode = 'AccessDenied'"
    expect(await house.ask(destination, who)).toEqual([
      ['userIdentityArn', `arn:aws:iam::${account}:user/mallory`],
      ['userAgent', 'test'],
    ])
  })

  test('is in no trail’s insights, and in no event data store that does not ask', async () => {
    expect((await house.call('LookupEvents', { EventCategory: 'insight' })).Events).toEqual([])
    expect(await house.ask(source, "SELECT eventID FROM $1 WHERE eventCategory = 'Insight'")).toEqual([])
    expect(await house.ask(await house.makeStore({ ...insightStore, Name: 'idle' }), 'SELECT eventID FROM $1')).toEqual([])
  })

  test('an empty list ends it', async () => {
    expect(await house.call('PutInsightSelectors', { EventDataStore: source, InsightSelectors: [] })).toEqual({
      EventDataStoreArn: source,
      InsightSelectors: [],
    })
    expect((await house.refusal('GetInsightSelectors', { EventDataStore: source })).code).toBe('InsightNotEnabledException')
  })
})

describe('refusals', () => {
  test.each<[string, () => object | Promise<object>, string]>([
    ['no destination', () => ({ EventDataStore: source, InsightSelectors: both }), 'InvalidParameterException'],
    [
      'a destination of other events',
      () => ({ EventDataStore: source, InsightsDestination: source, InsightSelectors: both }),
      'InvalidParameterException',
    ],
    [
      'a source of other events',
      () => ({ EventDataStore: destination, InsightsDestination: destination, InsightSelectors: both }),
      'InvalidInsightSelectorsException',
    ],
    [
      'insights on data events',
      () => ({
        EventDataStore: source,
        InsightsDestination: destination,
        InsightSelectors: [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Data'] }],
      }),
      'InvalidInsightSelectorsException',
    ],
    ['a trail too', () => ({ TrailName: 'x', EventDataStore: source, InsightSelectors: both }), 'InvalidParameterCombinationException'],
    [
      'a trail with a destination',
      () => ({ TrailName: 'x', InsightsDestination: destination, InsightSelectors: both }),
      'InvalidParameterCombinationException',
    ],
    ['nothing', () => ({ InsightSelectors: both }), 'InvalidParameterException'],
    [
      'an event data store that is not there',
      () => ({ EventDataStore: '0a1b2c3d-1111-4222-8333-0123456789ab', InsightsDestination: destination, InsightSelectors: both }),
      'EventDataStoreNotFoundException',
    ],
  ])('%s', async (_, input, code) => {
    expect((await house.refusal('PutInsightSelectors', await input())).code).toBe(code)
  })
})
