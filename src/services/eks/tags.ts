import type { Transaction } from '../../store/index.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { addTags, requestTagKeys, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { eks } from './service.ts'

const tagAccess = async (arn: string, { tx }: AccessContext): Promise<AccessStatement> => ({
  resource: arn,
  keys: resourceTagKeys(await tagsOf(tx, arn)),
})

/** TagResource: for clusters and access entries. EKS API Reference, "TagResource". */
export const TagResource = eks.operation('TagResource', {
  async access({ resourceArn, tags }, context) {
    const statement = await tagAccess(resourceArn, context)
    return { ...statement, keys: { ...statement.keys, ...requestTagKeys(tags) } }
  },
  async handle({ resourceArn, tags }, { tx, account, region }) {
    await requireResource(tx, resourceArn, account, region)
    await addTags(tx, resourceArn, tags)
    return {}
  },
})

/** UntagResource. EKS API Reference, "UntagResource". */
export const UntagResource = eks.operation('UntagResource', {
  async access({ resourceArn, tagKeys }, context) {
    const statement = await tagAccess(resourceArn, context)
    return { ...statement, keys: { ...statement.keys, 'aws:TagKeys': tagKeys } }
  },
  async handle({ resourceArn, tagKeys }, { tx, account, region }) {
    await requireResource(tx, resourceArn, account, region)
    await tx.deleteFrom('tags').where('ownerKind', '=', 'eks').where('ownerId', '=', resourceArn).where('keyKey', 'in', tagKeys).execute()
    return {}
  },
})

/** ListTagsForResource. EKS API Reference, "ListTagsForResource". */
export const ListTagsForResource = eks.operation('ListTagsForResource', {
  access: ({ resourceArn }, context) => tagAccess(resourceArn, context),
  async handle({ resourceArn }, { tx, account, region }) {
    await requireResource(tx, resourceArn, account, region)
    return { tags: await tagsOf(tx, resourceArn) }
  },
})

async function requireResource(tx: Transaction, arn: string, account: string, region: string): Promise<void> {
  const prefix = `arn:aws:eks:${region}:${account}:`
  const cluster =
    arn.startsWith(`${prefix}cluster/`) && (await tx.selectFrom('clusters').select('id').where('arn', '=', arn).executeTakeFirst())
  const entryId = arn.startsWith(`${prefix}access-entry/`) && arn.slice(arn.lastIndexOf('/') + 1)
  const entry = entryId && (await tx.selectFrom('accessEntries').select('entryId').where('entryId', '=', entryId).executeTakeFirst())
  const association =
    arn.startsWith(`${prefix}podidentityassociation/`) &&
    (await tx.selectFrom('podIdentityAssociations').select('id').where('arn', '=', arn).executeTakeFirst())
  if (!cluster && !entry && !association) throw new eks.NotFoundException(`Resource ${arn} not found`)
}
