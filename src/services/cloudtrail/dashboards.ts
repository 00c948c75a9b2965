import type { Selectable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { DashboardsTable } from '../../store/tables/event-data-stores.ts'
import { parseArn } from '../../types/arn.ts'
import type { CreateDashboardRequest, RefreshSchedule, RequestWidget, Widget } from '../../wire/models/cloudtrail.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { eventDataStoreArn, kindOf, storeAccess, storesOfAccount } from './event-data-store-rows.ts'
import { checkHighlights, highlightsName, highlightWidgets } from './highlights.ts'
import { resourcePolicyOf } from './lake-policies.ts'
import { parsed, prepared } from './lake-queries.ts'
import { servicePrincipal } from './organization.ts'
import { pageByKey } from './paging.ts'
import { startQuery } from './queries.ts'
import { checkSchedule, nextRefreshAt } from './refresh-schedules.ts'
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

/** Those of the Highlights dashboard follow the event data stores that there are. */
const widgetsOf = async (tx: Transaction, { type, widgets, region, account }: DashboardRow, now: number): Promise<Widget[]> =>
  type === 'MANAGED' ? highlightWidgets(await highlightedStores(tx, { region, account }, now)) : (JSON.parse(widgets) as Widget[])

/** The event data stores that a widget asks. */
const storesOfWidget = ({ QueryStatement = '', QueryParameters = [] }: Widget): readonly string[] =>
  parsed(
    QueryStatement,
    QueryParameters.map(() => ''),
  ).stores

const dashboardShape = (row: DashboardRow, widgets: readonly Widget[]) => ({
  DashboardArn: row.arn,
  Name: row.name,
  Type: row.type,
  Widgets: widgets,
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

/** What CloudTrail, for the sake of a dashboard, asks the owners of event data stores for: their resource policies have to allow it. */
async function queriesOf(ids: readonly string[], dashboard: string, account: string, context: AccessContext): Promise<AccessStatement[]> {
  const principal = { type: 'service', service: servicePrincipal } as const
  const asked = [...new Set(ids)].map(id => storeAccess(eventDataStoreArn(context.region, account, id), context))
  return (await Promise.all(asked)).map(({ keys, ...statement }) => ({
    ...statement,
    action: 'cloudtrail:StartQuery',
    keys: { ...keys, 'aws:SourceArn': dashboard, 'aws:SourceAccount': account },
    principal,
    resourceMustAllow: true,
  }))
}

/**
 * Whoever makes a dashboard has permission for its queries, and to refresh it where it has a schedule.
 * CloudTrail User Guide, "Required permissions for creating dashboards".
 */
async function authorAccess(
  arn: string,
  {
    Name,
    Widgets = [],
    RefreshSchedule: schedule,
  }: Pick<CreateDashboardRequest, 'Widgets' | 'RefreshSchedule'> & { readonly Name?: string },
  context: AccessContext,
): Promise<AccessStatement[]> {
  const ids = Name === highlightsName ? await highlightedStores(context.tx, context, context.now) : Widgets.flatMap(storesOfWidget)
  const queries = [...new Set(ids)].map(id => storeAccess(eventDataStoreArn(context.region, context.account, id), context))
  return [
    ...(await Promise.all(queries)).map(statement => ({ ...statement, action: 'cloudtrail:StartQuery' })),
    ...(schedule ? [{ resource: arn, action: 'cloudtrail:StartDashboardRefresh' }] : []),
  ]
}

/** Ids of the event data stores of an account that the Highlights dashboard is about. */
async function highlightedStores(tx: Transaction, place: Place, now: number): Promise<string[]> {
  const rows = (await storesOfAccount(tx, place, now)).filter(row => row.status !== 'PENDING_DELETION' && kindOf(row) === 'calls')
  return rows.map(({ id }) => id)
}

/** CreateDashboard: a record of queries, which a refresh runs. CloudTrail API Reference, "CreateDashboard". */
export const CreateDashboard = cloudtrail.operation('CreateDashboard', {
  async access({ TagsList, ...input }, context) {
    const resource = dashboardArn(context.region, context.account, input.Name)
    return [{ resource, keys: requestTagKeys(TagsList) }, ...(await authorAccess(resource, input, context))]
  },

  async handle({ Name, Widgets = [], RefreshSchedule: schedule, TagsList, TerminationProtectionEnabled = false }, context) {
    const { tx, account, region, now } = context
    const arn = dashboardArn(region, account, Name)
    const there = await dashboardsOf(tx, context)
    if (there.some(row => row.arn === arn)) throw new cloudtrail.ConflictException(`A dashboard with the name ${Name} already exists.`)
    if (there.length >= mostDashboards)
      throw new cloudtrail.ServiceQuotaExceededException(`The account already has ${mostDashboards} dashboards in ${region}.`)
    if (schedule) checkSchedule(schedule)
    if (Name === highlightsName) checkHighlights(Widgets, schedule)
    await checkWidgets(Widgets, context)
    const row: DashboardRow = {
      arn,
      account,
      region,
      name: Name,
      type: Name === highlightsName ? 'MANAGED' : 'CUSTOM',
      status: 'CREATED',
      widgets: JSON.stringify(Widgets),
      refreshSchedule: schedule ? JSON.stringify(schedule) : null,
      nextRefreshAt: schedule ? nextRefreshAt(schedule, now) : null,
      terminationProtected: Number(TerminationProtectionEnabled),
      lastRefreshId: null,
      createdAt: now,
      updatedAt: now,
    }
    await tx.insertInto('dashboards').values(row).execute()
    await addTags(context, arn, TagsList ?? [])
    return { ...dashboardShape(row, await widgetsOf(tx, row, now)), ...(TagsList && { TagsList }) }
  },
})

/** GetDashboard. CloudTrail API Reference, "GetDashboard". */
export const GetDashboard = cloudtrail.operation('GetDashboard', {
  access: ({ DashboardId }, context) => dashboardAccess(DashboardId, context),
  async handle({ DashboardId }, context) {
    const row = await requireDashboard(context.tx, resourceOf(DashboardId, context), context)
    const { Name: _name, ...shape } = dashboardShape(row, await widgetsOf(context.tx, row, context.now))
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
  async access({ DashboardId, ...input }, context) {
    const dashboard = await dashboardAccess(DashboardId, context)
    return [dashboard, ...(await authorAccess(dashboard.resource, input, context))]
  },
  async handle({ DashboardId, Widgets, RefreshSchedule: given, TerminationProtectionEnabled }, context) {
    const { tx, now } = context
    const before = await requireDashboard(tx, resourceOf(DashboardId, context), context)
    // To turn a schedule off or on its status is enough.
    const schedule: RefreshSchedule = { ...(JSON.parse(before.refreshSchedule ?? '{}') as RefreshSchedule), ...given }
    if (given) checkSchedule(schedule)
    if (before.type === 'MANAGED' && (Widgets || given?.Frequency)) checkHighlights(Widgets, schedule)
    if (Widgets) await checkWidgets(Widgets, context)
    const row: DashboardRow = {
      ...before,
      status: 'UPDATED',
      widgets: Widgets ? JSON.stringify(Widgets) : before.widgets,
      ...(given && { refreshSchedule: JSON.stringify(schedule), nextRefreshAt: nextRefreshAt(schedule, now) }),
      terminationProtected: Number(TerminationProtectionEnabled ?? before.terminationProtected === 1),
      updatedAt: now,
    }
    await tx.updateTable('dashboards').set(row).where('arn', '=', row.arn).execute()
    const shape = dashboardShape(row, await widgetsOf(tx, row, now))
    return { ...shape, CreatedTimestamp: new Date(row.createdAt), UpdatedTimestamp: new Date(now) }
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

/**
 * StartDashboardRefresh: CloudTrail runs the queries of all widgets, as the resource policies of their event data stores let it.
 * CloudTrail API Reference, "StartDashboardRefresh"; CloudTrail User Guide, "Resource-based policies for dashboards and event data stores".
 */
export const StartDashboardRefresh = cloudtrail.operation('StartDashboardRefresh', {
  async access({ DashboardId }, context) {
    const row = await findDashboard(context.tx, resourceOf(DashboardId, context))
    const ids = row ? (await widgetsOf(context.tx, row, context.now)).flatMap(storesOfWidget) : []
    return [await dashboardAccess(DashboardId, context), ...(row ? await queriesOf(ids, row.arn, row.account, context) : [])]
  },
  async handle({ DashboardId, QueryParameterValues = {} }, context) {
    const { tx, now } = context
    const arn = resourceOf(DashboardId, context)
    // Callers of other accounts are here by the dashboard's resource policy.
    const row = await requireDashboard(tx, arn, { account: parseArn(arn)?.account ?? context.account })
    const refreshId = String(now)
    for (const { QueryStatement = '', QueryParameters = [] } of await widgetsOf(tx, row, now))
      await startQuery(
        { ...context, account: row.account },
        row.account,
        QueryStatement,
        valuesOf(QueryParameters, now, QueryParameterValues),
        {
          dashboardArn: row.arn,
          refreshId,
        },
      )
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
