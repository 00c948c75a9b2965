import type { JsonObject } from '../types/json.ts'

/** A CloudTrail record. CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events". */
export interface TrailRecord extends JsonObject {
  eventVersion: string
  eventID: string
  eventTime: string
  eventName: string
  eventSource: string
  awsRegion: string
  recipientAccountId: string
  readOnly: boolean
  userIdentity: JsonObject
}

/** What the pipeline knows of a call when it ends. */
export interface RecordFacts {
  readonly eventId: string
  readonly requestId: string
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
  readonly error?: { readonly code: string; readonly message: string } | undefined
  readonly resources?: readonly JsonObject[] | undefined
  readonly additionalEventData?: JsonObject | undefined
  readonly tls?: { readonly version: string; readonly cipher: string } | undefined
  readonly host?: string | undefined
}

const eventVersion = '1.11'
/** Longest error message and user agent that a record keeps; the same page documents both. */
const longestErrorMessage = 1_024
const longestUserAgent = 1_024

/** The record of a call, its fields in the order that CloudTrail writes them. */
export function buildRecord(facts: RecordFacts): TrailRecord {
  const { tls, host, error } = facts
  return {
    eventVersion,
    userIdentity: facts.userIdentity,
    eventTime: `${new Date(facts.at).toISOString().slice(0, 19)}Z`,
    eventSource: facts.eventSource,
    eventName: facts.eventName,
    awsRegion: facts.region,
    sourceIPAddress: facts.sourceIp,
    userAgent: truncated(facts.userAgent, longestUserAgent),
    ...(error && { errorCode: error.code, errorMessage: truncated(error.message, longestErrorMessage) }),
    requestParameters: facts.requestParameters,
    responseElements: facts.responseElements,
    ...(facts.additionalEventData && { additionalEventData: facts.additionalEventData }),
    requestID: facts.requestId,
    eventID: facts.eventId,
    readOnly: facts.readOnly,
    ...(facts.resources && facts.resources.length > 0 && { resources: [...facts.resources] }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: facts.account,
    eventCategory: 'Management',
    ...(tls && { tlsDetails: { tlsVersion: tls.version, cipherSuite: tls.cipher, ...(host && { clientProvidedHostHeader: host }) } }),
  }
}

const truncated = (text: string, longest: number) => (text.length > longest ? text.slice(0, longest) : text)
