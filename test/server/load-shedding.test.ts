import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLoadShedding, type ShedReason } from '../../src/server/load-shedding.ts'
import { RateLimit } from '../../src/server/rate-limit.ts'
import type { Principal } from '../../src/identity/principal.ts'
import { type Draft, openPipelineHouse, type PipelineHouse, signedRequest, wireRequest } from './house.ts'

const unlimited = { callsAtOnce: 1_000, callRatePerAddress: 0, callRatePerPrincipal: 0, lookUpRate: 0 }

describe('a rate', () => {
  test('is a second’s worth at once, then evenly', () => {
    let now = 0
    const limit = new RateLimit(4, () => now)
    const taken = () => Array.from({ length: 6 }, () => limit.take('a')).filter(Boolean).length
    expect(taken()).toBe(4)
    now = 250
    expect(taken()).toBe(1)
    now = 10_000
    expect(taken()).toBe(4)
  })
  test('is each one’s own, and not given back by a clock that goes back', () => {
    let now = 5_000
    const limit = new RateLimit(1, () => now)
    expect([limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([true, false, true])
    now = 0
    expect(limit.take('a')).toBe(false)
    now = 1_000
    expect(limit.take('a')).toBe(true)
  })
  test('of 0 is none', () => {
    const limit = new RateLimit(0, () => 0)
    expect(Array.from({ length: 100 }, () => limit.take('a')).every(Boolean)).toBe(true)
  })
  test('is remembered of a bounded number', () => {
    const limit = new RateLimit(1, () => 0)
    limit.take('first')
    for (let index = 0; index < 100_000; index++) limit.take(`other ${index}`)
    expect(limit.take('first')).toBe(true)
  })
})

describe('a node takes on', () => {
  const reasons: ShedReason[] = []
  const shed = (limits: Partial<typeof unlimited>) => {
    reasons.length = 0
    return createLoadShedding(
      { ...unlimited, ...limits },
      () => 0,
      reason => reasons.push(reason),
    )
  }
  test('two look-ups a second of each account and region, and of each operation', () => {
    const load = shed({ lookUpRate: 2 })
    const lookUp = { service: 'cloudtrail', operation: 'LookupEvents', account: '123456789012', region: 'us-east-1' }
    const taken = (call: Partial<typeof lookUp> = {}) => load.admitsOperation({ ...lookUp, ...call })
    expect([taken(), taken(), taken()]).toEqual([true, true, false])
    expect([taken({ account: '210987654321' }), taken({ region: 'eu-west-1' }), taken({ operation: 'ListInsightsData' })]).toEqual([
      true,
      true,
      true,
    ])
    expect([taken({ operation: 'ListTrails' }), reasons]).toEqual([true, ['operation']])
  })
  test('so many calls at once, and others once those are answered', () => {
    const load = shed({ callsAtOnce: 2 })
    const first = load.enter('192.0.2.1') as () => void
    load.enter('192.0.2.2')
    expect([load.enter('192.0.2.3'), load.inWork(), reasons]).toEqual(['overload', 2, ['overload']])
    first()
    first()
    expect([typeof load.enter('192.0.2.3'), load.inWork()]).toEqual(['function', 2])
  })
  test('so many calls of an address, of IPv6 of a network', () => {
    const load = shed({ callRatePerAddress: 1 })
    load.enter('2001:db8::1')
    expect([load.enter('2001:db8::2'), typeof load.enter('2001:db8:0:1::1'), reasons]).toEqual(['address', 'function', ['address']])
  })
  test('so many calls of a principal, whatever its session', () => {
    const load = shed({ callRatePerPrincipal: 1 })
    const session = (sessionName: string) => ({ type: 'roleSession', roleId: 'AROA', sessionName }) as Principal
    expect([load.admits(session('a')), load.admits(session('b')), load.admits({ type: 'user', userId: 'AIDA' } as Principal)]).toEqual([
      true,
      false,
      true,
    ])
    expect(load.admits({ type: 'anonymous' })).toBe(true)
    expect(reasons).toEqual(['principal'])
    expect([load.tellsOf(session('a')), load.tellsOf(session('b')), load.tellsOf({ type: 'anonymous' })]).toEqual([true, false, false])
  })
})

const calls: { readonly [service: string]: Draft } = {
  iam: { body: 'Action=ListUsers&Version=2010-05-08' },
  sts: { body: 'Action=GetCallerIdentity&Version=2011-06-15' },
  cloudformation: { body: 'Action=ListStacks&Version=2010-05-15' },
  ec2: { body: 'Action=DescribeInstances&Version=2016-11-15' },
  eks: { method: 'GET', path: '/clusters' },
  'access-analyzer': { method: 'GET', path: '/analyzer' },
  cloudtrail: {
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails',
    },
    body: '{}',
  },
  organizations: {
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSOrganizationsV20161128.ListAccounts' },
    body: '{}',
  },
  s3: { method: 'GET', path: '/', headers: { 'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' } },
}
const expected: { readonly [service: string]: readonly [number, RegExp] } = {
  iam: [400, /<Type>Sender<\/Type><Code>Throttling<\/Code><Message>Rate exceeded<\/Message>/],
  sts: [400, /<Code>Throttling<\/Code>/],
  cloudformation: [400, /<Code>Throttling<\/Code>/],
  ec2: [503, /<Errors><Error><Code>RequestLimitExceeded<\/Code><Message>Request limit exceeded\.<\/Message>/],
  eks: [429, /"Rate exceeded"/],
  'access-analyzer': [429, /"Rate exceeded"/],
  cloudtrail: [400, /"__type":"ThrottlingException".*"Rate exceeded"/],
  organizations: [400, /"__type":"TooManyRequestsException"/],
  s3: [503, /<Error><Code>SlowDown<\/Code><Message>Please reduce your request rate\.<\/Message>/],
}

describe.each([
  { why: 'too much at once', limits: { callsAtOnce: 0 }, onRecord: 0 },
  { why: 'too much of an address', limits: { callRatePerAddress: 0.000_1 }, onRecord: 0 },
  { why: 'too much of a principal', limits: { callRatePerPrincipal: 0.000_1 }, onRecord: 1 },
])('a call that is $why is answered in its protocol', ({ limits, onRecord }) => {
  let house: PipelineHouse
  beforeAll(async () => {
    house = await openPipelineHouse(
      undefined,
      createLoadShedding({ ...unlimited, ...limits }, () => 0),
    )
  })
  afterAll(() => house.close())

  test.each(Object.keys(calls))('%s', async service => {
    const answer = await house.send(signedRequest(calls[service] as Draft, house, { region: 'us-east-1', service }))
    const [status, body] = expected[service] as readonly [number, RegExp]
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, '1'])
    expect(String(answer.body)).toMatch(body)
    if (service === 'eks') expect(answer.headers['x-amzn-errortype']).toBe('ThrottlingException')
  })
  test('and of those that it is known who made, the first of a second is on record', async () => {
    const rows = await house.world.store.read(tx => tx.selectFrom('records').select('json').execute())
    expect(rows.map(({ json }) => JSON.parse(json) as object)).toEqual(
      Array.from({ length: onRecord }, () =>
        expect.objectContaining({
          eventName: 'ListUsers',
          errorCode: 'Throttling',
          errorMessage: 'Rate exceeded',
          requestParameters: null,
          responseElements: null,
          userIdentity: expect.objectContaining({ type: 'IAMUser', userName: 'administrator' }),
        }),
      ),
    )
  })
})

test('a call to no service of ours is answered in the form that its sender can most likely read', async () => {
  const house = await openPipelineHouse(
    undefined,
    createLoadShedding({ ...unlimited, callsAtOnce: 0 }, () => 0),
  )
  try {
    const json = await house.send(wireRequest({ headers: { 'x-amz-target': 'Nothing.Here' }, body: '{}' }, house.now))
    const form = await house.send(wireRequest({ body: 'Action=Nothing' }, house.now))
    expect([json.status, form.status]).toEqual([400, 400])
    expect([json.body, form.body]).toEqual([
      expect.stringContaining('ThrottlingException'),
      expect.stringContaining('<Code>Throttling</Code>'),
    ])
  } finally {
    await house.close()
  }
})
