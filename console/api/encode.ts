import { encodeRfc3986 } from '../../src/wire/sigv4/canonical-request.ts'
import type { Input } from './call.ts'
import type { ClientMember, ClientModel, ClientOperation, ClientShape } from './client-model.ts'

export interface Encoded {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** An input as its service's protocol writes it. Smithy, "AWS protocols". */
export function encode(model: ClientModel, operationName: string, input: Input): Encoded {
  const operation = model.operations[operationName] as ClientOperation
  const given = withTokens(model, operation, input)
  if (model.protocol === 'query') return encodeQuery(model, operationName, operation, given)
  if (model.protocol === 'json') return encodeJson(model, operationName, operation, given)
  return encodeRest(model, operation, given)
}

/** Calls that are safe to repeat carry a token; the caller need not think of one. Smithy, "idempotencyToken trait". */
function withTokens(model: ClientModel, { input }: ClientOperation, given: Input): Input {
  const tokens = membersOf(model, input).filter(([name, member]) => member.idempotencyToken && given[name] === undefined)
  return tokens.length === 0 ? given : { ...given, ...Object.fromEntries(tokens.map(([name]) => [name, crypto.randomUUID()])) }
}

function encodeQuery(model: ClientModel, name: string, { input }: ClientOperation, given: Input): Encoded {
  const parameters = new URLSearchParams({ Action: name, Version: model.apiVersion })
  if (input) addParameters(model, parameters, input, '', given)
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: parameters.toString(),
  }
}

function addParameters(model: ClientModel, parameters: URLSearchParams, shapeName: string, prefix: string, value: unknown): void {
  const shape = model.shapes[shapeName] as ClientShape
  if (shape.type === 'structure') {
    for (const [name, member] of Object.entries(shape.members)) {
      const item = (value as Input)[name]
      if (item !== undefined) addParameters(model, parameters, member.shape, `${prefix && `${prefix}.`}${member.name ?? name}`, item)
    }
  } else if (shape.type === 'list') {
    const items = value as readonly unknown[]
    // An empty list is a parameter without a value.
    if (items.length === 0) parameters.set(prefix, '')
    items.forEach((item, index) =>
      addParameters(model, parameters, shape.member.shape, `${prefix}.${shape.member.name ?? 'member'}.${index + 1}`, item),
    )
  } else if (shape.type === 'map') {
    Object.entries(value as Input).forEach(([key, item], index) => {
      parameters.set(`${prefix}.entry.${index + 1}.key`, key)
      addParameters(model, parameters, shape.value.shape, `${prefix}.entry.${index + 1}.value`, item)
    })
  } else parameters.set(prefix, textOf(value))
}

const textOf = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value))

function encodeJson(model: ClientModel, name: string, { input }: ClientOperation, given: Input): Encoded {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': `application/x-amz-json-${model.jsonVersion ?? '1.1'}`, 'x-amz-target': `${model.targetPrefix}.${name}` },
    body: JSON.stringify(input ? jsonOf(model, input, given) : {}),
  }
}

function encodeRest(model: ClientModel, { method, uri, input }: ClientOperation, given: Input): Encoded {
  const members = membersOf(model, input)
  const located = (location: ClientMember['location']) =>
    members.flatMap(([name, member]) =>
      member.location === location && given[name] !== undefined ? [[member.name ?? name, given[name]] as const] : [],
    )
  const labels = new Map(located('uri'))
  const [pathTemplate = '/', fixedQuery = ''] = uri.split('?')
  const path = pathTemplate.replaceAll(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const text = textOf(labels.get(name) ?? '')
    return greedy ? text.split('/').map(encodeRfc3986).join('/') : encodeRfc3986(text)
  })
  const query = located('querystring').flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(item => `${encodeRfc3986(name)}=${encodeRfc3986(textOf(item))}`),
  )
  const body = input && members.some(([, member]) => !member.location) ? JSON.stringify(jsonOf(model, input, given)) : ''
  return {
    method,
    path,
    query: [...(fixedQuery ? [fixedQuery] : []), ...query].join('&'),
    headers: body ? { 'content-type': 'application/json' } : {},
    body,
  }
}

function membersOf(model: ClientModel, shapeName: string | undefined): [string, ClientMember][] {
  const shape = shapeName ? model.shapes[shapeName] : undefined
  return shape?.type === 'structure' ? Object.entries(shape.members) : []
}

function jsonOf(model: ClientModel, shapeName: string, value: unknown): unknown {
  const shape = model.shapes[shapeName] as ClientShape
  if (shape.type === 'structure') {
    const entries = Object.entries(shape.members).flatMap(([name, member]) => {
      const item = (value as Input)[name]
      return member.location || item === undefined ? [] : [[member.name ?? name, jsonOf(model, member.shape, item)]]
    })
    return Object.fromEntries(entries) as unknown
  }
  if (shape.type === 'list') return (value as readonly unknown[]).map(item => jsonOf(model, shape.member.shape, item))
  if (shape.type === 'map')
    return Object.fromEntries(Object.entries(value as Input).map(([key, item]) => [key, jsonOf(model, shape.value.shape, item)])) as unknown
  return value instanceof Date ? value.getTime() / 1000 : value
}
