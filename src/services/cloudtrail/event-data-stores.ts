import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import type { Transaction } from '../../store/index.ts'
import type { CreateEventDataStoreRequest, UpdateEventDataStoreRequest } from '../../wire/models/cloudtrail.ts'
import type { CallContext } from '../operation.ts'
import {
  checkOwner,
  enrichingChanged,
  eventDataStoreArn,
  type EventDataStoreRow,
  namedStoreArn,
  requireActiveStore,
  requireStore,
  storeAccess,
  storeShape,
  storesOfAccount,
} from './event-data-store-rows.ts'
import { closeWindows, openWindows } from './event-data-store-windows.ts'
import { isImporting } from './import-rows.ts'
import { parseAdvancedSelectors } from './event-selector-rules.ts'
import { checkOrganization, organizationTrailOwner, servicePrincipal } from './organization.ts'
import { pageByKey } from './paging.ts'
import { addTags, checkTags, requestTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'

/** Event data stores of one account in a region. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostStores = 10

/** Days that events are retained, by billing mode. CloudTrail API Reference, "CreateEventDataStore", RetentionPeriod. */
const retention = {
  EXTENDABLE_RETENTION_PRICING: { least: 7, most: 3653, fallback: 366 },
  FIXED_RETENTION_PRICING: { least: 7, most: 2557, fallback: 2557 },
} as const

const allManagementEvents = [{ name: 'Default management events', fields: [{ field: 'eventCategory', equals: ['Management'] }] }]

type Settings = Omit<UpdateEventDataStoreRequest, 'EventDataStore'>

/** Settings as a row has them: those that the request gives, over those that were. @throws InvalidParameterException and others */
function settled(input: Settings, before: EventDataStoreRow): EventDataStoreRow {
  if (input.KmsKeyId) throw new cloudtrail.KmsKeyNotFoundException('The KMS key does not exist: there is no KMS here.')
  const billingMode = (input.BillingMode as EventDataStoreRow['billingMode'] | undefined) ?? before.billingMode
  const { most, fallback } = retention[billingMode]
  const retentionDays = input.RetentionPeriod ?? (before.retentionDays || fallback)
  if (retentionDays > most)
    throw new cloudtrail.InvalidParameterException(`The retention period of ${billingMode} is at most ${most} days.`)
  return {
    ...before,
    name: input.Name ?? before.name,
    selectors: input.AdvancedEventSelectors
      ? JSON.stringify(parseAdvancedSelectors(input.AdvancedEventSelectors, 'eventDataStore'))
      : before.selectors,
    multiRegion: Number(input.MultiRegionEnabled ?? before.multiRegion === 1),
    terminationProtected: Number(input.TerminationProtectionEnabled ?? before.terminationProtected === 1),
    billingMode,
    retentionDays,
  }
}

async function checkName(tx: Transaction, { name, arn, account, region }: EventDataStoreRow, now: number): Promise<void> {
  const others = (await storesOfAccount(tx, { account, region }, now)).filter(row => row.arn !== arn)
  if (others.some(row => row.name === name))
    throw new cloudtrail.EventDataStoreAlreadyExistsException(`An event data store with the name ${name} already exists.`)
}

async function newStore(tx: Transaction, input: CreateEventDataStoreRequest, id: string, context: CallContext): Promise<EventDataStoreRow> {
  const { account, region, now } = context
  checkTags(context, input.TagsList ?? [])
  const owner = input.OrganizationEnabled ? await organizationTrailOwner(tx, account) : { account, organizationId: null }
  const row = settled(input, {
    arn: eventDataStoreArn(region, owner.account, id),
    id,
    ...owner,
    region,
    name: input.Name,
    status: input.StartIngestion === false ? 'STOPPED_INGESTION' : 'ENABLED',
    selectors: JSON.stringify(allManagementEvents),
    multiRegion: 1,
    retentionDays: 0,
    terminationProtected: 1,
    billingMode: 'EXTENDABLE_RETENTION_PRICING',
    federationRoleArn: null,
    maxEventSize: 'Standard',
    contextKeys: '[]',
    enrichedSince: null,
    insightSelectors: null,
    insightsDestination: null,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  })
  await checkName(tx, row, now)
  if ((await storesOfAccount(tx, row, now)).length >= mostStores)
    throw new cloudtrail.EventDataStoreMaxLimitExceededException(`The account already has ${mostStores} event data stores in ${region}.`)
  return row
}

/** CreateEventDataStore: takes in events from its own record on. CloudTrail API Reference, "CreateEventDataStore". */
export const CreateEventDataStore = cloudtrail.operation('CreateEventDataStore', {
  // The id comes with the event data store: permission is asked for any of them.
  access: ({ TagsList }, { account, region }) => ({ resource: eventDataStoreArn(region, account, '*'), keys: requestTagKeys(TagsList) }),

  async reach(input, context) {
    if (input.OrganizationEnabled) await checkOrganization(context.world, context.principal)
  },

  async handle(input, context) {
    const { tx, now, world } = context
    const row = await newStore(tx, input, world.random.uuid(), context)
    await tx.insertInto('eventDataStores').values(row).execute()
    await addTags(context, row.arn, input.TagsList ?? [])
    if (row.status === 'ENABLED') await openWindows(tx, row)
    if (row.organizationId !== null)
      await ensureServiceLinkedRole(tx, { account: row.account, service: servicePrincipal, now, random: world.random })
    return { ...storeShape(row), Status: 'CREATED', BillingMode: row.billingMode, ...(input.TagsList && { TagsList: input.TagsList }) }
  },
})

const federationShape = ({ federationRoleArn }: EventDataStoreRow) =>
  federationRoleArn === null ? { FederationStatus: 'DISABLED' } : { FederationStatus: 'ENABLED', FederationRoleArn: federationRoleArn }

/** GetEventDataStore. CloudTrail API Reference, "GetEventDataStore". */
export const GetEventDataStore = cloudtrail.operation('GetEventDataStore', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),
  async handle({ EventDataStore }, context) {
    const row = await requireStore(context.tx, namedStoreArn(EventDataStore, context), context.now)
    return { ...storeShape(row), BillingMode: row.billingMode, ...federationShape(row) }
  },
})

