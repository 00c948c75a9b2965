import { ServiceError } from '../errors.ts'
import type { WireRequest, WireResponse } from '../message.ts'
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.ts'
import { element, escapeXml } from '../xml.ts'
import { parseXml, XmlError, type XmlElement } from '../xml-document.ts'
import type { Protocol } from './protocol.ts'
import { readBindings, writeBindings } from './rest-bindings.ts'
import { matchRoute } from './rest-routes.ts'
import { readText } from './text-values.ts'

/** REST with XML bodies, as S3 speaks it: errors without a wrapping element. Smithy, "AWS restXml protocol". */
export const restXml: Protocol = {
  operationName: (request, model) => matchRoute(model, request)?.operation,

  decode(request, model, operation) {
    if (!operation.input) return {}
    const shape = model.shapes[operation.input] as StructureShape
    const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
    return Object.assign(result, bodyOf(request, model, operation, shape), readBindings(request, model, shape))
  },

  encode(output, model, operationName, requestId) {
    const operation = model.operations[operationName] as OperationModel
    if (!operation.output) return { status: operation.status ?? 200, headers: identified(requestId), body: '' }
    const shape = model.shapes[operation.output] as StructureShape
    const values = (output ?? {}) as { readonly [name: string]: unknown }
    const { headers, status = operation.status ?? 200 } = writeBindings(model, shape, values)
    const { type, body } = outputBody(model, operation, shape, values)
    return { status, headers: { ...identified(requestId), ...(type && { 'content-type': type }), ...headers }, body }
  },

  encodeError(error, _model, requestId) {
    const fields = Object.entries(error.fields ?? {})
      .filter(([name, value]) => /^[A-Za-z_][\w-]*$/.test(name) && value !== undefined)
      .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
      .join('')
    const body = `${declaration}<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${fields}<RequestId>${requestId}</RequestId></Error>`
    return { status: error.status, headers: { ...identified(requestId), 'content-type': 'application/xml' }, body }
  },
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** S3 names the request's id with a header of its own; the other REST services with the second. */
const identified = (requestId: string) => ({ 'x-amz-request-id': requestId, 'x-amzn-requestid': requestId })

function bodyOf(request: WireRequest, model: ServiceModel, operation: OperationModel, shape: StructureShape): object {
  if (shape.payload) {
    const member = shape.members[shape.payload] as Member
    const { type } = model.shapes[member.shape] as Shape
    if (type === 'blob') return { [shape.payload]: request.stream ?? request.body }
    if (type === 'string') return { [shape.payload]: textOf(request.body) }
    if (request.body.length === 0) return {}
    return { [shape.payload]: readElement(model, member, documentOf(request.body, member.name ?? member.shape)) }
  }
  const inBody = Object.values(shape.members).some(member => !member.location)
  if (!inBody || request.body.length === 0) return {}
  const root = documentOf(request.body, operation.inputName ?? (operation.input as string))
  return readElement(model, { shape: operation.input as string }, root) as object
}

function documentOf(body: Uint8Array, name: string): XmlElement {
  try {
    const root = parseXml(textOf(body))
    if (root.name === name) return root
  } catch (problem) {
    if (!(problem instanceof XmlError)) throw problem
  }
  throw malformed()
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw malformed()
  }
}

function readElement(model: ServiceModel, member: Member, node: XmlElement): unknown {
  const shape = model.shapes[member.shape] as Shape
  switch (shape.type) {
    case 'structure':
      return readStructure(model, shape, node)
    case 'list': {
      const itemName = shape.member.name ?? 'member'
      return node.children.filter(({ name }) => name === itemName).map(item => readElement(model, shape.member, item))
    }
    case 'map':
      return readEntries(
        model,
        shape,
        node.children.filter(({ name }) => name === 'entry'),
      )
    default:
      // Strings keep their spaces; what surrounds a number or time is layout.
      return readText(shape, member, shape.type === 'string' ? node.text : node.text.trim(), 'iso8601', malformed)
  }
}

