import type { JsonMember, JsonNode, Position } from '../../policy/index.ts'
import { type Check, fillIn, type FindingType, learnMoreLink } from './check.ts'
import { errors } from './checks-errors.ts'
import { securityWarnings } from './checks-security-warnings.ts'
import { suggestions } from './checks-suggestions.ts'
import { warnings } from './checks-warnings.ts'

/** One step from the document to a place in it. Access Analyzer API Reference, "PathElement". */
export type PathElement = { readonly value: string } | { readonly key: string } | { readonly index: number }

/** A place in a document. Lines begin with 1, columns and offsets with 0; the end is exclusive. Access Analyzer API Reference, "Position", "Span". */
export interface Location {
  readonly path: readonly PathElement[]
  readonly span: { readonly start: Position; readonly end: Position }
}

export interface Finding {
  readonly findingType: FindingType
  readonly issueCode: string
  /** The heading of the reference. */
  readonly title: string
  readonly findingDetails: string
  readonly learnMoreLink: string
  readonly locations: readonly Location[]
}

/** A value of the document and the way to it. */
export interface Place<Node extends { readonly start: number; readonly end: number } = JsonNode> {
  readonly node: Node
  readonly path: readonly PathElement[]
}

/** The value of a member. */
export const valueOf = (place: Place, member: JsonMember): Place => ({ node: member.value, path: [...place.path, { value: member.key }] })

/** The key of a member. */
export const keyOf = (place: Place, member: JsonMember): Place<{ start: number; end: number }> => ({
  node: { start: member.keyStart, end: member.keyEnd },
  path: [...place.path, { key: member.key }],
})

/** One item of a list, or the one value that stands for a list of one. */
export const itemsOf = (place: Place): Place[] =>
  place.node.type === 'array' ? place.node.items.map((node, index) => ({ node, path: [...place.path, { index }] })) : [place]

const tables = { ERROR: errors, SECURITY_WARNING: securityWarnings, WARNING: warnings, SUGGESTION: suggestions } as const

/** Every check: the reference's headings. */
export const checks: readonly (Check & { readonly id: string; readonly type: FindingType; readonly code: string })[] = (
  Object.keys(tables) as FindingType[]
).flatMap(type =>
  Object.entries(tables[type] as Record<string, Check>).map(([id, check]) => ({ ...check, id, type, code: check.code ?? id })),
)

export type CheckId = keyof typeof errors | keyof typeof securityWarnings | keyof typeof warnings | keyof typeof suggestions

const byId = new Map(checks.map(check => [check.id, check]))

/** Collects findings. */
export class Findings {
  readonly found: Finding[] = []
  readonly #lineStarts: readonly number[]

  constructor(text: string) {
    this.#lineStarts = lineStartsOf(text)
  }

  add(
    id: CheckId,
    places: Place<{ start: number; end: number }> | readonly Place<{ start: number; end: number }>[],
    values: Record<string, string> = {},
  ) {
    const { type, code, title, details } = byId.get(id) as (typeof checks)[number]
    const locations = (Array.isArray(places) ? (places as Place[]) : [places as Place]).map(({ node, path }) => ({
      path,
      span: { start: this.#position(node.start), end: this.#position(node.end) },
    }))
    this.found.push({
      findingType: type,
      issueCode: code,
      title,
      findingDetails: fillIn(details, values),
      learnMoreLink: learnMoreLink(type, code),
      locations,
    })
  }

  /** By bisection: a long document may have many findings. */
  #position(offset: number): Position {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] as number), offset }
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
