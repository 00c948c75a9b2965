import { isSystemTag } from '../types/tags.ts'
import type { MapShape, ServiceModel, Shape, SimpleShape, StructureShape } from './model.ts'

/** Failures beyond these are counted and not listed: the text stays readable, and the work bounded. */
const mostListed = 20

/** What a service says of values that do not have a pattern's form, by pattern, where it looks at them itself: "It must contain only ..." */
export type PatternWords = { readonly [pattern: string]: string }

/** What does not hold of an input. */
interface Failures {
  /** In the words that all services share. */
  readonly told: string[]
  /** In the service's own. */
  readonly own: string[]
  readonly words: PatternWords
}

/**
 * Checks an input against its model's constraints.
 * @param words  patterns that the service checks itself, after all else: it names the first value that is not of their form, and that one alone
 * @returns undefined when all hold, else AWS's text: "1 validation error detected: Value 'x' at 'userName' failed to satisfy constraint: ..."
 * @see     IAM API Reference, "Common Errors", ValidationError
 */
export function validationProblem(
  model: ServiceModel,
  shapeName: string | undefined,
  input: unknown,
  words: PatternWords = {},
): string | undefined {
  if (!shapeName) return undefined
  const failures: Failures = { told: [], own: [], words }
  check(model, shapeName, input, '', failures)
  const { told, own } = failures
  if (told.length === 0) return own[0]
  return `${told.length} validation error${told.length === 1 ? '' : 's'} detected: ${told.slice(0, mostListed).join('; ')}`
}

function check(model: ServiceModel, shapeName: string, value: unknown, path: string, failures: Failures): void {
  const shape = model.shapes[shapeName] as Shape
  switch (shape.type) {
    case 'structure':
      checkMembers(model, shape, value as { readonly [name: string]: unknown }, path, failures)
      break
    case 'list': {
      const items = value as readonly unknown[]
      checkSize(shape, items.length, 'length', () => fail(shape, asJava(model, shapeName, items), path), failures)
      items.forEach((item, index) => check(model, shape.member.shape, item, `${path}.${index + 1}.member`, failures))
      break
    }
    case 'map': {
      const entries = Object.entries(value as object)
      checkSize(shape, countOf(shape, entries), 'length', () => fail(shape, asJava(model, shapeName, value), path), failures)
      for (const [key, item] of entries) {
        check(model, shape.key.shape, key, `${path}.key`, failures)
        check(model, shape.value.shape, item, `${path}.${key}.member`, failures)
      }
      break
    }
    default:
      checkSimple(model, shapeName, value, path, failures)
  }
}

/** How many entries a map has; of tags beyond the limit, those of AWS's own making do not count. EKS User Guide, "Tag restrictions". */
function countOf({ key, max = Infinity }: MapShape, entries: readonly (readonly [string, unknown])[]): number {
  const tooMany = key.shape === 'TagKey' && entries.length > max
  return tooMany ? entries.filter(([name]) => !isSystemTag(name)).length : entries.length
}

