import type { Transaction } from '../../store/index.ts'
import type { Event, ListInsightsMetricDataRequest } from '../../wire/models/cloudtrail.ts'
import { minuteMilliseconds } from './call-counts.ts'
import { insightTypes } from './insight-selectors.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail } from './trail-store.ts'
import { trailAccess } from './trails.ts'

export interface InsightFilter {
  readonly account: string
  readonly region: string
  readonly attribute?: { readonly key: string; readonly value: string } | undefined
  /** Epoch milliseconds, inclusive. */
  readonly from: number
  readonly to?: number | undefined
  /** The last event of the page before. */
  readonly after?: { readonly at: number; readonly seq: number } | undefined
  readonly limit: number
}

const columns = { EventId: 'eventId', EventName: 'eventName', EventSource: 'eventSource' } as const

/** Insights of an account and region, newest first. */
export async function findInsightRecords(tx: Transaction, { account, region, attribute, from, to, after, limit }: InsightFilter) {
  let query = tx
    .selectFrom('insightRecords')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<=', to)
  if (attribute) query = query.where(columns[attribute.key as keyof typeof columns], '=', attribute.value)
  if (after)
    query = query.where(where =>
      where.or([where('at', '<', after.at), where.and([where('at', '=', after.at), where('seq', '<', after.seq)])]),
    )
  return query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(limit).execute()
}

/** An insight as LookupEvents and ListInsightsData show it. */
export const insightShape = (row: Awaited<ReturnType<typeof findInsightRecords>>[number]): Event => ({
  EventId: row.eventId,
  EventName: row.eventName,
  EventTime: new Date(row.at),
  EventSource: row.eventSource,
  Resources: [],
  CloudTrailEvent: row.json,
})

const refuse = (why: string) => new cloudtrail.InvalidParameterException(why)
const historyMilliseconds = 90 * 24 * 3_600_000
const mostEvents = 50

/** ListInsightsData: insights of a trail. CloudTrail API Reference, "ListInsightsData". */
export const ListInsightsData = cloudtrail.operation('ListInsightsData', {
  access: ({ InsightSource }, context) => trailAccess(InsightSource, context),

  async handle({ InsightSource, Dimensions = {}, StartTime, EndTime, MaxResults = mostEvents, NextToken }, context) {
    const { tx, now } = context
    const trail = await requireTrail(tx, namedTrailArn(InsightSource, context), context.account)
    if (StartTime && EndTime && StartTime > EndTime) throw refuse('The start time must be before the end time.')
    const [dimension] = Object.entries(Dimensions)
    if (dimension && !Object.hasOwn(columns, dimension[0])) throw refuse(`${dimension[0]} is not a dimension.`)
    const question = JSON.stringify([trail.arn, dimension, StartTime, EndTime])
    const rows = await findInsightRecords(tx, {
      account: context.account,
      region: trail.region,
      attribute: dimension && { key: dimension[0], value: dimension[1] },
      from: Math.max(StartTime?.getTime() ?? 0, now - historyMilliseconds),
      to: EndTime?.getTime(),
      after: NextToken === undefined ? undefined : readPlace(NextToken, question),
      limit: MaxResults + 1,
    })
    const last = rows[MaxResults - 1]
    const more = rows.length > MaxResults && last ? { NextToken: writePlace(question, last) } : {}
    return { Events: rows.slice(0, MaxResults).map(insightShape), ...more }
  },
})

const writePlace = (question: string, { at, seq }: { readonly at: number; readonly seq: number }) =>
  Buffer.from(JSON.stringify([question, at, seq])).toString('base64url')

function readPlace(token: string, question: string): { at: number; seq: number } {
  try {
    const [of, at, seq] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
    if (of === question && typeof at === 'number' && typeof seq === 'number') return { at, seq }
  } catch {
    // No token of ours: refused below like one for another question.
  }
  throw refuse('The token is not valid for this request.')
}

/** Seconds of a period, with the days that there are data points of it for. */
const periods = new Map([
  [60, 15],
  [300, 63],
  [3600, 90],
])
const mostValues = 21_600

