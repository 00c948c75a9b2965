import { createHash } from 'node:crypto'
import type { JsonObject } from '../types/json.ts'
import type { TrailRecord } from './record.ts'

export const windowMilliseconds = 5 * 60_000

type Dimension = 'eventName' | 'resourceARN' | 'userIdentity' | 'sourceIPAddress' | 'userAgent' | 'errorCode'

/** What aggregated events are of, and what is told of each beside. CloudTrail User Guide, "Aggregating data events". */
const templates = {
  API_ACTIVITY: { primary: 'eventName', details: ['resourceARN', 'userIdentity', 'sourceIPAddress', 'userAgent', 'errorCode'] },
  RESOURCE_ACCESS: { primary: 'resourceARN', details: ['eventName', 'userIdentity', 'sourceIPAddress', 'userAgent', 'errorCode'] },
  USER_ACTIONS: { primary: 'userIdentity', details: ['eventName', 'resourceARN', 'sourceIPAddress', 'userAgent', 'errorCode'] },
} as const satisfies Record<string, { readonly primary: Dimension; readonly details: readonly Dimension[] }>

export type AggregationTemplate = keyof typeof templates

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

/** The resource of an event that has an owner, such as the bucket of an object. */
function resourceArn({ resources }: TrailRecord): string | undefined {
  const named = ((resources ?? []) as readonly JsonObject[]).filter(({ ARN }) => text(ARN) !== undefined)
  return text((named.find(({ accountId }) => accountId !== undefined) ?? named[0])?.['ARN'])
}

const dimensions: { readonly [dimension in Dimension]: (record: TrailRecord) => string | undefined } = {
  eventName: ({ eventName }) => eventName,
  resourceARN: resourceArn,
  userIdentity: ({ userIdentity: { arn, principalId, invokedBy, accountId, type } }) =>
    text(arn) ?? text(principalId) ?? text(invokedBy) ?? text(accountId) ?? text(type),
  sourceIPAddress: record => text(record['sourceIPAddress']),
  userAgent: record => text(record['userAgent']),
  errorCode: record => text(record['errorCode']),
}

/** Records by what they have in a dimension; those that have nothing in it are in none. */
function groupsOf(records: readonly TrailRecord[], dimension: Dimension): [string, readonly TrailRecord[]][] {
  const groups: [string, readonly TrailRecord[]][] = []
  for (const [name, group] of Map.groupBy(records, dimensions[dimension])) if (name !== undefined) groups.push([name, group])
  return groups.toSorted(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? -1 : 1))
}

const counted = (dimension: Dimension, groups: readonly (readonly [string, readonly TrailRecord[]])[]) => ({
  dimension,
  statistics: groups.map(([name, { length }]) => ({ name, value: length })),
  aggregationType: 'Count',
})

const second = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`

/** What aggregated events are of. */
export interface Aggregated {
  readonly trailArn: string
  readonly account: string
  readonly region: string
  /** Epoch milliseconds. */
  readonly windowStart: number
}

/** The same text for the same parts, so that what is delivered again after a crash is what was. */
export const aggregateHash = (parts: readonly (string | number)[]): Buffer => createHash('sha256').update(parts.join('\n')).digest()

function aggregateId(parts: readonly (string | number)[]): string {
  const hex = aggregateHash(parts).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * Aggregated events of the data events of one account and region in a window: one of each service and each value of the template's
 * primary dimension. CloudTrail User Guide, "CloudTrail record contents for aggregated events".
 */
export function aggregatedEvents(
  { trailArn, account, region, windowStart }: Aggregated,
  records: readonly TrailRecord[],
  chosen: readonly AggregationTemplate[],
): JsonObject[] {
  const timeWindow = { windowStart: second(windowStart), windowEnd: second(windowStart + windowMilliseconds), windowSize: 'PT5M' }
  const eventSources = [...new Set(records.map(({ eventSource }) => eventSource))].toSorted()
  return eventSources.flatMap(eventSource =>
    chosen.flatMap(template => {
      const { primary, details } = templates[template]
      const ofSource = records.filter(record => record.eventSource === eventSource)
      return groupsOf(ofSource, primary).map(([name, group]) => ({
        eventVersion: '1.0',
        accountId: account,
        eventId: aggregateId([trailArn, account, region, windowStart, eventSource, template, name]),
        eventCategory: 'Aggregated',
        eventType: 'AwsAggregatedEvent',
        awsRegion: region,
        eventSource,
        timeWindow,
        summary: {
          primaryDimension: counted(primary, [[name, group]]),
          details: details
            .map(dimension => counted(dimension, groupsOf(group, dimension)))
            .filter(({ statistics }) => statistics.length > 0),
        },
      }))
    }),
  )
}
