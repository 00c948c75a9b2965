import { ServiceError } from '../errors.ts'
import type { WireResponse } from '../message.ts'
import type { Member, ServiceModel, Shape, SimpleShape } from '../model.ts'
import { elementsOf, escapeXml } from '../xml.ts'
import { formParameters } from './form.ts'
import type { Protocol } from './protocol.ts'
import { parseTimestamp } from './timestamps.ts'

/** The AWS Query protocol: form parameters in, XML out. Smithy, "AWS query protocol". */
export const query: Protocol = {
  operationName: request => formParameters(request).get('Action'),

  decode(request, model, operation) {
    if (!operation.input) return {}
    return (readShape(model, operation.input, treeOf(formParameters(request))) ?? {}) as { [name: string]: unknown }
  },

  encode(output, model, operationName, requestId) {
    const operation = model.operations[operationName]
    const body = operation?.output ? elementsOf(model, operation.output, output) : ''
    const result = operation?.resultWrapper ? `<${operation.resultWrapper}>${body}</${operation.resultWrapper}>` : body
    const xml = `<${operationName}Response xmlns="${model.xmlNamespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operationName}Response>`
    return response(200, xml, requestId)
  },

  encodeError(error, model, requestId) {
    const xml = `<ErrorResponse xmlns="${model.xmlNamespace}"><Error><Type>${error.sender ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    return response(error.status, xml, requestId)
  },
}

const response = (status: number, body: string, requestId: string): WireResponse => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body,
})

/** Parameters by the dots in their names: `Tags.member.1.Key` is four levels. */
interface Tree {
  value?: string
  children?: Map<string, Tree>
}

/** No input of a served service nests deeper. */
const deepest = 32

function treeOf(parameters: ReadonlyMap<string, string>): Tree {
  const root: Tree = {}
  for (const [name, value] of parameters) {
    const path = name.split('.')
    if (path.length > deepest)
      throw new ServiceError(
        'MalformedQueryString',
        404,
        `The query string contains a syntax error: ${name.slice(0, 100)} nests too deeply.`,
      )
    let node = root
    for (const part of path) {
      node.children ??= new Map()
      let child = node.children.get(part)
      if (!child) node.children.set(part, (child = {}))
      node = child
    }
    node.value = value
  }
  return root
}

function readShape(model: ServiceModel, name: string, node: Tree): unknown {
  const shape = model.shapes[name] as Shape
  switch (shape.type) {
    case 'structure': {
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const [memberName, member] of Object.entries(shape.members)) {
        const child = childOf(model, member, memberName, node)
        if (child) result[memberName] = readShape(model, member.shape, child)
      }
      return result
    }
    case 'list': {
      const flattened = shape.flattened === true
      const items = flattened ? node.children : node.children?.get(shape.member.name ?? 'member')?.children
      return inOrder(items).map(item => readShape(model, shape.member.shape, item))
    }
    case 'map': {
      const entries = shape.flattened ? node.children : node.children?.get('entry')?.children
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const entry of inOrder(entries)) {
        const key = entry.children?.get(shape.key.name ?? 'key')?.value
        const value = entry.children?.get(shape.value.name ?? 'value')
        if (key !== undefined && value) result[key] = readShape(model, shape.value.shape, value)
      }
      return result
    }
    default:
      return readSimple(shape, node.value ?? '')
  }
}

function childOf(model: ServiceModel, member: Member, memberName: string, node: Tree): Tree | undefined {
  const shape = model.shapes[member.shape] as Shape
  // A flattened list takes its items' name, when they have one, instead of its own.
  const name = shape.type === 'list' && shape.flattened ? (shape.member.name ?? member.name ?? memberName) : (member.name ?? memberName)
  return node.children?.get(name)
}

/** Items `1`, `2`, ... by number; gaps are allowed, as AWS allows them. */
function inOrder(items: Map<string, Tree> | undefined): Tree[] {
  if (!items) return []
  return [...items]
    .filter(([index]) => /^\d{1,6}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item)
}

function readSimple(shape: SimpleShape, text: string): unknown {
  switch (shape.type) {
    case 'integer':
    case 'long':
      if (!/^-?\d{1,19}$/.test(text)) throw unreadable(text, 'Integer')
      return Number(text)
    case 'float':
    case 'double':
      if (text.trim() === '' || Number.isNaN(Number(text))) throw unreadable(text, 'Double')
      return Number(text)
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw unreadable(text, 'Boolean')
      return text.toLowerCase() === 'true'
    case 'timestamp': {
      const at = parseTimestamp(text, shape.timestampFormat ?? 'iso8601')
      if (!at) throw unreadable(text, 'Timestamp')
      return at
    }
    case 'blob':
      return new Uint8Array(Buffer.from(text, 'base64'))
    default:
      return text
  }
}

const unreadable = (text: string, type: string) =>
  new ServiceError('MalformedInput', 400, `Could not read '${text.slice(0, 50)}' as ${type}.`)
