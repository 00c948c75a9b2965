import { invalid } from './quotas.ts'

interface PageRequest {
  readonly NextToken?: string
  readonly MaxResults?: number
}

/** The page size when the caller names none, which is also the largest. */
const defaultPageSize = 20

/** One row more than the page holds tells whether another follows. */
export const rowsWanted = ({ MaxResults = defaultPageSize }: PageRequest): number => MaxResults + 1

/** The key after which the page begins, empty for the first. @throws InvalidInputException for a token that is not ours */
export function startAfter({ NextToken }: PageRequest): string {
  if (NextToken === undefined) return ''
  const key = Buffer.from(NextToken, 'base64url').toString()
  if (key === '' || Buffer.from(key).toString('base64url') !== NextToken) {
    throw invalid('INVALID_NEXT_TOKEN', 'You specified an invalid value for nextToken.')
  }
  return key
}

/** Cuts rows, in order of their keys, to the page asked for. */
export function pageOf<Row>(
  rows: readonly Row[],
  request: PageRequest,
  keyOf: (row: Row) => string,
): { items: readonly Row[]; end: { NextToken?: string } } {
  const size = rowsWanted(request) - 1
  const items = rows.slice(0, size)
  const last = items.at(-1)
  if (rows.length <= size || last === undefined) return { items, end: {} }
  return { items, end: { NextToken: Buffer.from(keyOf(last)).toString('base64url') } }
}
