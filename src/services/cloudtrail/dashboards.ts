import type { Selectable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { DashboardsTable } from '../../store/tables/event-data-stores.ts'
import { parseArn } from '../../types/arn.ts'
import type { RefreshSchedule, RequestWidget, Widget } from '../../wire/models/cloudtrail.ts'
import type { CallContext } from '../operation.ts'
import { eventDataStoreArn, storeAccess } from './event-data-store-rows.ts'
import { resourcePolicyOf } from './lake-policies.ts'
import { parsed, prepared } from './lake-queries.ts'
import { pageByKey } from './paging.ts'
import { startQuery } from './queries.ts'
import { addTags, removeTags, requestTagKeys, resourceTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'

type DashboardRow = Selectable<DashboardsTable>

/** Custom dashboards of an account in a region, and widgets of one. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostDashboards = 100
const mostWidgets = 10

const dashboardArn = (region: string, account: string, name: string) => `arn:aws:cloudtrail:${region}:${account}:dashboard/${name}`

type Place = Pick<CallContext, 'region' | 'account'>
type Context = CallContext & { readonly tx: Transaction }

/** A dashboard is named by ARN or by name. */
const resourceOf = (id: string, { region, account }: Place) => (id.startsWith('arn:') ? id : dashboardArn(region, account, id))

const dashboardAccess = async (id: string, context: Place & { readonly tx: Transaction }) => {
  const resource = resourceOf(id, context)
  const resourcePolicy = await resourcePolicyOf(context.tx, resource)
  return { resource, keys: await resourceTagKeys(context.tx, resource), ...(resourcePolicy && { resourcePolicy }) }
}

const findDashboard = (tx: Transaction, arn: string): Promise<DashboardRow | undefined> =>
  tx.selectFrom('dashboards').selectAll().where('arn', '=', arn).executeTakeFirst()

/** @throws ResourceNotFoundException */
export async function requireDashboard(tx: Transaction, arn: string, { account }: { readonly account: string }): Promise<DashboardRow> {
  const row = await findDashboard(tx, arn)
  if (!row || row.account !== account || !parseArn(arn))
    throw new cloudtrail.ResourceNotFoundException(`The dashboard ${arn} does not exist.`)
  return row
}

const dashboardsOf = (tx: Transaction, { region, account }: Place): Promise<DashboardRow[]> =>
  tx.selectFrom('dashboards').selectAll().where('account', '=', account).where('region', '=', region).orderBy('arn').execute()

const widgetsOf = ({ widgets }: DashboardRow) => JSON.parse(widgets) as Widget[]

/** The event data stores that a widget asks. */
const storesOfWidget = ({ QueryStatement = '', QueryParameters = [] }: Widget): readonly string[] =>
  parsed(
    QueryStatement,
    QueryParameters.map(() => ''),
  ).stores

const dashboardShape = (row: DashboardRow) => ({
  DashboardArn: row.arn,
  Name: row.name,
  Type: row.type,
  Widgets: widgetsOf(row),
  ...(row.refreshSchedule !== null && { RefreshSchedule: JSON.parse(row.refreshSchedule) as RefreshSchedule }),
  TerminationProtectionEnabled: row.terminationProtected === 1,
})

/** What a dashboard's queries can be given: the times that are looked at. CloudTrail API Reference, "Widget", QueryParameters. */
const knownParameters = ['$StartTime$', '$EndTime$', '$Period$']

/** @throws InvalidQueryStatementException, ServiceQuotaExceededException, and what an event data store is refused with */
async function checkWidgets(widgets: readonly RequestWidget[], context: Context): Promise<void> {
  if (widgets.length > mostWidgets) throw new cloudtrail.ServiceQuotaExceededException(`A dashboard has ${mostWidgets} widgets at most.`)
  for (const { QueryStatement, QueryParameters = [] } of widgets) {
    const unknown = QueryParameters.find(parameter => !knownParameters.includes(parameter))
    if (unknown !== undefined)
      throw new cloudtrail.InvalidQueryStatementException(
        `${unknown.slice(0, 100)} is not one of the parameters ${knownParameters.join(', ')}.`,
      )
    await prepared(context.tx, parsed(QueryStatement, valuesOf(QueryParameters, context.now, {})), context)
  }
}

const units: { readonly [unit: string]: readonly number[] } = { HOURS: [1, 6, 12, 24], DAYS: [1] }

/** CloudTrail API Reference, "RefreshScheduleFrequency". @throws UnsupportedOperationException */
function checkSchedule(schedule: RefreshSchedule | undefined): void {
  const { Unit, Value } = schedule?.Frequency ?? {}
  if (schedule?.Frequency && !(Unit !== undefined && Value !== undefined && units[Unit]?.includes(Value)))
    throw new cloudtrail.UnsupportedOperationException('A dashboard is refreshed every 1, 6, 12 or 24 HOURS, or every 1 DAYS.')
  if (schedule?.Status === 'ENABLED')
    throw new cloudtrail.UnsupportedOperationException('Dashboards are not refreshed on a schedule: use StartDashboardRefresh.')
}

/** CreateDashboard: a record of queries, which StartDashboardRefresh runs. CloudTrail API Reference, "CreateDashboard". */
export const CreateDashboard = cloudtrail.operation('CreateDashboard', {
  access: ({ Name, TagsList }, { region, account }) => ({ resource: dashboardArn(region, account, Name), keys: requestTagKeys(TagsList) }),

  async handle({ Name, Widgets = [], RefreshSchedule: schedule, TagsList, TerminationProtectionEnabled = false }, context) {
    const { tx, account, region, now } = context
    const arn = dashboardArn(region, account, Name)
    const there = await dashboardsOf(tx, context)
    if (there.some(row => row.arn === arn)) throw new cloudtrail.ConflictException(`A dashboard with the name ${Name} already exists.`)
    if (there.length >= mostDashboards)
      throw new cloudtrail.ServiceQuotaExceededException(`The account already has ${mostDashboards} dashboards in ${region}.`)
    checkSchedule(schedule)
    await checkWidgets(Widgets, context)
    const row: DashboardRow = {
      arn,
      account,
      region,
      name: Name,
      type: 'CUSTOM',
      status: 'CREATED',
      widgets: JSON.stringify(Widgets),
      refreshSchedule: schedule ? JSON.stringify(schedule) : null,
      terminationProtected: Number(TerminationProtectionEnabled),
      lastRefreshId: null,
      nextRefreshAt: null,
      createdAt: now,
      updatedAt: now,
    }
    await tx.insertInto('dashboards').values(row).execute()
    await addTags(context, arn, TagsList ?? [])
    return { ...dashboardShape(row), ...(TagsList && { TagsList }) }
  },
})

/** GetDashboard. CloudTrail API Reference, "GetDashboard". */
export const GetDashboard = cloudtrail.operation('GetDashboard', {
  access: ({ DashboardId }, context) => dashboardAccess(DashboardId, context),
  async handle({ DashboardId }, context) {
    const row = await requireDashboard(context.tx, resourceOf(DashboardId, context), context)
    const { Name: _name, ...shape } = dashboardShape(row)
    return {
      ...shape,
      Status: row.status,
      CreatedTimestamp: new Date(row.createdAt),
      UpdatedTimestamp: new Date(row.updatedAt),
      ...(row.lastRefreshId !== null && { LastRefreshId: row.lastRefreshId }),
    }
  },
})

/** ListDashboards. CloudTrail API Reference, "ListDashboards". */
export const ListDashboards = cloudtrail.operation('ListDashboards', {
  access: () => ({ resource: '*' }),
  async handle({ NamePrefix = '', Type, NextToken, MaxResults }, context) {
    const rows = (await dashboardsOf(context.tx, context)).filter(
      row => row.name.startsWith(NamePrefix) && (Type === undefined || row.type === Type),
    )
    const { items, end } = pageByKey(rows, ({ arn }) => arn, NextToken, MaxResults)
    return { Dashboards: items.map(({ arn, type }) => ({ DashboardArn: arn, Type: type })), ...end }
  },
})

/** UpdateDashboard: what is not given stays. CloudTrail API Reference, "UpdateDashboard". */
export const UpdateDashboard = cloudtrail.operation('UpdateDashboard', {
  access: ({ DashboardId }, context) => dashboardAccess(DashboardId, context),
  async handle({ DashboardId, Widgets, RefreshSchedule: schedule, TerminationProtectionEnabled }, context) {
    const { tx, now } = context
    const before = await requireDashboard(tx, resourceOf(DashboardId, context), context)
    checkSchedule(schedule)
    if (Widgets) await checkWidgets(Widgets, context)
    const row: DashboardRow = {
      ...before,
      status: 'UPDATED',
      widgets: Widgets ? JSON.stringify(Widgets) : before.widgets,
      refreshSchedule: schedule ? JSON.stringify(schedule) : before.refreshSchedule,
      terminationProtected: Number(TerminationProtectionEnabled ?? before.terminationProtected === 1),
      updatedAt: now,
    }
    await tx.updateTable('dashboards').set(row).where('arn', '=', row.arn).execute()
    return { ...dashboardShape(row), CreatedTimestamp: new Date(row.createdAt), UpdatedTimestamp: new Date(now) }
  },
})

/** DeleteDashboard. CloudTrail API Reference, "DeleteDashboard". */
export const DeleteDashboard = cloudtrail.operation('DeleteDashboard', {
  access: ({ DashboardId }, context) => dashboardAccess(DashboardId, context),
  async handle({ DashboardId }, context) {
    const { tx } = context
    const { arn, terminationProtected } = await requireDashboard(tx, resourceOf(DashboardId, context), context)
    if (terminationProtected === 1) throw new cloudtrail.ConflictException(`The dashboard ${arn} has termination protection.`)
    await tx.deleteFrom('dashboards').where('arn', '=', arn).execute()
    await tx.deleteFrom('lakeResourcePolicies').where('resourceArn', '=', arn).execute()
    await removeTags(tx, arn)
    return {}
  },
})

/** StartDashboardRefresh: runs the queries of all widgets. CloudTrail API Reference, "StartDashboardRefresh". */
export const StartDashboardRefresh = cloudtrail.operation('StartDashboardRefresh', {
  async access({ DashboardId }, context) {
    const row = await findDashboard(context.tx, resourceOf(DashboardId, context))
    const ids = row ? [...new Set(widgetsOf(row).flatMap(storesOfWidget))] : []
    const asked = ids.map(id => storeAccess(eventDataStoreArn(context.region, row?.account ?? context.account, id), context))
    const queries = (await Promise.all(asked)).map(statement => ({ ...statement, action: 'cloudtrail:StartQuery' }))
    return [await dashboardAccess(DashboardId, context), ...queries]
  },
  async handle({ DashboardId, QueryParameterValues = {} }, context) {
    const { tx, now } = context
    const arn = resourceOf(DashboardId, context)
    // Callers of other accounts are here by the dashboard's resource policy.
    const row = await requireDashboard(tx, arn, { account: parseArn(arn)?.account ?? context.account })
    const refreshId = String(now)
    for (const { QueryStatement = '', QueryParameters = [] } of widgetsOf(row))
      await startQuery(context, row.account, QueryStatement, valuesOf(QueryParameters, now, QueryParameterValues), {
        dashboardArn: row.arn,
        refreshId,
      })
    await tx.updateTable('dashboards').set({ lastRefreshId: refreshId }).where('arn', '=', row.arn).execute()
    return { RefreshId: refreshId }
  },
})

const day = 86_400_000

/** The values of a query's parameters: those given, else the last day by the hour. */
function valuesOf(parameters: readonly string[], now: number, given: { readonly [name: string]: string }): string[] {
  const time = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, -1)
  const fallback: { readonly [name: string]: string } = { $StartTime$: time(now - day), $EndTime$: time(now), $Period$: 'hour' }
  return parameters.map(name => given[name] ?? fallback[name] ?? '')
}
