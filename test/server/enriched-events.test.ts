import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/identity/principal.ts'
import { account, type LakeFilesHouse, openLakeFilesHouse } from './lake-files.ts'

const day = '2026-01-15 00:00:00'
let house: LakeFilesHouse

beforeAll(async () => {
  house = await openLakeFilesHouse()
})
// An account has ten at most, those in their week of grace too.
beforeEach(() => house.world.store.write(tx => tx.deleteFrom('eventDataStores').execute()))
afterAll(() => house.close())

const call = (operation: string, input: object, as?: Principal) => house.call('cloudtrail', operation, input, as)
const stores: string[] = []
const makeStore = async (input: object = {}): Promise<string> => {
  const made = await call('CreateEventDataStore', { Name: `store-${stores.length}`, TerminationProtectionEnabled: false, ...input })
  stores.push(made.EventDataStoreArn)
  return made.EventDataStoreArn
}
const put = (EventDataStore: string, input: object) => call('PutEventConfiguration', { EventDataStore, ...input })
const roleName = 'AWSServiceRoleForCloudTrailEventContext'

/** A user with a tag of its own, as its access key makes it. */
async function taggedUser(UserName: string): Promise<Principal> {
  const { User } = await house.call('iam', 'CreateUser', { UserName, Tags: [{ Key: 'operator', Value: 'night shift' }] })
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  await house.call('iam', 'PutUserPolicy', { UserName, PolicyName: 'all', PolicyDocument: JSON.stringify(policy) })
  return { type: 'user', account, arn: User.Arn, userName: UserName, userId: User.UserId, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } as Principal
}

