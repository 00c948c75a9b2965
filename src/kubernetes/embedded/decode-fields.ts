import type { Json, JsonObject } from '../../types/json.ts'
import { type FieldSchema, type MapSchema, type ScalarSchema, schemaOf } from './field-schema.ts'
import type { ResourceType } from './resource-types.ts'

/** An object as the API server's own types would hold it. */
interface Decoded {
  /** Without unknown fields, and without those that are null. */
  readonly object: JsonObject
  /** Paths of the unknown ones: `spec.containers[0].imagee`. */
  readonly unknown: readonly string[]
}

/** A value that is not of its field's type. */
export class FieldTypeError extends Error {}

/** Levels that an object may have: deeper ones are nobody's fields. */
const deepest = 128

/**
 * Reads an object by its kind's schema. Kubernetes documentation, "Kubernetes API Concepts", "Field validation".
 * @throws FieldTypeError in the words of Go's JSON decoder
 */
export function decodeFields(type: ResourceType, given: JsonObject): Decoded {
  const unknown: string[] = []
  const visit = (schema: FieldSchema, value: Json, place: Place): Json => {
    if (place.depth > deepest) throw new FieldTypeError('json: exceeded max depth')
    if (schema.shape === 'scalar') return scalar(schema, value, place)
    if (schema.shape === 'list') {
      if (!Array.isArray(value)) throw mismatch(schema, value, place)
      return value.map((item, index) =>
        item === null ? emptyOf(schema.items) : visit(schema.items, item, below(place, `${place.shown}[${index}]`)),
      )
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(schema, value, place)
    return Object.fromEntries(fieldsOf(schema, value, place))
  }
  function* fieldsOf(schema: MapSchema, value: JsonObject, place: Place): Generator<[string, Json]> {
    for (const [name, child] of Object.entries(value)) {
      const field = schema.field(name)
      const shown = place.shown === '' ? name : `${place.shown}.${name}`
      if (!field) unknown.push(shown)
      else if (child !== null && child !== undefined) {
        const decoded = visit(field, child, schema.struct ? inStruct(schema, name, place, shown) : below(place, shown))
        if (!isLeftOut(schema, name, field, decoded)) yield [name, decoded]
      }
    }
  }
  const root: Place = { shown: '', typeName: type.kind, path: '', depth: 0 }
  return { object: visit(schemaOf(type), given, root) as JsonObject, unknown }
}

/** Go writes no empty maps and lists, but those that are required. */
const isLeftOut = (schema: MapSchema, name: string, field: FieldSchema, value: Json): boolean =>
  schema.struct &&
  (field.shape === 'list' || (field.shape === 'map' && !field.struct)) &&
  Object.keys(value ?? {}).length === 0 &&
  !schema.alwaysWritten.some(written => written.name === name)

/** Where a value is: as clients are shown it, and as Go's decoder names it, which leaves out items and keys. */
interface Place {
  readonly shown: string
  readonly typeName: string
  readonly path: string
  readonly depth: number
}

const inStruct = ({ typeName }: MapSchema, name: string, { path, depth }: Place, shown: string): Place => ({
  shown,
  typeName,
  path: path === '' ? name : `${path}.${name}`,
  depth: depth + 1,
})

const below = (place: Place, shown: string): Place => ({ ...place, shown, depth: place.depth + 1 })

function scalar(schema: ScalarSchema, value: Json, place: Place): Json {
  const given = wordOf(value)
  const fits =
    schema.type === 'any' ||
    (schema.type === 'stringOrNumber' && (given === 'string' || given === 'number')) ||
    (schema.type === 'boolean' && given === 'bool') ||
    schema.type === given ||
    (schema.type === 'integer' && Number.isInteger(value))
  if (!fits) throw mismatch(schema, value, place)
  return value
}

const mismatch = (schema: FieldSchema, value: Json, { typeName, path }: Place) =>
  new FieldTypeError(`json: cannot unmarshal ${wordOf(value)} into Go struct field ${typeName}.${path} of type ${goType(schema)}`)

const wordOf = (value: Json): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value

const goNames: { readonly [type: string]: string } = {
  boolean: 'bool',
  number: 'float64',
  stringOrNumber: 'intstr.IntOrString',
  any: 'interface {}',
}

function goType(schema: FieldSchema): string {
  if (schema.shape === 'list') return `[]${goType(schema.items)}`
  if (schema.shape === 'map') return schema.struct ? `v1.${schema.typeName}` : `map[string]${goType(schema.field('') as FieldSchema)}`
  if (schema.type === 'integer') return schema.format ?? 'int64'
  return goNames[schema.type] ?? (schema.format === 'byte' ? '[]uint8' : 'string')
}

const emptyOf = (schema: FieldSchema): Json => (schema.shape === 'map' ? {} : schema.shape === 'list' ? [] : '')
