import { QueryProblem } from './query-problem.ts'
import type { Expression, Order } from './syntax.ts'
import type { TokenReader } from './token-reader.ts'

/** By what rows are ordered, and how. */
export function readOrder(reader: TokenReader, read: () => Expression): Order {
  const by = read()
  const descending = reader.takeWords('DESC')
  if (!descending) reader.takeWords('ASC')
  if (reader.takeWords('NULLS', 'FIRST')) return { by, descending, nulls: 'FIRST' }
  reader.takeWords('NULLS', 'LAST')
  return { by, descending, nulls: 'LAST' }
}

/** Words that stand for values, and those that are functions without parentheses. */
export const constants: {
  readonly [word: string]: string | { readonly type: 'boolean' | 'unknown'; readonly value: boolean | null } | undefined
} = {
  TRUE: { type: 'boolean', value: true },
  FALSE: { type: 'boolean', value: false },
  NULL: { type: 'unknown', value: null },
  CURRENT_TIMESTAMP: 'now',
  CURRENT_DATE: 'current_date',
}

/** A number as it is written; integers are those that JavaScript has exactly. @throws QueryProblem */
export function numberLiteral(text: string, at: number): Expression {
  const value = Number(text)
  if (!/^\d+$/.test(text)) {
    if (!Number.isFinite(value)) throw new QueryProblem(`Invalid numeric literal: ${text}`, at)
    return { is: 'literal', type: 'double', value, at }
  }
  if (!Number.isSafeInteger(value)) throw new QueryProblem(`Invalid numeric literal: ${text}`, at)
  return { is: 'literal', type: 'bigint', value, at }
}
