import { QueryProblem } from './query-problem.ts'

export type TokenKind = 'word' | 'quoted' | 'text' | 'number' | 'store' | 'symbol' | 'parameter' | 'end'

/** A word of a statement. `value` is without quotes; `at` its place, from 0. */
export interface Token {
  readonly kind: TokenKind
  readonly value: string
  readonly at: number
}

/** In order: the id of an event data store would else be read as numbers, words and minus signs. */
const kinds: readonly { readonly kind: TokenKind | 'nothing'; readonly pattern: RegExp }[] = [
  { kind: 'nothing', pattern: /\s+|--[^\n]*|\/\*[\s\S]*?\*\//y },
  { kind: 'store', pattern: /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/iy },
  { kind: 'number', pattern: /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?!\w)/iy },
  { kind: 'word', pattern: /[a-z_]\w*/iy },
  { kind: 'text', pattern: /'(?:[^']|'')*'/y },
  { kind: 'quoted', pattern: /"(?:[^"]|"")+"/y },
  { kind: 'parameter', pattern: /\?/y },
  { kind: 'symbol', pattern: /<>|!=|<=|>=|\|\||->|[-+*/%=<>(),.;[\]]/y },
]

/**
 * Splits a statement into tokens.
 * @throws QueryProblem for a character that begins none
 * @see    Trino documentation, "SQL language: Reserved keywords" and "Comments synopsis"
 */
export function tokensOf(statement: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < statement.length) {
    const token = tokenAt(statement, at)
    if (!token) throw new QueryProblem(`mismatched input '${statement.charAt(at)}'`, at)
    if (token.kind !== 'nothing') tokens.push({ kind: token.kind, value: unquoted(token.kind, token.text), at })
    at += token.text.length
  }
  return [...tokens, { kind: 'end', value: '<EOF>', at }]
}

function tokenAt(statement: string, at: number): { kind: TokenKind | 'nothing'; text: string } | undefined {
  for (const { kind, pattern } of kinds) {
    pattern.lastIndex = at
    const text = pattern.exec(statement)?.[0]
    if (text !== undefined) return { kind, text }
  }
  return undefined
}

function unquoted(kind: TokenKind, text: string): string {
  if (kind === 'text') return text.slice(1, -1).replaceAll("''", "'")
  return kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text
}
