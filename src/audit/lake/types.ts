/** A type of Trino's. Structures are read by field, maps (of texts to texts) by key, arrays by place, from the JSON of a record. */
export type Type =
  | { readonly name: 'varchar' | 'bigint' | 'double' | 'boolean' | 'timestamp' | 'date' | 'unknown' | 'map' | 'json' }
  | { readonly name: 'struct'; readonly fields: Fields }
  | { readonly name: 'array'; readonly of: Type }

/** Fields by name; the key of JSON is written as CloudTrail writes it, names are not distinguished by case. */
export type Fields = { readonly [name: string]: Type }

export const varchar: Type = { name: 'varchar' }
export const bigint: Type = { name: 'bigint' }
export const double: Type = { name: 'double' }
export const boolean: Type = { name: 'boolean' }
export const timestamp: Type = { name: 'timestamp' }
export const date: Type = { name: 'date' }
export const unknown: Type = { name: 'unknown' }
export const map: Type = { name: 'map' }
/** JSON of any kind, as text. */
export const json: Type = { name: 'json' }
export const arrayOf = (of: Type): Type => ({ name: 'array', of })

export const isNumber = ({ name }: Type): boolean => name === 'bigint' || name === 'double' || name === 'unknown'
export const isTime = ({ name }: Type): boolean => name === 'timestamp' || name === 'date' || name === 'unknown'
/** Whether parts can be read out of a value. */
export const isMade = ({ name }: Type): boolean => name === 'map' || name === 'struct' || name === 'array' || name === 'json'
export const isScalar = (type: Type): boolean => !isMade(type)

/** How a message calls a type. */
export const typeName = (type: Type): string =>
  type.name === 'map'
    ? 'map(varchar, varchar)'
    : type.name === 'array'
      ? `array(${typeName(type.of)})`
      : type.name === 'struct'
        ? 'row'
        : type.name

/** The type that values of both types fit in. @returns undefined when there is none */
export function commonType(one: Type, other: Type): Type | undefined {
  if (one.name === 'unknown') return other
  if (other.name === 'unknown') return one
  if (typeName(one) === typeName(other)) return one
  if (isNumber(one) && isNumber(other)) return double
  return isTime(one) && isTime(other) ? timestamp : undefined
}

/**
 * Reads a time as CloudTrail Lake's queries write it.
 * @param text  such as `2023-01-31`, `2023-01-31 08:00:00.000` or `2023-01-31T08:00:00Z`, in UTC
 * @returns     epoch milliseconds, or undefined when it is none
 */
export function timeOf(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?:Z| UTC)?)?$/.exec(text.trim())
  if (!parts) return undefined
  const [, day = '', clock = '00:00'] = parts
  const at = Date.parse(`${day}T${clock}Z`)
  // Of days that are not there, such as 30 February, JavaScript makes others.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : Math.floor(at)
}

/** A value of a result as Trino prints it; what is absent is an empty text. */
export function shown(value: unknown, type: Type): string {
  if (value === null || value === undefined) return ''
  switch (type.name) {
    case 'boolean':
      return value === 0 || value === false ? 'false' : 'true'
    case 'timestamp':
      return new Date(Number(value)).toISOString().replace('T', ' ').slice(0, -1)
    case 'date':
      return new Date(Number(value)).toISOString().slice(0, 10)
    case 'double':
      return Number.isInteger(value) ? `${String(value)}.0` : String(value)
    case 'map':
    case 'struct':
    case 'array':
      return shownJson(JSON.parse(String(value)))
    default:
      return String(value)
  }
}

function shownJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shownJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${shownJson(item)}`)
    .join(', ')}}`
}
