import { createHash } from 'node:crypto'
import type { RequestContext } from '../../policy/index.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { clusterArn } from '../../kubernetes/cluster-of-name.ts'
import { requestTagKeys, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { eks } from './service.ts'

/** Access to a cluster by name, with its tags as condition keys whether or not it exists. */
export async function clusterAccess(
  { tx, account, region }: AccessContext,
  name: string,
  keys: RequestContext = {},
): Promise<AccessStatement> {
  const resource = clusterArn(region, account, name)
  return { resource, keys: { ...resourceTagKeys(await tagsOf(tx, resource)), ...keys } }
}

/**
 * Tags that come with a creation are allowed as tagging is, of the resource that is made; what of its ARN is not known yet is `*`.
 * EKS refuses creations with tags to whoever lacks `eks:TagResource`, as users of the CDK found (aws-cdk, issue 7163).
 */
export const taggingAccess = (resource: string, tags: { readonly [key: string]: string } | undefined): AccessStatement[] =>
  Object.keys(tags ?? {}).length === 0 ? [] : [{ action: 'eks:TagResource', resource, keys: requestTagKeys(tags) }]

interface PageQuestion {
  readonly maxResults?: number | undefined
  readonly nextToken?: string | undefined
}

/**
 * A page of names, in order. The token holds what was asked and the last name given.
 * @param question  the operation's input: a token is good for the same question only
 * @throws InvalidParameterException for a token that is not ours
 */
export function pageByName<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { maxResults = 100, nextToken, ...asked }: PageQuestion,
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const question = createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 16)
  const after = nextToken === undefined ? undefined : readToken(nextToken, question)
  const rest = after === undefined ? items : items.filter(item => nameOf(item) > after)
  const page = rest.slice(0, maxResults)
  const last = page.at(-1)
  if (rest.length === page.length || last === undefined) return { page }
  return { page, nextToken: Buffer.from(`${question} ${nameOf(last)}`).toString('base64url') }
}

function readToken(token: string, question: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith(`${question} `)) throw new eks.InvalidParameterException('The nextToken is not valid for this request.')
  return text.slice(question.length + 1)
}
