import { ServiceError } from '../errors.ts'
import type { WireRequest } from '../message.ts'

/** More parameters than any documented call takes. */
const mostParameters = 10_000

const parsed = new WeakMap<WireRequest, ReadonlyMap<string, string>>()

/**
 * The parameters of an IAM Query API request: the URL's query, and the body of a POST.
 * @throws ServiceError MalformedQueryString for text that is not form-encoded
 */
export function formParameters(request: WireRequest): ReadonlyMap<string, string> {
  const known = parsed.get(request)
  if (known) return known
  const parameters = new Map<string, string>()
  add(parameters, request.query)
  // A stray body, JSON say, is no form: reading it as one would invent parameters.
  const type = (request.headers['content-type'] ?? '').toLowerCase()
  if (request.body.length > 0 && (type === '' || type.startsWith('application/x-www-form-urlencoded')))
    add(parameters, textOf(request.body))
  parsed.set(request, parameters)
  return parameters
}

function add(parameters: Map<string, string>, text: string): void {
  if (text === '') return
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decode(equals === -1 ? part : part.slice(0, equals))
    parameters.set(name, equals === -1 ? '' : decode(part.slice(equals + 1)))
    if (parameters.size > mostParameters) throw malformed('too many parameters')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw malformed('not UTF-8')
  }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw malformed(`not percent-encoded UTF-8: ${text.slice(0, 50)}`)
  }
}

const malformed = (why: string) => new ServiceError('MalformedQueryString', 404, `The query string contains a syntax error: ${why}.`)