/** ListEventDataStores. CloudTrail API Reference, "ListEventDataStores". */
export const ListEventDataStores = cloudtrail.operation('ListEventDataStores', {
  access: () => ({ resource: '*' }),
  async handle({ MaxResults, NextToken }, context) {
    checkMaxResults(MaxResults)
    const { items, end } = pageByKey(await storesOfAccount(context.tx, context, context.now), ({ arn }) => arn, NextToken, MaxResults)
    return { EventDataStores: items.map(({ arn, name }) => ({ EventDataStoreArn: arn, Name: name })), ...end }
  },
})

/** Lists take 1 to 1000. @throws InvalidMaxResultsException */
export function checkMaxResults(size: number | undefined): void {
  if (size !== undefined && (size < 1 || size > 1000))
    throw new cloudtrail.InvalidMaxResultsException(`A max results value of ${size} is invalid. Specify max results between 1 and 1000.`)
}

/** UpdateEventDataStore: what is not given stays; new selectors are for new events. CloudTrail API Reference, "UpdateEventDataStore". */
export const UpdateEventDataStore = cloudtrail.operation('UpdateEventDataStore', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),

  async reach({ OrganizationEnabled }, { world, principal }) {
    if (OrganizationEnabled) await checkOrganization(world, principal)
  },

  async handle({ EventDataStore, ...input }, context) {
    const { tx, now, account } = context
    const before = await requireActiveStore(tx, namedStoreArn(EventDataStore, context), now)
    await checkOwner(tx, before, account)
    if (before.billingMode === 'EXTENDABLE_RETENTION_PRICING' && input.BillingMode === 'FIXED_RETENTION_PRICING')
      throw new cloudtrail.InvalidParameterException(
        'The billing mode cannot be changed from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.',
      )
    const row = { ...settled(input, before), organizationId: await organizationIdAfter(tx, input, before, account), updatedAt: now }
    await checkName(tx, row, now)
    await tx.updateTable('eventDataStores').set(row).where('arn', '=', row.arn).execute()
    await enrichingChanged(tx, row, now)
    if (row.selectors !== before.selectors && row.status === 'ENABLED') {
      await closeWindows(tx, row.arn)
      await openWindows(tx, row)
    }
    return { ...storeShape(row), BillingMode: row.billingMode, ...federationShape(row) }
  },
})

