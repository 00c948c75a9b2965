import { createHash } from 'node:crypto'
import { accessAnalyzer } from './service.ts'

/** What of a list goes into one answer, and the token for the rest. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextToken?: string
}

interface Question {
  readonly maxResults?: number | undefined
  readonly nextToken?: string | undefined
}

/**
 * One page of a list.
 * @param about  what the list depends on: a token holds for the same question only
 * @throws       ValidationException for a token that is not ours
 */
export function pageOf<Item>(
  items: readonly Item[],
  { maxResults, nextToken }: Question,
  about: readonly unknown[],
  most = 100,
): Page<Item> {
  const size = Math.max(1, Math.min(maxResults ?? most, most))
  const question = createHash('sha256').update(JSON.stringify(about)).digest('base64url').slice(0, 16)
  const from = nextToken === undefined ? 0 : readToken(nextToken, question)
  const end = from + size
  return {
    items: items.slice(from, end),
    ...(end < items.length && { nextToken: Buffer.from(`${question} ${end}`).toString('base64url') }),
  }
}

function readToken(token: string, question: string): number {
  const [about, offset = ''] = Buffer.from(token, 'base64url').toString().split(' ')
  if (about !== question || !/^\d{1,9}$/.test(offset))
    throw new accessAnalyzer.ValidationException('The nextToken is not valid for this request.', { reason: 'other' })
  return Number(offset)
}
