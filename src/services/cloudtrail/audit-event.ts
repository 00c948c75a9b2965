import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { JsonObject } from '../../types/json.ts'
import type { AuditEvent } from '../../wire/models/cloudtrail-data.ts'

/** Why one event of a request is not taken. CloudTrail Data API Reference, "ResultErrorEntry". */
export class AuditEventProblem extends Error {
  readonly code:
    | 'FieldNotFound'
    | 'FieldTooLong'
    | 'InvalidChecksum'
    | 'InvalidData'
    | 'InvalidRecipient'
    | 'InvalidEventSource'
    | 'AccountNotSubscribed'

  constructor(code: AuditEventProblem['code'], message: string) {
    super(message.slice(0, 1_024))
    this.code = code
  }
}

interface Rule {
  readonly required?: true
  /** Characters of a text, bytes of an object. */
  readonly most?: number
  readonly form?: (text: string) => boolean
}

const texts: { readonly [member: string]: Rule } = {
  version: { required: true, most: 256 },
  userAgent: { most: 1_024 },
  eventSource: { required: true, most: 1_024 },
  eventName: { required: true, most: 1_024 },
  eventTime: { required: true, form: text => timeOf(text) !== undefined },
  UID: { required: true, most: 1_024 },
  errorCode: { most: 256 },
  errorMessage: { most: 256 },
  sourceIPAddress: { form: text => isIP(text) !== 0 },
  recipientAccountId: { required: true },
}
const identityTexts: { readonly [member: string]: Rule } = {
  type: { required: true, most: 128 },
  principalId: { required: true, most: 1_024 },
}
const objects: { readonly [member: string]: number } = {
  requestParameters: 100 * 1_024,
  responseElements: 100 * 1_024,
  additionalEventData: 28 * 1_024,
}

/**
 * The content of an event from outside AWS, held against its schema.
 * CloudTrail User Guide, "CloudTrail Lake integrations event schema", fields that are provided by your events. Members that are not in it are refused.
 * @param owner  the account that owns the channel
 * @throws AuditEventProblem
 */
export function parseAuditEvent(
  { eventData, eventDataChecksum }: AuditEvent,
  owner: string,
): { readonly content: JsonObject; readonly at: number } {
  if (eventDataChecksum !== undefined && eventDataChecksum !== createHash('sha256').update(eventData).digest('base64'))
    throw new AuditEventProblem('InvalidChecksum', 'The checksum is not that of the event data.')
  const content = objectOf(eventData)
  checkTexts(content, texts, '', [...Object.keys(objects), 'userIdentity'])
  for (const [member, mostBytes] of Object.entries(objects)) checkObject(content[member], member, mostBytes)
  const identity = content['userIdentity']
  if (identity === undefined) throw new AuditEventProblem('FieldNotFound', 'The field userIdentity is required.')
  if (!isObject(identity)) throw new AuditEventProblem('InvalidData', 'The field userIdentity is not an object.')
  checkTexts(identity, identityTexts, 'userIdentity.', ['details'])
  checkObject(identity['details'], 'userIdentity.details', 100 * 1_024)
  if (content['recipientAccountId'] !== owner)
    throw new AuditEventProblem('InvalidRecipient', 'The recipientAccountId is not the account that owns the channel.')
  // A source of one's own that calls itself a service of AWS would be taken for one by queries.
  if (/\.amazonaws\.com(\.cn)?$/i.test(String(content['eventSource'])))
    throw new AuditEventProblem('InvalidEventSource', 'The eventSource of events from outside AWS cannot be a service of AWS.')
  return { content, at: timeOf(String(content['eventTime'])) as number }
}

function objectOf(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as unknown
    if (isObject(value)) return value
  } catch {
    // Refused below, as what is no object is.
  }
  throw new AuditEventProblem('InvalidData', 'The event data is not a JSON object.')
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function checkTexts(of: JsonObject, rules: { readonly [member: string]: Rule }, path: string, others: readonly string[]): void {
  const unknown = Object.keys(of).find(member => !Object.hasOwn(rules, member) && !others.includes(member))
  if (unknown !== undefined) throw new AuditEventProblem('InvalidData', `The schema has no field ${path}${unknown.slice(0, 100)}.`)
  for (const [member, { required, most = Number.MAX_SAFE_INTEGER, form }] of Object.entries(rules)) {
    const value = of[member]
    if (value === undefined && !required) continue
    if (value === undefined || value === '') throw new AuditEventProblem('FieldNotFound', `The field ${path}${member} is required.`)
    if (typeof value !== 'string') throw new AuditEventProblem('InvalidData', `The field ${path}${member} is not a string.`)
    if (value.length > most) throw new AuditEventProblem('FieldTooLong', `The field ${path}${member} has more than ${most} characters.`)
    if (form && !form(value)) throw new AuditEventProblem('InvalidData', `The field ${path}${member} is not valid.`)
  }
}

function checkObject(value: unknown, member: string, mostBytes: number): void {
  if (value === undefined) return
  if (!isObject(value)) throw new AuditEventProblem('InvalidData', `The field ${member} is not an object.`)
  if (Buffer.byteLength(JSON.stringify(value)) > mostBytes)
    throw new AuditEventProblem('FieldTooLong', `The field ${member} has more than ${mostBytes} bytes.`)
}

/** "In yyyy-MM-DDTHH:mm:ss format, in UTC"; the guide's examples end with Z. */
function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z?$/.test(text)) return undefined
  const at = Date.parse(text.endsWith('Z') ? text : `${text}Z`)
  return Number.isNaN(at) ? undefined : at
}
