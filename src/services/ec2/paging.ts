import { ec2Error } from './errors.ts'

/** Bounds of MaxResults. */
interface PageBounds {
  readonly least: number
  readonly most: number
}

/**
 * A page of items in the order of their ids; the token is the last id given.
 * @throws InvalidParameterValue, InvalidNextToken
 * @see    EC2 API Reference, "Query requests", pagination
 */
export function pageById<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { MaxResults, NextToken }: { readonly MaxResults?: number; readonly NextToken?: string },
  { least, most }: PageBounds = { least: 5, most: 1_000 },
): { readonly page: readonly Item[]; readonly NextToken?: string } {
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > most))
    throw ec2Error(
      'InvalidParameterValue',
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
    )
  const after = NextToken === undefined ? '' : lastIdOf(NextToken)
  const rest = items.filter(item => idOf(item) > after)
  const page = MaxResults === undefined ? rest : rest.slice(0, MaxResults)
  const last = page.at(-1)
  return { page, ...(last !== undefined && rest.length > page.length && { NextToken: tokenOf(idOf(last)) }) }
}

const prefix = 'after '
const tokenOf = (id: string) => Buffer.from(`${prefix}${id}`).toString('base64url')

function lastIdOf(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith(prefix)) throw ec2Error('InvalidNextToken', `The token '${token.slice(0, 255)}' is invalid`)
  return text.slice(prefix.length)
}
