import type { Comparison, Expression, Operator, Query, WrittenType } from './syntax.ts'
import { constants, numberLiteral, readOrder } from './parse-parts.ts'
import { QueryProblem } from './query-problem.ts'
import type { TokenReader } from './token-reader.ts'

type ReadQuery = (reader: TokenReader) => Query

/** Words that cannot be names. Trino documentation, "SQL language: Reserved keywords", those that the subset needs. */
const reserved = new Set(
  (
    'ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT ' +
    'EXISTS FALSE FOR FROM FULL GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE NATURAL NOT NULL ON OR ORDER OUTER RIGHT SELECT TABLE THEN ' +
    'TRUE UNION UNNEST USING VALUES WHEN WHERE WITH'
  ).split(' '),
)

export const isReserved = (word: string): boolean => reserved.has(word.toUpperCase())

/** What `ARRAY[...]` calls; no function can be written so. */
export const arrayConstructor = 'array[]'

/** An expression, `OR` binding least. @throws QueryProblem */
export function readExpression(reader: TokenReader, readQuery: ReadQuery): Expression {
  return new ExpressionReader(reader, readQuery).expression()
}

const comparisons: { readonly [symbol: string]: Comparison } = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

class ExpressionReader {
  readonly #reader: TokenReader
  readonly #readQuery: ReadQuery

  constructor(reader: TokenReader, readQuery: ReadQuery) {
    this.#reader = reader
    this.#readQuery = readQuery
  }

  expression(): Expression {
    return this.#reader.nested(() => this.#chain(['OR'], () => this.#chain(['AND'], () => this.#negation())))
  }

