import type { Transaction } from '../../store/index.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { Tag } from '../../wire/models/iam.ts'
import { type PageRequest, pageOf, rowsWanted, startAfter } from './paging.ts'
import { defaultQuotas } from './quotas.ts'
import { iam } from './service.ts'

/** What can be tagged. Providers and devices are known by their ARN, the others by their unique id. */
export type TagOwnerKind =
  | 'user'
  | 'role'
  | 'policy'
  | 'instanceProfile'
  | 'oidcProvider'
  | 'samlProvider'
  | 'serverCertificate'
  | 'mfaDevice'

export interface TagOwner {
  readonly kind: TagOwnerKind
  readonly id: string
}

/** IAM User Guide, "Tags for IAM resources": keys of users and roles are not case-sensitive, keys of other resources are. */
const keyKeyOf = (kind: TagOwnerKind, key: string): string => (kind === 'user' || kind === 'role' ? key.toLowerCase() : key)

/** All tags of a resource, sorted by key. */
export async function tagsOf(tx: Transaction, owner: TagOwner): Promise<Tag[]> {
  const rows = await tx
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .orderBy('keyKey')
    .execute()
  return rows.map(({ key, value }) => ({ Key: key, Value: value }))
}

/** The member `Tags` of a resource's description: absent when there are none. */
export async function tagsMember(tx: Transaction, owner: TagOwner): Promise<{ Tags?: Tag[] }> {
  const tags = await tagsOf(tx, owner)
  return tags.length > 0 ? { Tags: tags } : {}
}

/** As `tagsMember`, of many of one kind. */
export async function tagsMembers(tx: Transaction, kind: TagOwnerKind, ids: readonly string[]): Promise<(id: string) => { Tags?: Tag[] }> {
  const rows = await tx
    .selectFrom('tags')
    .select(['ownerId', 'key', 'value'])
    .where('ownerKind', '=', kind)
    .where('ownerId', 'in', ids)
    .orderBy('keyKey')
    .execute()
  const byOwner = Map.groupBy(rows, ({ ownerId }) => ownerId)
  return id => {
    const tags = byOwner.get(id)
    return tags ? { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) } : {}
  }
}

/**
 * Adds tags, replacing the values of those that are there.
 * @throws InvalidInput for a repeated or reserved key, LimitExceeded beyond fifty
 */
export async function addTags(tx: Transaction, owner: TagOwner, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return
  const wanted = new Map<string, Tag>()
  for (const tag of tags) {
    if (isSystemTag(tag.Key)) throw new iam.InvalidInput('Tag keys that start with aws: are reserved for system use')
    const keyKey = keyKeyOf(owner.kind, tag.Key)
    if (wanted.has(keyKey)) throw new iam.InvalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    wanted.set(keyKey, tag)
  }
  const there = await tx.selectFrom('tags').select('keyKey').where('ownerKind', '=', owner.kind).where('ownerId', '=', owner.id).execute()
  const total = new Set([...there.map(row => row.keyKey), ...wanted.keys()]).size
  if (total > defaultQuotas.TagsPerResource) throw new iam.LimitExceeded('The number of tags has reached the maximum limit.')

  const rows = [...wanted].map(([keyKey, { Key, Value }]) => ({ ownerKind: owner.kind, ownerId: owner.id, key: Key, keyKey, value: Value }))
  await tx
    .insertInto('tags')
    .values(rows)
    .onConflict(conflict =>
      conflict
        .columns(['ownerKind', 'ownerId', 'keyKey'])
        .doUpdateSet(({ ref }) => ({ key: ref('excluded.key'), value: ref('excluded.value') })),
    )
    .execute()
}

/** Removes tags by key; keys that are not there are no error. */
export async function removeTags(tx: Transaction, owner: TagOwner, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await tx
    .deleteFrom('tags')
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .where(
      'keyKey',
      'in',
      keys.map(key => keyKeyOf(owner.kind, key)),
    )
    .execute()
}

/** Removes all tags, with the resource itself. */
export async function dropTags(tx: Transaction, owner: TagOwner): Promise<void> {
  await tx.deleteFrom('tags').where('ownerKind', '=', owner.kind).where('ownerId', '=', owner.id).execute()
}

/** One page of a resource's tags, sorted by key. */
export async function tagPage(tx: Transaction, owner: TagOwner, request: PageRequest) {
  const [after] = startAfter(request, 1) ?? []
  const rows = await tx
    .selectFrom('tags')
    .select(['key', 'keyKey', 'value'])
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .$if(after !== undefined, query => query.where('keyKey', '>', after ?? ''))
    .orderBy('keyKey')
    .limit(rowsWanted(request))
    .execute()
  const { items, end } = pageOf(rows, request, row => [row.keyKey])
  return { Tags: items.map(({ key, value }) => ({ Key: key, Value: value })), ...end }
}
