import type { Selectable } from 'kysely'
import type { FieldSelector } from '../../audit/event-selectors.ts'
import type { EventKind } from '../../audit/lake/event-schema.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { EventDataStoresTable } from '../../store/tables/event-data-stores.ts'
import { parseArn } from '../../types/arn.ts'
import type { EventDataStore } from '../../wire/models/cloudtrail.ts'
import type { AccessStatement } from '../operation.ts'
import { advancedShape } from './event-selector-rules.ts'
import { resourcePolicyOf } from './lake-policies.ts'
import { isDelegated } from './organization.ts'
import { resourceTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'

export type EventDataStoreRow = Selectable<EventDataStoresTable>
export type StoredSelectors = readonly { readonly name?: string; readonly fields: readonly FieldSelector[] }[]

/** A deleted event data store can be restored for a week. CloudTrail API Reference, "DeleteEventDataStore". */
export const restorableMilliseconds = 7 * 86_400_000

/** Service Authorization Reference, "Resource types defined by AWS CloudTrail". */
export const eventDataStoreArn = (region: string, account: string, id: string): string =>
  `arn:aws:cloudtrail:${region}:${account}:eventdatastore/${id}`

interface Place {
  readonly region: string
  readonly account: string
}

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The ARN of the event data store that a request names by ARN or by id.
 * @throws EventDataStoreARNInvalidException
 */
export function namedStoreArn(name: string, { region, account }: Place): string {
  if (idPattern.test(name)) return eventDataStoreArn(region, account, name.toLowerCase())
  const arn = parseArn(name)
  const [kind, id = ''] = arn?.resource.split('/') ?? []
  if (arn?.service !== 'cloudtrail' || kind !== 'eventdatastore' || !idPattern.test(id) || !/^\d{12}$/.test(arn.account))
    throw new cloudtrail.EventDataStoreARNInvalidException(`The event data store ARN ${name.slice(0, 256)} is not valid.`)
  return name
}

/** What an access statement names: what cannot be an event data store's name is refused by `handle`. */
export async function storeAccess(name: string, { tx, region, account }: Place & { readonly tx: Transaction }): Promise<AccessStatement> {
  const resource = name.startsWith('arn:') ? name : eventDataStoreArn(region, account, name)
  const resourcePolicy = await resourcePolicyOf(tx, resource)
  return { resource, keys: await resourceTagKeys(tx, resource), ...(resourcePolicy && { resourcePolicy }) }
}

const isGone = ({ deletedAt }: EventDataStoreRow, now: number) => deletedAt !== null && now >= deletedAt + restorableMilliseconds

/** @throws EventDataStoreNotFoundException */
export async function requireStore(tx: Transaction, arn: string, now: number): Promise<EventDataStoreRow> {
  const row = await tx.selectFrom('eventDataStores').selectAll().where('arn', '=', arn).executeTakeFirst()
  if (!row || isGone(row, now)) throw new cloudtrail.EventDataStoreNotFoundException(`The event data store ${arn} does not exist.`)
  return row
}

/** @throws EventDataStoreNotFoundException, InactiveEventDataStoreException */
export async function requireActiveStore(tx: Transaction, arn: string, now: number): Promise<EventDataStoreRow> {
  const row = await requireStore(tx, arn, now)
  if (row.status === 'PENDING_DELETION')
    throw new cloudtrail.InactiveEventDataStoreException(`The event data store ${arn} is pending deletion.`)
  return row
}

/**
 * The same of the caller's own account, for what no resource policy gives to others.
 * @throws EventDataStoreNotFoundException, InactiveEventDataStoreException
 */
export async function requireOwnStore(
  tx: Transaction,
  arn: string,
  { account, now }: { readonly account: string; readonly now: number },
): Promise<EventDataStoreRow> {
  const row = await requireActiveStore(tx, arn, now)
  if (row.account !== account) throw new cloudtrail.EventDataStoreNotFoundException(`The event data store ${arn} does not exist.`)
  return row
}

/**
 * Checks that an account may change an event data store: its own, or one of the organization whose delegated administrator it is.
 * @throws NotOrganizationMasterAccountException
 */
export async function checkOwner(tx: Transaction, row: EventDataStoreRow, account: string): Promise<void> {
  if (row.account === account || (row.organizationId !== null && (await isDelegated(tx, row.organizationId, account)))) return
  if (row.organizationId === null) return
  throw new cloudtrail.NotOrganizationMasterAccountException(
    'Member accounts cannot change the event data stores of their organization: use the management account or a delegated administrator.',
  )
}

/** Event data stores of an account in a region that are not gone, in order of their ARNs. */
export async function storesOfAccount(tx: Transaction, { region, account }: Place, now: number): Promise<EventDataStoreRow[]> {
  const rows = await tx
    .selectFrom('eventDataStores')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .orderBy('arn')
    .execute()
  return rows.filter(row => !isGone(row, now))
}

/** Tells all that build records that an event data store enriches its events otherwise, or others' events. */
export const enrichingChanged = (tx: Transaction, { account, arn }: EventDataStoreRow, at: number): Promise<void> =>
  recordChange(tx, { account, kind: 'eventDataStore', id: arn, at })

export const selectorsOfStore = ({ selectors }: Pick<EventDataStoreRow, 'selectors'>): StoredSelectors =>
  JSON.parse(selectors) as StoredSelectors

/** The categories of the events that an event data store is for. */
export const categoriesOf = (row: Pick<EventDataStoreRow, 'selectors'>): readonly string[] =>
  selectorsOfStore(row).flatMap(({ fields }) => fields.find(({ field }) => field === 'eventCategory')?.equals ?? [])

/** What an event data store has events of, where it is for nothing else. */
export function kindOf(row: Pick<EventDataStoreRow, 'selectors'>): EventKind {
  const [kind = 'calls', ...others] = new Set(categoriesOf(row).map(category => kindsByCategory[category] ?? 'calls'))
  return others.length === 0 ? kind : 'calls'
}

const kindsByCategory: { readonly [category: string]: EventKind } = {
  ActivityAuditLog: 'outside',
  Insight: 'insights',
  ConfigurationItem: 'configuration',
  Evidence: 'evidence',
}

/** An event data store as the API shows it, without how it is billed and federated. */
export const storeShape = (row: EventDataStoreRow) => ({
  EventDataStoreArn: row.arn,
  Name: row.name,
  Status: row.status as NonNullable<EventDataStore['Status']>,
  AdvancedEventSelectors: selectorsOfStore(row).map(advancedShape),
  MultiRegionEnabled: row.multiRegion === 1,
  OrganizationEnabled: row.organizationId !== null,
  RetentionPeriod: row.retentionDays,
  TerminationProtectionEnabled: row.terminationProtected === 1,
  CreatedTimestamp: new Date(row.createdAt),
  UpdatedTimestamp: new Date(row.updatedAt),
})
