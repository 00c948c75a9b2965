import type { Snapshot } from '../snapshot.ts'
import { carriedOut } from './carry-out.ts'
import type { PlannedPlace } from './effects.ts'
import type { PlannedValues } from './planned-values.ts'
import { templateEffects, templateUnfollowed } from './template-types.ts'

/** A resource of a template, its functions answered when they are asked for. */
export interface TemplateResource {
  readonly logicalId: string
  readonly type: string
  readonly values: PlannedValues
}

/** A snapshot with what a CloudFormation template makes in it. What the template no longer has stays: the template does not tell what it had. */
export function withTemplate(snapshot: Snapshot, resources: readonly TemplateResource[], source: string, place: PlannedPlace): Snapshot {
  const planned = resources.flatMap(({ logicalId, type, values }) => {
    const effect = Object.hasOwn(templateEffects, type) ? templateEffects[type] : undefined
    return effect ? [{ address: logicalId, effect, after: values }] : []
  })
  const unfollowed = resources
    .filter(({ type }) => templateUnfollowed.test(type))
    .map(({ logicalId, type }) => ({ what: `${logicalId} (${type})`, about: ['*'] }))
  return carriedOut(snapshot, planned, { place, source, unfollowed })
}
