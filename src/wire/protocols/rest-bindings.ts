import { ServiceError } from '../errors.ts'
import type { WireRequest } from '../message.ts'
import type { ListShape, Member, ServiceModel, Shape, SimpleShape, StructureShape } from '../model.ts'
import { matchRoute } from './rest-routes.ts'
import { readText, writeText } from './text-values.ts'

interface Values {
  [name: string]: unknown
}

/**
 * The members of an input that come in the path, the query or headers.
 * @throws ServiceError SerializationException for text that its member's type refuses
 * @see    Smithy, "HTTP binding traits"
 */
export function readBindings(request: WireRequest, model: ServiceModel, shape: StructureShape): Values {
  const result = Object.create(null) as Values
  const labels = matchRoute(model, request)?.labels ?? {}
  const parameters = new URLSearchParams(request.query)
  for (const [name, member] of Object.entries(shape.members)) {
    const value = member.location && located(request, model, name, member, labels, parameters)
    if (value !== undefined) result[name] = value
  }
  return result
}

function located(
  request: WireRequest,
  model: ServiceModel,
  name: string,
  member: Member,
  labels: { readonly [name: string]: string },
  parameters: URLSearchParams,
): unknown {
  const key = member.name ?? name
  const shape = model.shapes[member.shape] as Shape
  switch (member.location) {
    case 'uri':
      return labels[key] === undefined ? undefined : scalar(shape, member, labels[key], 'iso8601')
    case 'querystring':
      return fromQuery(model, shape, member, key, parameters)
    case 'header': {
      const text = headerOf(request, key)
      if (text === undefined) return undefined
      if (shape.type === 'list') return listed(text, shape, model)
      return shape.type === 'string' && (member.jsonvalue || shape.jsonvalue)
        ? jsonValue(text)
        : scalar(shape, member, text.trim(), 'rfc822')
    }
    case 'headers':
      return prefixed(request, key)
    default:
      return undefined
  }
}

function fromQuery(model: ServiceModel, shape: Shape, member: Member, key: string, parameters: URLSearchParams): unknown {
  if (shape.type === 'map') return queryMap(model.shapes[shape.value.shape] as Shape, parameters)
  const given = parameters.getAll(key)
  if (given.length === 0) return undefined
  if (shape.type !== 'list') return scalar(shape, member, given[0] as string, 'iso8601')
  const itemShape = model.shapes[shape.member.shape] as Shape
  return given.map(text => scalar(itemShape, shape.member, text, 'iso8601'))
}

/** All parameters of the query. Smithy, "httpQueryParams trait". */
function queryMap(valueShape: Shape, parameters: URLSearchParams): Values {
  const result = Object.create(null) as Values
  for (const name of new Set(parameters.keys())) result[name] = valueShape.type === 'list' ? parameters.getAll(name) : parameters.get(name)
  return result
}

const headerOf = ({ headers }: WireRequest, name: string): string | undefined =>
  Object.hasOwn(headers, name.toLowerCase()) ? headers[name.toLowerCase()] : undefined

/** Headers by prefix, such as `x-amz-meta-`; names without it, in lower case. Smithy, "httpPrefixHeaders trait". */
function prefixed({ headers }: WireRequest, prefix: string): Values | undefined {
  const start = prefix.toLowerCase()
  const found = Object.entries(headers).filter(([name]) => name.startsWith(start))
  if (found.length === 0) return undefined
  return Object.assign(Object.create(null), Object.fromEntries(found.map(([name, value]) => [name.slice(start.length), value]))) as Values
}

/** Values between commas, quoted where they hold one themselves; HTTP dates hold one each. RFC 9110, section 5.6.1. */
function listed(text: string, shape: ListShape, model: ServiceModel): unknown[] {
  const itemShape = model.shapes[shape.member.shape] as Shape
  const parts =
    itemShape.type === 'timestamp' && /[A-Za-z]{3}, /.test(text)
      ? (text.match(/[A-Za-z]{3}, [^,]+/g) ?? [])
      : (text.match(/"(?:[^"\\]|\\.)*"|[^,"\s](?:[^,]*[^,\s])?/g) ?? [])
  return parts.map(part =>
    scalar(
      itemShape,
      shape.member,
      part.startsWith('"') && part.endsWith('"') ? part.slice(1, -1).replace(/\\(.)/g, '$1') : part.trim(),
      'rfc822',
    ),
  )
}

/** A `jsonvalue` header is base64 of JSON; its text is what the operation gets. */
function jsonValue(text: string): string {
  const json = Buffer.from(text, 'base64').toString('utf8')
  try {
    JSON.parse(json)
  } catch {
    throw new ServiceError('SerializationException', 400, 'A header is not base64-encoded JSON.')
  }
  return json
}

function scalar(shape: Shape, member: Member, text: string, format: 'iso8601' | 'rfc822'): unknown {
  const refuse = () => new ServiceError('SerializationException', 400, `'${text.slice(0, 50)}' can not be converted to ${shape.type}`)
  // HTTP has one spelling of each; forms of the query protocol are more lenient.
  if (shape.type === 'boolean' && text !== 'true' && text !== 'false') throw refuse()
  return readText(shape as SimpleShape, member, text, format, refuse)
}

/** Headers and status that an output's members make. */
export function writeBindings(
  model: ServiceModel,
  shape: StructureShape,
  values: { readonly [name: string]: unknown },
): { readonly headers: { [name: string]: string }; readonly status?: number } {
  const headers: { [name: string]: string } = {}
  let status: number | undefined
  for (const [name, member] of Object.entries(shape.members)) {
    const value = values[name]
    if (value === undefined || value === null) continue
    const key = (member.name ?? name).toLowerCase()
    if (member.location === 'statusCode') status = Number(value)
    if (member.location === 'header') headers[key] = headerText(model, member, value)
    if (member.location === 'headers')
      for (const [suffix, text] of Object.entries(value as object)) headers[`${key}${suffix.toLowerCase()}`] = legalHeader(String(text))
  }
  return { headers, ...(status !== undefined && { status }) }
}

function headerText(model: ServiceModel, member: Member, value: unknown): string {
  const shape = model.shapes[member.shape] as Shape
  if (shape.type === 'list') {
    const itemShape = model.shapes[shape.member.shape] as SimpleShape
    return (value as readonly unknown[]).map(item => quoted(writeText(itemShape, shape.member, item, 'rfc822'), itemShape)).join(', ')
  }
  const text = writeText(shape as SimpleShape, member, value, 'rfc822')
  return member.jsonvalue || (shape as SimpleShape).jsonvalue ? Buffer.from(text).toString('base64') : legalHeader(text)
}

const quoted = (text: string, { type }: SimpleShape) =>
  type === 'string' && /[,"]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text

/** Headers carry printable ASCII: other text goes as an encoded word, as S3 answers metadata. RFC 2047. */
const legalHeader = (text: string) => (/^[\t\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`)
