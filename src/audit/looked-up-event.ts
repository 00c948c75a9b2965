import type { StoredRecord } from '../store/index.ts'
import { lookupResourcesOf } from './lookup-resources.ts'
import type { TrailRecord } from './record.ts'

/** A record as LookupEvents shows it, with what it is found by. CloudTrail API Reference, "Event". */
export interface LookedUpEvent {
  readonly EventId: string
  readonly EventName: string
  readonly ReadOnly: string
  readonly AccessKeyId?: string
  readonly EventTime: Date
  readonly EventSource: string
  readonly Username?: string
  readonly Resources: readonly { readonly ResourceType?: string; readonly ResourceName: string }[]
  /** The record itself, JSON. */
  readonly CloudTrailEvent: string
}

export function lookedUpEvent({ json, username }: StoredRecord): LookedUpEvent {
  const record = JSON.parse(json) as TrailRecord
  const accessKeyId = record.userIdentity['accessKeyId']
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    ...(typeof accessKeyId === 'string' && { AccessKeyId: accessKeyId }),
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    ...(username !== null && { Username: username }),
    Resources: lookupResourcesOf(record).map(({ name, type }) => ({
      ...(type !== undefined && { ResourceType: type }),
      ResourceName: name,
    })),
    CloudTrailEvent: json,
  }
}
