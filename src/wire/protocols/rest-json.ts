import { ServiceError } from '../errors.ts'
import type { WireRequest, WireResponse } from '../message.ts'
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.ts'
import { fromJson, parseJsonBody, toJson } from './json-values.ts'
import type { Protocol } from './protocol.ts'
import { matchRoute } from './rest-routes.ts'
import { parseTimestamp } from './timestamps.ts'

/** REST with JSON bodies: method and path name the operation. Smithy, "AWS restJson1 protocol". */
export const restJson: Protocol = {
  operationName: (request, model) => matchRoute(model, request)?.operation,

  decode(request, model, operation) {
    if (!operation.input) return {}
    const shape = model.shapes[operation.input] as StructureShape
    const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
    Object.assign(result, payloadOf(request, model, operation.input, shape))
    const labels = matchRoute(model, request)?.labels ?? {}
    const parameters = new URLSearchParams(request.query)
    for (const [name, member] of Object.entries(shape.members)) {
      const value = located(request, model, name, member, labels, parameters)
      if (value !== undefined) result[name] = value
    }
    return result
  },

  encode(output, model, operationName, requestId) {
    const operation = model.operations[operationName] as OperationModel
    const shape = operation.output ? (model.shapes[operation.output] as StructureShape) : undefined
    if (!operation.output || !shape) return response(operation.status ?? 200, {}, requestId)
    const values = (output ?? {}) as { readonly [name: string]: unknown }
    const headers: { [name: string]: string } = {}
    let status = operation.status ?? 200
    for (const [name, member] of Object.entries(shape.members)) {
      if (values[name] === undefined) continue
      if (member.location === 'header') headers[(member.name ?? name).toLowerCase()] = String(values[name])
      if (member.location === 'statusCode') status = Number(values[name])
    }
    const payload = shape.payload
    const body = payload
      ? toJson(model, (shape.members[payload] as Member).shape, values[payload])
      : toJson(model, operation.output, values)
    return response(status, body, requestId, headers)
  },

  encodeError(error, _model, requestId) {
    return response(error.status, { message: error.message, ...error.fields }, requestId, { 'x-amzn-errortype': error.code })
  },
}

function payloadOf(request: WireRequest, model: ServiceModel, shapeName: string, shape: StructureShape): object {
  if (!shape.payload) return fromJson(model, shapeName, parseJsonBody(request.body)) as object
  const member = shape.members[shape.payload] as Member
  const payloadShape = model.shapes[member.shape] as Shape
  if (payloadShape.type === 'blob') return { [shape.payload]: request.body }
  return request.body.length === 0 ? {} : { [shape.payload]: fromJson(model, member.shape, parseJsonBody(request.body)) }
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
  switch (member.location) {
    case 'uri':
      return labels[key] === undefined ? undefined : scalar(model, member.shape, labels[key])
    case 'querystring': {
      const shape = model.shapes[member.shape] as Shape
      const given = parameters.getAll(key)
      if (given.length === 0) return undefined
      return shape.type === 'list'
        ? given.map(text => scalar(model, shape.member.shape, text))
        : scalar(model, member.shape, given[0] as string)
    }
    case 'header': {
      const text = request.headers[key.toLowerCase()]
      return text === undefined ? undefined : scalar(model, member.shape, text)
    }
    default:
      return undefined
  }
}

function scalar(model: ServiceModel, shapeName: string, text: string): unknown {
  const shape = model.shapes[shapeName] as Shape
  const bad = () => new ServiceError('SerializationException', 400, `'${text.slice(0, 50)}' can not be converted to ${shape.type}`)
  switch (shape.type) {
    case 'integer':
    case 'long':
      if (!/^-?\d{1,19}$/.test(text)) throw bad()
      return Number(text)
    case 'float':
    case 'double':
      if (text === '' || Number.isNaN(Number(text))) throw bad()
      return Number(text)
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw bad()
      return text === 'true'
    case 'timestamp': {
      const at = parseTimestamp(text, shape.timestampFormat ?? 'iso8601')
      if (!at) throw bad()
      return at
    }
    default:
      return text
  }
}

const response = (status: number, body: unknown, requestId: string, headers: { readonly [name: string]: string } = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers },
  body: JSON.stringify(body),
})
