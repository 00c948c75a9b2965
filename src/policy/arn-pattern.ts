import type { AuthorizationRequest } from './request.ts'
import { compilePlain, parseTemplate, resolvePattern, type Template } from './variables.ts'
import {
  anyText,
  anyUnit,
  appendPattern,
  firstWildcard,
  matchesCodes,
  matchesSegments,
  matchesWildcard,
  type PatternCodes,
  segmentText,
  segmentUnit,
} from './wildcard.ts'

const colon = 0x3a

/** One value of Resource or NotResource, ready to match. */
export interface ResourcePattern {
  /** What every match begins with. */
  readonly prefix: string
  /** What every match ends with, reversed; there when it tells more than the prefix does. */
  readonly reversedSuffix: string | undefined
  /** `exact`: the prefix is all; `prefix`: anything may follow; `general`: ask `matches`. */
  readonly shape: 'exact' | 'prefix' | 'general'
  /** Its text depends on the request. */
  readonly hasVariables: boolean
  /** A pattern with a policy variable that has no value matches nothing. */
  matches(resource: string, request: AuthorizationRequest): boolean
}

/**
 * Compiles a resource of a policy. A `*` that ends its segment of the ARN may match colons, one within a segment may not; the sixth segment is the rest
 * of the ARN, colons included. An incomplete ARN is completed with `*`. Variables count only after the fifth colon.
 * IAM User Guide, "IAM JSON policy elements: Resource", "IAM policy elements: Variables and tags".
 * @param variables  whether the policy's version has variables
 */
export function compileResource(value: string, variables: boolean): ResourcePattern {
  if (value === '*') return anyResource
  const known = knownPatterns[variables ? 'withVariables' : 'plain']
  const found = known.get(value)
  if (found !== undefined) return found
  // Bounded, because policies are not: then it starts anew.
  if (known.size >= maximumKnown) known.clear()
  const pattern = classifyResource(value, variables)
  known.set(value, pattern)
  return pattern
}

/** Equal values share one pattern: most policies name the same few thousand resources. */
const knownPatterns = { withVariables: new Map<string, ResourcePattern>(), plain: new Map<string, ResourcePattern>() }
const maximumKnown = 4_096

function classifyResource(value: string, variables: boolean): ResourcePattern {
  const text = completeArn(value)
  const template = variables ? parseTemplate(text, resourcePartOf(text)) : undefined
  if (template) return compileTemplate(template, hasInnerWildcards(text))
  const wildcard = firstWildcard(text)
  if (wildcard === -1)
    return { prefix: text, reversedSuffix: undefined, shape: 'exact', hasVariables: false, matches: resource => resource === text }
  const prefix = text.slice(0, wildcard)
  if (wildcard === text.length - 1 && text.endsWith('*')) {
    return { prefix, reversedSuffix: undefined, shape: 'prefix', hasVariables: false, matches: resource => resource.startsWith(prefix) }
  }
  const reversedSuffix = tellingSuffix(prefix, text)
  if (hasInnerWildcards(text)) {
    const codes: number[] = []
    appendPattern(codes, text)
    const pattern = limitToSegments(codes, true)
    return { prefix, reversedSuffix, shape: 'general', hasVariables: false, matches: resource => matchesSegments(pattern, resource) }
  }
  return {
    prefix,
    reversedSuffix,
    shape: 'general',
    hasVariables: false,
    matches: resource => resource.startsWith(prefix) && matchesWildcard(text, resource, prefix.length),
  }
}

const anyResource: ResourcePattern = { prefix: '', reversedSuffix: undefined, shape: 'prefix', hasVariables: false, matches: () => true }

