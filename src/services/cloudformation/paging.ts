import { cloudformation } from './service.ts'

const prefix = 'after '

/**
 * A page of items, in their order; the token says how many were given.
 * @throws ValidationError for a token that is not ours
 */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
  size = 100,
): { readonly page: readonly Item[]; readonly NextToken?: string } {
  const start = token === undefined ? 0 : startOf(token)
  const end = start + size
  return { page: items.slice(start, end), ...(items.length > end && { NextToken: Buffer.from(`${prefix}${end}`).toString('base64url') }) }
}

function startOf(token: string): number {
  const text = Buffer.from(token, 'base64url').toString()
  const start = Number(text.slice(prefix.length))
  if (!text.startsWith(prefix) || !Number.isSafeInteger(start) || start < 0) throw new cloudformation.ValidationError('Invalid NextToken')
  return start
}
