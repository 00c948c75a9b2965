import type { JsonObject } from '../types/json.ts'

/** A CloudTrail record. CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events". */
export interface TrailRecord extends JsonObject {
  eventVersion: string
  eventCategory: EventCategory
  eventID: string
  eventTime: string
  eventName: string
  eventSource: string
  awsRegion: string
  recipientAccountId: string
  readOnly: boolean
  userIdentity: JsonObject
}

export type EventCategory = 'Management' | 'Data' | 'Insight'

/** What the pipeline knows of a call when it ends. */
export interface RecordFacts {
  readonly eventId: string
  /** Sign-in events have none. */
  readonly requestId?: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  readonly account: string
  readonly userIdentity: JsonObject
  readonly sourceIp: string
  readonly userAgent: string
  readonly readOnly: boolean
  readonly requestParameters: JsonObject | null
  readonly responseElements: JsonObject | null
  /** Sign-in events have a message without a code. */
  readonly error?: { readonly code?: string; readonly message: string } | undefined
  readonly resources?: readonly JsonObject[] | undefined
  readonly additionalEventData?: JsonObject | undefined
  /** Left out, a management event. */
  readonly category?: 'Management' | 'Data'
  /** Left out, a call of the API. */
  readonly eventType?: 'AwsApiCall' | 'AwsServiceEvent' | 'AwsConsoleSignIn'
  /** What a service event tells in place of request and response. */
  readonly serviceEventDetails?: JsonObject | undefined
  /** Of a call that several accounts have a record of. */
  readonly sharedEventId?: string | undefined
  readonly tls?: { readonly version: string; readonly cipher: string } | undefined
  readonly host?: string | undefined
  /** Whether the call was signed with credentials of a console session. */
  readonly fromConsole?: boolean
  /** What some event data stores enrich their events with. */
  readonly eventContext?: JsonObject | undefined
}

/** How large an event may be: 256 KB with each field cut at its own size, or 1 MB with fields cut when the whole is larger. */
export type EventSize = 'Standard' | 'Large'

const eventVersion = '1.11'
/** Longest error message and user agent that a record keeps; the same page documents both. */
const longestErrorMessage = 1_024
const longestUserAgent = 1_024
/** Bytes that requestParameters, responseElements and serviceEventDetails may have each, and additionalEventData. */
const longestParameters = 100 * 1_024
const longestAdditionalData = 28 * 1_024

const largestEvent = 1_024 * 1_024
/** Fields whose content gives way, in order, in events of more than 1 MB. The same page, "Field truncation order for maximum event size of 1 MB". */
const givingWay = [
  'additionalEventData',
  'serviceEventDetails',
  'userAgent',
  'eventContext',
  'responseElements',
  'requestParameters',
  'errorMessage',
] as const
type GivingWay = (typeof givingWay)[number]
const allCut: ReadonlySet<GivingWay> = new Set(givingWay)

/** The record of a call. */
export function buildRecord(facts: RecordFacts, size: EventSize = 'Standard'): TrailRecord {
  if (size === 'Standard') return recordOf(facts, allCut)
  const cut = new Set<GivingWay>()
  let record = recordOf(facts, cut)
  for (const field of givingWay) {
    if (Buffer.byteLength(JSON.stringify(record)) <= largestEvent) break
    cut.add(field)
    record = recordOf(facts, cut)
  }
  return record
}

/** Its fields in the order that CloudTrail writes them; those that are cut at their own size. */
function recordOf(facts: RecordFacts, cut: ReadonlySet<GivingWay>): TrailRecord {
  const { tls, host, error, category = 'Management' } = facts
  const truncated = (field: GivingWay, text: string, longest: number) =>
    cut.has(field) && text.length > longest ? text.slice(0, longest) : text
  const content = (field: 'requestParameters' | 'responseElements' | 'serviceEventDetails' | 'additionalEventData' | 'eventContext') => {
    const value = facts[field]
    return value && cut.has(field)
      ? sized(field, value, field === 'additionalEventData' ? longestAdditionalData : longestParameters)
      : value
  }
  return {
    eventVersion,
    userIdentity: facts.userIdentity,
    eventTime: `${new Date(facts.at).toISOString().slice(0, 19)}Z`,
    eventSource: facts.eventSource,
    eventName: facts.eventName,
    awsRegion: facts.region,
    sourceIPAddress: facts.sourceIp,
    userAgent: truncated('userAgent', facts.userAgent, longestUserAgent),
    ...(error && {
      ...(error.code !== undefined && { errorCode: error.code }),
      errorMessage: truncated('errorMessage', error.message, longestErrorMessage),
    }),
    requestParameters: content('requestParameters') ?? null,
    responseElements: content('responseElements') ?? null,
    ...(facts.additionalEventData && { additionalEventData: content('additionalEventData') }),
    ...(facts.requestId !== undefined && { requestID: facts.requestId }),
    eventID: facts.eventId,
    readOnly: facts.readOnly,
    ...(facts.resources && facts.resources.length > 0 && { resources: [...facts.resources] }),
    eventType: facts.eventType ?? 'AwsApiCall',
    managementEvent: category === 'Management',
    recipientAccountId: facts.account,
    ...(facts.sharedEventId !== undefined && { sharedEventID: facts.sharedEventId }),
    ...(facts.serviceEventDetails && { serviceEventDetails: content('serviceEventDetails') }),
    eventCategory: category,
    ...(tls && { tlsDetails: { tlsVersion: tls.version, cipherSuite: tls.cipher, ...(host && { clientProvidedHostHeader: host }) } }),
    ...(facts.fromConsole && { sessionCredentialFromConsole: 'true' }),
    ...(facts.eventContext && { eventContext: content('eventContext') }),
  }
}

/**
 * A field's content, unless it is too large: "When the field size exceeds 100 KB, the requestParameters content is omitted", and records say so in its place.
 * CloudTrail User Guide, "CloudTrail record contents"; the guide does not show how, records of AWS do.
 */
function sized(field: string, content: JsonObject, mostBytes: number): JsonObject {
  const text = JSON.stringify(content)
  // Most are far below: no text of so few characters has more bytes.
  if (text.length * 3 <= mostBytes) return content
  const originalSize = Buffer.byteLength(text)
  return originalSize <= mostBytes ? content : { reason: `${field} too large`, omitted: true, originalSize }
}
