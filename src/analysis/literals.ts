import { parseTemplate } from '../policy/variables.ts'
import { anyText, anyUnit, appendLiteral, appendPattern, type PatternCodes, segmentText, segmentUnit } from '../policy/wildcard.ts'
import { type Budget, codesCover, isUnknown, textWithin } from './strings.ts'

/** A pattern of actions or resources. */
export interface Pattern {
  readonly text: string
  /** A policy variable is one unit of the private use area. */
  readonly codes: PatternCodes
  readonly hasVariables: boolean
}

/** Names of policy variables, by unit. One number for one name in all policies of a question. */
export class Variables {
  readonly names: string[] = []

  unitOf(name: string): number {
    const lower = name.toLowerCase()
    const at = this.names.indexOf(lower)
    if (at !== -1) return 0xe000 + at
    this.names.push(lower)
    return 0xe000 + this.names.length - 1
  }
}

const colon = 0x3a

/** Case does not matter in actions. IAM User Guide, "IAM JSON policy elements: Action". */
export function actionPattern(value: string): Pattern {
  const text = value === '*:*' ? '*' : value.toLowerCase()
  const codes: number[] = []
  appendPattern(codes, text)
  return { text, codes, hasVariables: false }
}

/** A resource as the engine takes it: `compileResource` says how wildcards and variables count in an ARN. */
export function resourcePattern(value: string, variables: Variables | undefined): Pattern {
  if (value === '*') return { text: value, codes: [anyText], hasVariables: false }
  let text = value
  if (text.startsWith('arn:')) for (let missing = 6 - text.split(':', 6).length; missing > 0; missing--) text += ':*'
  const from = resourcePartOf(text)
  const codes: number[] = []
  const template = variables && parseTemplate(text, from)
  if (template && variables) {
    for (const part of template.parts) {
      if (part.type === 'text') appendPattern(codes, part.text)
      else if (part.type === 'literal') appendLiteral(codes, part.text)
      else codes.push(variables.unitOf(part.name))
    }
  } else appendPattern(codes, text)
  const inner = /\?|\*(?!:)/.test(text.slice(0, from))
  return { text, codes: inner ? withinSegments(codes) : codes, hasVariables: template !== undefined }
}

function resourcePartOf(text: string): number {
  if (!text.startsWith('arn:')) return 0
  let at = -1
  for (let colons = 0; colons < 5; colons++) {
    at = text.indexOf(':', at + 1)
    if (at === -1) return 0
  }
  return at + 1
}

function withinSegments(codes: PatternCodes): number[] {
  const limited = [...codes]
  for (let i = 0, colons = 0; i < limited.length && colons < 5; i++) {
    const code = limited[i]
    if (code === colon) colons++
    else if (code === anyUnit) limited[i] = segmentUnit
    else if (code === anyText && limited[i + 1] !== colon) limited[i] = segmentText
  }
  return limited
}

/** What text must match and must not. */
export interface Literals {
  readonly wanted: readonly Pattern[]
  readonly avoided: readonly Pattern[]
}

/**
 * Whether text can satisfy the literals, whatever the policy variables hold. Never false when some text does: an unknown text may be anything where it is
 * wanted, and is no reason to refuse where it is avoided, unless the same unknown is surely covered.
 */
export function satisfiable({ wanted, avoided }: Literals, shapes: readonly PatternCodes[], budget: Budget): boolean {
  const [only] = wanted
  // A pattern alone is not empty; one that begins with a wildcard meets every shape.
  if (avoided.length === 0 && wanted.length === 1 && only && (only.codes[0] === anyText || /^(arn:|[^:]+:[^:]+$)/.test(only.text)))
    return true
  for (const pattern of wanted) for (const other of avoided) if (codesCover(other.codes, pattern.codes)) return false
  const loose = wanted.map(({ codes }) => codes.map(code => (isUnknown(code) ? anyText : code)))
  const certain = avoided.filter(({ hasVariables }) => !hasVariables).map(({ codes }) => codes)
  return shapes.some(shape => textWithin([...loose, shape], certain, budget) !== undefined || budget.spent)
}

/** Text that satisfies the literals when the variables have the given values. */
export function example({ wanted, avoided }: Literals, shape: PatternCodes, values: readonly string[], budget: Budget): string | undefined {
  const fill = ({ codes }: Pattern) =>
    codes.flatMap(code => (isUnknown(code) ? [...(values[code - 0xe000] ?? '')].map(letter => letter.charCodeAt(0)) : [code]))
  return textWithin([...wanted.map(fill), shape], avoided.map(fill), budget)
}

/** A pattern from text with wildcards. */
export function shapeOf(text: string): PatternCodes {
  const codes: number[] = []
  appendPattern(codes, text)
  return withinSegments(codes)
}
