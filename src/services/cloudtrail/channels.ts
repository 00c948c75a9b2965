import type { Selectable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { ChannelsTable } from '../../store/tables/event-data-stores.ts'
import { parseArn } from '../../types/arn.ts'
import type { Destination } from '../../wire/models/cloudtrail.ts'
import type { CallContext } from '../operation.ts'
import { kindOf, namedStoreArn, requireOwnStore } from './event-data-store-rows.ts'
import { pageByKey } from './paging.ts'
import { addTags, removeTags, requestTagKeys, resourceTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'

type ChannelRow = Selectable<ChannelsTable>

/** Channels of one account in a region. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostChannels = 25

/** Names of partners' sources. CloudTrail User Guide, "Additional information about integration partners". */
const partners: ReadonlySet<string> = new Set([
  'CloudStorageSecurityConsole',
  'Clumio',
  'CrowdStrike',
  'CyberArk',
  'GitHub',
  'KongGatewayEnterprise',
  'LaunchDarkly',
  'NetskopeCloudExchange',
  'IBMMulticloud',
  'MontyCloud',
  'OktaSystemLogEvents',
  'OneLogin',
  'Shoreline',
  'Snyk',
  'WizAuditLogs',
])

const channelArn = (region: string, account: string, id: string) => `arn:aws:cloudtrail:${region}:${account}:channel/${id}`
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Place = Pick<CallContext, 'region' | 'account'>

/** A channel is named by ARN or by the id in it. */
const resourceOf = (name: string, { region, account }: Place) => (name.startsWith('arn:') ? name : channelArn(region, account, name))

const channelAccess = async (name: string, context: Place & { readonly tx: Transaction }) => {
  const resource = resourceOf(name, context)
  return { resource, keys: await resourceTagKeys(context.tx, resource) }
}

/** @throws ChannelARNInvalidException, ChannelNotFoundException */
export async function requireChannel(tx: Transaction, arn: string, { account }: { readonly account: string }): Promise<ChannelRow> {
  const parsed = parseArn(arn)
  const [kind, id = ''] = parsed?.resource.split('/') ?? []
  if (parsed?.service !== 'cloudtrail' || kind !== 'channel' || !idPattern.test(id))
    throw new cloudtrail.ChannelARNInvalidException(`The channel ARN ${arn.slice(0, 256)} is not valid.`)
  const row = await tx.selectFrom('channels').selectAll().where('arn', '=', arn).executeTakeFirst()
  if (!row || row.account !== account) throw new cloudtrail.ChannelNotFoundException(`The channel ${arn} does not exist.`)
  return row
}

const channelsOf = (tx: Transaction, { region, account }: Place): Promise<ChannelRow[]> =>
  tx.selectFrom('channels').selectAll().where('account', '=', account).where('region', '=', region).orderBy('arn').execute()

const channelShape = ({ arn, name, source, destinations }: ChannelRow) => ({
  ChannelArn: arn,
  Name: name,
  Source: source,
  Destinations: JSON.parse(destinations) as Destination[],
})

/**
 * Destinations as they are kept: event data stores by ARN, which take events from outside AWS.
 * @throws InvalidParameterException, InvalidEventDataStoreCategoryException, and what an event data store's name is refused with
 */
async function checkedDestinations(given: readonly Destination[], context: CallContext & { readonly tx: Transaction }): Promise<string> {
  const destinations = []
  for (const { Type, Location } of given) {
    if (Type !== 'EVENT_DATA_STORE') throw new cloudtrail.InvalidParameterException('The destination of a channel is an event data store.')
    const store = await requireOwnStore(context.tx, namedStoreArn(Location, context), context)
    if (kindOf(store) !== 'outside')
      throw new cloudtrail.InvalidEventDataStoreCategoryException(
        `The event data store ${store.arn} takes events of AWS: channels need one whose eventCategory equals ActivityAuditLog.`,
      )
    destinations.push({ Type, Location: store.arn })
  }
  if (new Set(destinations.map(({ Location }) => Location)).size < destinations.length)
    throw new cloudtrail.InvalidParameterException('A destination can stand only once in a channel.')
  return JSON.stringify(destinations)
}

async function checkName(tx: Transaction, name: string, arn: string, place: Place): Promise<void> {
  if ((await channelsOf(tx, place)).some(row => row.name === name && row.arn !== arn))
    throw new cloudtrail.ChannelAlreadyExistsException(`A channel with the name ${name} already exists.`)
}

/** CreateChannel: for events of a source outside AWS. CloudTrail API Reference, "CreateChannel". */
export const CreateChannel = cloudtrail.operation('CreateChannel', {
  access: ({ Tags }, { region, account }) => ({ resource: channelArn(region, account, '*'), keys: requestTagKeys(Tags) }),

  async handle({ Name, Source, Destinations, Tags }, context) {
    const { tx, account, region, now, world } = context
    if (Source !== 'Custom' && !partners.has(Source))
      throw new cloudtrail.InvalidSourceException(`The source ${Source} is neither Custom nor one of ${[...partners].join(', ')}.`)
    const arn = channelArn(region, account, world.random.uuid())
    await checkName(tx, Name, arn, context)
    const there = await channelsOf(tx, context)
    if (there.length >= mostChannels)
      throw new cloudtrail.ChannelMaxLimitExceededException(`The account already has ${mostChannels} channels in ${region}.`)
    // "A maximum of one channel is allowed per source"; of one's own sources there may be as many as channels.
    if (Source !== 'Custom' && there.some(({ source }) => source === Source))
      throw new cloudtrail.ChannelMaxLimitExceededException(`The account already has a channel for the source ${Source} in ${region}.`)
    const row = {
      arn,
      account,
      region,
      name: Name,
      source: Source,
      destinations: await checkedDestinations(Destinations, context),
      createdAt: now,
    }
    await tx.insertInto('channels').values(row).execute()
    await addTags(context, arn, Tags ?? [])
    return { ...channelShape(row), ...(Tags && { Tags }) }
  },
})

/** GetChannel. CloudTrail API Reference, "GetChannel". */
export const GetChannel = cloudtrail.operation('GetChannel', {
  access: ({ Channel }, context) => channelAccess(Channel, context),
  handle: async ({ Channel }, context) => channelShape(await requireChannel(context.tx, resourceOf(Channel, context), context)),
})

/** ListChannels. CloudTrail API Reference, "ListChannels". */
export const ListChannels = cloudtrail.operation('ListChannels', {
  access: () => ({ resource: '*' }),
  async handle({ MaxResults, NextToken }, context) {
    const { items, end } = pageByKey(await channelsOf(context.tx, context), ({ arn }) => arn, NextToken, MaxResults)
    return { Channels: items.map(({ arn, name }) => ({ ChannelArn: arn, Name: name })), ...end }
  },
})

/** UpdateChannel. CloudTrail API Reference, "UpdateChannel". */
export const UpdateChannel = cloudtrail.operation('UpdateChannel', {
  access: ({ Channel }, context) => channelAccess(Channel, context),
  async handle({ Channel, Name, Destinations }, context) {
    const { tx } = context
    const before = await requireChannel(tx, resourceOf(Channel, context), context)
    if (Name !== undefined) await checkName(tx, Name, before.arn, context)
    const row = {
      ...before,
      name: Name ?? before.name,
      destinations: Destinations ? await checkedDestinations(Destinations, context) : before.destinations,
    }
    await tx.updateTable('channels').set(row).where('arn', '=', row.arn).execute()
    return channelShape(row)
  },
})

/** DeleteChannel. CloudTrail API Reference, "DeleteChannel". */
export const DeleteChannel = cloudtrail.operation('DeleteChannel', {
  access: ({ Channel }, context) => channelAccess(Channel, context),
  async handle({ Channel }, context) {
    const { tx } = context
    const { arn } = await requireChannel(tx, resourceOf(Channel, context), context)
    await tx.deleteFrom('channels').where('arn', '=', arn).execute()
    await tx.deleteFrom('lakeResourcePolicies').where('resourceArn', '=', arn).execute()
    await removeTags(tx, arn)
    return {}
  },
})
