import { cloudtrail } from './service.ts'

/** The page size where the caller cannot name one. CloudTrail does not document it. */
const pageSize = 100

/**
 * One page of rows that are in order of a key.
 * @param rows   all of them; lists of CloudTrail's resources are short
 * @throws       InvalidNextTokenException for a token that is not ours
 */
export function pageByKey<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  nextToken: string | undefined,
  size: number = pageSize,
): { readonly items: readonly Row[]; readonly end: { readonly NextToken?: string } } {
  const after = nextToken === undefined ? undefined : readToken(nextToken)
  const rest = after === undefined ? rows : rows.filter(row => keyOf(row) > after)
  const items = rest.slice(0, size)
  const last = items.at(-1)
  return { items, end: rest.length > size && last !== undefined ? { NextToken: writeToken(keyOf(last)) } : {} }
}

const writeToken = (key: string) => Buffer.from(`after ${key}`).toString('base64url')

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith('after ')) throw new cloudtrail.InvalidNextTokenException('The token is not valid for this request.')
  return text.slice('after '.length)
}