/** ListInsightsMetricData: how often an operation was called, or failed. CloudTrail API Reference, "ListInsightsMetricData". */
export const ListInsightsMetricData = cloudtrail.operation('ListInsightsMetricData', {
  /** "You must have permissions to perform the cloudtrail:LookupEvents and cloudtrail:ListInsightsData action on the specific trail"; without one, LookupEvents alone. */
  async access({ TrailName }, context) {
    const lookUp = { resource: '*', action: 'cloudtrail:LookupEvents' }
    return TrailName === undefined
      ? lookUp
      : [lookUp, { ...(await trailAccess(TrailName, context)), action: 'cloudtrail:ListInsightsData' }]
  },

  async handle(input, context) {
    const { tx, account, region, now } = context
    const { EventSource, EventName, InsightType, ErrorCode, TrailName, Period = 3600, DataType = 'NonZeroData', NextToken } = input
    const trail = TrailName === undefined ? undefined : await requireTrail(tx, namedTrailArn(TrailName, context), account)
    const days = periods.get(Period)
    if (days === undefined) throw refuse(`Period is one of ${[...periods.keys()].join(', ')}.`)
    if (!insightTypes.has(InsightType))
      throw new cloudtrail.InvalidParameterException(`The InsightType is one of ${[...insightTypes].join(', ')}.`)
    if ((InsightType === 'ApiErrorRateInsight') === (ErrorCode === undefined))
      throw refuse('ErrorCode goes with ApiErrorRateInsight, which needs it.')
    const window = windowOf(input, Period, now - days * 24 * 3_600_000, now)
    const start = NextToken === undefined ? window.start : readStart(NextToken, window)
    const size = Math.min(input.MaxResults ?? mostValues, mostValues)
    const end = Math.min(window.end, start + size * Period * 1000)
    const calls = await callsByPeriod(tx, { account, region, EventSource, EventName, ErrorCode, start, end, Period })
    const times = Array.from({ length: Math.ceil((end - start) / (Period * 1000)) }, (_, n) => start + n * Period * 1000)
    const told = DataType === 'NonZeroData' ? times.filter(time => calls.has(time)) : times
    return {
      ...(trail && { TrailARN: trail.arn }),
      EventSource,
      EventName,
      InsightType,
      ...(ErrorCode !== undefined && { ErrorCode }),
      Timestamps: told.map(time => new Date(time)),
      Values: told.map(time => calls.get(time) ?? 0),
      ...(end < window.end && { NextToken: Buffer.from(`from ${end}`).toString('base64url') }),
    }
  },
})

interface Window {
  readonly start: number
  readonly end: number
}

/** Whole periods. @throws InvalidParameterException */
function windowOf({ StartTime, EndTime }: ListInsightsMetricDataRequest, period: number, first: number, now: number): Window {
  const down = (at: number) => Math.floor(at / (period * 1000)) * period * 1000
  const start = down(Math.max(StartTime?.getTime() ?? 0, first))
  const end = Math.min(EndTime?.getTime() ?? now, now)
  if (Number.isNaN(start) || Number.isNaN(end) || (StartTime && EndTime && StartTime > EndTime))
    throw refuse('The start time must be before the end time.')
  return { start, end }
}

function readStart(token: string, { start, end }: Window): number {
  const [, text] = /^from (\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  const at = Number(text)
  if (text === undefined || at <= start || at >= end) throw refuse('The token is not valid for this request.')
  return at
}

interface Asked extends Window {
  readonly account: string
  readonly region: string
  readonly EventSource: string
  readonly EventName: string
  readonly ErrorCode: string | undefined
  readonly Period: number
}

async function callsByPeriod(tx: Transaction, { account, region, EventSource, EventName, ErrorCode = '', start, end, Period }: Asked) {
  const rows = await tx
    .selectFrom('callCounts')
    .select(['minute', 'calls'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('eventSource', '=', EventSource)
    .where('eventName', '=', EventName)
    .where('errorCode', '=', ErrorCode)
    .where('minute', '>=', Math.floor(start / minuteMilliseconds))
    .where('minute', '<', Math.ceil(end / minuteMilliseconds))
    .execute()
  const sums = new Map<number, number>()
  for (const { minute, calls } of rows) {
    const time = Math.floor((minute * minuteMilliseconds) / (Period * 1000)) * Period * 1000
    sums.set(time, (sums.get(time) ?? 0) + calls)
  }
  return sums
}
