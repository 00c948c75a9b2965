import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { addTags, refuseSystemTags, requestTagKeys, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { eks } from './service.ts'

const tagAccess = async (arn: string, { tx }: AccessContext): Promise<AccessStatement> => ({
  resource: arn,
  keys: resourceTagKeys(await tagsOf(tx, arn)),
})

/** TagResource. EKS API Reference, "TagResource". */
export const TagResource = eks.operation('TagResource', {
  async access({ resourceArn, tags }, context) {
    const statement = await tagAccess(resourceArn, context)
    return { ...statement, keys: { ...statement.keys, ...requestTagKeys(tags) } }
  },
  async handle({ resourceArn, tags }, context) {
    await requireResource(context.tx, resourceArn, context.account, context.region)
    await addTags(context, resourceArn, tags)
    return {}
  },
})

/** UntagResource. EKS API Reference, "UntagResource". */
export const UntagResource = eks.operation('UntagResource', {
  async access({ resourceArn, tagKeys }, context) {
    const statement = await tagAccess(resourceArn, context)
    return { ...statement, keys: { ...statement.keys, 'aws:TagKeys': tagKeys } }
  },
  async handle({ resourceArn, tagKeys }, { tx, account, region, principal }) {
    await requireResource(tx, resourceArn, account, region)
    refuseSystemTags(principal, tagKeys)
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

/** Where ARNs of each kind are kept; all other kinds are records. */
const kept: { readonly [kind: string]: (tx: Transaction, arn: string) => Promise<object | undefined> } = {
  cluster: async (tx, arn) => (await tx.selectFrom('clusters').select('id').where('arn', '=', arn).executeTakeFirst()) ?? record(tx, arn),
  'access-entry': (tx, arn) =>
    tx
      .selectFrom('accessEntries')
      .select('entryId')
      .where('entryId', '=', arn.slice(arn.lastIndexOf('/') + 1))
      .executeTakeFirst(),
  podidentityassociation: (tx, arn) => tx.selectFrom('podIdentityAssociations').select('id').where('arn', '=', arn).executeTakeFirst(),
}

const record = (tx: Transaction, arn: string) => tx.selectFrom('eksResources').select('arn').where('arn', '=', arn).executeTakeFirst()

async function requireResource(tx: Transaction, arn: string, account: string, region: string): Promise<void> {
  const parsed = parseArn(arn)
  const [kind = ''] = parsed?.resource.split('/') ?? []
  const ours = parsed?.service === 'eks' && parsed.account === account && parsed.region === region
  const find = Object.hasOwn(kept, kind) ? (kept[kind] ?? record) : record
  if (!ours || !(await find(tx, arn))) throw new eks.NotFoundException(`Resource ${arn} not found`)
}
