import type { WireRequest, WireResponse } from '../message.ts'
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.ts'
import { errorParts } from './json-errors.ts'
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
    if (!shape.payload) return response(status, toJson(model, operation.output, values), requestId, headers)
    const { type, body } = payloadBody(model, shape.members[shape.payload] as Member, values[shape.payload])
    return { status, headers: { ...identified(requestId), ...(type !== undefined && { 'content-type': type }), ...headers }, body }
  },

  encodeError(error, model, requestId) {
    const { body, headers } = errorParts(error, model)
    return response(error.status, body, requestId, { 'x-amzn-errortype': error.code, ...headers })
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

/** A payload that is bytes or text goes as it is; one that is absent has no document. Smithy, "httpPayload trait". */
function payloadBody(model: ServiceModel, member: Member, value: unknown): { readonly type?: string; readonly body: WireResponse['body'] } {
  if (value === undefined || value === null) return { body: '' }
  const { type } = model.shapes[member.shape] as Shape
  if (type === 'blob') return { type: 'application/octet-stream', body: value as Uint8Array }
  if (type === 'string') return { type: 'text/plain', body: value as string }
  return { type: 'application/json', body: JSON.stringify(toJson(model, member.shape, value)) }
}

const identified = (requestId: string) => ({ 'x-amzn-requestid': requestId })

const response = (status: number, body: unknown, requestId: string, headers: { readonly [name: string]: string } = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...identified(requestId), ...headers },
  body: JSON.stringify(body),
})
