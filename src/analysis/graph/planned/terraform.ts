import type { Fields } from '../import/fields.ts'
import type { Snapshot } from '../snapshot.ts'
import { carriedOut, type PlannedResource } from './carry-out.ts'
import type { PlannedPlace } from './effects.ts'
import { NotKnown, PlannedValues } from './planned-values.ts'
import { predictedAttribute } from './terraform-attributes.ts'
import { type Origin, TerraformPlan, type TerraformResource } from './terraform-plan.ts'
import { terraformEffects } from './terraform-types.ts'

/** Whether a document is what `terraform show -json` prints of a plan. */
export const isTerraformPlan = (document: Fields): boolean => 'planned_values' in document || Array.isArray(document['resource_changes'])

/** A snapshot as a Terraform plan leaves it. @throws Error when the plan does not tell its account, and nobody did */
export function withTerraformPlan(snapshot: Snapshot, document: Fields, source: string, given: Partial<PlannedPlace>): Snapshot {
  const plan = new TerraformPlan(document)
  const account = given.account ?? plan.account
  if (account === undefined) throw new Error(`${source} does not tell its account: give it as --with ACCOUNT=${source}`)
  const place = { account, region: plan.region ?? given.region ?? 'us-east-1' }
  const resources = plan.resources.flatMap((resource): PlannedResource[] => {
    const effect = Object.hasOwn(terraformEffects, resource.type) ? terraformEffects[resource.type] : undefined
    if (!effect) return []
    const { address, label, before, after, isReplaced } = resource
    return [
      {
        address,
        effect,
        isReplaced,
        before: before && new PlannedValues(label, name => before[name]),
        after: after && new PlannedValues(label, name => valueOf(resource, name, plan, place)),
      },
    ]
  })
  return carriedOut(snapshot, resources, { place, source, unfollowed: unfollowedOf(plan, snapshot) })
}

function valueOf(resource: TerraformResource, name: string, plan: TerraformPlan, place: PlannedPlace): unknown {
  if (!isUnknown(resource.unknown[name])) return resource.after?.[name]
  const origins = plan.originsOf(resource, name)
  if (!origins) {
    const own = predictedAttribute({ ...resource, values: resource.after ?? {} }, name, place)
    if (own === undefined) throw new NotKnown(`${name} is known after apply alone`)
    return own
  }
  const values = origins.map(origin => originValue(origin, place))
  // One reference may be a part of a text alone, of which a plan tells nothing.
  if (/arns?$/.test(name) && values.flat().some(value => !String(value).startsWith('arn:')))
    throw new NotKnown(`${name} is known after apply alone`)
  return values.length === 1 ? values[0] : values.flat()
}

function originValue(origin: Origin, place: PlannedPlace): unknown {
  if (origin.kind === 'constant') return origin.value
  const { resource, attribute } = origin
  const value = isUnknown(resource.unknown[attribute]) ? undefined : resource.after?.[attribute]
  const known = value ?? predictedAttribute({ ...resource, values: resource.after ?? {} }, attribute, place)
  if (known === undefined) throw new NotKnown(`${attribute} of ${resource.address} is known after apply alone`)
  return known
}

/** True at any depth. */
function isUnknown(mark: unknown): boolean {
  if (Array.isArray(mark)) return mark.some(isUnknown)
  return typeof mark === 'object' && mark !== null ? Object.values(mark).some(isUnknown) : mark === true
}

/** Types that decide as well. Which cluster Terraform's Kubernetes provider means, a plan does not tell. */
function unfollowedOf({ resources }: TerraformPlan, { clusters }: Snapshot) {
  const names = clusters.map(({ name }) => name)
  return resources.flatMap(({ type, address }) => {
    if (/^kubernetes_(cluster_)?role|^kubernetes_service_account|^kubernetes_config_map/.test(type))
      return [{ what: address, about: names }]
    return /^aws_(lambda_permission|kms_grant|s3.*access_point.*|ssoadmin_.*)$/.test(type) ? [{ what: address, about: ['*'] }] : []
  })
}
