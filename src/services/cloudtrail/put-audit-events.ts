import { parseArn } from '../../types/arn.ts'
import type { JsonObject } from '../../types/json.ts'
import type { Transaction } from '../../store/index.ts'
import type { Destination } from '../../wire/models/cloudtrail.ts'
import { type ErrorCode, model, type Operations, type ResultErrorEntry } from '../../wire/models/cloudtrail-data.ts'
import { ServiceError } from '../../wire/errors.ts'
import { defineService } from '../operation.ts'
import { AuditEventProblem, parseAuditEvent } from './audit-event.ts'
import { resourcePolicyOf } from './lake-policies.ts'
import { resourceTagKeys } from './resource-tags.ts'

/** AWS CloudTrail Data: what sends events from outside AWS to CloudTrail Lake. CloudTrail Data API Reference. */
export const cloudtrailData = defineService<Operations, ErrorCode>({
  name: 'cloudtrail-data',
  model,
  actionPrefix: 'cloudtrail-data',
  eventSource: 'cloudtrail-data.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})

/** "Up to 100 of these events (or up to 1 MB) per PutAuditEvents request." */
const mostBytes = 1_024 * 1_024
const day = 86_400_000

/** PutAuditEvents: takes events into the event data stores of a channel, each for itself. CloudTrail Data API Reference, "PutAuditEvents". */
export const PutAuditEvents = cloudtrailData.operation('PutAuditEvents', {
  async access({ channelArn, externalId }, { tx, account }) {
    const owner = ownerOf(channelArn)
    const resourcePolicy = await resourcePolicyOf(tx, channelArn)
    // "If you do not create a resource policy for the channel, only the channel owner can call": whether there is such a channel, others do not learn.
    if (owner !== account && !resourcePolicy)
      throw new cloudtrailData.ChannelInsufficientPermission("The caller's account ID must be the same as the channel owner's account ID.")
    const keys = { ...(await resourceTagKeys(tx, channelArn)), ...(externalId !== undefined && { 'cloudtrail:ExternalId': externalId }) }
    return { resource: channelArn, resourceAccount: owner, keys, ...(resourcePolicy && { resourcePolicy }) }
  },

  async handle({ channelArn, auditEvents }, { tx, region, now, world }) {
    if (new Set(auditEvents.map(({ id }) => id)).size < auditEvents.length)
      throw new cloudtrailData.DuplicatedAuditEventId('Two or more entries in the request have the same event ID.')
    if (auditEvents.reduce((bytes, { eventData }) => bytes + Buffer.byteLength(eventData), 0) > mostBytes)
      throw new ServiceError('ValidationException', 400, 'The events of a request have 1 MB at most.')
    const channel = await tx.selectFrom('channels').selectAll().where('arn', '=', channelArn).executeTakeFirst()
    if (!channel) throw new cloudtrailData.ChannelNotFound(`The channel ${channelArn} does not exist.`)
    const stores = await takingStores(tx, JSON.parse(channel.destinations) as Destination[])
    const successful = []
    const failed: ResultErrorEntry[] = []
    for (const event of auditEvents) {
      try {
        if (stores.length === 0) throw new AuditEventProblem('AccountNotSubscribed', 'No event data store of the channel takes events in.')
        const { content, at } = parseAuditEvent(event, channel.account)
        const eventID = world.random.uuid()
        const json = JSON.stringify(recordOf(content, { eventID, at, region, now, channelArn, account: channel.account }))
        const rows = stores
          .filter(({ retentionDays }) => at >= now - retentionDays * day)
          .map(({ arn }) => ({ storeArn: arn, eventId: eventID, at, json }))
        if (rows.length === 0) throw new AuditEventProblem('InvalidData', 'The event is older than what is retained.')
        await tx.insertInto('importedRecords').values(rows).execute()
        successful.push({ eventID, id: event.id })
      } catch (problem) {
        if (!(problem instanceof AuditEventProblem)) throw problem
        failed.push({ errorCode: problem.code, errorMessage: problem.message, id: event.id })
      }
    }
    return { successful, failed }
  },

  // What applications send is in the event data store; who sent how much of it through which channel is on record.
  trail: ({ channelArn }) => ({
    requestParameters: { channelArn },
    resources: [{ ARN: channelArn, type: 'AWS::CloudTrail::Channel', accountId: ownerOf(channelArn) }],
  }),
  transaction: 'write',
  eventCategory: 'Data',
})

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @throws InvalidChannelARN */
function ownerOf(channelArn: string): string {
  const arn = parseArn(channelArn)
  const [kind, id = '', ...more] = arn?.resource.split('/') ?? []
  if (arn?.service === 'cloudtrail' && kind === 'channel' && idPattern.test(id) && more.length === 0 && /^\d{12}$/.test(arn.account))
    return arn.account
  throw new cloudtrailData.InvalidChannelARN('The specified channel ARN is not a valid channel ARN.')
}

const takingStores = (tx: Transaction, destinations: readonly Destination[]) =>
  tx
    .selectFrom('eventDataStores')
    .select(['arn', 'retentionDays'])
    .where(
      'arn',
      'in',
      destinations.map(({ Location }) => Location),
    )
    .where('status', '=', 'ENABLED')
    .execute()

interface Ingestion {
  readonly eventID: string
  readonly at: number
  readonly region: string
  readonly now: number
  readonly channelArn: string
  readonly account: string
}

const seconds = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`

/** An event as it is queried. CloudTrail User Guide, "CloudTrail Lake integrations event schema", fields that are provided by CloudTrail after ingestion. */
const recordOf = (eventData: JsonObject, { eventID, at, region, now, channelArn, account }: Ingestion): JsonObject => ({
  eventVersion: '1.0',
  eventCategory: 'ActivityAuditLog',
  eventType: 'ActivityLog',
  eventID,
  eventTime: seconds(at),
  awsRegion: region,
  recipientAccountId: account,
  metadata: { ingestionTime: seconds(now), channelARN: channelArn },
  eventData,
})
