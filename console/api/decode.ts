import type { ClientModel, ClientOperation, ClientShape } from './client-model.ts'
import { ApiError } from './api-error.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** An answer as its service's protocol writes it, typed by its shape. @throws ApiError for answers that are errors */
export function decode(model: ClientModel, operationName: string, answer: Answer): unknown {
  const operation = model.operations[operationName] as ClientOperation
  if (model.protocol === 'query') return decodeQuery(model, operationName, operation, answer)
  const body = jsonBody(answer)
  if (answer.status >= 300) throw jsonError(answer, body)
  return operation.output ? fromJson(model, operation.output, body) : undefined
}

function decodeQuery(model: ClientModel, name: string, { output, resultWrapper }: ClientOperation, answer: Answer): unknown {
  const document = new DOMParser().parseFromString(answer.text, 'text/xml').documentElement
  if (answer.status >= 300 || document?.tagName !== `${name}Response`) throw queryError(answer, document)
  const result = resultWrapper ? childOf(document, resultWrapper) : document
  return output && result ? fromXml(model, output, result) : undefined
}

function queryError({ status, headers, text }: Answer, document: Element | null): ApiError {
  const error = document && childOf(document, 'Error')
  const code = error && childOf(error, 'Code')?.textContent
  const message = error && childOf(error, 'Message')?.textContent
  return new ApiError(code ?? `HTTP ${status}`, message ?? text.slice(0, 500), { status, requestId: headers.get('x-amzn-requestid') ?? '' })
}

function jsonError({ status, headers, text }: Answer, body: { readonly [name: string]: unknown }): ApiError {
  const named = headers.get('x-amzn-errortype') ?? String(body['__type'] ?? `HTTP ${status}`)
  const [code = ''] = named.replace(/^.*#/, '').split(':')
  const message = body['message'] ?? body['Message']
  return new ApiError(code, typeof message === 'string' ? message : text.slice(0, 500), {
    status,
    requestId: headers.get('x-amzn-requestid') ?? '',
  })
}

function jsonBody({ text }: Answer): { readonly [name: string]: unknown } {
  try {
    return (text === '' ? {} : JSON.parse(text)) as { readonly [name: string]: unknown }
  } catch {
    return {}
  }
}

function fromXml(model: ClientModel, shapeName: string, element: Element): unknown {
  const shape = model.shapes[shapeName] as ClientShape
  if (shape.type === 'structure') {
    const result: { [name: string]: unknown } = {}
    for (const [name, member] of Object.entries(shape.members)) {
      const child = childOf(element, member.name ?? name)
      if (child) result[name] = fromXml(model, member.shape, child)
    }
    return result
  }
  if (shape.type === 'list') return childrenOf(element).map(child => fromXml(model, shape.member.shape, child))
  if (shape.type === 'map')
    return Object.fromEntries(
      childrenOf(element).map(entry => {
        const value = childOf(entry, 'value')
        return [childOf(entry, 'key')?.textContent ?? '', value && fromXml(model, shape.value.shape, value)]
      }),
    ) as unknown
  return fromText(shape.type, element.textContent ?? '')
}

function fromText(type: ClientShape['type'], text: string): unknown {
  if (type === 'boolean') return text === 'true'
  if (type === 'integer' || type === 'long' || type === 'float' || type === 'double') return Number(text)
  if (type === 'timestamp') return new Date(text)
  if (type === 'blob') return bytesOf(text)
  return text
}

/** Not `children`: XML documents of some parsers have only `childNodes`. */
function childrenOf(element: Element): Element[] {
  const found: Element[] = []
  for (let node = element.firstChild; node; node = node.nextSibling) if (node.nodeType === 1) found.push(node as Element)
  return found
}

const childOf = (element: Element, name: string) => childrenOf(element).find(child => child.tagName === name)

function fromJson(model: ClientModel, shapeName: string, value: unknown): unknown {
  const shape = model.shapes[shapeName] as ClientShape
  if (value === null || value === undefined) return undefined
  if (shape.type === 'structure') {
    const source = value as { readonly [name: string]: unknown }
    const result: { [name: string]: unknown } = {}
    for (const [name, member] of Object.entries(shape.members)) {
      const item = source[member.name ?? name]
      if (item !== undefined && item !== null) result[name] = fromJson(model, member.shape, item)
    }
    return result
  }
  if (shape.type === 'list') return (value as readonly unknown[]).map(item => fromJson(model, shape.member.shape, item))
  if (shape.type === 'map')
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, fromJson(model, shape.value.shape, item)]),
    ) as unknown
  if (shape.type === 'timestamp') return new Date(typeof value === 'number' ? value * 1000 : String(value))
  if (shape.type === 'blob') return bytesOf(String(value))
  return value
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), character => character.charCodeAt(0))
