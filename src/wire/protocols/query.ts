import { ServiceError } from '../errors.ts'
import type { WireRequest, WireResponse } from '../message.ts'
import type { Member, OperationModel, ServiceModel, Shape } from '../model.ts'
import { elementsOf, escapeXml } from '../xml.ts'
import { formParameters } from './form.ts'
import type { Protocol } from './protocol.ts'
import { readText } from './text-values.ts'

/** The AWS Query protocol: form parameters in, XML out. Smithy, "AWS query protocol". */
export const query: Protocol = {
  operationName: request => formParameters(request).get('Action'),

  version: request => formParameters(request).get('Version') || 'NO_VERSION_SPECIFIED',

  decode: (request, model, operation) => readParameters(request, model, operation),

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

/**
 * The input that form parameters spell.
 * @throws ServiceError MalformedQueryString for names that nest too deeply, MalformedInput for text that its member's type refuses
 */
export function readParameters(request: WireRequest, model: ServiceModel, operation: OperationModel): { readonly [name: string]: unknown } {
  if (!operation.input) return {}
  return readShape(model, { shape: operation.input }, treeOf(formParameters(request))) as { [name: string]: unknown }
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

function readShape(model: ServiceModel, member: Member, node: Tree): unknown {
  const shape = model.shapes[member.shape] as Shape
  switch (shape.type) {
    case 'structure': {
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const [memberName, inner] of Object.entries(shape.members)) {
        const child = childOf(model, inner, memberName, node)
        if (child) result[memberName] = readShape(model, inner, child)
      }
      return result
    }
    case 'list': {
      const flattened = isFlattened(model, member, shape)
      const items = flattened ? node.children : node.children?.get(shape.member.name ?? 'member')?.children
      return inOrder(items).map(item => readShape(model, shape.member, item))
    }
    case 'map': {
      const entries = isFlattened(model, member, shape) ? node.children : node.children?.get('entry')?.children
      const result: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
      for (const entry of inOrder(entries)) {
        const key = entry.children?.get(shape.key.name ?? 'key')?.value
        const value = entry.children?.get(shape.value.name ?? 'value')
        if (key !== undefined && value) result[key] = readShape(model, shape.value, value)
      }
      return result
    }
    default:
      return readText(shape, member, node.value ?? '', 'iso8601', type => unreadable(node.value ?? '', type))
  }
}

function childOf(model: ServiceModel, member: Member, memberName: string, node: Tree): Tree | undefined {
  if (model.protocol === 'ec2') return node.children?.get(member.queryName ?? upperFirst(member.name ?? memberName))
  const shape = model.shapes[member.shape] as Shape
  const own = node.children?.get(member.name ?? memberName)
  if (shape.type !== 'list' || shape.member.name === undefined || !isFlattened(model, member, shape)) return own
  // A flattened list may go by its items' name, as botocore has it, or by its own. Smithy, "xmlFlattened trait".
  return node.children?.get(shape.member.name) ?? own
}

/** EC2's lists always are. */
const isFlattened = ({ protocol }: ServiceModel, member: Member, shape: { readonly flattened?: boolean }) =>
  protocol === 'ec2' || shape.flattened === true || member.flattened === true

const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** Items `1`, `2`, ... by number; gaps are allowed, as AWS allows them. */
function inOrder(items: Map<string, Tree> | undefined): Tree[] {
  if (!items) return []
  return [...items]
    .filter(([index]) => /^\d{1,6}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item)
}

const unreadable = (text: string, type: string) =>
  new ServiceError('MalformedInput', 400, `Could not read '${text.slice(0, 50)}' as ${type}.`)
