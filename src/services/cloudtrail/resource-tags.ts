import { isCalledByService, type Principal } from '../../identity/principal.ts'
import type { RequestContext } from '../../policy/index.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { Transaction } from '../../store/index.ts'
import type { Tag } from '../../wire/models/cloudtrail.ts'
import type { HandleContext } from '../operation.ts'
import { cloudtrail } from './service.ts'

const ownerKind = 'cloudtrail'
/** CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostTags = 50

/** Tags of a trail, event data store, channel or dashboard, by ARN, in order of their keys. */
export const tagsOf = (tx: Transaction, arn: string): Promise<{ key: string; value: string }[]> =>
  tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', ownerKind).where('ownerId', '=', arn).orderBy('key').execute()

/** Where tags are set, and by whom: keys of AWS's own making are its services' alone. */
type TaggingContext = Pick<HandleContext, 'tx' | 'principal'>

/** @throws InvalidTagParameterException, TagsLimitExceededException */
export function checkTags({ principal }: Pick<TaggingContext, 'principal'>, tags: readonly Tag[]): void {
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw new cloudtrail.InvalidTagParameterException('Tag keys must be unique in a request.')
  for (const { Key, Value = '' } of tags)
    if (Key === '' || Key.length > 128 || Value.length > 256 || isRefused(Key, principal) || !allowed.test(Key) || !allowed.test(Value))
      throw new cloudtrail.InvalidTagParameterException(`The tag with the key ${Key.slice(0, 128)} is not valid.`)
  if (tags.filter(({ Key }) => !isSystemTag(Key)).length > mostTags) throw tooMany()
}

const isRefused = (key: string, principal: Principal): boolean => isSystemTag(key) && !isCalledByService(principal)

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const tooMany = () => new cloudtrail.TagsLimitExceededException(`A resource can have ${mostTags} tags.`)

/** Adds tags, replacing those of the same keys. @throws TagsLimitExceededException, InvalidTagParameterException */
export async function addTags(context: TaggingContext, arn: string, tags: readonly Tag[]): Promise<void> {
  const { tx } = context
  checkTags(context, tags)
  for (const { Key, Value = '' } of tags)
    await tx
      .insertInto('tags')
      .values({ ownerKind, ownerId: arn, key: Key, keyKey: Key, value: Value })
      .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'keyKey']).doUpdateSet({ value: Value }))
      .execute()
  if ((await tagsOf(tx, arn)).filter(({ key }) => !isSystemTag(key)).length > mostTags) throw tooMany()
}

/** Removes tags by key, for a caller who may. @throws InvalidTagParameterException for tags of AWS's own making */
export async function removeTagsOf({ tx, principal }: TaggingContext, arn: string, keys: readonly string[]): Promise<void> {
  const refused = keys.find(key => isRefused(key, principal))
  if (refused !== undefined)
    throw new cloudtrail.InvalidTagParameterException(`The tag with the key ${refused.slice(0, 128)} is not valid.`)
  await removeTags(tx, arn, keys)
}

/** Removes tags by key; without keys, all of them. */
export async function removeTags(tx: Transaction, arn: string, keys?: readonly string[]): Promise<void> {
  if (keys?.length === 0) return
  await tx
    .deleteFrom('tags')
    .where('ownerKind', '=', ownerKind)
    .where('ownerId', '=', arn)
    .$if(keys !== undefined, query => query.where('keyKey', 'in', keys as string[]))
    .execute()
}

/** Condition keys of a resource's own tags. */
export const resourceTagKeys = async (tx: Transaction, arn: string): Promise<RequestContext> =>
  Object.fromEntries((await tagsOf(tx, arn)).map(({ key, value }) => [`aws:ResourceTag/${key}`, value]))

/** Condition keys of the tags that a request gives. */
export const requestTagKeys = (tags: readonly Tag[] = []): RequestContext => ({
  ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
  ...(tags.length > 0 && { 'aws:TagKeys': tags.map(({ Key }) => Key) }),
})
