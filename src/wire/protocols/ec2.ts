import type { WireResponse } from '../message.ts'
import { elementsOf, escapeXml } from '../xml.ts'
import { formParameters } from './form.ts'
import type { Protocol } from './protocol.ts'
import { readParameters } from './query.ts'

/** EC2's form of the Query protocol: lists without `member`, names of its own, answers without a wrapper. Smithy, "AWS EC2 query protocol". */
export const ec2: Protocol = {
  operationName: request => formParameters(request).get('Action'),

  decode: (request, model, operation) => readParameters(request, model, operation),

  encode(output, model, operationName, requestId) {
    const shape = model.operations[operationName]?.output
    const body = shape ? elementsOf(model, shape, output) : '<return>true</return>'
    const xml = `${declaration}<${operationName}Response xmlns="${namespaceOf(model.xmlNamespace)}"><requestId>${requestId}</requestId>${body}</${operationName}Response>`
    return response(200, xml, requestId)
  },

  encodeError(error, _model, requestId) {
    const xml = `${declaration}<Response><Errors><Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`
    return response(error.status, xml, requestId)
  },
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Answers have a slash at the end that the model's namespace lacks. Amazon EC2 API Reference, "Making requests". */
const namespaceOf = (namespace = '') => (namespace.endsWith('/') ? namespace : `${namespace}/`)

const response = (status: number, body: string, requestId: string): WireResponse => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
  body,
})
