import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { account } from '../call.ts'
import { type LakeHouse, openLakeHouse } from './lake-house.ts'

// CloudTrail Data API Reference, "PutAuditEvents"; CloudTrail User Guide, "CloudTrail Lake integrations event schema".

let house: LakeHouse
let store: string
let channelArn: string
beforeEach(async () => {
  house = await openLakeHouse()
  store = await house.makeStore({
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }] }],
  })
  const Destinations = [{ Type: 'EVENT_DATA_STORE', Location: store }]
  channelArn = (await house.call('CreateChannel', { Name: 'shop', Source: 'Custom', Destinations })).ChannelArn
})
afterEach(() => house.close())

const content = {
  version: '0.01',
  userIdentity: { type: 'USER', principalId: 'ann@example.com', details: { team: 'blue' } },
  eventSource: 'shop.example.com',
  eventName: 'order.refunded',
  eventTime: '2026-01-15T11:00:10Z',
  UID: '47f43c67-e673-4f29-a637-45c1cd9d77cf',
  recipientAccountId: account,
  requestParameters: { orderId: '17', amount: 3 },
}
const event = (changes: object = {}, id = 'one') => ({ id, eventData: JSON.stringify({ ...content, ...changes }) })
const send = (auditEvents: object[], input: object = {}, as?: Principal) =>
  house.call('PutAuditEvents', { channelArn, auditEvents, ...input }, as && { as })
const refused = (auditEvents: object[], input: object = {}, as?: Principal) =>
  house.refusal('PutAuditEvents', { channelArn, auditEvents, ...input }, as && { as })

test('what an application sends is asked for in SQL, by the columns of its schema', async () => {
  const eventID = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(await send([event(), event({ eventName: 'order.paid' }, 'two')])).toEqual({
    successful: [
      { eventID, id: 'one' },
      { eventID, id: 'two' },
    ],
    failed: [],
  })
  expect(
    await house.ask(
      store,
      `SELECT eventData.eventName, eventData.userIdentity.principalId, eventData.requestParameters['orderId'], eventCategory, eventType, recipientAccountId, metadata.channelARN, eventTime
        FROM $1 WHERE eventTime > '2026-01-15 11:00:00' ORDER BY 1`,
    ),
  ).toEqual([
    ['order.paid', 'ann@example.com', '17', 'ActivityAuditLog', 'ActivityLog', account, channelArn, '2026-01-15 11:00:10.000'],
    ['order.refunded', 'ann@example.com', '17', 'ActivityAuditLog', 'ActivityLog', account, channelArn, '2026-01-15 11:00:10.000'],
  ])
  await house.record()
  const { QueryId } = await house.call('StartQuery', { QueryStatement: `SELECT count(*) FROM ${store.split('/')[1]}` })
  await house.call('GetQueryResults', { QueryId })
  expect((await house.call('DescribeQuery', { QueryId })).QueryStatistics).toMatchObject({ EventsScanned: 2, EventsMatched: 2 })
  expect((await house.refusal('StartQuery', { QueryStatement: `SELECT errorCode FROM ${store.split('/')[1]}` })).code).toBe(
    'InvalidQueryStatementException',
  )
})

