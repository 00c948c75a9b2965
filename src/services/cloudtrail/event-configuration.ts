import type { PutEventConfigurationRequest } from '../../wire/models/cloudtrail.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import type { Transaction } from '../../store/index.ts'
import { checkOwner, namedStoreArn, requireActiveStore, storeAccess } from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome } from './trail-store.ts'
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

const trailShape = (arn: string) => ({ TrailARN: arn, AggregationConfigurations: [] })
/** Events of 256 KB, not enriched. CloudTrail User Guide, "Quotas in AWS CloudTrail", event size. */
const storeShape = (arn: string) => ({ EventDataStoreArn: arn, MaxEventSize: 'Standard', ContextKeySelectors: [] })

/**
 * PutEventConfiguration: a trail has aggregations alone, an event data store the size of events and what they are enriched with; here none but the standard is
 * served. CloudTrail API Reference, "PutEventConfiguration".
 */
export const PutEventConfiguration = cloudtrail.operation('PutEventConfiguration', {
  access,

  async handle(input, context) {
    const owner = ownerOf(input)
    if ('store' in owner) return configuredStore(owner.store, input, context)
    const trail = await requireTrailAtHome(context.tx, namedTrailArn(owner.trail, context), context)
    if (input.MaxEventSize !== undefined || input.ContextKeySelectors !== undefined)
      throw new cloudtrail.InvalidParameterCombinationException('MaxEventSize and ContextKeySelectors are for event data stores.')
    if ((input.AggregationConfigurations ?? []).length > 0)
      throw new cloudtrail.UnsupportedOperationException('Aggregated events are not served.')
    return trailShape(trail.arn)
  },
})

async function configuredStore(name: string, input: PutEventConfigurationRequest, context: CallContext & { readonly tx: Transaction }) {
  const { tx, now, account } = context
  const store = await requireActiveStore(tx, namedStoreArn(name, context), now)
  await checkOwner(tx, store, account)
  if (input.AggregationConfigurations !== undefined)
    throw new cloudtrail.InvalidParameterCombinationException('AggregationConfigurations are for trails.')
  const enriched = (input.ContextKeySelectors ?? []).length > 0
  if (enriched && input.MaxEventSize !== 'Large')
    throw new cloudtrail.InvalidParameterCombinationException('ContextKeySelectors need the MaxEventSize Large.')
  if (enriched) throw new cloudtrail.UnsupportedOperationException('Events are not enriched with context keys.')
  if (input.MaxEventSize === 'Large') throw new cloudtrail.UnsupportedOperationException('Events larger than 256 KB are not kept.')
  return storeShape(store.arn)
}

/** GetEventConfiguration. CloudTrail API Reference, "GetEventConfiguration". */
export const GetEventConfiguration = cloudtrail.operation('GetEventConfiguration', {
  access,

  async handle(input, context) {
    const owner = ownerOf(input)
    if ('trail' in owner) return trailShape((await requireTrail(context.tx, namedTrailArn(owner.trail, context), context.account)).arn)
    return storeShape((await requireActiveStore(context.tx, namedStoreArn(owner.store, context), context.now)).arn)
  },
})
