import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildRecord, type RecordFacts } from '../../../src/audit/record.ts'
import { insertRecord } from '../../../src/audit/records.ts'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import { type Answer, account, type House, openHouse, startOfTime } from '../call.ts'

const second = 1000
const day = 24 * 3_600_000
const roleArn = `arn:aws:iam::${account}:role/Deployer`

/** A record so many seconds before the harness's clock. */
const facts = (eventId: string, secondsAgo: number, parts: Partial<RecordFacts> = {}): RecordFacts => ({
  eventId,
  requestId: `request-${eventId}`,
  at: startOfTime - secondsAgo * second,
  eventSource: 'iam.amazonaws.com',
  eventName: 'GetUser',
  region: 'us-east-1',
  account,
  userIdentity: { type: 'IAMUser', accessKeyId: 'AKIAALICE' },
  sourceIp: '203.0.113.7',
  userAgent: 'test',
  readOnly: true,
  requestParameters: null,
  responseElements: null,
  ...parts,
})

const history: readonly { username: string; facts: RecordFacts }[] = [
  { username: 'alice', facts: facts('newest', 10) },
  {
    username: 'alice',
    facts: facts('made-role', 20, {
      eventName: 'CreateRole',
      readOnly: false,
      requestParameters: { roleName: 'Deployer', permissionsBoundary: `arn:aws:iam::${account}:policy/Deployer` },
      responseElements: { role: { roleName: 'Deployer', arn: roleArn } },
    }),
  },
  {
    username: 'bob',
    facts: facts('bob', 30, {
      eventName: 'AssumeRole',
      eventSource: 'sts.amazonaws.com',
      userIdentity: { type: 'IAMUser', accessKeyId: 'AKIABOB' },
    }),
  },
  { username: 'alice', facts: facts('same-second-1', 40) },
  { username: 'alice', facts: facts('same-second-2', 40) },
  { username: 'alice', facts: facts('same-second-3', 40) },
  { username: 'alice', facts: facts('oldest-kept', (90 * day) / second) },
  { username: 'alice', facts: facts('too-old', (90 * day) / second + 1) },
  { username: 'alice', facts: facts('elsewhere', 10, { region: 'eu-west-1' }) },
  { username: 'alice', facts: facts('of-another', 10, { account: '210987654321' }) },
]
const all = ['newest', 'made-role', 'bob', 'same-second-3', 'same-second-2', 'same-second-1', 'oldest-kept']

let house: House
beforeAll(async () => {
  house = await openHouse(operations)
  await house.world.store.write(async tx => {
    for (const { username, facts: of } of history) await insertRecord(tx, { record: buildRecord(of), username })
  })
})
afterAll(() => house.close())

const ids = async (input: object) => (await house.call('LookupEvents', input)).Events.map(({ EventId }: Answer) => EventId)
const by = (AttributeKey: string, AttributeValue: string) => ({ LookupAttributes: [{ AttributeKey, AttributeValue }] })
const ago = (seconds: number) => new Date(startOfTime - seconds * second)

test('the history is of the account and region, of ninety days, newest first', async () => {
  expect(await ids({})).toEqual(all)
})

describe('each attribute finds its events', () => {
  test.each([
    { key: 'EventId', value: 'bob', expected: ['bob'] },
    { key: 'EventName', value: 'CreateRole', expected: ['made-role'] },
    { key: 'EventSource', value: 'sts.amazonaws.com', expected: ['bob'] },
    { key: 'ReadOnly', value: 'false', expected: ['made-role'] },
    { key: 'ReadOnly', value: 'true', expected: all.filter(id => id !== 'made-role') },
    { key: 'Username', value: 'bob', expected: ['bob'] },
    { key: 'AccessKeyId', value: 'AKIABOB', expected: ['bob'] },
    { key: 'ResourceName', value: roleArn, expected: ['made-role'] },
    { key: 'ResourceName', value: 'Deployer', expected: ['made-role'] },
    { key: 'ResourceName', value: 'deployer', expected: [] },
    { key: 'ResourceType', value: 'AWS::IAM::Role', expected: ['made-role'] },
    { key: 'ResourceType', value: 'AWS::IAM::Policy', expected: ['made-role'] },
    { key: 'ResourceType', value: 'AWS::IAM::User', expected: [] },
    { key: 'EventName', value: 'createrole', expected: [] },
    { key: 'EventId', value: 'elsewhere', expected: [] },
    { key: 'EventId', value: 'of-another', expected: [] },
    { key: 'EventId', value: "bob' OR '1'='1", expected: [] },
  ])('$key $value', async ({ key, value, expected }) => {
    expect(await ids(by(key, value))).toEqual(expected)
  })
})

test('an event tells what its record tells', async () => {
  const { Events } = await house.call('LookupEvents', by('EventId', 'made-role'))
  expect(Events).toEqual([
    {
      EventId: 'made-role',
      EventName: 'CreateRole',
      ReadOnly: 'false',
      AccessKeyId: 'AKIAALICE',
      EventTime: ago(20),
      EventSource: 'iam.amazonaws.com',
      Username: 'alice',
      Resources: [
        { ResourceName: 'Deployer', ResourceType: 'AWS::IAM::Role' },
        { ResourceName: `arn:aws:iam::${account}:policy/Deployer`, ResourceType: 'AWS::IAM::Policy' },
        { ResourceName: roleArn, ResourceType: 'AWS::IAM::Role' },
      ],
      CloudTrailEvent: JSON.stringify(buildRecord(history[1]?.facts as RecordFacts)),
    },
  ])
})