  /** Operators of one precedence, from left to right. */
  #chain(words: readonly Operator[], operand: () => Expression): Expression {
    const reader = this.#reader
    let left = operand()
    for (;;) {
      const { at } = reader
      const operator = words.find(word => (/\w/.test(word) ? reader.takeWords(word) : reader.takeSymbol(word)))
      if (!operator) return left
      left = { is: 'binary', operator, left, right: operand(), at }
    }
  }

  #negation(): Expression {
    const { at } = this.#reader
    if (!this.#reader.takeWords('NOT')) return this.#predicate()
    return this.#reader.nested(() => ({ is: 'not', of: this.#negation(), at }))
  }

  #predicate(): Expression {
    let of = this.#sum()
    for (;;) {
      const next = this.#predicateOf(of)
      if (!next) return of
      of = next
    }
  }

  #predicateOf(of: Expression): Expression | undefined {
    const reader = this.#reader
    const { at } = reader
    const { kind, value } = reader.peek()
    const comparison = kind === 'symbol' ? comparisons[value] : undefined
    if (comparison) {
      reader.take()
      return { is: 'binary', operator: comparison, left: of, right: this.#sum(), at }
    }
    if (reader.takeWords('IS')) return this.#isPredicate(of, at)
    const negated = reader.isWord('NOT') && ['IN', 'LIKE', 'BETWEEN'].some(word => reader.isWord(word, 1))
    if (negated) reader.take()
    if (reader.takeWords('IN')) return { is: 'in', of, among: this.#among(), negated, at }
    if (reader.takeWords('LIKE')) {
      const pattern = this.#sum()
      return { is: 'like', of, pattern, escape: reader.takeWords('ESCAPE') ? this.#sum() : undefined, negated, at }
    }
    if (!reader.takeWords('BETWEEN')) return undefined
    const low = this.#sum()
    reader.expectWords('AND')
    return { is: 'between', of, low, high: this.#sum(), negated, at }
  }

  #isPredicate(of: Expression, at: number): Expression {
    const reader = this.#reader
    const negated = reader.takeWords('NOT')
    if (reader.takeWords('NULL')) return { is: 'null', of, negated, at }
    reader.expectWords('DISTINCT', 'FROM')
    return { is: 'binary', operator: negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM', left: of, right: this.#sum(), at }
  }

  #among(): readonly Expression[] | Query {
    const reader = this.#reader
    reader.expectSymbol('(')
    const among = reader.isWord('SELECT') ? reader.nested(() => this.#readQuery(reader)) : reader.list(() => this.expression())
    reader.expectSymbol(')')
    return among
  }

  #sum(): Expression {
    return this.#chain(['+', '-', '||'], () => this.#chain(['*', '/', '%'], () => this.#sign()))
  }

  #sign(): Expression {
    const { at } = this.#reader
    if (this.#reader.takeSymbol('-')) return this.#reader.nested(() => ({ is: 'negative', of: this.#sign(), at }))
    if (this.#reader.takeSymbol('+')) return this.#reader.nested(() => this.#sign())
    return this.#access()
  }

  /** A value, with what is read out of it: `resources[1].arn`. */
  #access(): Expression {
    const reader = this.#reader
    let of = this.#primary()
    for (;;) {
      const { at } = reader
      if (reader.takeSymbol('.')) of = { is: 'field', of, name: this.#name('a field'), at }
      else if (reader.takeSymbol('[')) {
        of = { is: 'subscript', of, index: this.expression(), at }
        reader.expectSymbol(']')
      } else return of
    }
  }

  #name(what: string): string {
    const { kind } = this.#reader.peek()
    if (kind === 'quoted' || kind === 'word') return this.#reader.take().value
    throw this.#reader.unexpected(what)
  }

  #primary(): Expression {
    const reader = this.#reader
    const { kind, value, at } = reader.peek()
    switch (kind) {
      case 'text':
        reader.take()
        return { is: 'literal', type: 'varchar', value, at }
      case 'number':
        reader.take()
        return numberLiteral(value, at)
      case 'quoted':
        reader.take()
        return { is: 'name', name: value, at }
      case 'word':
        return this.#word(value.toUpperCase(), at)
      default:
        return this.#parenthesis()
    }
  }

  #parenthesis(): Expression {
    this.#reader.expectSymbol('(')
    if (this.#reader.isWord('SELECT')) throw new QueryProblem('a subquery as a value is not supported', this.#reader.at)
    const inner = this.expression()
    this.#reader.expectSymbol(')')
    return inner
  }

  #word(word: string, at: number): Expression {
    const reader = this.#reader
    if (reader.takeWords('CASE')) return this.#case(at)
    if (reader.isSymbol('(', 1) && (word === 'CAST' || word === 'TRY_CAST')) return this.#cast(word === 'TRY_CAST', at)
    const constant = constants[word]
    if (constant !== undefined) {
      reader.take()
      return typeof constant === 'string'
        ? { is: 'call', name: constant, arguments: [], distinct: false, star: false, at }
        : { is: 'literal', ...constant, at }
    }
    if (word === 'ARRAY' && reader.isSymbol('[', 1)) return this.#array(at)
    if (word === 'INTERVAL') throw new QueryProblem('the INTERVAL keyword is not supported', at)
    if (word === 'EXISTS') throw new QueryProblem('EXISTS is not supported', at)
    if (reserved.has(word)) throw reader.unexpected()
    if ((word === 'TIMESTAMP' || word === 'DATE') && reader.peek(1).kind === 'text') {
      reader.take()
      const text: Expression = { is: 'literal', type: 'varchar', value: reader.take().value, at }
      return { is: 'cast', of: text, to: { name: word, of: [] }, lenient: false, at }
    }
    const { value } = reader.take()
    return reader.isSymbol('(') ? this.#call(value, at) : { is: 'name', name: value, at }
  }

  /** Trino documentation, "Array functions and operators". */
  #array(at: number): Expression {
    const reader = this.#reader
    reader.take()
    reader.expectSymbol('[')
    const items = reader.isSymbol(']') ? [] : reader.list(() => this.expression())
    reader.expectSymbol(']')
    return { is: 'call', name: arrayConstructor, arguments: items, distinct: false, star: false, at }
  }

  #call(name: string, at: number): Expression {
    const reader = this.#reader
    reader.expectSymbol('(')
    if (reader.takeSymbol('*')) {
      reader.expectSymbol(')')
      return this.#windowed({ is: 'call', name, arguments: [], distinct: false, star: true, at })
    }
    const distinct = reader.takeWords('DISTINCT')
    const given = reader.isSymbol(')') ? [] : reader.list(() => this.#argument())
    reader.expectSymbol(')')
    return this.#windowed({ is: 'call', name, arguments: given, distinct, star: false, at })
  }

  /** Trino documentation, "Window functions"; frames are those that it has by default. */
  #windowed(call: Extract<Expression, { is: 'call' }>): Expression {
    const reader = this.#reader
    if (reader.isWord('FILTER')) throw new QueryProblem('FILTER is not supported', reader.at)
    if (!reader.takeWords('OVER')) return call
    reader.expectSymbol('(')
    const partitionBy = reader.takeWords('PARTITION', 'BY') ? reader.list(() => this.expression()) : []
    const orderBy = reader.takeWords('ORDER', 'BY') ? reader.list(() => readOrder(reader, () => this.expression())) : []
    for (const word of ['ROWS', 'RANGE', 'GROUPS'])
      if (reader.isWord(word)) throw new QueryProblem(`a frame of ${word} is not supported`, reader.at)
    reader.expectSymbol(')')
    return { ...call, over: { partitionBy, orderBy } }
  }

  /** An expression, or a lambda of one parameter. Trino documentation, "Lambda expressions". */
  #argument(): Expression {
    const reader = this.#reader
    const { at } = reader
    const inParentheses = reader.isSymbol('(') && reader.isSymbol(')', 2) && reader.isSymbol('->', 3)
    if (!inParentheses && !reader.isSymbol('->', 1)) return this.expression()
    if (inParentheses) reader.take()
    const parameter = this.#name('a parameter')
    if (inParentheses) reader.take()
    reader.expectSymbol('->')
    return { is: 'lambda', parameter, body: this.expression(), at }
  }

  #cast(lenient: boolean, at: number): Expression {
    const reader = this.#reader
    reader.take()
    reader.expectSymbol('(')
    const of = this.expression()
    reader.expectWords('AS')
    const to = this.#type()
    reader.expectSymbol(')')
    return { is: 'cast', of, to, lenient, at }
  }

  /** A type, with its length or with the types that it is made of. */
  #type(): WrittenType {
    const reader = this.#reader
    const name = reader.expectKind('word', 'a type').value.toUpperCase()
    if (!reader.takeSymbol('(')) return { name, of: [] }
    const isMade = name === 'ARRAY' || name === 'MAP'
    const of = isMade ? reader.nested(() => reader.list(() => this.#type())) : []
    if (!isMade) reader.expectKind('number', 'a length')
    reader.expectSymbol(')')
    return { name, of }
  }

  #case(at: number): Expression {
    const reader = this.#reader
    const of = reader.isWord('WHEN') ? undefined : this.expression()
    const branches: { when: Expression; result: Expression }[] = []
    while (reader.takeWords('WHEN')) {
      const when = this.expression()
      reader.expectWords('THEN')
      branches.push({ when, result: this.expression() })
    }
    if (branches.length === 0) throw reader.unexpected("'WHEN'")
    const otherwise = reader.takeWords('ELSE') ? this.expression() : undefined
    reader.expectWords('END')
    return { is: 'case', of, branches, otherwise, at }
  }
}