describe('an event that breaks the schema fails, and no other', () => {
  const big = (bytes: number) => ({ text: 'x'.repeat(bytes) })
  test.each([
    { bad: { id: 'bad', eventData: 'no json' }, errorCode: 'InvalidData' },
    { bad: { id: 'bad', eventData: '[]' }, errorCode: 'InvalidData' },
    { bad: { ...event({}, 'bad'), eventDataChecksum: 'AAAA' }, errorCode: 'InvalidChecksum' },
    { bad: event({ version: undefined }, 'bad'), errorCode: 'FieldNotFound' },
    { bad: event({ UID: undefined }, 'bad'), errorCode: 'FieldNotFound' },
    { bad: event({ userIdentity: undefined }, 'bad'), errorCode: 'FieldNotFound' },
    { bad: event({ userIdentity: { type: 'USER' } }, 'bad'), errorCode: 'FieldNotFound' },
    { bad: event({ userIdentity: 'ann' }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ eventName: 17 }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ eventTime: '15.1.2026' }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ sourceIPAddress: 'here' }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ userIdentity: { ...content.userIdentity, arn: 'x' } }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ constructor: 'x' }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ eventTime: '2001-01-15T11:00:10Z' }, 'bad'), errorCode: 'InvalidData' },
    { bad: event({ version: 'v'.repeat(257) }, 'bad'), errorCode: 'FieldTooLong' },
    { bad: event({ requestParameters: big(100 * 1_024) }, 'bad'), errorCode: 'FieldTooLong' },
    { bad: event({ additionalEventData: big(28 * 1_024) }, 'bad'), errorCode: 'FieldTooLong' },
    { bad: event({ recipientAccountId: '210987654321' }, 'bad'), errorCode: 'InvalidRecipient' },
    { bad: event({ eventSource: 'iam.amazonaws.com' }, 'bad'), errorCode: 'InvalidEventSource' },
  ])('$errorCode', async ({ bad, errorCode }) => {
    const { successful, failed } = await send([event(), bad])
    expect(successful).toMatchObject([{ id: 'one' }])
    expect(failed).toEqual([{ id: 'bad', errorCode, errorMessage: expect.any(String) }])
    expect(await house.ask(store, 'SELECT count(*) FROM $1')).toEqual([['1']])
  })

  test('AccountNotSubscribed, when nothing takes it', async () => {
    await house.call('StopEventDataStoreIngestion', { EventDataStore: store })
    expect((await send([event()])).failed).toMatchObject([{ errorCode: 'AccountNotSubscribed' }])
  })
})

test('a checksum that is right is taken', async () => {
  const { eventData } = event()
  const eventDataChecksum = createHash('sha256').update(eventData).digest('base64')
  expect((await send([{ id: 'one', eventData, eventDataChecksum }])).failed).toEqual([])
})

test.each([
  { why: 'an id twice', events: [event(), event()], input: {}, code: 'DuplicatedAuditEventId' },
  {
    why: 'more than 1 MB',
    events: Array.from({ length: 20 }, (_, n) => event({ requestParameters: { a: 'x'.repeat(60_000) } }, `e${n}`)),
    input: {},
    code: 'ValidationException',
  },
  {
    why: 'what is no channel',
    events: [event()],
    input: { channelArn: 'arn:aws:cloudtrail:us-east-1:123456789012:trail/audit' },
    code: 'InvalidChannelARN',
  },
  {
    why: 'a channel that is not there',
    events: [event()],
    input: { channelArn: `arn:aws:cloudtrail:us-east-1:${account}:channel/0a1b2c3d-1111-4222-8333-0123456789ab` },
    code: 'ChannelNotFound',
  },
])('$why is refused whole', async ({ events, input, code }) => {
  expect((await refused(events, input)).code).toBe(code)
})

test('other accounts send by the policy of the channel, with its external ID', async () => {
  const other = await house.addAccount('210987654321')
  expect((await refused([event()], {}, other)).code).toBe('ChannelInsufficientPermission')
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::210987654321:root' },
    Action: 'cloudtrail-data:PutAuditEvents',
    Resource: channelArn,
    Condition: { StringEquals: { 'cloudtrail:ExternalId': 'uniquePartnerExternalID' } },
  }
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await house.call('PutResourcePolicy', { ResourceArn: channelArn, ResourcePolicy })
  expect((await refused([event()], {}, other)).code).toBe('AccessDeniedException')
  expect((await refused([event()], { externalId: 'another' }, other)).code).toBe('AccessDeniedException')
  expect((await send([event()], { externalId: 'uniquePartnerExternalID' }, other)).failed).toEqual([])
})
