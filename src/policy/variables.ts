import { type ContextKey, contextKey, contextValue } from './context-keys.ts'
import type { AuthorizationRequest, ContextValue } from './request.ts'
import { appendLiteral, appendPattern, firstWildcard, type PatternCodes } from './wildcard.ts'

/**
 * Text with policy variables, taken apart once. `${*}`, `${?}` and `${$}` stand for their characters.
 * IAM User Guide, "IAM policy elements: Variables and tags".
 */
export interface Template {
  readonly parts: readonly TemplatePart[]
}
export type TemplatePart =
  /** Text of the policy; its wildcards are wildcards. */
  | { readonly type: 'text'; readonly text: string }
  /** A character that would otherwise be a wildcard or a variable. */
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'variable'; readonly name: string; readonly key: ContextKey; readonly fallback: string | undefined }

const variableForm = /\$\{(?:([*?$])|([^${}'", ]+)(?:,\s*'([^'{}]*)')?)\}/g

/**
 * Takes text apart at its variables.
 * @param text  a raw value of a policy of version 2012-10-17
 * @param from  variables before this offset are plain text
 * @returns     undefined when there are none
 */
export function parseTemplate(text: string, from = 0): Template | undefined {
  if (!text.includes('${', from)) return undefined
  const parts: TemplatePart[] = []
  let end = 0
  const form = new RegExp(variableForm)
  form.lastIndex = from
  for (let found = form.exec(text); found; found = form.exec(text)) {
    const [whole, special, name = '', fallback] = found
    if (special === undefined && name.indexOf(':') <= 0) continue
    if (found.index > end) parts.push({ type: 'text', text: text.slice(end, found.index) })
    parts.push(special === undefined ? { type: 'variable', name, key: contextKey(name), fallback } : { type: 'literal', text: special })
    end = found.index + whole.length
  }
  if (end === 0) return undefined
  if (end < text.length) parts.push({ type: 'text', text: text.slice(end) })
  return { parts }
}

/**
 * Fills in a template for exact comparison.
 * @returns undefined when a variable has no value and no default: the text then equals nothing
 */
export function resolveText({ parts }: Template, request: AuthorizationRequest): string | undefined {
  let text = ''
  for (const part of parts) {
    const value = part.type === 'variable' ? (variableValue(part.key, request) ?? part.fallback) : part.text
    if (value === undefined) return undefined
    text += value
  }
  return text
}

/**
 * Fills in a template for wildcard comparison: wildcards of the policy stay wildcards, those of values are plain characters.
 * @returns undefined when a variable has no value and no default: the pattern then matches nothing
 */
export function resolvePattern({ parts }: Template, request: AuthorizationRequest): PatternCodes | undefined {
  const codes: number[] = []
  for (const part of parts) {
    if (part.type === 'text') appendPattern(codes, part.text)
    else {
      const value = part.type === 'literal' ? part.text : (variableValue(part.key, request) ?? part.fallback)
      if (value === undefined) return undefined
      appendLiteral(codes, value)
    }
  }
  return codes
}

/**
 * Fills in a template as text with wildcards, which is the faster form when no value has a wildcard of its own.
 * @returns a function that gives the text: empty when a value or a literal has a wildcard, so that only `resolvePattern` will do; undefined when a variable has
 *          no value and no default
 */
export function compilePlain(template: Template): (request: AuthorizationRequest) => string | undefined {
  const { parts } = template
  const variables = parts.filter(part => part.type === 'variable')
  const [only] = variables
  if (variables.length !== 1 || only === undefined || parts.some(part => part.type === 'literal')) {
    return request => resolvePlain(template, request)
  }
  // One variable, and mostly a fact about the principal: the value of the last request is likely the value of this one.
  let lastValue: string | undefined
  let lastText = ''
  return request => {
    const value = variableValue(only.key, request) ?? only.fallback
    if (value === undefined) return undefined
    if (value !== lastValue) {
      lastText = firstWildcard(value) === -1 ? parts.map(part => (part.type === 'variable' ? value : part.text)).join('') : ''
      lastValue = value
    }
    return lastText
  }
}

function resolvePlain({ parts }: Template, request: AuthorizationRequest): string | undefined {
  let pattern = ''
  let plain = true
  for (const part of parts) {
    if (part.type === 'text') pattern += part.text
    else {
      const value = part.type === 'literal' ? part.text : (variableValue(part.key, request) ?? part.fallback)
      if (value === undefined) return undefined
      plain &&= firstWildcard(value) === -1
      pattern += value
    }
  }
  return plain ? pattern : ''
}

/** Only keys with a single value can be variables. */
function variableValue(key: ContextKey, request: AuthorizationRequest): string | undefined {
  const value = contextValue(key, request)
  return value === undefined || Array.isArray(value) ? undefined : textOf(value as Exclude<ContextValue, readonly string[]>)
}

/** A value as text, as string operators compare it. */
export function textOf(value: string | number | boolean | Date): string {
  if (typeof value === 'string') return value
  return value instanceof Date ? `${value.toISOString().slice(0, 19)}Z` : String(value)
}
