import type { RefreshSchedule, Widget } from '../../wire/models/cloudtrail.ts'
import { cloudtrail } from './service.ts'

/** The dashboard that CloudTrail Lake keeps up itself. CloudTrail API Reference, "CreateDashboard", Name. */
export const highlightsName = 'AWSCloudTrail-Highlights'

/** "You must set a refresh schedule and set the Status to ENABLED. The Unit must be HOURS and the Value must be 6." @throws UnsupportedOperationException */
export function checkHighlights(widgets: readonly unknown[] | undefined, schedule: RefreshSchedule | undefined): void {
  if (widgets && widgets.length > 0)
    throw new cloudtrail.UnsupportedOperationException('The widgets of the Highlights dashboard are CloudTrail’s own.')
  const { Unit, Value } = schedule?.Frequency ?? {}
  if (schedule?.Status !== 'ENABLED' || Unit !== 'HOURS' || Value !== 6)
    throw new cloudtrail.UnsupportedOperationException('The Highlights dashboard needs a refresh schedule of 6 HOURS that is ENABLED.')
}

const parts: readonly { readonly title: string; readonly view: string; readonly columns: string; readonly where: string }[] = [
  { title: 'Most active services', view: 'BarChart', columns: 'eventSource AS name', where: '' },
  { title: 'Most active Regions', view: 'PieChart', columns: 'awsRegion AS name', where: '' },
  { title: 'Top errors', view: 'Table', columns: 'errorCode AS name', where: 'AND errorCode IS NOT NULL' },
  { title: 'Most active users', view: 'Table', columns: 'userIdentity.arn AS name', where: 'AND userIdentity.arn IS NOT NULL' },
  {
    title: 'Total cross-account access',
    view: 'Table',
    columns: 'userIdentity.accountId AS name',
    where: 'AND userIdentity.accountId IS NOT NULL AND userIdentity.accountId <> recipientAccountId',
  },
]

/** Its widgets, over all event data stores with events of AWS: "the dashboard shows the last 24 hours of data". */
export const highlightWidgets = (ids: readonly string[]): Widget[] =>
  ids.length === 0
    ? []
    : parts.map(({ title, view, columns, where }) => {
        const each = ids.map(id => `SELECT ${columns} FROM ${id} WHERE eventTime > ? AND eventTime < ? ${where}`)
        return {
          ViewProperties: { Height: '2', Width: '4', Title: title, View: view },
          QueryStatement: `SELECT name, COUNT(*) AS eventCount FROM (${each.join(' UNION ALL ')}) GROUP BY name ORDER BY eventCount DESC LIMIT 100`,
          QueryParameters: ids.flatMap(() => ['$StartTime$', '$EndTime$']),
        }
      })
