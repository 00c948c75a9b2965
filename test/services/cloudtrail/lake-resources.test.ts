import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type Answer } from '../call.ts'
import { type LakeHouse, openLakeHouse } from './lake-house.ts'

let house: LakeHouse
beforeEach(async () => {
  house = await openLakeHouse()
})
afterEach(() => house.close())

const outside = { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }] }] }
const to = (Location: string) => [{ Type: 'EVENT_DATA_STORE', Location }]

describe('channels', () => {
  test('are made, listed, changed and deleted', async () => {
    const store = await house.makeStore(outside)
    const made = await house.call('CreateChannel', {
      Name: 'github',
      Source: 'Custom',
      Destinations: to(store),
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
    expect(made).toMatchObject({
      ChannelArn: expect.stringMatching(/^arn:aws:cloudtrail:us-east-1:123456789012:channel\/[0-9a-f-]{36}$/),
      Name: 'github',
    })
    const { ChannelArn: Channel } = made
    expect(await house.call('GetChannel', { Channel })).toEqual({
      ChannelArn: Channel,
      Name: 'github',
      Source: 'Custom',
      Destinations: to(store),
    })
    expect((await house.call('ListChannels')).Channels).toEqual([{ ChannelArn: Channel, Name: 'github' }])
    expect(await house.call('UpdateChannel', { Channel, Name: 'gitlab' })).toMatchObject({ Name: 'gitlab', Destinations: to(store) })
    expect((await house.call('ListTags', { ResourceIdList: [Channel] })).ResourceTagList[0].TagsList).toEqual([
      { Key: 'team', Value: 'blue' },
    ])
    expect(await house.call('DeleteChannel', { Channel })).toEqual({})
    expect(await house.refusal('GetChannel', { Channel })).toMatchObject({ code: 'ChannelNotFoundException' })
  })

  test.each([
    { input: { Source: 'Okta' }, code: 'InvalidSourceException' },
    { input: { Destinations: to('0a1b2c3d-1111-4222-8333-0123456789ab') }, code: 'EventDataStoreNotFoundException' },
    { input: { Name: 'taken' }, code: 'ChannelAlreadyExistsException' },
  ])('$code', async ({ input, code }) => {
    const Destinations = to(await house.makeStore(outside))
    await house.call('CreateChannel', { Name: 'taken', Source: 'Custom', Destinations })
    expect(await house.refusal('CreateChannel', { Name: 'github', Source: 'Custom', Destinations, ...input })).toMatchObject({ code })
  })

  test('of partners are one for each source', async () => {
    const Destinations = to(await house.makeStore(outside))
    const make = (Name: string) => ({ Name, Source: 'OktaSystemLogEvents', Destinations })
    expect(await house.call('CreateChannel', make('okta'))).toMatchObject({ Source: 'OktaSystemLogEvents' })
    expect(await house.refusal('CreateChannel', make('again'))).toMatchObject({ code: 'ChannelMaxLimitExceededException' })
  })

  test('want event data stores for events from outside AWS', async () => {
    const Destinations = to(await house.makeStore())
    const refused = await house.refusal('CreateChannel', { Name: 'github', Source: 'Custom', Destinations })
    expect(refused).toMatchObject({ code: 'InvalidEventDataStoreCategoryException' })
    expect(await house.refusal('GetChannel', { Channel: 'github' })).toMatchObject({ code: 'ChannelARNInvalidException' })
  })
})

/** The user guide's policy for an event data store of a dashboard, "Attach a resource-based policy to an event data store"; it names no resource. */
const refreshable = (dashboard: string) =>
  `{"Version": "2012-10-17", "Statement": [{"Sid": "EDSPolicy", "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "cloudtrail:StartQuery", "Condition": { "StringEquals": { "AWS:SourceArn": "${dashboard}", "AWS:SourceAccount": "${account}"}}} ]}`

describe('dashboards', () => {
  const widget = (store: string, more: object = {}) => ({
    QueryStatement: `SELECT eventName, count(*) AS n FROM ${store.split('/')[1]} WHERE eventTime > ? AND eventTime < ? GROUP BY eventName`,
    QueryParameters: ['$StartTime$', '$EndTime$'],
    ViewProperties: { Type: 'Table' },
    ...more,
  })

  test('hold queries, which a refresh runs', async () => {
    const store = await house.makeStore()
    await house.record()
    const made = await house.call('CreateDashboard', {
      Name: 'audit',
      Widgets: [widget(store)],
      TagsList: [{ Key: 'team', Value: 'blue' }],
    })
    const DashboardArn = `arn:aws:cloudtrail:us-east-1:${account}:dashboard/audit`
    expect(made).toMatchObject({ DashboardArn, Name: 'audit', Type: 'CUSTOM', TerminationProtectionEnabled: false })
    house.now += 60_000
    // CloudTrail runs the queries, which the event data store's policy has to allow.
    expect(await house.refusal('StartDashboardRefresh', { DashboardId: 'audit' })).toMatchObject({ code: 'AccessDeniedException' })
    await house.call('PutResourcePolicy', { ResourceArn: store, ResourcePolicy: refreshable(DashboardArn) })
    const { RefreshId } = await house.call('StartDashboardRefresh', { DashboardId: 'audit' })
    expect(await house.call('GetDashboard', { DashboardId: DashboardArn })).toMatchObject({ LastRefreshId: RefreshId, Status: 'CREATED' })
    const { Queries } = await house.call('ListQueries', { EventDataStore: store })
    const { QueryResultRows } = await house.call('GetQueryResults', { QueryId: Queries[0].QueryId })
    expect(QueryResultRows).toEqual([[{ eventName: 'GetUser' }, { n: '1' }]])
    expect(await house.call('UpdateDashboard', { DashboardId: 'audit', TerminationProtectionEnabled: true })).toMatchObject({
      DashboardArn,
    })
    expect(await house.refusal('DeleteDashboard', { DashboardId: 'audit' })).toMatchObject({ code: 'ConflictException' })
    await house.call('UpdateDashboard', { DashboardId: 'audit', TerminationProtectionEnabled: false, Widgets: [] })
    expect((await house.call('ListDashboards', { NamePrefix: 'aud' })).Dashboards).toEqual([{ DashboardArn, Type: 'CUSTOM' }])
    expect((await house.call('ListDashboards', { Type: 'MANAGED' })).Dashboards).toEqual([])
    expect(await house.call('DeleteDashboard', { DashboardId: 'audit' })).toEqual({})
    expect(await house.refusal('GetDashboard', { DashboardId: 'audit' })).toMatchObject({ code: 'ResourceNotFoundException' })
  })

  test.each<{ code: string; input: (store: string) => object }>([
    { code: 'ConflictException', input: () => ({ Name: 'taken' }) },
    { code: 'InvalidQueryStatementException', input: store => ({ Widgets: [widget(store, { QueryStatement: 'SELECT 1' })] }) },
    {
      code: 'InvalidQueryStatementException',
      input: store => ({ Widgets: [widget(store, { QueryParameters: ['$Anything$', '$EndTime$'] })] }),
    },
    { code: 'ServiceQuotaExceededException', input: store => ({ Widgets: Array.from({ length: 11 }, () => widget(store)) }) },
    {
      code: 'UnsupportedOperationException',
      input: () => ({ RefreshSchedule: { Frequency: { Unit: 'HOURS', Value: 5 }, Status: 'ENABLED' } }),
    },
    {
      code: 'UnsupportedOperationException',
      input: () => ({ RefreshSchedule: { Frequency: { Unit: 'DAYS', Value: 1 }, Status: 'ENABLED', TimeOfDay: '24:00' } }),
    },
    { code: 'UnsupportedOperationException', input: () => ({ RefreshSchedule: { Status: 'ENABLED' } }) },
    { code: 'UnsupportedOperationException', input: () => ({ Name: 'AWSCloudTrail-Highlights' }) },
  ])('$code', async ({ code, input }) => {
    const store = await house.makeStore()
    await house.call('CreateDashboard', { Name: 'taken' })
    expect(await house.refusal('CreateDashboard', { Name: 'audit', ...input(store) })).toMatchObject({ code })
  })
})

describe('resource policies', () => {
  const policy = (resource: string, parts: object = {}) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'cloudtrail:StartQuery', Resource: resource, ...parts }],
    })

  test('are kept as they are given', async () => {
    const ResourceArn = await house.makeStore()
    expect(await house.refusal('GetResourcePolicy', { ResourceArn })).toMatchObject({ code: 'ResourcePolicyNotFoundException' })
    expect(await house.refusal('DeleteResourcePolicy', { ResourceArn })).toMatchObject({ code: 'ResourcePolicyNotFoundException' })
    const ResourcePolicy = policy(ResourceArn)
    expect(await house.call('PutResourcePolicy', { ResourceArn, ResourcePolicy })).toEqual({ ResourceArn, ResourcePolicy })
    expect(await house.call('GetResourcePolicy', { ResourceArn })).toEqual({ ResourceArn, ResourcePolicy })
    expect(await house.call('DeleteResourcePolicy', { ResourceArn })).toEqual({})
  })

  test('of a dashboard and of its event data store let another account refresh it, both together', async () => {
    const stranger = await house.addAccount('210987654321')
    const store = await house.makeStore()
    const QueryStatement = `SELECT eventName FROM ${store.split('/')[1]} WHERE eventTime > ?`
    const Widgets = [{ QueryStatement, QueryParameters: ['$StartTime$'], ViewProperties: {} }]
    const { DashboardArn } = await house.call('CreateDashboard', { Name: 'shared', Widgets })
    const code = async () => {
      const refused = await house.refusal('StartDashboardRefresh', { DashboardId: DashboardArn }, { as: stranger })
      return refused.code
    }
    expect(await code()).toBe('AccessDeniedException')
    await house.call('PutResourcePolicy', {
      ResourceArn: DashboardArn,
      ResourcePolicy: policy(DashboardArn, { Action: 'cloudtrail:StartDashboardRefresh' }),
    })
    expect(await code()).toBe('AccessDeniedException')
    await house.call('PutResourcePolicy', { ResourceArn: store, ResourcePolicy: refreshable(DashboardArn) })
    expect(await house.call('StartDashboardRefresh', { DashboardId: DashboardArn }, { as: stranger })).toEqual({
      RefreshId: expect.any(String),
    })
    expect(await house.refusal('GetDashboard', { DashboardId: DashboardArn }, { as: stranger })).toMatchObject({
      code: 'AccessDeniedException',
    })
    await house.call('DeleteResourcePolicy', { ResourceArn: DashboardArn })
    expect(await code()).toBe('AccessDeniedException')
  })

  test('that deny hold in the account itself', async () => {
    const store = await house.makeStore()
    await house.call('CreateDashboard', { Name: 'closed' })
    const ResourceArn = `arn:aws:cloudtrail:us-east-1:${account}:dashboard/closed`
    for (const [arn, action, operation, input] of [
      [store, 'cloudtrail:GetEventDataStore', 'GetEventDataStore', { EventDataStore: store }],
      [ResourceArn, 'cloudtrail:StartDashboardRefresh', 'StartDashboardRefresh', { DashboardId: 'closed' }],
    ] as const) {
      const denial = policy(arn, { Effect: 'Deny', Principal: '*', Action: action })
      await house.call(operation, input)
      await house.call('PutResourcePolicy', { ResourceArn: arn, ResourcePolicy: denial })
      expect(await house.refusal(operation, input)).toMatchObject({ code: 'AccessDeniedException' })
    }
  })

  test.each<{ code: string; arn?: string; text?: (arn: string) => string }>([
    { code: 'ResourceARNNotValidException', arn: 'arn:aws:s3:::bucket' },
    { code: 'ResourceTypeNotSupportedException', arn: `arn:aws:cloudtrail:us-east-1:${account}:trail/x` },
    { code: 'ResourceNotFoundException', arn: `arn:aws:cloudtrail:us-east-1:${account}:dashboard/x` },
    { code: 'ResourcePolicyNotValidException', text: () => '{}' },
    { code: 'ResourcePolicyNotValidException', text: arn => policy(`${arn}x`) },
    { code: 'ResourcePolicyNotValidException', text: arn => policy(arn, { Action: 's3:GetObject' }) },
  ])('$code', async ({ code, arn, text = policy }) => {
    const ResourceArn = arn ?? (await house.makeStore())
    expect(await house.refusal('PutResourcePolicy', { ResourceArn, ResourcePolicy: text(ResourceArn) })).toMatchObject({ code })
  })
})

describe('imports that are not there', () => {
  const ImportId = '0a1b2c3d-1111-4222-8333-0123456789ab'
  test.each<{ operation: string; input: object; code: string }>([
    { operation: 'StartImport', input: {}, code: 'InvalidParameterException' },
    { operation: 'StartImport', input: { ImportId }, code: 'ImportNotFoundException' },
    { operation: 'GetImport', input: { ImportId }, code: 'ImportNotFoundException' },
    { operation: 'StopImport', input: { ImportId }, code: 'ImportNotFoundException' },
    { operation: 'ListImportFailures', input: { ImportId }, code: 'InvalidParameterException' },
  ])('$operation: $code', async ({ operation, input, code }) => {
    expect(await house.refusal(operation, input)).toMatchObject({ code })
  })

  test('are not listed', async () => {
    expect(await house.call<Answer>('ListImports')).toEqual({ Imports: [] })
  })
})
