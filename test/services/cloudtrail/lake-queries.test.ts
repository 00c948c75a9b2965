import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/identity/principal.ts'
import { failUnfinishedQueries } from '../../../src/services/cloudtrail/query-runs.ts'
import { sampleQueries } from '../../../src/services/cloudtrail/sample-queries.ts'
import { account, type Answer } from '../call.ts'
import { type LakeHouse, openLakeHouse } from './lake-house.ts'

let house: LakeHouse
let store: string
let id: string
beforeAll(async () => {
  house = await openLakeHouse()
  store = await house.makeStore()
  id = store.split('/')[1] as string
  for (let call = 0; call < 1_205; call++) await house.record({ eventName: call % 2 === 0 ? 'GetUser' : 'CreateUser' })
})
afterAll(() => house.close())

const start = async (statement: string) =>
  (await house.call('StartQuery', { QueryStatement: statement.replace('$1', id) })).QueryId as string

test('a query is described, with what it looked at', async () => {
  const QueryId = await start(`SELECT eventID FROM $1 WHERE eventName = 'GetUser'`)
  expect(await house.call('DescribeQuery', { QueryId })).toEqual({
    QueryId,
    QueryString: `SELECT eventID FROM ${id} WHERE eventName = 'GetUser'`,
    QueryStatus: 'FINISHED',
    QueryStatistics: {
      EventsMatched: 603,
      EventsScanned: 1_205,
      BytesScanned: expect.any(Number),
      ExecutionTimeInMillis: expect.any(Number),
      CreationTime: new Date(house.now),
    },
  })
})

test('results come in pages', async () => {
  const QueryId = await start('SELECT eventID FROM $1 ORDER BY eventID')
  const rows: Answer[] = []
  const sizes: number[] = []
  for (let NextToken: string | undefined; sizes.length === 0 || NextToken !== undefined; ) {
    const page: Answer = await house.call('GetQueryResults', {
      QueryId,
      EventDataStore: store,
      MaxQueryResults: 600,
      ...(NextToken && { NextToken }),
    })
    expect(page.QueryStatistics).toMatchObject({ TotalResultsCount: 1_205, ResultsCount: page.QueryResultRows.length })
    rows.push(...page.QueryResultRows)
    sizes.push(page.QueryResultRows.length)
    NextToken = page.NextToken
  }
  expect(sizes).toEqual([600, 600, 5])
  expect(new Set(rows.map(([{ eventID }]) => eventID)).size).toBe(1_205)
})

test('a token is good for its query alone', async () => {
  const [one, other] = [await start('SELECT eventID FROM $1'), await start('SELECT eventID FROM $1')]
  const { NextToken } = await house.call('GetQueryResults', { QueryId: one, MaxQueryResults: 1 })
  expect(await house.refusal('GetQueryResults', { QueryId: other, NextToken })).toMatchObject({ code: 'InvalidNextTokenException' })
})

test('queries are listed newest first, for a week', async () => {
  house.now += 1_000
  const last = await start('SELECT count(*) FROM $1')
  const { Queries } = await house.call('ListQueries', { EventDataStore: store, MaxResults: 2 })
  expect(Queries[0]).toEqual({ QueryId: last, QueryStatus: 'FINISHED', CreationTime: new Date(house.now) })
  expect(Queries).toHaveLength(2)
  expect((await house.call('ListQueries', { EventDataStore: store, QueryStatus: 'FAILED' })).Queries).toEqual([])
  const reversed = { EventDataStore: store, StartTime: new Date(house.now), EndTime: new Date(house.now - 1) }
  expect(await house.refusal('ListQueries', reversed)).toMatchObject({ code: 'InvalidDateRangeException' })
  house.now += 8 * 86_400_000
  expect((await house.call('ListQueries', { EventDataStore: store })).Queries).toEqual([])
  expect(await house.refusal('DescribeQuery', { QueryId: last })).toMatchObject({ code: 'QueryIdNotFoundException' })
})

