import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A file of cases. README.md tells what each part means. */
export interface CaseFile {
  readonly file: string
  readonly service: string
  readonly operation: string
  readonly source: string
  readonly cases: readonly Case[]
}

export interface Case {
  readonly name: string
  readonly source?: string
  /** Quotas that differ from AWS's defaults. */
  readonly quotas?: { readonly [name: string]: number }
  readonly given?: readonly Step[]
  readonly as?: string
  readonly call?: Input
  readonly reply?: unknown
  readonly error?: { readonly code: string; readonly message?: string }
}

export type Input = { readonly [member: string]: unknown }
/** One operation with its input, `save`, `as` and `session` beside it; or `wait`, seconds that pass. */
export type Step = {
  readonly save?: { readonly [variable: string]: string }
  readonly as?: string
  readonly session?: string
  readonly wait?: number
} & {
  readonly [operation: string]: unknown
}

/** All case files below this folder. */
export function caseFiles(): CaseFile[] {
  const files: CaseFile[] = []
  for (const entry of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!entry.endsWith('.yaml')) continue
    files.push({ file: entry, ...(parse(readFileSync(join(import.meta.dirname, entry), 'utf8')) as Omit<CaseFile, 'file'>) })
  }
  return files
}

const besideOperation = new Set(['save', 'as', 'session', 'wait'])

/** The operation and input of a step. */
export function callOf(step: Step): { operation: string; input: Input } {
  const [operation, input] = Object.entries(step).find(([key]) => !besideOperation.has(key)) ?? ['', {}]
  return { operation, input: (input ?? {}) as Input }
}

/** Puts variables in. */
export function fill(value: unknown, variables: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole)
  if (Array.isArray(value)) return value.map(item => fill(item, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [String(fill(key, variables)), fill(item, variables)]))
}

const policyMembers = /Document$|PolicyInputList$|^ResourcePolicy$|^Policy$/

/** Policies that an input gives as YAML, as text. */
export function asInput(value: unknown, member = ''): unknown {
  if (Array.isArray(value)) return value.map(item => asInput(item, member))
  if (typeof value !== 'object' || value === null) return value
  if (policyMembers.test(member)) return JSON.stringify(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asInput(item, key)]))
}

/** A part of an answer, such as `Policy.Arn` or `Users.0.UserId`. */
export const partOf = (answer: unknown, path: string): unknown =>
  path.split('.').reduce((value, key) => (value as { [key: string]: unknown } | undefined)?.[key], answer)

/** What keeps an answer from being what a case expects; undefined when it is. */
export function mismatch(actual: unknown, expected: unknown, path = 'reply'): string | undefined {
  if (expected === 'absent') return actual === undefined ? undefined : `${path} is there: ${JSON.stringify(actual)}`
  if (typeof expected === 'string') {
    const text = actual instanceof Date ? actual.toISOString() : actual
    const pattern =
      expected.length > 2 && expected.startsWith('/') && expected.endsWith('/') ? new RegExp(expected.slice(1, -1), 's') : undefined
    const holds = pattern ? typeof text === 'string' && pattern.test(text) : text === expected
    return holds ? undefined : `${path} is ${JSON.stringify(actual)}, not ${expected}`
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return `${path} is ${JSON.stringify(actual)}, not ${expected.length} items`
    return expected.map((item, i) => mismatch(actual[i], item, `${path}.${i}`)).find(found => found !== undefined)
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${path} is ${JSON.stringify(actual)}`
    return Object.entries(expected)
      .map(([key, item]) => mismatch((actual as { [key: string]: unknown })[key], item, `${path}.${key}`))
      .find(found => found !== undefined)
  }
  return actual === expected ? undefined : `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`
}

/** An answer as the AWS CLI prints it: policy documents decoded. */
export function asPrinted(value: unknown, member = ''): unknown {
  if (typeof value === 'string' && member.endsWith('Document') && value.startsWith('%7B')) return JSON.parse(decodeURIComponent(value))
  if (Array.isArray(value)) return value.map(item => asPrinted(item, member))
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asPrinted(item, key)]))
}
