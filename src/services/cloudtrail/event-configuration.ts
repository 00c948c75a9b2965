import { type ContextKeySelector, eventContextService } from '../../audit/enriched-events.ts'
import type { EventSize } from '../../audit/record.ts'
import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import type { PutEventConfigurationRequest } from '../../wire/models/cloudtrail.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import type { Transaction } from '../../store/index.ts'
import { aggregationsOf, putAggregations } from './aggregations.ts'
import { checkContextKeys } from './context-keys.ts'
import {
  categoriesOf,
  checkOwner,
  enrichingChanged,
  type EventDataStoreRow,
  namedStoreArn,
  requireActiveStore,
  storeAccess,
} from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome, type TrailRow } from './trail-store.ts'
import { trailAccess } from './trails.ts'

type Named = Pick<PutEventConfigurationRequest, 'TrailName' | 'EventDataStore'>
type Owner = { readonly trail: string } | { readonly store: string }

/** @throws InvalidParameterCombinationException */
function ownerOf({ TrailName, EventDataStore }: Named): Owner {
  if (TrailName !== undefined && EventDataStore === undefined) return { trail: TrailName }
  if (EventDataStore !== undefined && TrailName === undefined) return { store: EventDataStore }
  throw new cloudtrail.InvalidParameterCombinationException('Specify either TrailName or EventDataStore.')
}

function access(input: Named, context: AccessContext) {
  const owner = ownerOf(input)
  return 'trail' in owner ? trailAccess(owner.trail, context) : storeAccess(owner.store, context)
}

const trailShape = (trail: TrailRow) => ({ TrailARN: trail.arn, AggregationConfigurations: aggregationsOf(trail) })
const contextKeysOf = ({ contextKeys }: EventDataStoreRow) => JSON.parse(contextKeys) as ContextKeySelector[]
const storeShape = (row: EventDataStoreRow) => ({
  EventDataStoreArn: row.arn,
  MaxEventSize: row.maxEventSize,
  ContextKeySelectors: contextKeysOf(row).map(({ Type, Equals }) => ({ Type, Equals })),
})

/**
 * PutEventConfiguration: a trail has aggregations alone, an event data store the size of events and what they are enriched with.
 * CloudTrail API Reference, "PutEventConfiguration".
 */
export const PutEventConfiguration = cloudtrail.operation('PutEventConfiguration', {
  access,

  async handle(input, context) {
    const owner = ownerOf(input)
    if ('store' in owner) return configuredStore(owner.store, input, context)
    const trail = await requireTrailAtHome(context.tx, namedTrailArn(owner.trail, context), context)
    if (input.MaxEventSize !== undefined || input.ContextKeySelectors !== undefined)
      throw new cloudtrail.InvalidParameterCombinationException('MaxEventSize and ContextKeySelectors are for event data stores.')
    const { AggregationConfigurations = aggregationsOf(trail) } = input
    return trailShape(await putAggregations(context.tx, trail, AggregationConfigurations, context.now))
  },
})

/** "If you are using context key selectors, MaxEventSize must be set to Large." What is not given stays; an empty list, as the CLI sends it, ends the enrichment. */
async function configuredStore(name: string, input: PutEventConfigurationRequest, context: CallContext & { readonly tx: Transaction }) {
  const { tx, now, account, world } = context
  const before = await requireActiveStore(tx, namedStoreArn(name, context), now)
  await checkOwner(tx, before, account)
  if (input.AggregationConfigurations !== undefined)
    throw new cloudtrail.InvalidParameterCombinationException('AggregationConfigurations are for trails.')
  checkCategory(before)
  const maxEventSize = (input.MaxEventSize as EventSize | undefined) ?? before.maxEventSize
  const contextKeys = (input.ContextKeySelectors as readonly ContextKeySelector[] | undefined) ?? contextKeysOf(before)
  checkContextKeys(contextKeys)
  if (contextKeys.length > 0 && maxEventSize !== 'Large')
    throw new cloudtrail.InvalidParameterCombinationException('ContextKeySelectors need the MaxEventSize Large.')
  const row: EventDataStoreRow = {
    ...before,
    maxEventSize,
    contextKeys: JSON.stringify(contextKeys),
    enrichedSince: before.enrichedSince ?? (maxEventSize === 'Large' ? now : null),
    updatedAt: now,
  }
  await tx.updateTable('eventDataStores').set(row).where('arn', '=', row.arn).execute()
  await enrichingChanged(tx, row, now)
  if (contextKeys.some(({ Type }) => Type === 'TagContext'))
    await ensureServiceLinkedRole(tx, { account: row.account, service: eventContextService, now, random: world.random })
  return storeShape(row)
}

/** "Management events and data events" are enriched. @throws InvalidEventDataStoreCategoryException */
function checkCategory(row: EventDataStoreRow): void {
  if (categoriesOf(row).some(category => !['Management', 'Data', 'NetworkActivity'].includes(category)))
    throw new cloudtrail.InvalidEventDataStoreCategoryException(`The event data store ${row.arn} does not collect CloudTrail events.`)
}

/** GetEventConfiguration. CloudTrail API Reference, "GetEventConfiguration". */
export const GetEventConfiguration = cloudtrail.operation('GetEventConfiguration', {
  access,

  async handle(input, context) {
    const owner = ownerOf(input)
    if ('trail' in owner) return trailShape(await requireTrail(context.tx, namedTrailArn(owner.trail, context), context.account))
    return storeShape(await requireActiveStore(context.tx, namedStoreArn(owner.store, context), context.now))
  },
})