function checkMembers(
  model: ServiceModel,
  shape: StructureShape,
  value: { readonly [name: string]: unknown },
  path: string,
  failures: Failures,
): void {
  for (const [name, member] of Object.entries(shape.members)) {
    const memberPath = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`
    const memberValue = value[name]
    if (memberValue !== undefined) check(model, member.shape, memberValue, memberPath, failures)
    // The SDKs fill idempotency tokens in; a raw caller may leave them out.
    else if (shape.required?.includes(name) && !member.idempotencyToken)
      failures.told.push(`Value null at '${memberPath}' failed to satisfy constraint: Member must not be null`)
  }
}

function checkSimple(model: ServiceModel, shapeName: string, value: unknown, path: string, failures: Failures): void {
  const shape = model.shapes[shapeName] as SimpleShape
  const refuse = () => fail(shape, String(value), path)
  if (typeof value === 'number') checkSize(shape, value, 'value', refuse, failures)
  else if (typeof value === 'string') {
    // Lengths in code points, as Java counts characters for these constraints; the pattern is tried only on text of legal length.
    if (checkSize(shape, [...value].length, 'length', refuse, failures)) return
    if (shape.enum && !shape.enum.includes(value))
      failures.told.push(`${refuse()}Member must satisfy enum value set: [${shape.enum.join(', ')}]`)
    // What no pattern speaks of: neither XML nor a column of PostgreSQL can hold it. Extensible Markup Language 1.0, section 2.2.
    if (shape.pattern === undefined && value.includes('\0'))
      failures.told.push(`${refuse()}Member must satisfy regular expression pattern: [^\\u0000]*`)
    if (shape.pattern === undefined || patternOf(shape.pattern).test(value)) return
    const words = failures.words[shape.pattern]
    if (words === undefined) failures.told.push(`${refuse()}Member must satisfy regular expression pattern: ${shape.pattern}`)
    else failures.own.push(`The specified value for ${path} is invalid. ${words}`)
  } else if (value instanceof Uint8Array)
    checkSize(shape, value.length, 'length', () => fail(shape, asJava(model, shapeName, value), path), failures)
}

/** @returns true when a bound is broken */
function checkSize(
  shape: { min?: number; max?: number },
  size: number,
  what: 'length' | 'value',
  refuse: () => string,
  failures: Failures,
): boolean {
  if (shape.min !== undefined && size < shape.min)
    failures.told.push(`${refuse()}Member must have ${what} greater than or equal to ${shape.min}`)
  else if (shape.max !== undefined && size > shape.max)
    failures.told.push(`${refuse()}Member must have ${what} less than or equal to ${shape.max}`)
  else return false
  return true
}

const fail = (shape: { sensitive?: boolean }, value: string, path: string) =>
  shape.sensitive ? `Value at '${path}' failed to satisfy constraint: ` : `Value '${value}' at '${path}' failed to satisfy constraint: `

/** More of a value than this says nothing to a reader. */
const longestShown = 4_000

/** A list, map or structure as Java's toString writes it, which is how AWS's services show it; what is sensitive left out. */
function asJava(model: ServiceModel, shapeName: string, value: unknown): string {
  const text = shown(model, shapeName, value)
  return text.length > longestShown ? `${text.slice(0, longestShown).toWellFormed()}...` : text
}

function shown(model: ServiceModel, shapeName: string, value: unknown): string {
  const shape = model.shapes[shapeName] as Shape
  if (shape.sensitive) return '***Sensitive Data Redacted***'
  switch (shape.type) {
    case 'list':
      return `[${(value as readonly unknown[]).map(item => shown(model, shape.member.shape, item)).join(', ')}]`
    case 'map': {
      const entries = Object.entries(value as object).map(([key, item]) => `${key}=${shown(model, shape.value.shape, item)}`)
      return `{${entries.join(', ')}}`
    }
    case 'structure': {
      const given = value as { readonly [name: string]: unknown }
      const members = Object.entries(shape.members)
        .filter(([name]) => given[name] !== undefined)
        .map(([name, member]) => `${lowerFirst(name)}=${shown(model, member.shape, given[name])}`)
      return `${shapeName}(${members.join(', ')})`
    }
    case 'timestamp':
      return (value as Date).toISOString()
    case 'document':
      return JSON.stringify(value)
    case 'blob':
      return `java.nio.HeapByteBuffer[pos=0 lim=${(value as Uint8Array).length} cap=${(value as Uint8Array).length}]`
    default:
      return String(value)
  }
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

const patterns = new Map<string, RegExp>()

/** A model's Java pattern as a JavaScript one that must match the whole text. */
export function patternOf(source: string): RegExp {
  let pattern = patterns.get(source)
  if (!pattern) {
    // Java writes the dot-matches-all flag into the pattern.
    const body = source.startsWith('(?s)') ? source.slice('(?s)'.length) : source
    try {
      pattern = new RegExp(`^(?:${body})$`, 'su')
    } catch {
      // Java allows escapes of ordinary characters, which JavaScript refuses only in its Unicode mode.
      pattern = new RegExp(`^(?:${body})$`, 's')
    }
    patterns.set(source, pattern)
  }
  return pattern
}
