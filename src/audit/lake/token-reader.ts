import { QueryProblem } from './query-problem.ts'
import type { Query } from './syntax.ts'
import { type Token, type TokenKind, tokensOf } from './tokens.ts'

/** Deepest nesting of a statement; more would only exhaust somebody's stack. */
const deepest = 40

/** Reads tokens one after the other, with one or more looked at ahead. Keywords are not distinguished by case. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  /** Queries that WITH has named, by name in lower case, each with how many selections it is made of. */
  readonly named = new Map<string, { readonly query: Query; readonly selections: number }>()
  /** Selections read so far, those of named queries each time they are a source. */
  selections = 0
  #next = 0
  #depth = 0

  /** @param parameters  values for `?`, and for `'?'` as widgets of dashboards have it where times are, in order. CloudTrail API Reference, "RequestWidget", QueryStatement */
  constructor(statement: string, parameters: readonly string[] = []) {
    const tokens = tokensOf(statement)
    const isPlace = ({ kind, value }: Token) => kind === 'parameter' || (parameters.length > 0 && kind === 'text' && value === '?')
    const places = tokens.filter(isPlace)
    if (places.length !== parameters.length)
      throw new QueryProblem(`the statement has ${places.length} parameters, and ${parameters.length} values are given`)
    const values = new Map(places.map((token, index) => [token, parameters[index] as string]))
    this.#tokens = tokens.map(token => (isPlace(token) ? { ...token, kind: 'text', value: values.get(token) ?? '' } : token))
  }

  get at(): number {
    return this.peek().at
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  isWord(word: string, ahead = 0): boolean {
    const { kind, value } = this.peek(ahead)
    return kind === 'word' && value.toUpperCase() === word
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const { kind, value } = this.peek(ahead)
    return kind === 'symbol' && value === symbol
  }

  /** Takes the words if all of them come next. */
  takeWords(...words: readonly string[]): boolean {
    if (!words.every((word, ahead) => this.isWord(word, ahead))) return false
    this.#next += words.length
    return true
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.#next++
    return true
  }

  expectWords(...words: readonly string[]): void {
    for (const word of words) if (!this.takeWords(word)) throw this.unexpected(`'${word}'`)
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`'${symbol}'`)
  }

  expectKind(kind: TokenKind, what: string): Token {
    if (this.peek().kind !== kind) throw this.unexpected(what)
    return this.take()
  }

  /** Reads with commas between. */
  list<Item>(read: () => Item): Item[] {
    const items = [read()]
    while (this.takeSymbol(',')) items.push(read())
    return items
  }

  nested<Result>(read: () => Result): Result {
    if (++this.#depth > deepest) throw new QueryProblem('the statement is nested too deeply', this.at)
    const result = read()
    this.#depth--
    return result
  }

  unexpected(wanted?: string): QueryProblem {
    const { value, at } = this.peek()
    return new QueryProblem(`mismatched input '${value.slice(0, 100)}'${wanted === undefined ? '' : `, expecting ${wanted}`}`, at)
  }
}
