import type { PageRequest } from './model.ts'
import { analysis } from './service.ts'

const usualResults = 100

/** A page of a list that is made anew for each. @throws ValidationException for a token that is none of ours */
export function pageOf<T>(items: readonly T[], { maxResults = usualResults, nextToken }: PageRequest) {
  const text = nextToken === undefined ? '0' : Buffer.from(nextToken, 'base64url').toString('utf8')
  if (!/^\d{1,9}$/.test(text)) throw new analysis.ValidationException('The nextToken is not valid.')
  const from = Number(text)
  const end = from + maxResults
  return {
    items: items.slice(from, end),
    next: end < items.length ? { nextToken: Buffer.from(String(end)).toString('base64url') } : {},
  }
}
