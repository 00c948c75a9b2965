import { derivedKeys } from './principal-keys.ts'
import type { AuthorizationRequest, ContextValue, RequestContext } from './request.ts'

/**
 * A condition key that some policy mentions. Requests spell keys in any case, and making a lower-case copy of every request's context costs more than
 * the decision. So spellings are learned: each record's keys are checked against those seen before (one look-up each), and
 * a key is then read by its few known spellings.
 */
export interface ContextKey {
  /** Lower case. */
  readonly name: string
  /** The spellings that requests have used. */
  readonly spellings: string[]
  readonly derive: (typeof derivedKeys)[string] | undefined
}

/** More spellings than honest clients have, and a bound to what dishonest ones can make us remember. */
const maximumSpellings = 8
const maximumSeen = 16_384

const keys = new Map<string, ContextKey>()
const seen = new Set<string>()

/** The key of a name in any case. Lives as long as the process: names come from policies. */
export function contextKey(name: string): ContextKey {
  const lower = name.toLowerCase()
  let key = keys.get(lower)
  if (key === undefined) {
    key = { name: lower, spellings: [lower], derive: Object.hasOwn(derivedKeys, lower) ? derivedKeys[lower] : undefined }
    keys.set(lower, key)
    // Records that were seen before this key was known may have spelled it in their own way: learn again.
    seen.clear()
    learned = undefined
  }
  learnSpelling(key, name)
  return key
}

function learnSpelling(key: ContextKey, spelling: string) {
  if (key.spellings.length <= maximumSpellings && !key.spellings.includes(spelling)) key.spellings.push(spelling)
}

// The context whose spellings were learned last. Conditions of one decision read the same one.
let learned: RequestContext | undefined

/** Must run before each decision: a context may have got new keys since the last one. */
export function forgetRequest() {
  learned = undefined
}

function learnSpellings(context: RequestContext) {
  for (const spelling in context) if (!seen.has(spelling)) learn(spelling)
  learned = context
}

function learn(spelling: string) {
  if (seen.size >= maximumSeen) seen.clear()
  seen.add(spelling)
  const key = keys.get(spelling.toLowerCase())
  if (key !== undefined) learnSpelling(key, spelling)
}

/** The value of a key in a request, or undefined when it has none. */
export function contextValue(key: ContextKey, request: AuthorizationRequest): ContextValue | undefined {
  const { context } = request
  if (context !== learned) learnSpellings(context)
  const { spellings } = key
  for (let i = 0; i < spellings.length; i++) {
    const value = context[spellings[i] as string]
    if (value !== undefined) return value
  }
  if (spellings.length > maximumSpellings) {
    for (const spelling in context) if (spelling.toLowerCase() === key.name && context[spelling] !== undefined) return context[spelling]
  }
  return key.derive?.(request.principal, request)
}

/** The value of a condition key in a request, by its name in any case. */
export const conditionKeyValue = (request: AuthorizationRequest, name: string): ContextValue | undefined =>
  contextValue(contextKey(name), request)
