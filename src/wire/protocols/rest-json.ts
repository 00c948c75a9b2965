import type { WireRequest, WireResponse } from '../message.ts'
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.ts'
import { fromJson, parseJsonBody, toJson } from './json-values.ts'
import type { Protocol } from './protocol.ts'
import { readBindings, writeBindings } from './rest-bindings.ts'
import { matchRoute } from './rest-routes.ts'

/** REST with JSON bodies: method and path name the operation. Smithy, "AWS restJson1 protocol". */
export const restJson: Protocol = {
  operationName: (request, model) => matchRoute(model, request)?.operation,

  decode(request, model, operation) {
    if (!operation.input) return {}
    const shape = model.shapes[operation.input] as StructureShape
    const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
    Object.assign(result, payloadOf(request, model, operation.input, shape))
    Object.assign(result, readBindings(request, model, shape))
    return result
  },

  encode(output, model, operationName, requestId) {
    const operation = model.operations[operationName] as OperationModel
    const shape = operation.output ? (model.shapes[operation.output] as StructureShape) : undefined
    if (!operation.output || !shape) return { status: operation.status ?? 200, headers: identified(requestId), body: '' }
    const values = (output ?? {}) as { readonly [name: string]: unknown }
    const { headers, status = operation.status ?? 200 } = writeBindings(model, shape, values)
    const payload = shape.payload
    if (payload) {
      const raw = rawPayload(model, shape.members[payload] as Member, values[payload])
      if (raw) return { status, headers: { ...identified(requestId), ...raw.headers, ...headers }, body: raw.body }
    }
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
  if (payloadShape.type === 'string') return { [shape.payload]: Buffer.from(request.body).toString('utf8') }
  return request.body.length === 0 ? {} : { [shape.payload]: fromJson(model, member.shape, parseJsonBody(request.body)) }
}

/** A payload that is bytes or text goes as it is. Smithy, "httpPayload trait". */
function rawPayload(model: ServiceModel, member: Member, value: unknown): Pick<WireResponse, 'headers' | 'body'> | undefined {
  const { type } = model.shapes[member.shape] as Shape
  if (type === 'blob') return { headers: { 'content-type': 'application/octet-stream' }, body: (value ?? '') as Uint8Array }
  if (type === 'string') return { headers: { 'content-type': 'text/plain' }, body: (value ?? '') as string }
  return undefined
}

const identified = (requestId: string) => ({ 'x-amzn-requestid': requestId })

const response = (status: number, body: unknown, requestId: string, headers: { readonly [name: string]: string } = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...identified(requestId), ...headers },
  body: JSON.stringify(body),
})