describe('what is asked wrongly is refused', () => {
  const unknown = '0a1b2c3d-1111-4222-8333-0123456789ab'
  test.each([
    { operation: 'StartQuery', input: { QueryStatement: 'DROP TABLE records' }, code: 'InvalidQueryStatementException' },
    { operation: 'StartQuery', input: { QueryStatement: `SELECT eventID FROM ${unknown}` }, code: 'EventDataStoreNotFoundException' },
    { operation: 'StartQuery', input: {}, code: 'InvalidParameterException' },
    { operation: 'StartQuery', input: { QueryAlias: 'top' }, code: 'InvalidParameterException' },
    { operation: 'DescribeQuery', input: { QueryId: unknown }, code: 'QueryIdNotFoundException' },
    { operation: 'DescribeQuery', input: { QueryAlias: 'top' }, code: 'InvalidParameterException' },
    { operation: 'GetQueryResults', input: { QueryId: unknown }, code: 'QueryIdNotFoundException' },
    { operation: 'CancelQuery', input: { QueryId: unknown }, code: 'QueryIdNotFoundException' },
    { operation: 'ListQueries', input: { EventDataStore: unknown }, code: 'EventDataStoreNotFoundException' },
  ])('$operation $code', async ({ operation, input, code }) => {
    expect(await house.refusal(operation, input)).toMatchObject({ code })
  })

  test('a query that has ended cannot be cancelled', async () => {
    const QueryId = await start('SELECT eventID FROM $1')
    expect(await house.refusal('CancelQuery', { QueryId })).toMatchObject({ code: 'InactiveQueryException' })
  })
})

test('a query that fails on a value says so', async () => {
  const QueryId = await start('SELECT CAST(eventName AS bigint) FROM $1')
  const described = await house.call('DescribeQuery', { QueryId })
  expect(described).toMatchObject({ QueryStatus: 'FAILED', ErrorMessage: expect.stringContaining('Cannot cast') })
  expect(await house.call('GetQueryResults', { QueryId })).toMatchObject({ QueryStatus: 'FAILED', QueryResultRows: [] })
})

test('a query that waits can be cancelled, and one that Gatehouse did not end has failed', async () => {
  const { world } = house
  const [waiting, lost] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']
  const row = { storeArn: store, account, statement: 'SELECT', dashboardArn: null, refreshId: null, columns: '[]', createdAt: house.now }
  const nothing = { errorMessage: null, rowCount: 0, scanned: 0, matched: 0, bytes: 0, milliseconds: 0, status: 'QUEUED' as const }
  await world.store.write(async tx => {
    for (const queryId of [waiting, lost])
      await tx
        .insertInto('lakeQueries')
        .values({ id: queryId, ...row, ...nothing })
        .execute()
  })
  expect(await house.call('DescribeQuery', { QueryId: waiting })).toMatchObject({ QueryStatus: 'QUEUED' })
  expect(await house.call('CancelQuery', { QueryId: waiting })).toEqual({ QueryId: waiting, QueryStatus: 'CANCELLED' })
  await failUnfinishedQueries(world.store, Date.now())
  expect(await house.call('DescribeQuery', { QueryId: waiting })).toMatchObject({ QueryStatus: 'CANCELLED' })
  expect(await house.call('DescribeQuery', { QueryId: lost })).toMatchObject({ QueryStatus: 'FAILED' })
})

test('ten queries of an account at the same time', async () => {
  const { world } = house
  const row = { storeArn: store, account, statement: 'SELECT', dashboardArn: null, refreshId: null, columns: '[]', createdAt: house.now }
  const nothing = { errorMessage: null, rowCount: 0, scanned: 0, matched: 0, bytes: 0, milliseconds: 0, status: 'QUEUED' as const }
  await world.store.write(async tx => {
    for (let n = 0; n < 10; n++)
      await tx
        .insertInto('lakeQueries')
        .values({ id: `3333333${n}-2222-4222-8222-222222222222`, ...row, ...nothing })
        .execute()
  })
  const refused = await house.refusal('StartQuery', { QueryStatement: `SELECT eventID FROM ${id}` })
  expect(refused).toMatchObject({ code: 'MaxConcurrentQueriesException' })
  await failUnfinishedQueries(world.store, Date.now())
})