function readStructure(model: ServiceModel, shape: StructureShape, node: XmlElement): object {
  const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
  for (const [name, member] of Object.entries(shape.members)) {
    if (member.location) continue
    const value = memberOf(model, name, member, node)
    if (value !== undefined) result[name] = value
  }
  return result
}

function memberOf(model: ServiceModel, name: string, member: Member, node: XmlElement): unknown {
  const shape = model.shapes[member.shape] as Shape
  if (member.xmlAttribute) return node.attributes.get(member.name ?? name)
  const flattened = (shape.type === 'list' || shape.type === 'map') && (shape.flattened === true || member.flattened === true)
  const key = member.name ?? (flattened && shape.type === 'list' ? shape.member.name : undefined) ?? name
  const found = node.children.filter(child => child.name === key)
  if (found.length === 0) return undefined
  if (flattened && shape.type === 'list') return found.map(item => readElement(model, shape.member, item))
  if (flattened && shape.type === 'map') return readEntries(model, shape, found)
  if (found.length > 1) throw malformed()
  return readElement(model, member, found[0] as XmlElement)
}

function readEntries(model: ServiceModel, shape: Extract<Shape, { type: 'map' }>, entries: readonly XmlElement[]): object {
  const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
  for (const { children } of entries) {
    const key = children.find(({ name }) => name === (shape.key.name ?? 'key'))
    const value = children.find(({ name }) => name === (shape.value.name ?? 'value'))
    if (!key || !value) throw malformed()
    result[key.text] = readElement(model, shape.value, value)
  }
  return result
}

function outputBody(
  model: ServiceModel,
  operation: OperationModel,
  shape: StructureShape,
  values: { readonly [name: string]: unknown },
): { readonly type?: string; readonly body: WireResponse['body'] } {
  if (shape.payload) {
    const member = shape.members[shape.payload] as Member
    const value = values[shape.payload]
    const payload = model.shapes[member.shape] as Shape
    const { type } = payload
    if (value === undefined || value === null) return { body: '' }
    if (type === 'blob') return { type: 'binary/octet-stream', body: value as WireResponse['body'] }
    if (type === 'string') return { type: 'text/plain', body: value as string }
    return {
      type: 'application/xml',
      body: declaration + element(model, member.name ?? member.shape, { ...namespaceOf(model, payload), ...member }, value),
    }
  }
  const name = operation.outputName ?? (operation.output as string)
  const only = shape.members[name]
  // GetBucketLocation's root is its one member. Smithy, "s3UnwrappedXmlOutput trait".
  if (only) {
    const text = values[name] === undefined ? '' : escapeXml(String(values[name]))
    return { type: 'application/xml', body: `${declaration}<${name} xmlns="${model.xmlNamespace}">${text}</${name}>` }
  }
  if (!Object.values(shape.members).some(member => !member.location)) return { body: '' }
  const root = { shape: operation.output as string, ...namespaceOf(model, shape) }
  return { type: 'application/xml', body: declaration + element(model, name, root, values) }
}

/** The namespace of a root element: its shape's own, or the service's. */
function namespaceOf(model: ServiceModel, shape: Shape): Pick<Member, 'xmlNamespace' | 'xmlNamespacePrefix'> {
  if (shape.type === 'structure' && shape.xmlNamespace !== undefined) {
    const { xmlNamespace, xmlNamespacePrefix } = shape
    return { xmlNamespace, ...(xmlNamespacePrefix !== undefined && { xmlNamespacePrefix }) }
  }
  return model.xmlNamespace === undefined ? {} : { xmlNamespace: model.xmlNamespace }
}

/** Amazon S3 API Reference, "Error responses", MalformedXML. */
const malformed = () =>
  new ServiceError('MalformedXML', 400, 'The XML you provided was not well-formed or did not validate against our published schema')
