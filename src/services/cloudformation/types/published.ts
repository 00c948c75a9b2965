import type { Json, JsonObject } from '../../../types/json.ts'
import { isObject } from '../template/template.ts'
import schemas from './published-schemas.json' with { type: 'json' }

/** What a published schema says of a value. JSON Schema Validation, draft 7, as far as CloudFormation's types use it. */
interface ValueSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | number)[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly uniqueItems?: boolean
  readonly items?: ValueSchema
  readonly properties?: { readonly [name: string]: ValueSchema }
  readonly required?: readonly string[]
}

/** What CloudFormation publishes of a type of resources. */
export interface PublishedSchema {
  readonly properties: { readonly [name: string]: ValueSchema }
  readonly required: readonly string[]
  /** What only a new resource can have otherwise: properties, and members of them after a dot. */
  readonly replaces: readonly string[]
  readonly attributes: readonly string[]
  /** Whether its resources get CloudFormation's own tags. */
  readonly systemTags: boolean
}

/** By type; `scripts/generate-resource-schemas.py` writes them. */
export const publishedSchemas: { readonly [type: string]: PublishedSchema } = schemas

/**
 * What is wrong with the properties of a resource that its type serves: members that there are none of, values of another type, or out of bounds.
 * @param served  the names of the type's properties that are served here
 * @returns       each in the words of CloudFormation's validator
 */
export function propertyProblems(type: string, served: readonly string[], properties: JsonObject): string[] {
  const published = publishedSchemas[type]
  return Object.entries(properties).flatMap(([name, value]) => {
    const schema = published?.properties[name]
    if (served.includes(name)) return schema === undefined || value === undefined ? [] : valueProblems(schema, value, `#/${name}`)
    return [schema === undefined ? `#: extraneous key [${name}] is not permitted` : `#: Gatehouse does not serve the property [${name}]`]
  })
}

function valueProblems(schema: ValueSchema, value: Json, place: string): string[] {
  if (isYetUnknown(value)) return []
  const expected = schema.type === undefined ? [] : [schema.type].flat()
  if (expected.length > 0 && !expected.some(type => isOf(type, value)))
    return [`${place}: expected type: ${schemaNames[expected[0] ?? ''] ?? 'JSONObject'}, found: ${javaName(value)}`]
  if (Array.isArray(value)) return listProblems(schema, value, place)
  if (isObject(value)) return memberProblems(schema, value, place)
  return textProblems(schema, String(value), place)
}

/** What a change set does not know before its resource is made stands in double braces. */
const isYetUnknown = (value: Json): boolean => typeof value === 'string' && value.includes('{{')

/** Templates write numbers and truth either way: `"true"` or `true`, `"3600"` or `3600`. */
function isOf(type: string, value: Json): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false'
    case 'integer':
      return typeof value !== 'boolean' && /^[+-]?\d+$/.test(String(value))
    case 'number':
      return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
    default:
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  }
}

const schemaNames: { readonly [type: string]: string } = {
  array: 'JSONArray',
  object: 'JSONObject',
  string: 'String',
  boolean: 'Boolean',
  integer: 'Integer',
  number: 'Number',
}

function javaName(value: Json): string {
  if (Array.isArray(value)) return 'JSONArray'
  if (value === null) return 'Null'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'BigDecimal'
  return typeof value === 'object' ? 'JSONObject' : typeof value === 'boolean' ? 'Boolean' : 'String'
}

function listProblems(
  { items, minItems = 0, maxItems = Infinity, uniqueItems }: ValueSchema,
  list: readonly Json[],
  place: string,
): string[] {
  const known = list.filter(each => !isYetUnknown(each)).map(each => JSON.stringify(each))
  return [
    ...(list.length < minItems ? [`${place}: expected minimum item count: ${minItems}, found: ${list.length}`] : []),
    ...(list.length > maxItems ? [`${place}: expected maximum item count: ${maxItems}, found: ${list.length}`] : []),
    ...(uniqueItems && new Set(known).size < known.length ? [`${place}: array items are not unique`] : []),
    ...(items === undefined ? [] : list.flatMap((each, index) => valueProblems(items, each, `${place}/${index}`))),
  ]
}

function memberProblems({ properties, required = [] }: ValueSchema, value: JsonObject, place: string): string[] {
  if (properties === undefined) return []
  return [
    ...required.filter(name => value[name] === undefined).map(name => `${place}: required key [${name}] not found`),
    ...Object.entries(value).flatMap(([name, each]) => {
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (schema === undefined) return [`${place}: extraneous key [${name}] is not permitted`]
      return each === undefined ? [] : valueProblems(schema, each, `${place}/${name}`)
    }),
  ]
}

function textProblems(schema: ValueSchema, text: string, place: string): string[] {
  const { minLength = 0, maxLength = Infinity, minimum = -Infinity, maximum = Infinity } = schema
  const { length } = [...text]
  const broken = [
    ...(schema.enum !== undefined && !schema.enum.some(each => String(each) === text) ? ['enum'] : []),
    ...(Number(text) < minimum ? ['minimum'] : []),
    ...(Number(text) > maximum ? ['maximum'] : []),
  ]
  return [
    ...(length < minLength ? [`${place}: expected minLength: ${minLength}, actual: ${length}`] : []),
    ...(length > maxLength ? [`${place}: expected maxLength: ${maxLength}, actual: ${length}`] : []),
    ...broken.map(keyword => `${place}: failed validation constraint for keyword [${keyword}]`),
  ]
}
