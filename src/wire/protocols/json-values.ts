import { ServiceError } from '../errors.ts'
import type { Member, ServiceModel, Shape, StructureShape } from '../model.ts'
import { readBase64 } from './text-values.ts'
import { formatTimestamp, parseTimestamp } from './timestamps.ts'

/** Deeper than any input of a served service. */
const deepest = 64

/**
 * Reads a JSON document.
 * @throws ServiceError SerializationException when it is not JSON, or not an object
 */
export function parseJsonBody(body: Uint8Array): { readonly [name: string]: unknown } {
  if (body.length === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw unreadable('The request body is not JSON.')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw unreadable('Start of structure or map found where not expected.')
  return value as { readonly [name: string]: unknown }
}

/** A JSON value as its shape types it; members that the model does not know are left out. */
export function fromJson(model: ServiceModel, shapeName: string, value: unknown, depth = 0, member?: Member): unknown {
  if (depth > deepest) throw unreadable('The document nests too deeply.')
  const shape = model.shapes[shapeName] as Shape
  switch (shape.type) {
    case 'structure': {
      const source = objectOf(value)
      if (shape.union) checkUnion(shape, source)
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const [name, inner] of Object.entries(shape.members)) {
        if (inner.location) continue
        const key = inner.name ?? name
        const item = Object.hasOwn(source, key) ? source[key] : undefined
        if (item !== undefined && item !== null) result[name] = fromJson(model, inner.shape, item, depth + 1, inner)
      }
      return result
    }
    case 'list':
      if (!Array.isArray(value)) throw unreadable('Expected list or null')
      return value.map(item => fromJson(model, shape.member.shape, present(item), depth + 1, shape.member))
    case 'map': {
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const [key, item] of Object.entries(objectOf(value)))
        result[key] = fromJson(model, shape.value.shape, present(item), depth + 1, shape.value)
      return result
    }
    case 'string':
      if (typeof value !== 'string') throw unreadable(`${nameOf(value)} can not be converted to a String`)
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw unreadable(`${nameOf(value)} can not be converted to Boolean`)
      return value
    case 'integer':
    case 'long':
      if (
        typeof value !== 'number' ||
        !Number.isInteger(value) ||
        Math.abs(value) > 2 ** 63 ||
        (shape.type === 'integer' && (value > 2 ** 31 - 1 || value < -(2 ** 31)))
      )
        throw unreadable(`${nameOf(value)} can not be converted to an Integer`)
      return value
    case 'float':
    case 'double':
      // JSON has no word for these numbers: Smithy writes them as text.
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
      if (typeof value !== 'number') throw unreadable(`${nameOf(value)} can not be converted to a Double`)
      return value
    case 'timestamp': {
      const format = member?.timestampFormat ?? shape.timestampFormat ?? 'unixTimestamp'
      const at = typeof value === (format === 'unixTimestamp' ? 'number' : 'string') ? parseTimestamp(String(value), format) : undefined
      if (!at) throw unreadable(`${nameOf(value)} can not be converted to a Timestamp`)
      return at
    }
    case 'blob': {
      const bytes = typeof value === 'string' ? readBase64(value) : undefined
      if (!bytes) throw unreadable(`${nameOf(value)} can not be converted to a Blob`)
      return bytes
    }
    case 'document':
      checkDepth(value, depth)
      return value
  }
}

/** A typed value as JSON; members with a location of their own (headers) are left out. */
export function toJson(model: ServiceModel, shapeName: string, value: unknown, place?: Member): unknown {
  const shape = model.shapes[shapeName] as Shape
  switch (shape.type) {
    case 'structure': {
      const source = (value ?? {}) as { readonly [name: string]: unknown }
      const result: { [name: string]: unknown } = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const item = source[name]
        if (!member.location && item !== undefined && item !== null) result[member.name ?? name] = toJson(model, member.shape, item, member)
      }
      return result
    }
    case 'list':
      return (value as readonly unknown[]).map(item => toJson(model, shape.member.shape, item, shape.member))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, toJson(model, shape.value.shape, item, shape.value)]),
      )
    case 'timestamp':
      return formatTimestamp(value as Date, place?.timestampFormat ?? shape.timestampFormat ?? 'unixTimestamp')
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'float':
    case 'double':
      return Number.isFinite(value) ? value : String(value)
    default:
      return value
  }
}

/** Items and values are there, or not in the document. Smithy, "sparse trait": no served model has it. */
function present(item: unknown): unknown {
  if (item === null) throw unreadable('NULL_VALUE is not allowed in a list or map')
  return item
}

/** One member, and none that is not known. Smithy, "Union". */
function checkUnion({ members }: StructureShape, source: { readonly [name: string]: unknown }): void {
  const set = Object.entries(source).filter(([key, item]) => key !== '__type' && item !== null)
  const known = new Set(Object.entries(members).map(([name, inner]) => inner.name ?? name))
  if (set.length !== 1 || !set.every(([key]) => known.has(key))) throw unreadable('A union has exactly one of its members')
}

/** Documents are kept as they are, and written out again: a deep one would exhaust the stack. */
function checkDepth(value: unknown, depth: number): void {
  if (depth > deepest) throw unreadable('The document nests too deeply.')
  if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) checkDepth(item, depth + 1)
}

function objectOf(value: unknown): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable('Unexpected token received from parser')
  return value as { readonly [name: string]: unknown }
}

const nameOf = (value: unknown) =>
  value === null
    ? 'NULL_VALUE'
    : Array.isArray(value)
      ? 'START_ARRAY'
      : typeof value === 'object'
        ? 'START_OBJECT'
        : `${typeof value}_value`.toUpperCase()

const unreadable = (message: string) => new ServiceError('SerializationException', 400, message)
