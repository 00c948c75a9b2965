import type { AccessContext, AccessStatement } from '../operation.ts'
import { addTags, refuseSystemTags, requireAnalyzer, tagsOf } from './analyzer-store.ts'
import { accessAnalyzer } from './service.ts'

const tagAccess = async (arn: string, { tx }: AccessContext, keys: AccessStatement['keys'] = {}): Promise<AccessStatement> => ({
  resource: arn,
  keys: { ...Object.fromEntries(Object.entries(await tagsOf(tx, arn)).map(([key, value]) => [`aws:ResourceTag/${key}`, value])), ...keys },
})

/** TagResource: of analyzers. Access Analyzer API Reference, "TagResource". */
export const TagResource = accessAnalyzer.operation('TagResource', {
  access: ({ resourceArn, tags }, context) =>
    tagAccess(resourceArn, context, {
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      'aws:TagKeys': Object.keys(tags),
    }),
  async handle({ resourceArn, tags }, context) {
    await requireAnalyzer(context.tx, resourceArn, context.account)
    await addTags(context, resourceArn, tags)
    return {}
  },
})

/** UntagResource. Access Analyzer API Reference, "UntagResource". */
export const UntagResource = accessAnalyzer.operation('UntagResource', {
  access: ({ resourceArn, tagKeys }, context) => tagAccess(resourceArn, context, { 'aws:TagKeys': tagKeys }),
  async handle({ resourceArn, tagKeys }, { tx, account, principal }) {
    await requireAnalyzer(tx, resourceArn, account)
    refuseSystemTags(principal, tagKeys)
    if (tagKeys.length > 0) {
      await tx
        .deleteFrom('tags')
        .where('ownerKind', '=', 'analyzer')
        .where('ownerId', '=', resourceArn)
        .where('keyKey', 'in', tagKeys)
        .execute()
    }
    return {}
  },
})

/** ListTagsForResource. Access Analyzer API Reference, "ListTagsForResource". */
export const ListTagsForResource = accessAnalyzer.operation('ListTagsForResource', {
  access: ({ resourceArn }, context) => tagAccess(resourceArn, context),
  async handle({ resourceArn }, { tx, account }) {
    await requireAnalyzer(tx, resourceArn, account)
    return { tags: await tagsOf(tx, resourceArn) }
  },
})
