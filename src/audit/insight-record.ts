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
  readonly baseline: { readonly average: number; readonly minutes: number }
  readonly insight: { readonly average: number; readonly minutes: number }
  readonly attributions: readonly {
    readonly attribute: 'userIdentityArn' | 'userAgent' | 'errorCode'
    readonly insight: readonly Attribution[]
    readonly baseline: readonly Attribution[]
  }[]
}

const eventVersion = '1.11'

/** The record of an insight. CloudTrail User Guide, "CloudTrail record contents for Insights events for trails". */
export const insightRecord = (facts: InsightFacts): JsonObject => ({
  eventVersion,
  eventTime: `${new Date(facts.at).toISOString().slice(0, 19)}Z`,
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
    insightContext: {
      statistics: {
        baseline: { average: facts.baseline.average },
        insight: { average: facts.insight.average },
        insightDuration: facts.insight.minutes,
        baselineDuration: facts.baseline.minutes,
      },
      attributions: facts.attributions.map(({ attribute, insight, baseline }) => ({
        attribute,
        insight: insight.map(entry => ({ ...entry })),
        baseline: baseline.map(entry => ({ ...entry })),
      })),
    },
  },
  eventCategory: 'Insight',
})
