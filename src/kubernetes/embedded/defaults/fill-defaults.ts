import type { Json } from '../../../types/json.ts'
import type { Fill } from './fill.ts'
import { type FieldSchema, schemaOf } from '../field-schema.ts'
import { type KubernetesObject, objectOf } from '../objects.ts'
import type { ResourceType } from '../resource-types.ts'
import { objectDefaults } from './object-defaults.ts'
import { podDefaults } from './pod-defaults.ts'
import { canonicalQuantity } from './quantities.ts'
import { workloadDefaults } from './workload-defaults.ts'

const fills: { readonly [typeName: string]: Fill } = { ...podDefaults, ...workloadDefaults, ...objectDefaults }

/** Thousandths: the API server rounds amounts of resources up to them. */
const resourceExponent = -3

/**
 * An object with all that the API server fills in before anything looks at it, and quantities in their canonical form.
 * What is filled in goes by the names of types, wherever they stand: a container of a cron job gets what a pod's does.
 */
export function fillDefaults(type: ResourceType, object: KubernetesObject): KubernetesObject {
  const filled = objectOf(visit(schemaOf(type), object))
  return { ...filled, metadata: objectOf(filled['metadata']) }
}

function visit(schema: FieldSchema, value: Json): Json {
  if (schema.shape === 'list') return Array.isArray(value) ? value.map(item => visit(schema.items, item)) : value
  if (schema.shape === 'scalar') return schema.type === 'stringOrNumber' && schema.format === undefined ? quantity(value) : value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const filled = Object.hasOwn(fills, schema.typeName) ? (fills[schema.typeName] as Fill)(value) : value
  return Object.fromEntries(
    Object.entries(filled).map(([name, child]) => {
      const field = child === undefined || child === null ? undefined : schema.field(name)
      return [name, field ? visit(field, child as Json) : (child as Json)]
    }),
  )
}

/** What is no quantity stays as it is, for validation to find. */
const quantity = (value: Json): Json =>
  typeof value === 'string' || typeof value === 'number' ? (canonicalQuantity(String(value), resourceExponent) ?? value) : value
