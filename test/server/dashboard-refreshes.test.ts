import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refreshDashboards } from '../../src/services/cloudtrail/dashboard-refreshes.ts'
import { nextRefreshAt } from '../../src/services/cloudtrail/refresh-schedules.ts'
import { account, type LakeFilesHouse, openLakeFilesHouse, root, until } from './lake-files.ts'

const hour = 3_600_000
let house: LakeFilesHouse
let store: string

beforeAll(async () => {
  house = await openLakeFilesHouse()
  const made = await house.call('cloudtrail', 'CreateEventDataStore', { Name: 'audit', TerminationProtectionEnabled: false })
  store = made.EventDataStoreArn
})
afterAll(() => house.close())

const call = (operation: string, input: object) => house.call('cloudtrail', operation, input)
const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:dashboard/${name}`
/** The policies of the user guide, "AWS CloudTrail resource-based policy examples", with all dashboards as their Resource. */
const policyFor = (dashboards: readonly string[], action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: [action],
        Resource: `arn:aws:cloudtrail:us-east-1:${account}:dashboard/*`,
        Condition: { StringLike: { 'AWS:SourceArn': dashboards.map(arnOf), 'AWS:SourceAccount': account } },
      },
    ],
  })
/** Widgets of the user guide, "Manage dashboards with the AWS CLI", but for the id. */
const widgets = () =>
  [
    "SELECT errorCode, COUNT(*) AS eventCount FROM eds WHERE eventTime > '?' AND eventTime < '?' AND (errorCode is not null) GROUP BY errorCode ORDER BY eventCount DESC LIMIT 100",
    "SELECT awsRegion, COUNT(*) AS eventCount FROM eds where eventTime > '?' and eventTime < '?' GROUP BY awsRegion ORDER BY eventCount LIMIT 100",
    "SELECT replace(eventSource, '.amazonaws.com') AS service, COUNT(*) as eventCount FROM eds WHERE eventTime > '?' AND eventTime < '?' GROUP BY eventSource ORDER BY eventCount DESC LIMIT 100",
  ].map(statement => ({
    ViewProperties: { Height: '2', Width: '4', Title: 'Top', View: 'Table' },
    QueryStatement: statement.replace('eds', store.split('/')[1] as string),
    QueryParameters: ['$StartTime$', '$EndTime$'],
  }))
const every = (Value: number, Unit = 'HOURS') => ({ Frequency: { Unit, Value }, Status: 'ENABLED' })
const queries = async () => (await call('ListQueries', { EventDataStore: store })).Queries as { QueryId: string }[]
const refusals = async () => {
  const rows = await house.world.store.read(tx =>
    tx.selectFrom('records').select('json').where('eventName', '=', 'StartDashboardRefresh').execute(),
  )
  return rows.map(({ json }) => JSON.parse(json)).map(({ userIdentity, errorCode }) => [userIdentity.invokedBy, errorCode])
}

describe('a schedule', () => {
  const at = (text: string) => Date.parse(`2026-01-15T${text}:00Z`)
  test.each([
    ['every hour', every(1), '12:00', '13:00'],
    ['every hour, before it comes round', every(1), '12:59', '13:00'],
    ['at a minute of every hour', { ...every(1), TimeOfDay: '09:30' }, '12:10', '12:30'],
    ['every six hours', every(6), '12:01', '18:00'],
    ['every day at a time', { ...every(1, 'DAYS'), TimeOfDay: '14:15' }, '12:00', '14:15'],
  ])('%s', (_, schedule, now, next) => {
    expect(nextRefreshAt(schedule, at(now))).toBe(at(next))
  })
  test('that is off never comes round', () => {
    expect(nextRefreshAt({ ...every(1), Status: 'DISABLED' }, 0)).toBeNull()
  })
})