async function organizationIdAfter(tx: Transaction, { OrganizationEnabled }: Settings, before: EventDataStoreRow, account: string) {
  if (OrganizationEnabled === undefined) return before.organizationId
  if (!OrganizationEnabled) return null
  const owner = await organizationTrailOwner(tx, account)
  if (owner.account !== before.account)
    throw new cloudtrail.NotOrganizationMasterAccountException(
      'Only event data stores of the management account can be those of the organization.',
    )
  return owner.organizationId
}

/** DeleteEventDataStore: takes in no more, and is gone after a week. CloudTrail API Reference, "DeleteEventDataStore". */
export const DeleteEventDataStore = cloudtrail.operation('DeleteEventDataStore', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),

  async handle({ EventDataStore }, context) {
    const { tx, now, account } = context
    const row = await requireActiveStore(tx, namedStoreArn(EventDataStore, context), now)
    await checkOwner(tx, row, account)
    if (row.terminationProtected === 1)
      throw new cloudtrail.EventDataStoreTerminationProtectedException(`The event data store ${row.arn} has termination protection.`)
    if (row.federationRoleArn !== null)
      throw new cloudtrail.EventDataStoreFederationEnabledException(
        `The event data store ${row.arn} is federated: disable federation first.`,
      )
    const channels = await tx.selectFrom('channels').select('destinations').where('account', '=', row.account).execute()
    if (channels.some(({ destinations }) => destinations.includes(`"${row.arn}"`)))
      throw new cloudtrail.ChannelExistsForEDSException(`The event data store ${row.arn} is the destination of a channel.`)
    if (await isImporting(tx, row.arn))
      throw new cloudtrail.EventDataStoreHasOngoingImportException(`Events are being imported to the event data store ${row.arn}.`)
    await closeWindows(tx, row.arn)
    await tx
      .updateTable('eventDataStores')
      .set({ status: 'PENDING_DELETION', deletedAt: now, updatedAt: now })
      .where('arn', '=', row.arn)
      .execute()
    await enrichingChanged(tx, row, now)
    return {}
  },
})

/** RestoreEventDataStore: within a week of its deletion. CloudTrail API Reference, "RestoreEventDataStore". */
export const RestoreEventDataStore = cloudtrail.operation('RestoreEventDataStore', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),

  async handle({ EventDataStore }, context) {
    const { tx, now, account } = context
    const before = await requireStore(tx, namedStoreArn(EventDataStore, context), now)
    await checkOwner(tx, before, account)
    if (before.status !== 'PENDING_DELETION') throw invalidStatus(before)
    const row: EventDataStoreRow = { ...before, status: 'ENABLED', deletedAt: null, updatedAt: now }
    await tx.updateTable('eventDataStores').set(row).where('arn', '=', row.arn).execute()
    await openWindows(tx, row)
    return { ...storeShape(row), BillingMode: row.billingMode }
  },
})

const invalidStatus = ({ arn, status }: EventDataStoreRow) =>
  new cloudtrail.InvalidEventDataStoreStatusException(`The event data store ${arn} has the status ${status}.`)

/** StartEventDataStoreIngestion: from its own record on. CloudTrail API Reference, "StartEventDataStoreIngestion". */
export const StartEventDataStoreIngestion = cloudtrail.operation('StartEventDataStoreIngestion', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),
  async handle({ EventDataStore }, context) {
    const row = await changeIngestion(EventDataStore, context, 'STOPPED_INGESTION', 'ENABLED')
    await openWindows(context.tx, row)
    return {}
  },
})

/** StopEventDataStoreIngestion: what was taken in stays. CloudTrail API Reference, "StopEventDataStoreIngestion". */
export const StopEventDataStoreIngestion = cloudtrail.operation('StopEventDataStoreIngestion', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),
  async handle({ EventDataStore }, context) {
    const row = await changeIngestion(EventDataStore, context, 'ENABLED', 'STOPPED_INGESTION')
    await closeWindows(context.tx, row.arn)
    return {}
  },
})

async function changeIngestion(
  name: string,
  context: CallContext & { readonly tx: Transaction },
  from: EventDataStoreRow['status'],
  to: EventDataStoreRow['status'],
): Promise<EventDataStoreRow> {
  const { tx, now, account } = context
  const row = await requireStore(tx, namedStoreArn(name, context), now)
  await checkOwner(tx, row, account)
  if (row.status !== from) throw invalidStatus(row)
  await tx.updateTable('eventDataStores').set({ status: to, updatedAt: now }).where('arn', '=', row.arn).execute()
  await enrichingChanged(tx, row, now)
  return row
}