describe('another account', () => {
  let stranger: Principal
  beforeAll(async () => {
    stranger = await house.addAccount('210987654321')
  })
  const ask = { EventDataStoreOwnerAccountId: account }

  test('is let in by the resource policy alone', async () => {
    const input = { QueryStatement: `SELECT count(*) FROM ${id}`, ...ask }
    expect(await house.refusal('StartQuery', input, { as: stranger })).toMatchObject({ code: 'AccessDeniedException' })
    const policy = (actions: readonly string[]) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::210987654321:root' }, Action: actions, Resource: store }],
      })
    await house.call('PutResourcePolicy', {
      ResourceArn: store,
      ResourcePolicy: policy(['cloudtrail:StartQuery', 'cloudtrail:GetQueryResults']),
    })
    const { QueryId } = await house.call('StartQuery', input, { as: stranger })
    expect(await house.call('GetQueryResults', { QueryId, ...ask }, { as: stranger })).toMatchObject({ QueryStatus: 'FINISHED' })
    expect(await house.refusal('DescribeQuery', { QueryId, ...ask }, { as: stranger })).toMatchObject({ code: 'AccessDeniedException' })
    await house.call('DeleteResourcePolicy', { ResourceArn: store })
    expect(await house.refusal('StartQuery', input, { as: stranger })).toMatchObject({ code: 'AccessDeniedException' })
  })
})

describe('sample queries', () => {
  test('are found by words, best first', async () => {
    const { SearchResults } = await house.call('SearchSampleQueries', { SearchPhrase: 'calls of the root user' })
    expect(SearchResults[0].Name).toBe('Use of the root user')
    expect((await house.call('SearchSampleQueries', { SearchPhrase: 'zzzz' })).SearchResults).toEqual([])
    const page = await house.call('SearchSampleQueries', { SearchPhrase: 'who', MaxResults: 1 })
    expect(page.SearchResults).toHaveLength(1)
    const next = await house.call('SearchSampleQueries', { SearchPhrase: 'who', MaxResults: 1, NextToken: page.NextToken })
    expect(next.SearchResults[0].Name).not.toBe(page.SearchResults[0].Name)
  })

  test.each(sampleQueries)('$name runs', async ({ sql }) => {
    await expect(house.ask(store, sql.replaceAll('$EDS_ID', '$1'))).resolves.toEqual(expect.any(Array))
  })
})

test('event data stores for configuration items and for evidence have columns of their own, and no rows here', async () => {
  const store = (category: string) =>
    house.makeStore({ AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }] }] })
  const patched = (state: string) =>
    `transform(filter(PatchResult, PatchItem -> cast(json_extract(PatchItem, '$.PatchState') as varchar) = '${state}'), FoundItem -> json_extract(FoundItem, '$.Id')) as ${state}`
  // The sample ssm-patch-compliance-distinct-ec2-instance-latest.
  const latest = `SELECT eventData.accountId, eventData.awsRegion, replace(eventData.resourceId, 'AWS::SSM::ManagedInstanceInventory/') as InstanceId, eventTime, ${patched('Installed')}, ${patched('Missing')}
    FROM (SELECT eventData, map_values(cast(json_extract(json_parse(eventJson), '$.eventData.configuration.AWS:ComplianceItem.Content.Patch') as map(varchar, json))) as PatchResult,eventTime, rank() over (partition by replace(eventData.resourceId, 'AWS::SSM::ManagedInstanceInventory/') order by eventTime desc) as rnk
    FROM $1
    WHERE eventData.resourceType = 'AWS::SSM::PatchCompliance'
) where rnk = 1`
  expect(await house.ask(await store('ConfigurationItem'), latest)).toEqual([])
  expect(await house.ask(await store('Evidence'), "SELECT eventData.controlName FROM $1 WHERE eventData.time > '2026-01-01'")).toEqual([])
})