function compileTemplate(template: Template, segmented: boolean): ResourcePattern {
  const [first] = template.parts
  const start = first?.type === 'text' ? first.text : ''
  const wildcard = firstWildcard(start)
  const prefix = wildcard === -1 ? start : start.slice(0, wildcard)
  const plainText = compilePlain(template)
  const last = template.parts.at(-1)
  return {
    prefix,
    reversedSuffix: last?.type === 'text' ? tellingSuffix(prefix, last.text) : undefined,
    shape: 'general',
    hasVariables: true,
    matches(resource, request) {
      const plain = segmented ? '' : plainText(request)
      if (plain === undefined) return false
      if (plain !== '') return resource.startsWith(prefix) && matchesWildcard(plain, resource, prefix.length)
      const pattern = resolvePattern(template, request)
      if (pattern === undefined) return false
      return segmented ? matchesSegments(limitToSegments(pattern, true), resource) : matchesCodes(pattern, resource)
    },
  }
}

/** What is after the last wildcard, reversed, when it is longer than what the prefix says of the resource part. */
function tellingSuffix(prefix: string, text: string): string | undefined {
  const suffix = text.slice(Math.max(text.lastIndexOf('*'), text.lastIndexOf('?')) + 1)
  const resourcePart = resourcePartOf(prefix)
  const told = resourcePart === 0 ? 0 : prefix.length - resourcePart
  return suffix.length > told ? reverse(suffix) : undefined
}

/** UTF-16 units in reverse order. */
export function reverse(text: string): string {
  let reversed = ''
  for (let i = text.length - 1; i >= 0; i--) reversed += text.charAt(i)
  return reversed
}

/** `arn:aws:sqs` means `arn:aws:sqs:*:*:*`. */
function completeArn(value: string): string {
  if (!value.startsWith('arn:')) return value
  let text = value
  for (let missing = 6 - value.split(':', 6).length; missing > 0; missing--) text += ':*'
  return text
}

/** The offset after the fifth colon; for what is not an ARN the whole text is the resource part. */
function resourcePartOf(text: string): number {
  if (!text.startsWith('arn:')) return 0
  let at = -1
  for (let colons = 0; colons < 5; colons++) {
    at = text.indexOf(':', at + 1)
    if (at === -1) return 0
  }
  return at + 1
}

/** Whether one of the first five segments has a wildcard that may not match a colon. */
const hasInnerWildcards = (text: string): boolean => /\?|\*(?!:)/.test(text.slice(0, resourcePartOf(text)))

/** Makes the wildcards of the first five segments stop at colons; with `freeEnds`, not those that end their segment. */
function limitToSegments(codes: PatternCodes, freeEnds: boolean): PatternCodes {
  const limited = [...codes]
  for (let i = 0, colons = 0; i < limited.length && colons < 5; i++) {
    const code = limited[i]
    if (code === colon) colons++
    else if (code === anyUnit) limited[i] = segmentUnit
    else if (code === anyText && !(freeEnds && limited[i + 1] === colon)) limited[i] = segmentText
  }
  return limited
}

/** A pattern of an ARN condition operator. */
export type ArnMatch = (arn: string) => boolean

/**
 * Compiles a pattern for the ARN operators: each of the six components is checked separately. A lone `*` is any ARN.
 * IAM User Guide, "Amazon Resource Name (ARN) condition operators".
 */
export function compileArnPattern(codes: PatternCodes): ArnMatch {
  if (codes.length === 1 && codes[0] === anyText) return () => true
  const components = splitComponents(codes)
  if (components === undefined) return () => false
  return arn => {
    let from = 0
    for (let i = 0; i < 5; i++) {
      const to = arn.indexOf(':', from)
      if (to === -1 || !matchesCodes(components[i] as PatternCodes, arn, from, to)) return false
      from = to + 1
    }
    return matchesCodes(components[5] as PatternCodes, arn, from)
  }
}

/** The six components, or undefined when there are fewer. */
function splitComponents(codes: PatternCodes): PatternCodes[] | undefined {
  const components: PatternCodes[] = []
  let from = 0
  for (let i = 0; i < 5; i++) {
    const to = codes.indexOf(colon, from)
    if (to === -1) return undefined
    components.push(codes.slice(from, to))
    from = to + 1
  }
  components.push(codes.slice(from))
  return components
}