describe('a dashboard with a schedule', () => {
  test('is refreshed when it comes round, once its policies allow it', async () => {
    await call('CreateDashboard', { Name: 'exampleDash', Widgets: widgets(), RefreshSchedule: every(6) })
    await refreshDashboards(house.world, house.now)
    expect(await queries()).toEqual([])
    // Nobody has allowed it: that is on record, and the schedule goes on.
    await refreshDashboards(house.world, house.now + 6 * hour)
    expect([await queries(), await refusals()]).toEqual([[], [['cloudtrail.amazonaws.com', 'AccessDeniedException']]])
    await call('PutResourcePolicy', {
      ResourceArn: arnOf('exampleDash'),
      ResourcePolicy: policyFor(['exampleDash'], 'cloudtrail:StartDashboardRefresh'),
    })
    await refreshDashboards(house.world, house.now + 12 * hour)
    expect(await queries()).toEqual([])
    await call('PutResourcePolicy', { ResourceArn: store, ResourcePolicy: policyFor(['other', 'exampleDash'], 'cloudtrail:StartQuery') })
    await refreshDashboards(house.world, house.now + 12 * hour)
    expect(await queries()).toEqual([])
    await refreshDashboards(house.world, house.now + 18 * hour)
    const found = await queries()
    expect(found).toHaveLength(3)
    // The house's hour stands still: what is asked for ends before it.
    const QueryParameterValues = { $StartTime$: '2026-01-15T00:00:00Z', $EndTime$: '2026-01-16T00:00:00Z' }
    await call('StartDashboardRefresh', { DashboardId: 'exampleDash', QueryParameterValues })
    const results = await Promise.all(
      (await queries()).map(({ QueryId }) =>
        until(
          () => call('GetQueryResults', { QueryId }),
          ({ QueryStatus }) => QueryStatus === 'FINISHED',
        ),
      ),
    )
    expect(results.flatMap(({ QueryResultRows }) => QueryResultRows)).toContainEqual([
      { service: 'cloudtrail' },
      { eventCount: expect.any(String) },
    ])
    expect((await call('GetDashboard', { DashboardId: 'exampleDash' })).LastRefreshId).toEqual(expect.any(String))
    await call('UpdateDashboard', { DashboardId: 'exampleDash', RefreshSchedule: { Status: 'DISABLED' } })
    expect((await call('GetDashboard', { DashboardId: 'exampleDash' })).RefreshSchedule).toEqual({ ...every(6), Status: 'DISABLED' })
    await refreshDashboards(house.world, house.now + 240 * hour)
    expect(await queries()).toHaveLength(6)
  })

  test('wants of whoever makes it the permissions of its queries and its refreshes', async () => {
    const { User } = await house.call('iam', 'CreateUser', { UserName: 'author' })
    const author = { ...root, type: 'user', arn: User.Arn, userName: 'author', userId: User.UserId } as typeof root
    const allow = (Action: string[]) =>
      house.call('iam', 'PutUserPolicy', {
        UserName: 'author',
        PolicyName: 'may',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }),
      })
    const input = { Name: 'authored', Widgets: widgets(), RefreshSchedule: every(1) }
    const code = () => house.codeOf('CreateDashboard', input, author)
    await allow(['cloudtrail:CreateDashboard'])
    expect(await code()).toBe('AccessDeniedException')
    await allow(['cloudtrail:CreateDashboard', 'cloudtrail:StartQuery'])
    expect(await code()).toBe('AccessDeniedException')
    await allow(['cloudtrail:CreateDashboard', 'cloudtrail:StartQuery', 'cloudtrail:StartDashboardRefresh'])
    expect(await code()).toBe('none')
  })
})

test('the Highlights dashboard is CloudTrail’s own, over all event data stores', async () => {
  const Name = 'AWSCloudTrail-Highlights'
  expect(await house.codeOf('CreateDashboard', { Name, RefreshSchedule: every(12) })).toBe('UnsupportedOperationException')
  expect(await house.codeOf('CreateDashboard', { Name, RefreshSchedule: every(6), Widgets: widgets() })).toBe(
    'UnsupportedOperationException',
  )
  const made = await call('CreateDashboard', { Name, RefreshSchedule: every(6) })
  expect([made.Type, made.Widgets.length > 0]).toEqual(['MANAGED', true])
  expect((await call('ListDashboards', { Type: 'MANAGED' })).Dashboards).toEqual([{ DashboardArn: arnOf(Name), Type: 'MANAGED' }])
  await call('PutResourcePolicy', { ResourceArn: store, ResourcePolicy: policyFor([Name], 'cloudtrail:StartQuery') })
  const before = (await queries()).length
  await call('StartDashboardRefresh', { DashboardId: Name })
  const found = await queries()
  expect(found).toHaveLength(before + made.Widgets.length)
  for (const { QueryId } of found)
    expect(
      await until(
        async () => (await call('DescribeQuery', { QueryId })).QueryStatus as string,
        status => status !== 'QUEUED' && status !== 'RUNNING',
      ),
    ).toBe('FINISHED')
})
