import { organizationOf } from '../../identity/organization-accounts.ts'
import { isSystemTag } from '../../types/tags.ts'
import { awsPolicy } from '../../identity/organization-policies.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Tag } from '../../wire/models/organizations.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { placeAccess, requireManagement, requireReader } from './membership.ts'
import { pageOf, startAfter } from './paging.ts'
import { policyAccess } from './policy-access.ts'
import { invalid, violation } from './quotas.ts'
import { organizations } from './service.ts'
import { findPlace } from './places.ts'

/** TagResource. Organizations API Reference, "TagResource". */
export const TagResource = organizations.operation('TagResource', {
  access: async ({ ResourceId, Tags }, context) => withKeys(await resourceAccess(context, ResourceId), requestTagKeys(Tags)),

  async handle({ ResourceId, Tags }, { tx, account }) {
    await requireResource(tx, await requireManagement(tx, account), ResourceId)
    await tag(tx, ResourceId, Tags)
    return {}
  },
})

/** UntagResource: keys that are not there are no error. Organizations API Reference, "UntagResource". */
export const UntagResource = organizations.operation('UntagResource', {
  access: async ({ ResourceId, TagKeys }, context) => withKeys(await resourceAccess(context, ResourceId), { 'aws:TagKeys': TagKeys }),

  async handle({ ResourceId, TagKeys }, { tx, account }) {
    await requireResource(tx, await requireManagement(tx, account), ResourceId)
    if (TagKeys.length > 0) await owned(tx, ResourceId).where('keyKey', 'in', TagKeys).execute()
    return {}
  },
})

/** ListTagsForResource. Organizations API Reference, "ListTagsForResource". */
export const ListTagsForResource = organizations.operation('ListTagsForResource', {
  access: ({ ResourceId }, context) => resourceAccess(context, ResourceId),

  async handle(input, { tx, account }) {
    await requireResource(tx, await requireReader(tx, account), input.ResourceId)
    const request = { ...input, MaxResults: mostTags }
    const rows = await tx
      .selectFrom('tags')
      .select(['key', 'value'])
      .where('ownerKind', '=', ownerKind)
      .where('ownerId', '=', input.ResourceId)
      .where('keyKey', '>', startAfter(input))
      .orderBy('keyKey')
      .execute()
    const { items, end } = pageOf(rows, request, ({ key }) => key)
    return { Tags: items.map(({ key, value }) => ({ Key: key, Value: value })), ...end }
  },
})

const ownerKind = 'organizations'
/** Of a root, unit, account or policy. Organizations User Guide, "Quotas and service limits for AWS Organizations"; cannot be increased. */
const mostTags = 50

const owned = (tx: Transaction, id: string) => tx.deleteFrom('tags').where('ownerKind', '=', ownerKind).where('ownerId', '=', id)

/** Adds tags to a root, unit, account or policy. Keys are case-sensitive. @throws InvalidInputException, ConstraintViolationException */
export async function tag(tx: Transaction, id: string, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return
  const keys = tags.map(({ Key }) => Key)
  if (new Set(keys).size < keys.length)
    throw invalid('DUPLICATE_TAG_KEY', 'Tag keys must be unique among the tags attached to the same entity.')
  if (keys.some(isSystemTag)) {
    throw invalid(
      'INVALID_SYSTEM_TAGS_PARAMETER',
      "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys.",
    )
  }
  const there = await tx.selectFrom('tags').select('key').where('ownerKind', '=', ownerKind).where('ownerId', '=', id).execute()
  if (new Set([...there.map(({ key }) => key), ...keys]).size > mostTags)
    throw violation('MAX_TAG_LIMIT_EXCEEDED', 'You have exceeded the number of tags allowed on this resource.')
  await tx
    .insertInto('tags')
    .values(tags.map(({ Key, Value }) => ({ ownerKind, ownerId: id, key: Key, keyKey: Key, value: Value })))
    .onConflict(conflict =>
      conflict.columns(['ownerKind', 'ownerId', 'keyKey']).doUpdateSet(({ ref }) => ({ value: ref('excluded.value') })),
    )
    .execute()
}

/** Removes all tags, with the resource itself. */
export const dropTags = (tx: Transaction, id: string) => owned(tx, id).execute()

/** `aws:RequestTag/...` and `aws:TagKeys`. */
export const requestTagKeys = (tags: readonly Tag[] = []): NonNullable<AccessStatement['keys']> =>
  tags.length === 0
    ? {}
    : { ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])), 'aws:TagKeys': tags.map(({ Key }) => Key) }

const withKeys = (statements: readonly AccessStatement[], keys: NonNullable<AccessStatement['keys']>) =>
  statements.map(statement => ({ ...statement, keys: { ...statement.keys, ...keys } }))

async function resourceAccess(context: AccessContext, id: string): Promise<AccessStatement[]> {
  const statements = id.startsWith('p-') ? [await policyAccess(context, id)] : await placeAccess(context, id)
  const organization = await organizationOf(context.tx, context.account)
  if (!organization) return statements
  const tags = await context.tx
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('ownerKind', '=', ownerKind)
    .where('ownerId', '=', id)
    .execute()
  return withKeys(statements, Object.fromEntries(tags.map(({ key, value }) => [`aws:ResourceTag/${key}`, value])))
}

async function requireResource(tx: Transaction, organization: OrganizationsTable, id: string): Promise<void> {
  const policy = id.startsWith('p-') && !awsPolicy(id)
  const found = policy
    ? await tx
        .selectFrom('organizationPolicies')
        .select('id')
        .where('id', '=', id)
        .where('organizationId', '=', organization.id)
        .executeTakeFirst()
    : await findPlace(tx, organization, id)
  if (!found)
    throw new organizations.TargetNotFoundException("We can't find a root, OU, account, or policy with the TargetId that you specified.")
}
