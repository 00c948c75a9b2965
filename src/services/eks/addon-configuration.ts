import { parseDocument } from 'yaml'
import { addons as catalogue } from '../../catalogue/addons.ts'
import { anyObject, type JsonSchema, type JsonType } from '../../catalogue/addon-schemas.ts'
import { eks } from './service.ts'

/** The schema of an add-on's configuration values. */
export const configurationSchemaOf = (addonName: string): JsonSchema =>
  catalogue.find(({ name }) => name === addonName)?.configurationSchema ?? anyObject

interface Configured {
  readonly clusterName: string
  readonly addonName: string
  readonly configurationValues?: string
}

const mostFailures = 20

/**
 * Holds configuration values, JSON or YAML, to the schema that DescribeAddonConfiguration tells. EKS API Reference, "CreateAddon".
 * @throws InvalidParameterException in the words that users were shown
 */
export function checkConfiguration({ configurationValues, clusterName, addonName }: Configured): void {
  if (configurationValues === undefined || configurationValues.trim() === '') return
  const refused = (why: string) =>
    new eks.InvalidParameterException(`ConfigurationValue provided in request is not supported: ${why}`, { clusterName, addonName })
  const values = valuesIn(configurationValues)
  if (values === undefined) throw refused('Input is neither a valid JSON nor a valid YAML.')
  const schema = configurationSchemaOf(addonName)
  const failures = failuresOf(schema, values.value, '$', schema)
  if (failures.length > 0) throw refused(`Json schema validation failed with error: [${failures.slice(0, mostFailures).join(', ')}]`)
}

/** JSON is YAML too. Aliases are not resolved: a few of them can make a value without end. */
function valuesIn(text: string): { readonly value: unknown } | undefined {
  try {
    const document = parseDocument(text, { strict: true, uniqueKeys: true, logLevel: 'silent' })
    return document.errors.length > 0 ? undefined : { value: document.toJS({ maxAliasCount: 0 }) }
  } catch {
    return undefined
  }
}

function typeOf(value: unknown): JsonType | 'number' {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value as JsonType
}

/** What of a value is not as its schema says. JSON Schema Validation, draft 6, for the keywords that the schemas use. */
function failuresOf(schema: JsonSchema, value: unknown, path: string, root: JsonSchema): string[] {
  if (schema.$ref !== undefined) {
    const target = root.definitions?.[schema.$ref.slice('#/definitions/'.length)]
    return target ? failuresOf(target, value, path, root) : []
  }
  const found = typeOf(value)
  const wanted = schema.type === undefined ? [] : [schema.type].flat()
  if (wanted.length > 0 && !wanted.includes(found as JsonType))
    return [`${path}: ${found} found, ${wanted.length === 1 ? wanted[0] : `[${wanted.join(', ')}]`} expected`]
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum)
    return [`${path}: must have a minimum value of ${schema.minimum}`]
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.flatMap((item, index) => failuresOf(items, item, `${path}[${index}]`, root)) : []
  }
  return found === 'object' ? failuresIn(schema, value as { readonly [name: string]: unknown }, path, root) : []
}

function failuresIn(schema: JsonSchema, value: { readonly [name: string]: unknown }, path: string, root: JsonSchema): string[] {
  const { properties = {}, additionalProperties = true, required = [], minProperties = 0 } = schema
  const failures = required.filter(name => !Object.hasOwn(value, name)).map(name => `${path}.${name}: is missing but it is required`)
  if (Object.keys(value).length < minProperties) failures.push(`${path}: should have a minimum of ${minProperties} properties`)
  for (const [name, child] of Object.entries(value)) {
    const place = `${path}.${name}`
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known) failures.push(...failuresOf(known, child, place, root))
    else if (additionalProperties === false)
      failures.push(`${place}: is not defined in the schema and the schema does not allow additional properties`)
    else if (additionalProperties !== true) failures.push(...failuresOf(additionalProperties, child, place, root))
  }
  return failures
}
