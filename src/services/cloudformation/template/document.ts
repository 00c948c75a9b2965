import { isMap, isScalar, isSeq, LineCounter, parseDocument, type ScalarTag, type CollectionTag } from 'yaml'
import type { Json, JsonObject } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'

/** CloudFormation User Guide, "Understand CloudFormation quotas", bytes of a template body, and of one in S3. */
export const mostBodyBytes = 51_200
export const mostBytes = 1_048_576
/** No template that a person writes nests so deep. */
const mostLevels = 100

/** A template as it was written, the short forms of YAML spelled out; not yet known to make sense. */
export interface TemplateDocument {
  readonly text: string
  readonly content: JsonObject
}

/** The functions that YAML has short forms of. CloudFormation Template Reference, "Intrinsic function reference". */
const functions = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'ForEach',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
]

const longNames: ReadonlyMap<string, string> = new Map([
  ['!Ref', 'Ref'],
  ['!Condition', 'Condition'],
  ['!GetAtt', 'Fn::GetAtt'],
  ...functions.map(name => [`!${name}`, `Fn::${name}`] as const),
])

/** One tag for each kind of node, as the library wants it; `!GetAtt a.b` is the list of both. */
const customTags: (ScalarTag | CollectionTag)[] = [...longNames].flatMap(([tag, name]): (ScalarTag | CollectionTag)[] => {
  const wrap = (value: unknown) => ({ [name]: value })
  return [
    { tag, resolve: text => wrap(name === 'Fn::GetAtt' ? splitOnce(text) : text) },
    { tag, collection: 'seq', resolve: seq => plain(seq, wrap) },
    { tag, collection: 'map', resolve: map => plain(map, wrap) },
  ]
})

const splitOnce = (text: string) => {
  const dot = text.indexOf('.')
  return dot === -1 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

/** The library asks for a node; one that knows its plain value is enough. */
function plain(node: { toJSON?: unknown }, wrap: (value: unknown) => object): unknown {
  return Object.assign(node, { [spelledOut]: wrap })
}
const spelledOut = Symbol('spelledOut')

/**
 * Reads a template.
 * @param text  JSON or YAML
 * @throws      ValidationError, "Template format error: ..."
 */
export function readTemplate(text: string): TemplateDocument {
  if (text.trim() === '') throw new cloudformation.ValidationError('Template format error: unsupported structure.')
  const content = text.trimStart().startsWith('{') ? fromJson(text) : fromYaml(text)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new cloudformation.ValidationError('Template format error: unsupported structure.')
  return { text, content: content as JsonObject }
}

function fromJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, refuseProto)
    checkDepth(value, 0)
    return value
  } catch (problem) {
    if (problem instanceof SyntaxError) return fromYaml(text)
    throw problem
  }
}

const refuseProto = (key: string, value: unknown) => {
  if (key === '__proto__') throw new cloudformation.ValidationError('Template format error: unsupported structure.')
  return value
}

function fromYaml(text: string): unknown {
  const lines = new LineCounter()
  const document = parsed(text, lines)
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new cloudformation.ValidationError(`Template format error: YAML not well-formed. (line ${line}, column ${col})`)
  }
  return valueOf(document.contents, 0)
}

function parsed(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { customTags, lineCounter, schema: 'core', version: '1.1', prettyErrors: false })
  } catch (problem) {
    // The library goes as deep as the text does.
    if (problem instanceof RangeError) throw tooDeep()
    throw problem
  }
}

const tooDeep = () => new cloudformation.ValidationError('Template format error: the template is nested too deeply.')

/** Plain values of nodes; aliases are refused, as CloudFormation refuses them. */
function valueOf(node: unknown, level: number): unknown {
  if (level > mostLevels) throw tooDeep()
  const wrap = (node as { [spelledOut]?: (value: unknown) => object } | null)?.[spelledOut] ?? ((value: unknown) => value)
  if (isMap(node)) {
    const entries = node.items.map(
      ({ key, value }) => [String((key as { value?: unknown })?.value ?? ''), valueOf(value, level + 1)] as const,
    )
    if (entries.some(([key]) => key === '__proto__'))
      throw new cloudformation.ValidationError('Template format error: unsupported structure.')
    const twice = entries.find(([key], index) => entries.findIndex(([other]) => other === key) !== index)
    if (twice) throw new cloudformation.ValidationError(`Template format error: Template contains duplicate key ${twice[0]}`)
    return wrap(Object.fromEntries(entries))
  }
  if (isSeq(node)) return wrap(node.items.map(item => valueOf(item, level + 1)))
  if (isScalar(node)) return scalar(node.value, node.source)
  if (node === null || node === undefined) return null
  throw new cloudformation.ValidationError('Template format error: YAML aliases are not allowed in CloudFormation templates')
}

/** Dates, and numbers that would not be written so, stay as they are written. */
function scalar(value: unknown, source: string | undefined): unknown {
  if (value instanceof Date) return source ?? value.toISOString().slice(0, 10)
  // Numbers of accounts begin with zeros, too.
  if (typeof value === 'number' && source !== undefined && String(value) !== source) return source
  return value
}

function checkDepth(value: unknown, level: number): void {
  if (level > mostLevels) throw tooDeep()
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value) as Json[]) checkDepth(each, level + 1)
}
