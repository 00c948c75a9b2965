import { firstWildcard, matchesWildcard } from './wildcard.ts'

/** An action of a request. One object for every spelling in use, so that caches can be keyed by it. */
export interface ActionName {
  /** Lower case, for example `iam:createuser`. */
  readonly text: string
  /** What is before the colon. */
  readonly service: string
  /** The id of the pattern that is exactly this action; -1 while no policy names it. */
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
    name = { text, service: serviceOf(text), id: patterns.get(text)?.id ?? -1 }
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
  /** Of exact patterns, by which indexes find them; -1 for others, and for more of them than we number. */
  readonly id: number
}

const patterns = new Map<string, ActionPattern>()
const maximumPatterns = 262_144
const services = new Map<string, string>()

/** Compiles a value of Action or NotAction. Equal values share one object: the same few thousand are in most policies. */
export function compileAction(value: string): ActionPattern {
  const text = value.toLowerCase()
  let pattern = patterns.get(text)
  if (pattern === undefined) {
    const numbered = patterns.size < maximumPatterns
    pattern = classify(text, numbered ? patterns.size : -1)
    if (numbered) patterns.set(text, pattern)
    // A request may have come before the policy.
    const name = names.get(text)
    if (name !== undefined) name.id = pattern.id
  }
  return pattern
}

function classify(text: string, id: number): ActionPattern {
  if (text === '*' || text === '*:*') return { text, shape: 'any', prefix: '', service: '', id: -1 }
  const service = serviceOf(text)
  const wildcard = firstWildcard(text)
  if (wildcard === -1) return { text, shape: 'exact', prefix: text, service, id }
  const shape = wildcard === text.length - 1 && text.endsWith('*') ? 'prefix' : 'general'
  return { text, shape, prefix: text.slice(0, wildcard), service, id: -1 }
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
