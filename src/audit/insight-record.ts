import type { JsonObject } from '../types/json.ts'

/** A value that activity had in common, with how often a minute. */
export interface Attribution {
  readonly value: string
  readonly average: number
}

/** Unusual activity, when it begins or ends. Averages are of a minute, durations in minutes. */
export interface InsightFacts {
  readonly eventId: string
  readonly sharedEventId: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly region: string
  readonly account: string
  readonly state: 'Start' | 'End'
  readonly eventSource: string
  readonly eventName: string
  readonly insightType: 'ApiCallRateInsight' | 'ApiErrorRateInsight'
  /** Empty for rates of calls. */
  readonly errorCode: string
  readonly baseline: { readonly average: number; readonly minutes: number }
  readonly insight: { readonly average: number; readonly minutes: number }
  readonly attributions: readonly {
    readonly attribute: 'userIdentityArn' | 'userAgent' | 'errorCode'
    readonly insight: readonly Attribution[]
    readonly baseline: readonly Attribution[]
  }[]
}

const eventVersion = '1.11'
const timeOf = ({ at }: InsightFacts) => `${new Date(at).toISOString().slice(0, 19)}Z`

/** The record of an insight. CloudTrail User Guide, "CloudTrail record contents for Insights events for trails". */
export const insightRecord = (facts: InsightFacts): JsonObject => ({
  eventVersion,
  eventTime: timeOf(facts),
  awsRegion: facts.region,
  eventID: facts.eventId,
  eventType: 'AwsCloudTrailInsight',
  recipientAccountId: facts.account,
  sharedEventID: facts.sharedEventId,
  insightDetails: {
    state: facts.state,
    eventSource: facts.eventSource,
    eventName: facts.eventName,
    insightType: facts.insightType,
    ...(facts.errorCode !== '' && { errorCode: facts.errorCode }),
    sourceEventCategory: 'Management',
    insightContext: {
      statistics: {
        baseline: { average: facts.baseline.average },
        insight: { average: facts.insight.average },
        insightDuration: facts.insight.minutes,
        baselineDuration: facts.baseline.minutes,
      },
      attributions: attributionsOf(facts),
    },
  },
  eventCategory: 'Insight',
})

/**
 * The same for the event data store that insights of another go to. CloudTrail User Guide, "CloudTrail record contents for Insights events for event data stores",
 * "Supported schema for CloudTrail Insights event record fields".
 * @param source  the event data store whose events are unusual
 */
export const lakeInsightRecord = (facts: InsightFacts, source: string): JsonObject => ({
  eventVersion,
  eventCategory: 'Insight',
  eventType: 'AwsCloudTrailInsight',
  eventID: facts.eventId,
  eventTime: timeOf(facts),
  awsRegion: facts.region,
  recipientAccountId: facts.account,
  sharedEventID: facts.sharedEventId,
  insightSource: source,
  insightState: facts.state,
  insightEventSource: facts.eventSource,
  insightEventName: facts.eventName,
  ...(facts.errorCode !== '' && { insightErrorCode: facts.errorCode }),
  insightType: facts.insightType,
  insightContext: {
    baselineAverage: facts.baseline.average,
    insightAverage: facts.insight.average,
    baselineDuration: facts.baseline.minutes,
    insightDuration: facts.insight.minutes,
    attributions: attributionsOf(facts),
  },
})

const attributionsOf = ({ attributions }: InsightFacts): JsonObject[] =>
  attributions.map(({ attribute, insight, baseline }) => ({
    attribute,
    insight: insight.map(entry => ({ ...entry })),
    baseline: baseline.map(entry => ({ ...entry })),
  }))
