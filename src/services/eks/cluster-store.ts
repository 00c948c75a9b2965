import { isCalledByService, type Principal } from '../../identity/principal.ts'
import { clusterOrThrow } from '../../kubernetes/cluster-of-name.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { HandleContext } from '../operation.ts'
import { eks } from './service.ts'

/** @throws ResourceNotFoundException in EKS's words */
export const requireCluster = (tx: Transaction, place: { account: string; region: string }, name: string): Promise<ClustersTable> =>
  clusterOrThrow(tx, place, name, eks.ResourceNotFoundException)

/** Tags of a cluster or access entry by its ARN. */
export async function tagsOf(tx: Transaction, arn: string): Promise<{ [key: string]: string }> {
  const rows = await tx
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('ownerKind', '=', 'eks')
    .where('ownerId', '=', arn)
    .orderBy('key')
    .execute()
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

const mostTags = 50

/** Where tags are set, and by whom. */
export type TaggingContext = Pick<HandleContext, 'tx' | 'principal'>

/** @throws BadRequestException when a key is AWS's own and no service of AWS's calls */
export function refuseSystemTags(principal: Principal, keys: readonly string[]): void {
  if (keys.some(isSystemTag) && !isCalledByService(principal)) throw new eks.BadRequestException('Tag keys cannot start with "aws:"')
}

/**
 * Adds tags, replacing those of the same key.
 * @throws BadRequestException when the resource would have more than fifty of people's, or a key is AWS's own
 */
export async function addTags(
  { tx, principal }: TaggingContext,
  arn: string,
  tags: { readonly [key: string]: string } | undefined,
): Promise<void> {
  const given = Object.entries(tags ?? {})
  if (given.length === 0) return
  const givenKeys = given.map(([key]) => key)
  refuseSystemTags(principal, givenKeys)
  const all = new Set([...Object.keys(await tagsOf(tx, arn)), ...givenKeys].filter(key => !isSystemTag(key)))
  if (all.size > mostTags) throw new eks.BadRequestException(`The number of tags on the resource exceeds the limit of ${mostTags}`)
  // EKS tag keys differ by case, unlike IAM's: the look-up key is the key as it is.
  await tx
    .insertInto('tags')
    .values(given.map(([key, value]) => ({ ownerKind: 'eks', ownerId: arn, key, keyKey: key, value })))
    .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'keyKey']).doUpdateSet(set => ({ value: set.ref('excluded.value') })))
    .execute()
}

/** Removes all tags of a resource that goes away. */
export const removeAllTags = (tx: Transaction, arn: string) =>
  tx.deleteFrom('tags').where('ownerKind', '=', 'eks').where('ownerId', '=', arn).execute()

/** Condition keys of a resource's tags and of the tags in a request. */
export const resourceTagKeys = (tags: { readonly [key: string]: string }) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]))

export const requestTagKeys = (tags: { readonly [key: string]: string } | undefined) => ({
  ...Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(Object.keys(tags ?? {}).length > 0 ? { 'aws:TagKeys': Object.keys(tags ?? {}) } : {}),
})
