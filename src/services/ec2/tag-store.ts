import type { RequestContext } from '../../policy/index.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { Transaction } from '../../store/index.ts'
import type { Tag, TagSpecification } from '../../wire/models/ec2.ts'
import { ec2Error } from './errors.ts'

export type Tags = { readonly [key: string]: string }

/** Tags of resources by their ids. */
export async function tagsOfAll(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
  const found = new Map<string, { [key: string]: string }>(ids.map(id => [id, {}]))
  const most = 500
  for (let start = 0; start < ids.length; start += most) {
    const rows = await tx
      .selectFrom('tags')
      .select(['ownerId', 'key', 'value'])
      .where('ownerKind', '=', 'ec2')
      .where('ownerId', 'in', ids.slice(start, start + most))
      .orderBy('key')
      .execute()
    for (const { ownerId, key, value } of rows) (found.get(ownerId) as { [key: string]: string })[key] = value
  }
  return found
}

export const tagsOf = async (tx: Transaction, id: string): Promise<Tags> => (await tagsOfAll(tx, [id])).get(id) ?? {}

const mostTags = 50

/**
 * Adds tags, replacing those of the same key.
 * @throws InvalidParameterValue, TagLimitExceeded
 * @see    EC2 User Guide, "Tag your Amazon EC2 resources", tag restrictions
 */
export async function addTags(tx: Transaction, id: string, tags: Tags): Promise<void> {
  const given = Object.entries(tags)
  if (given.length === 0) return
  const all = new Set([...Object.keys(await tagsOf(tx, id)).filter(key => !isSystemTag(key)), ...given.map(([key]) => key)])
  if (all.size > mostTags) throw ec2Error('TagLimitExceeded', `The maximum number of tags for ${id} has been reached`)
  await tx
    .insertInto('tags')
    .values(given.map(([key, value]) => ({ ownerKind: 'ec2', ownerId: id, key, keyKey: key, value })))
    .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'keyKey']).doUpdateSet(set => ({ value: set.ref('excluded.value') })))
    .execute()
}

export const reservedKey = (key: string) =>
  ec2Error(
    'InvalidParameterValue',
    `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
  )

/** Tags as a request gives them. @throws InvalidParameterValue for keys that are none, and AWS's own */
export function checkedTags(tags: readonly Tag[] | undefined): Tags {
  const checked: { [key: string]: string } = {}
  for (const { Key = '', Value = '' } of tags ?? []) {
    if (Key === '' || Key.length > 127) throw ec2Error('InvalidParameterValue', 'Tag keys have between 1 and 127 characters')
    if (Value.length > 255) throw ec2Error('InvalidParameterValue', 'Tag values have at most 255 characters')
    if (isSystemTag(Key)) throw reservedKey(Key)
    if (Object.hasOwn(checked, Key)) throw ec2Error('InvalidParameterValue', `Duplicate tag key '${Key}' specified.`)
    checked[Key] = Value
  }
  return checked
}

/** Tags by the resource type that a launch gives them to. */
export const tagsForType = (specifications: readonly TagSpecification[] | undefined, type: string): readonly Tag[] =>
  (specifications ?? []).filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags = [] }) => Tags)

export const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** Condition keys of a resource's tags. */
export const resourceTagKeys = (tags: Tags): RequestContext =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`ec2:ResourceTag/${key}`, value],
    ]),
  )

/** Condition keys of the tags in a request. */
export const requestTagKeys = (tags: readonly Tag[] | undefined): RequestContext => ({
  ...Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
  ...(tags && tags.length > 0 ? { 'aws:TagKeys': tags.map(({ Key = '' }) => Key) } : {}),
})
