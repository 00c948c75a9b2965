import { kubernetesSchemas, type OpenApiSchema, referredSchema } from '../../catalogue/kubernetes-schemas.ts'
import type { ResourceType } from './resource-types.ts'

/** What a field of a kind holds, as decoding, patches and server-side apply see it. */
export type FieldSchema = MapSchema | ListSchema | ScalarSchema

/** A struct, whose fields are known, or a map, whose values are alike. */
export interface MapSchema {
  readonly shape: 'map'
  /** The Go type's name: `DeploymentSpec`; empty for maps. */
  readonly typeName: string
  readonly struct: boolean
  /** Changed as a whole, by one manager. */
  readonly atomic: boolean
  /** Of a value by its name; undefined when there is no such field. */
  field(name: string): FieldSchema | undefined
  /** Fields that the API server writes even when nobody gave them: structs, and what is required. */
  readonly alwaysWritten: readonly { readonly name: string; readonly struct: boolean; readonly schema: FieldSchema }[]
}

export interface ListSchema {
  readonly shape: 'list'
  readonly items: FieldSchema
  readonly type: 'atomic' | 'map' | 'set'
  /** The fields that tell items apart, with the value that stands for none; of type `map`. */
  readonly keys: readonly { readonly name: string; readonly fallback: unknown }[]
  /** Of strategic merge patches: items are merged by this field, or, without one, as a set. */
  readonly mergedBy: string | undefined
  readonly merged: boolean
}

export interface ScalarSchema {
  readonly shape: 'scalar'
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'stringOrNumber' | 'any'
  readonly format: string | undefined
}

const byKind = new Map<string, FieldSchema>()
const bySchema = new Map<OpenApiSchema, FieldSchema>()

/** The schema of a served type. */
export function schemaOf({ group, version, kind }: ResourceType): MapSchema {
  const key = `${group}/${version}/${kind}`
  const known = byKind.get(key)
  if (known) return known as MapSchema
  const { kinds, schemas } = kubernetesSchemas()
  const name = kinds[key] as string
  const made = fieldSchema(schemas[name] as OpenApiSchema, name) as MapSchema
  byKind.set(key, made)
  return made
}

function fieldSchema(given: OpenApiSchema, name = ''): FieldSchema {
  const known = bySchema.get(given)
  if (known) return known
  const made = convert(given, name)
  bySchema.set(given, made)
  return made
}

function convert(given: OpenApiSchema, name: string): FieldSchema {
  const referred = referredSchema(given)
  if (referred !== undefined) {
    const { $ref: _ref, allOf: _allOf, ...own } = given
    const target = kubernetesSchemas().schemas[referred] as OpenApiSchema
    return convert({ ...target, ...own, ...(target.required && { required: target.required }) }, referred)
  }
  if (given.type === 'array' && given.items) return listSchema(given, given.items)
  if (given.properties) return structSchema(given, given.properties, name)
  if (given.additionalProperties) return valuesSchema(given, given.additionalProperties)
  const type = given.oneOf
    ? 'stringOrNumber'
    : given.type === undefined || given.type === 'object' || given.type === 'array'
      ? 'any'
      : given.type
  return { shape: 'scalar', type, format: given.format }
}

function listSchema(given: OpenApiSchema, items: OpenApiSchema): ListSchema {
  const item = fieldSchema(items)
  const itemName = referredSchema(items)
  const properties = itemName === undefined ? {} : (kubernetesSchemas().schemas[itemName]?.properties ?? {})
  return {
    shape: 'list',
    items: item,
    type: given['x-kubernetes-list-type'] ?? 'atomic',
    keys: (given['x-kubernetes-list-map-keys'] ?? []).map(key => ({ name: key, fallback: properties[key]?.default || undefined })),
    mergedBy: given['x-kubernetes-patch-merge-key'],
    merged: given['x-kubernetes-patch-strategy']?.split(',').includes('merge') ?? false,
  }
}

function structSchema(given: OpenApiSchema, properties: NonNullable<OpenApiSchema['properties']>, name: string): MapSchema {
  const isStruct = (property: OpenApiSchema) => referredSchema(property) !== undefined && property.default !== undefined
  return {
    shape: 'map',
    typeName: name.slice(name.lastIndexOf('.') + 1),
    struct: true,
    atomic: given['x-kubernetes-map-type'] === 'atomic',
    field: field => (Object.hasOwn(properties, field) ? fieldSchema(properties[field] as OpenApiSchema) : undefined),
    get alwaysWritten() {
      return Object.entries(properties)
        .filter(([field, property]) => isStruct(property) || given.required?.includes(field))
        .map(([field, property]) => ({ name: field, struct: isStruct(property), schema: fieldSchema(property) }))
    },
  }
}

function valuesSchema(given: OpenApiSchema, values: OpenApiSchema): MapSchema {
  return {
    shape: 'map',
    typeName: '',
    struct: false,
    atomic: given['x-kubernetes-map-type'] === 'atomic',
    field: () => fieldSchema(values),
    alwaysWritten: [],
  }
}
