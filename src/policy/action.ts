import { firstWildcard, matchesWildcard } from './wildcard.ts'

/** An action of a request. One object for every spelling in use, so that caches can be keyed by it. */
export interface ActionName {
  /** Lower case, for example `iam:createuser`. */
  readonly text: string
  /** What is before the colon. */
  readonly service: string
  /** Of `idOfExactAction`; -1 while no policy names exactly this action. */
  id: number
}

const maximumNames = 32_768
let names = new Map<string, ActionName>()

/** The action of a raw name in any case. Case does not matter in actions: IAM User Guide, "IAM JSON policy elements: Action". */
export function actionName(raw: string): ActionName {
  return names.get(raw) ?? addName(raw)
}

function addName(raw: string): ActionName {
  // Names are unbounded in principle: requests for actions that do not exist must not fill the memory.
  if (names.size >= maximumNames) names = new Map()
  const text = raw.toLowerCase()
  let name = names.get(text)
  if (name === undefined) {
    name = { text, service: serviceOf(text), id: exactIds.get(text) ?? -1 }
    names.set(text, name)
  }
  if (text !== raw) names.set(raw, name)
  return name
}

/** One value of Action or NotAction, ready to match. */
export interface ActionPattern {
  /** Lower case. */
  readonly text: string
  /** `any`: every action; `exact`: the text; `prefix`: what begins with `prefix`; `general`: wildcards anywhere. */
  readonly shape: 'any' | 'exact' | 'prefix' | 'general'
  readonly prefix: string
  readonly service: string
}

const exactIds = new Map<string, number>()
/** So many actions can be numbered with 18 bits, for indexes that put a number beside them. */
const maximumIds = 262_144

/**
 * The number of an action without wildcards, by which indexes find it: the same few thousand are in most policies.
 * @returns -1 for values with wildcards, and for more actions than can be numbered
 */
export function idOfExactAction(value: string): number {
  if (firstWildcard(value) !== -1) return -1
  const text = value.toLowerCase()
  const known = exactIds.get(text)
  if (known !== undefined) return known
  if (exactIds.size >= maximumIds) return -1
  const id = exactIds.size
  exactIds.set(text, id)
  // A request may have come before the policy.
  const name = names.get(text)
  if (name !== undefined) name.id = id
  return id
}

/** Whether a value of Action covers every action. */
export const isAnyAction = (value: string): boolean => value === '*' || value === '*:*'

const maximumPatterns = 32_768
let patterns = new Map<string, ActionPattern>()
const services = new Map<string, string>()

/** Compiles a value of Action or NotAction. Equal values share one object. */
export function compileAction(value: string): ActionPattern {
  const text = value.toLowerCase()
  let pattern = patterns.get(text)
  if (pattern === undefined) {
    if (patterns.size >= maximumPatterns) patterns = new Map()
    pattern = classify(text)
    patterns.set(text, pattern)
  }
  return pattern
}

function classify(text: string): ActionPattern {
  if (isAnyAction(text)) return { text, shape: 'any', prefix: '', service: '' }
  const service = serviceOf(text)
  const wildcard = firstWildcard(text)
  if (wildcard === -1) return { text, shape: 'exact', prefix: text, service }
  const shape = wildcard === text.length - 1 && text.endsWith('*') ? 'prefix' : 'general'
  return { text, shape, prefix: text.slice(0, wildcard), service }
}

/** What is before the colon; equal services share one text. */
function serviceOf(text: string): string {
  const service = text.slice(0, Math.max(0, text.indexOf(':')))
  const known = services.get(service)
  if (known === undefined && services.size < 4096) services.set(service, service)
  return known ?? service
}

/** Whether a pattern covers an action. */
export function coversAction(pattern: ActionPattern, action: ActionName): boolean {
  switch (pattern.shape) {
    case 'any':
      return true
    case 'exact':
      return pattern.text === action.text
    case 'prefix':
      return action.text.startsWith(pattern.prefix)
    default:
      return action.text.startsWith(pattern.prefix) && matchesWildcard(pattern.text, action.text)
  }
}
