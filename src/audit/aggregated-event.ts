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

/** How often each value of a dimension came. */
type Counts = Map<string, number>

function count(counts: Counts, name: string | undefined): void {
  // What has nothing in a dimension is counted in none of its values.
  if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
}

const counted = (dimension: Dimension, counts: Iterable<readonly [string, number]>) => ({
  dimension,
  statistics: [...counts].toSorted(mostFirst).map(([name, value]) => ({ name, value })),
  aggregationType: 'Count',
})

const mostFirst = ([a, ofA]: readonly [string, number], [b, ofB]: readonly [string, number]) => ofB - ofA || (a < b ? -1 : 1)

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

/** Of one value of the primary dimension: how many events, and of what, by dimension. */
interface Activity {
  events: number
  readonly details: ReadonlyMap<Dimension, Counts>
}

/** Counts data events, one after the other: a window may have more than memory holds. */
export interface Aggregator {
  add(record: TrailRecord): void
  /** One of each service and each value of the template's primary dimension. */
  events(): JsonObject[]
}

/**
 * Aggregated events of the data events of one account and region in a window.
 * CloudTrail User Guide, "CloudTrail record contents for aggregated events".
 */
export function aggregator({ trailArn, account, region, windowStart }: Aggregated, chosen: readonly AggregationTemplate[]): Aggregator {
  const timeWindow = { windowStart: second(windowStart), windowEnd: second(windowStart + windowMilliseconds), windowSize: 'PT5M' }
  const sources = new Map<string, ReadonlyMap<AggregationTemplate, Map<string, Activity>>>()
  return {
    add(record) {
      const source = sources.get(record.eventSource) ?? new Map(chosen.map(template => [template, new Map<string, Activity>()]))
      sources.set(record.eventSource, source)
      for (const [template, activities] of source) {
        const { primary, details } = templates[template]
        const name = dimensions[primary](record)
        if (name === undefined) continue
        const activity = activities.get(name) ?? { events: 0, details: new Map(details.map(dimension => [dimension, new Map()])) }
        activities.set(name, activity)
        activity.events++
        for (const [dimension, counts] of activity.details) count(counts, dimensions[dimension](record))
      }
    },
    events: () =>
      [...sources]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([eventSource, source]) =>
          [...source].flatMap(([template, activities]) =>
            [...activities]
              .toSorted(([a, ofA], [b, ofB]) => mostFirst([a, ofA.events], [b, ofB.events]))
              .map(([name, { events, details }]) => ({
                eventVersion: '1.0',
                accountId: account,
                eventId: aggregateId([trailArn, account, region, windowStart, eventSource, template, name]),
                eventCategory: 'Aggregated',
                eventType: 'AwsAggregatedEvent',
                awsRegion: region,
                eventSource,
                timeWindow,
                summary: {
                  primaryDimension: counted(templates[template].primary, [[name, events]]),
                  details: [...details].filter(([, counts]) => counts.size > 0).map(([dimension, counts]) => counted(dimension, counts)),
                },
              })),
          ),
        ),
  }
}
