import type { Event } from '../../src/wire/models/cloudtrail.ts'

/** A record as the pages read it. CloudTrail User Guide, "CloudTrail record contents". */
export interface EventRecord {
  readonly eventID: string
  readonly eventTime: string
  readonly eventName: string
  readonly eventSource: string
  readonly awsRegion?: string
  readonly sourceIPAddress?: string
  readonly userAgent?: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestID?: string
  readonly userIdentity?: {
    readonly type?: string
    readonly arn?: string
    readonly principalId?: string
    readonly accessKeyId?: string
    readonly userName?: string
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } }
  }
  readonly [more: string]: unknown
}

export const recordOf = ({ CloudTrailEvent }: Event): EventRecord => JSON.parse(CloudTrailEvent ?? '{}') as EventRecord

export const isDenied = ({ errorCode = '' }: EventRecord) => /AccessDenied|UnauthorizedOperation|Client\.Unauthorized/.test(errorCode)

/** Where it is told why a recorded call was decided as it was. */
export const whyPath = ({ eventID }: EventRecord) => `/analysis/why/${encodeURIComponent(eventID)}`
