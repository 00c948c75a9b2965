import type { WireResponse } from '../message.ts'
import type { ServiceModel } from '../model.ts'
import { errorParts } from './json-errors.ts'
import { fromJson, parseJsonBody, toJson } from './json-values.ts'
import type { Protocol } from './protocol.ts'

/** AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, JSON in and out. Smithy, "AWS JSON 1.1 protocol". */
export const json: Protocol = {
  operationName(request, model) {
    const { 'x-amz-target': target, 'content-type': type = '' } = request.headers
    const prefix = `${model.targetPrefix}.`
    // AWS finds no operation in a body of another type: a form, bytes, or JSON of the other version. Smithy, "AWS JSON 1.1 protocol", Content-Type.
    if (!target || ![contentType(model), 'application/json'].includes(mediaType(type))) return undefined
    // Older CloudTrail clients send the target's long name, com.amazonaws...CloudTrail_20131101.
    return target.startsWith(prefix) ? target.slice(prefix.length) : target.slice(target.lastIndexOf('.') + 1)
  },

  decode(request, model, operation) {
    const body = parseJsonBody(request.body)
    return operation.input ? (fromJson(model, operation.input, body) as { [name: string]: unknown }) : {}
  },

  encode(output, model, operationName, requestId) {
    const shape = model.operations[operationName]?.output
    return response(model, 200, shape ? toJson(model, shape, output) : {}, requestId)
  },

  encodeError(error, model, requestId) {
    return response(model, error.status, { __type: error.code, ...errorParts(error, model).body }, requestId)
  },
}

const contentType = ({ jsonVersion = '1.1' }: ServiceModel) => `application/x-amz-json-${jsonVersion}`

const mediaType = (type: string) => (type.split(';')[0] as string).trim().toLowerCase()

const response = (model: ServiceModel, status: number, body: unknown, requestId: string): WireResponse => ({
  status,
  headers: { 'content-type': contentType(model), 'x-amzn-requestid': requestId },
  body: JSON.stringify(body),
})