describe('events with the condition keys and tags that an event data store asks for', () => {
  test('the guide’s example: aws:ViaAWSService, in requestContext', async () => {
    const store = await makeStore()
    const ContextKeySelectors = [{ Type: 'RequestContext', Equals: ['aws:ViaAWSService', 'aws:FederatedProvider'] }]
    const configured = { EventDataStoreArn: store, MaxEventSize: 'Large', ContextKeySelectors }
    expect(await put(store, { MaxEventSize: 'Large', ContextKeySelectors })).toEqual(configured)
    expect(await call('GetEventConfiguration', { EventDataStore: store })).toEqual(configured)
    await call('ListTrails', {})
    const [row] = await house.ask(store, "SELECT json_extract(eventJson, '$.eventContext') FROM $1 WHERE eventName = 'ListTrails'")
    // The house calls by CloudFormation.
    expect(row).toEqual(['{"requestContext":{"aws:ViaAWSService":"true"},"tagContext":{}}'])
    // Who is not asked is not told: the event history, and trails, have events without context.
    const { Events } = await call('LookupEvents', { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ListTrails' }] })
    expect(Events[0].CloudTrailEvent).not.toContain('eventContext')
    expect(await house.ask(await makeStore(), 'SELECT eventName FROM $1 WHERE eventContext IS NOT NULL')).toEqual([])
  })

  test('values of all kinds are texts, and lists of them', async () => {
    const Equals = [
      'aws:PrincipalArn',
      'aws:PrincipalType',
      'aws:username',
      'aws:userid',
      'aws:SecureTransport',
      'aws:CurrentTime',
      'aws:EpochTime',
      'aws:RequestedRegion',
      'aws:PrincipalIsAWSService',
      'aws:PrincipalAccount',
    ]
    const store = await makeStore()
    await put(store, { MaxEventSize: 'Large', ContextKeySelectors: [{ Type: 'RequestContext', Equals }] })
    const carol = await taggedUser('carol')
    await call('ListChannels', {}, carol)
    const columns = Equals.map(key => `element_at(eventContext.requestContext, '${key}')`).join(', ')
    expect(await house.ask(store, `SELECT ${columns} FROM $1 WHERE eventName = 'ListChannels'`)).toEqual([
      [
        `arn:aws:iam::${account}:user/carol`,
        'User',
        'carol',
        (carol as { userId: string }).userId,
        'true',
        '2026-01-15 12:00:00',
        String(house.now / 1000),
        'us-east-1',
        'false',
        account,
      ],
    ])
  })

  test('tags of resources and of principals, by the guide’s queries', async () => {
    const store = await makeStore()
    await put(store, {
      MaxEventSize: 'Large',
      ContextKeySelectors: [
        { Type: 'TagContext', Equals: ['solution', 'aws:cloudformation:stack-name'] },
        { Type: 'RequestContext', Equals: ['aws:PrincipalTag/operator'] },
      ],
    })
    // CloudTrail makes the role by which it reads tags.
    expect((await house.call('iam', 'GetRole', { RoleName: roleName })).Role.Path).toBe(
      '/aws-service-role/context.cloudtrail.amazonaws.com/',
    )
    const dave = await taggedUser('dave')
    const Tags = [
      { Key: 'solution', Value: 'shop' },
      { Key: 'other', Value: 'untold' },
    ]
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    await house.call('iam', 'CreateRole', { RoleName: 'tagged', AssumeRolePolicyDocument, Tags }, dave)
    await house.call('iam', 'GetRole', { RoleName: 'tagged' }, dave)
    const byOperator = `SELECT element_at(eventContext.tagContext.principalTags, 'operator') AS operator, COUNT(*) AS eventCount FROM $1 WHERE eventtime >= '${day}' GROUP BY 1 ORDER BY 2 DESC`
    expect(await house.ask(store, byOperator)).toContainEqual(['night shift', '2'])
    const bySolution = `SELECT element_at(rt.tags, 'solution'), count(*) as event_count FROM $1, unnest(eventContext.tagContext.resourceTags) as rt WHERE eventtime >= '${day}' GROUP BY 1 ORDER BY 2 DESC`
    expect(await house.ask(store, bySolution)).toEqual([['shop', '2']])
    const touched = `SELECT eventName FROM $1 WHERE any_match(eventContext.tagContext.resourceTags, rt -> element_at(rt.tags, 'solution') = 'shop') ORDER BY eventName`
    expect(await house.ask(store, touched)).toEqual([['CreateRole'], ['GetRole']])
    expect(
      await house.ask(
        store,
        "SELECT eventContext.tagContext.resourceTags[1].arn FROM $1 WHERE eventName = 'GetRole' AND eventContext.tagContext.resourceTags IS NOT NULL",
      ),
    ).toEqual([[`arn:aws:iam::${account}:role/tagged`]])
    // In use, the role stays.
    const { DeletionTaskId } = await house.call('iam', 'DeleteServiceLinkedRole', { RoleName: roleName })
    expect((await house.call('iam', 'GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })).Status).toBe('FAILED')
    await put(store, { ContextKeySelectors: [] })
    const again = await house.call('iam', 'DeleteServiceLinkedRole', { RoleName: roleName })
    expect((await house.call('iam', 'GetServiceLinkedRoleDeletionStatus', again)).Status).toBe('SUCCEEDED')
  })
})

describe('large events', () => {
  const padding = 'x'.repeat(100)
  test('have what records leave out, up to 1 MB', async () => {
    const [standard, large] = [await makeStore(), await makeStore()]
    await put(large, { MaxEventSize: 'Large' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: Array.from({ length: 1000 }, (_, n) => ({
        Sid: `S${n}`,
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::bucket/${padding}`,
      })),
    })
    await house.call('iam', 'CreatePolicy', { PolicyName: 'long', PolicyDocument }).catch(() => {})
    const lengths = "SELECT length(json_format(json_extract(eventJson, '$.requestParameters'))) FROM $1 WHERE eventName = 'CreatePolicy'"
    const [[short = '0'] = []] = await house.ask(standard, lengths)
    const [[long = '0'] = []] = await house.ask(large, lengths)
    expect(Number(short)).toBeLessThan(200)
    expect(Number(long)).toBeGreaterThan(150_000)
    await put(large, { MaxEventSize: 'Standard' })
    await house.call('iam', 'CreatePolicy', { PolicyName: 'longer', PolicyDocument }).catch(() => {})
    expect((await house.ask(large, lengths)).map(([size]) => Number(size) > 200)).toEqual(expect.arrayContaining([true, false]))
  })

  test('are there once each, and only what selectors take', async () => {
    const store = await makeStore({
      AdvancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Management'] },
            { Field: 'eventName', Equals: ['GetUser', 'ListUsers'] },
          ],
        },
      ],
    })
    await house.call('iam', 'ListUsers', {})
    await put(store, { MaxEventSize: 'Large' })
    await house.call('iam', 'ListUsers', {})
    await house.call('iam', 'ListRoles', {})
    await house.call('iam', 'GetUser', { UserName: 'nobody' }).catch(() => {})
    await put(store, { MaxEventSize: 'Standard' })
    await house.call('iam', 'ListUsers', {})
    await call('StopEventDataStoreIngestion', { EventDataStore: store })
    await house.call('iam', 'ListUsers', {})
    expect(await house.ask(store, 'SELECT eventName, count(*) FROM $1 GROUP BY eventName ORDER BY 1')).toEqual([
      ['GetUser', '1'],
      ['ListUsers', '3'],
    ])
  })
})

describe('refusals', () => {
  test.each<[string, object, string]>([
    [
      'keys of events of 256 KB',
      { ContextKeySelectors: [{ Type: 'TagContext', Equals: ['team'] }] },
      'InvalidParameterCombinationException',
    ],
    [
      'keys that are none',
      { MaxEventSize: 'Large', ContextKeySelectors: [{ Type: 'RequestContext', Equals: ['aws:SourceIp'] }] },
      'InvalidParameterException',
    ],
    [
      'a type twice',
      {
        MaxEventSize: 'Large',
        ContextKeySelectors: [
          { Type: 'TagContext', Equals: ['a'] },
          { Type: 'TagContext', Equals: ['b'] },
        ],
      },
      'InvalidParameterException',
    ],
    ['aggregations', { AggregationConfigurations: [] }, 'InvalidParameterCombinationException'],
  ])('%s', async (_, input, code) => {
    expect(await house.codeOf('PutEventConfiguration', { EventDataStore: await makeStore(), ...input })).toBe(code)
  })

  test('of an event data store that has no events of CloudTrail', async () => {
    const store = await makeStore({
      AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }] }],
    })
    expect(await house.codeOf('PutEventConfiguration', { EventDataStore: store, MaxEventSize: 'Large' })).toBe(
      'InvalidEventDataStoreCategoryException',
    )
  })
})
