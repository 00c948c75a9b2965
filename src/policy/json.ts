import { MalformedPolicyDocument, positionAt } from './errors.ts'

/** A JSON value that knows where it stands. `start` is its first character, `end` the character after its last. */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonStringNode | JsonScalarNode
export interface JsonObjectNode {
  readonly type: 'object'
  /** In the order of the text; a key that is written twice is here twice. */
  readonly members: readonly JsonMember[]
  readonly start: number
  readonly end: number
}
export interface JsonMember {
  readonly key: string
  readonly keyStart: number
  readonly keyEnd: number
  readonly value: JsonNode
}
export interface JsonArrayNode {
  readonly type: 'array'
  readonly items: readonly JsonNode[]
  readonly start: number
  readonly end: number
}
export interface JsonStringNode {
  readonly type: 'string'
  readonly value: string
  readonly start: number
  readonly end: number
}
export interface JsonScalarNode {
  readonly type: 'number' | 'boolean' | 'null'
  /** As written: numbers in conditions are compared as the author wrote them. */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** Deeper than any policy; bounds the recursion. */
const maximumDepth = 24

const quote = 0x22
const backslash = 0x5c
const numberForm = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const wordForm = /true|false|null/y

/**
 * Parses JSON strictly and keeps positions and duplicate keys, which `JSON.parse` loses.
 * @param text     a raw document
 * @param message  the message of the error when the text is not JSON
 * @throws         MalformedPolicyDocument
 * @see            RFC 8259
 */
export function parseJson(text: string, message = 'Syntax errors in policy.'): JsonNode {
  let at = 0

  const fail = (detail: string, offset = at): never => {
    throw new MalformedPolicyDocument(message, positionAt(text, offset), detail)
  }

  const skipSpace = () => {
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) at++
      else return code
    }
  }

  const parseString = (): JsonStringNode => {
    const start = at
    let escaped = false
    for (at++; ; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) break
      if (code === backslash) {
        escaped = true
        at++
      } else if (code < 0x20) fail('A control character in a string must be escaped.')
      else if (Number.isNaN(code)) fail('The string does not end.', start)
    }
    at++
    if (!escaped) return { type: 'string', value: text.slice(start + 1, at - 1), start, end: at }
    try {
      return { type: 'string', value: JSON.parse(text.slice(start, at)) as string, start, end: at }
    } catch {
      return fail('A string has an escape that JSON does not know.', start)
    }
  }

  const parseObject = (depth: number): JsonObjectNode => {
    const start = at++
    const members: JsonMember[] = []
    if (skipSpace() === 0x7d) return { type: 'object', members, start, end: ++at }
    for (;;) {
      if (skipSpace() !== quote) fail('A key in quotation marks is expected.')
      const key = parseString()
      if (skipSpace() !== 0x3a) fail('A colon is expected.')
      at++
      members.push({ key: key.value, keyStart: key.start, keyEnd: key.end, value: parseValue(depth + 1) })
      const next = skipSpace()
      if (next === 0x7d) return { type: 'object', members, start, end: ++at }
      if (next !== 0x2c) fail('A comma or a closing brace is expected.')
      at++
    }
  }

  const parseArray = (depth: number): JsonArrayNode => {
    const start = at++
    const items: JsonNode[] = []
    if (skipSpace() === 0x5d) return { type: 'array', items, start, end: ++at }
    for (;;) {
      items.push(parseValue(depth + 1))
      const next = skipSpace()
      if (next === 0x5d) return { type: 'array', items, start, end: ++at }
      if (next !== 0x2c) fail('A comma or a closing bracket is expected.')
      at++
    }
  }

  const parseScalar = (form: RegExp): string | undefined => {
    form.lastIndex = at
    const found = form.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  const parseValue = (depth: number): JsonNode => {
    if (depth > maximumDepth) fail('The document is nested too deeply.')
    const code = skipSpace()
    if (code === quote) return parseString()
    if (code === 0x7b) return parseObject(depth)
    if (code === 0x5b) return parseArray(depth)
    const start = at
    const number = parseScalar(numberForm)
    if (number !== undefined) return { type: 'number', value: number, start, end: at }
    const word = parseScalar(wordForm)
    if (word !== undefined) return { type: word === 'null' ? 'null' : 'boolean', value: word, start, end: at }
    return fail('A JSON value is expected.')
  }

  const value = parseValue(0)
  skipSpace()
  if (at < text.length) fail('Nothing may follow the document.')
  return value
}
