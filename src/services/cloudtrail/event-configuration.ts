import type { PutEventConfigurationRequest } from '../../wire/models/cloudtrail.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome } from './trail-store.ts'
import { trailAccess } from './trails.ts'

type Named = Pick<PutEventConfigurationRequest, 'TrailName' | 'EventDataStore'>

/** @throws InvalidParameterCombinationException, UnsupportedOperationException */
function trailOf({ TrailName, EventDataStore }: Named): string {
  if ((TrailName === undefined) === (EventDataStore === undefined))
    throw new cloudtrail.InvalidParameterCombinationException('Specify either TrailName or EventDataStore.')
  if (TrailName === undefined)
    throw new cloudtrail.UnsupportedOperationException('The event configuration of event data stores is not served.')
  return TrailName
}

/**
 * PutEventConfiguration: a trail has aggregations alone, and here none: larger and enriched events are those of event data stores.
 * CloudTrail API Reference, "PutEventConfiguration".
 */
export const PutEventConfiguration = cloudtrail.operation('PutEventConfiguration', {
  access: (input, context) => trailAccess(trailOf(input), context),

  async handle(input, context) {
    const trail = await requireTrailAtHome(context.tx, namedTrailArn(trailOf(input), context), context)
    if (input.MaxEventSize !== undefined || input.ContextKeySelectors !== undefined)
      throw new cloudtrail.InvalidParameterCombinationException('MaxEventSize and ContextKeySelectors are for event data stores.')
    if ((input.AggregationConfigurations ?? []).length > 0)
      throw new cloudtrail.UnsupportedOperationException('Aggregated events are not served.')
    return { TrailARN: trail.arn, AggregationConfigurations: [] }
  },
})

/** GetEventConfiguration. CloudTrail API Reference, "GetEventConfiguration". */
export const GetEventConfiguration = cloudtrail.operation('GetEventConfiguration', {
  access: (input, context) => trailAccess(trailOf(input), context),

  async handle(input, context) {
    const trail = await requireTrail(context.tx, namedTrailArn(trailOf(input), context), context.account)
    return { TrailARN: trail.arn, AggregationConfigurations: [] }
  },
})
