import type { RequestContext } from '../../policy/index.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { clusterArn } from './arns.ts'
import { requestTagKeys, resourceTagKeys, tagsOf } from './cluster-store.ts'

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

/** A page of names, in order. The token is the last name given. */
export function pageByName<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { maxResults = 100, nextToken }: { readonly maxResults?: number; readonly nextToken?: string },
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const after = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString()
  const rest = after === undefined ? items : items.filter(item => nameOf(item) > after)
  const page = rest.slice(0, maxResults)
  const last = page.at(-1)
  return { page, ...(rest.length > page.length && last !== undefined && { nextToken: Buffer.from(nameOf(last)).toString('base64url') }) }
}