describe('a time window holds its ends', () => {
  test.each([
    { window: 'from the start on', input: { StartTime: ago(30) }, expected: ['newest', 'made-role', 'bob'] },
    { window: 'up to the end', input: { EndTime: ago(40) }, expected: all.slice(3) },
    { window: 'one second', input: { StartTime: ago(20), EndTime: ago(20) }, expected: ['made-role'] },
    { window: 'before the history', input: { StartTime: ago(9e6), EndTime: ago(8e6) }, expected: [] },
    { window: 'with an attribute', input: { ...by('Username', 'alice'), StartTime: ago(30) }, expected: ['newest', 'made-role'] },
  ])('$window', async ({ input, expected }) => {
    expect(await ids(input)).toEqual(expected)
  })
})

describe('paging', () => {
  test.each([1, 2, 3, 6])('in pages of %i gives each event once, also those of one second', async MaxResults => {
    const seen: string[] = []
    let NextToken: string | undefined
    for (let page = 0; page < 10; page++) {
      const answer = await house.call('LookupEvents', { MaxResults, NextToken })
      expect(answer.Events.length).toBeLessThanOrEqual(MaxResults)
      seen.push(...answer.Events.map(({ EventId }: Answer) => EventId))
      NextToken = answer.NextToken
      if (NextToken === undefined) break
    }
    expect(seen).toEqual(all)
  })

  test('a page that is the last has no token', async () => {
    expect(await house.call('LookupEvents', { MaxResults: all.length })).not.toHaveProperty('NextToken')
  })

  test.each([
    { other: 'attribute', input: by('Username', 'alice') },
    { other: 'start', input: { StartTime: ago(100) } },
    { other: 'end', input: { EndTime: ago(1) } },
    { other: 'category', input: { EventCategory: 'insight' } },
  ])('a token is refused with another $other', async ({ input }) => {
    const { NextToken } = await house.call('LookupEvents', { MaxResults: 2 })
    expect((await house.refusal('LookupEvents', { ...input, NextToken })).code).toBe('InvalidNextTokenException')
  })

  test('a token is refused to another account', async () => {
    const { NextToken } = await house.call('LookupEvents', { MaxResults: 2 })
    const other = await house.addAccount('210987654321')
    expect((await house.refusal('LookupEvents', { NextToken }, { as: other })).code).toBe('InvalidNextTokenException')
  })

  test('a token is refused in another region', async () => {
    const { NextToken } = await house.call('LookupEvents', { MaxResults: 2 })
    const abroad = await openHouse(operations, { settings: { region: 'eu-west-1', account } })
    try {
      expect((await abroad.refusal('LookupEvents', { NextToken })).code).toBe('InvalidNextTokenException')
    } finally {
      await abroad.close()
    }
  })
})

describe('what LookupEvents does not take is refused by its own exceptions', () => {
  test.each([
    { code: 'InvalidMaxResultsException', input: { MaxResults: 0 } },
    { code: 'InvalidMaxResultsException', input: { MaxResults: 51 } },
    { code: 'InvalidMaxResultsException', input: { MaxResults: -1 } },
    { code: 'InvalidTimeRangeException', input: { StartTime: ago(1), EndTime: ago(2) } },
    { code: 'InvalidTimeRangeException', input: { StartTime: new Date(Number.NaN) } },
    { code: 'InvalidLookupAttributesException', input: by('SourceIp', '203.0.113.7') },
    { code: 'InvalidLookupAttributesException', input: by('eventname', 'GetUser') },
    { code: 'InvalidLookupAttributesException', input: by('EventName', '') },
    { code: 'InvalidLookupAttributesException', input: by('EventName', 'x'.repeat(2001)) },
    { code: 'InvalidLookupAttributesException', input: by('ReadOnly', 'no') },
    { code: 'InvalidLookupAttributesException', input: by('ReadOnly', 'True') },
    {
      code: 'InvalidLookupAttributesException',
      input: { LookupAttributes: [by('EventName', 'GetUser'), by('EventId', 'bob')].flatMap(one => one.LookupAttributes) },
    },
    { code: 'InvalidLookupAttributesException', input: { ...by('Username', 'alice'), EventCategory: 'insight' } },
    { code: 'InvalidEventCategoryException', input: { EventCategory: 'management' } },
    { code: 'InvalidNextTokenException', input: { NextToken: 'no token' } },
    { code: 'InvalidNextTokenException', input: { NextToken: '' } },
    { code: 'InvalidNextTokenException', input: { NextToken: Buffer.from('null').toString('base64url') } },
  ])('$code for $input', async ({ code, input }) => {
    expect((await house.refusal('LookupEvents', input)).code).toBe(code)
  })

  test('the limit is told', async () => {
    expect((await house.refusal('LookupEvents', { MaxResults: 51 })).message).toBe(
      'A max results value of 51 is invalid. Specify max results between 1 and 50.',
    )
  })
})
