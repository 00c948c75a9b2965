import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { requireChannel } from './channels.ts'
import { requireDashboard } from './dashboards.ts'
import { requireOwnStore } from './event-data-store-rows.ts'
import { addTags, removeTagsOf, requestTagKeys, resourceTagKeys, tagsOf } from './resource-tags.ts'
import { cloudtrail } from './service.ts'
import { checkTrailArn } from './trail-names.ts'
import { requireOwnTrail } from './trail-store.ts'

/** What has tags, by the word before the slash in its ARN, and how it is found. */
const kinds: {
  readonly [kind: string]: { require(tx: Transaction, arn: string, context: { account: string; now: number }): Promise<unknown> }
} = {
  trail: {
    async require(tx, arn, { account }) {
      checkTrailArn(arn)
      return requireOwnTrail(tx, arn, account)
    },
  },
  eventdatastore: { require: requireOwnStore },
  channel: { require: requireChannel },
  dashboard: { require: requireDashboard },
}

/** @throws ResourceTypeNotSupportedException, CloudTrailARNInvalidException, or that the resource does not exist */
async function requireResource(tx: Transaction, arn: string, context: { readonly account: string; readonly now: number }): Promise<void> {
  const parsed = parseArn(arn)
  if (!parsed || parsed.service !== 'cloudtrail')
    throw new cloudtrail.CloudTrailARNInvalidException(`${arn.slice(0, 256)} is not the ARN of a resource of CloudTrail.`)
  const kind = kinds[parsed.resource.slice(0, Math.max(0, parsed.resource.indexOf('/')))]
  if (!kind) throw new cloudtrail.ResourceTypeNotSupportedException(`Resources such as ${arn.slice(0, 256)} have no tags.`)
  await kind.require(tx, arn, context)
}

const tagAccess = async (arn: string, { tx, account }: AccessContext, keys: AccessStatement['keys'] = {}): Promise<AccessStatement> => ({
  resource: arn,
  resourceAccount: account,
  keys: { ...(await resourceTagKeys(tx, arn)), ...keys },
})

/** AddTags: by ARN. CloudTrail API Reference, "AddTags". */
export const AddTags = cloudtrail.operation('AddTags', {
  access: ({ ResourceId, TagsList }, context) => tagAccess(ResourceId, context, requestTagKeys(TagsList)),
  async handle({ ResourceId, TagsList }, context) {
    const { tx } = context
    await requireResource(tx, ResourceId, context)
    await addTags(context, ResourceId, TagsList)
    return {}
  },
})

/** RemoveTags: by key; values do not matter. CloudTrail API Reference, "RemoveTags". */
export const RemoveTags = cloudtrail.operation('RemoveTags', {
  access: ({ ResourceId, TagsList }, context) => tagAccess(ResourceId, context, { 'aws:TagKeys': TagsList.map(({ Key }) => Key) }),
  async handle({ ResourceId, TagsList }, context) {
    await requireResource(context.tx, ResourceId, context)
    await removeTagsOf(
      context,
      ResourceId,
      TagsList.map(({ Key }) => Key),
    )
    return {}
  },
})

/** A request can ask for the tags of up to twenty resources. CloudTrail API Reference, "ListTags". */
const mostResources = 20

/** ListTags. CloudTrail API Reference, "ListTags". */
export const ListTags = cloudtrail.operation('ListTags', {
  access: ({ ResourceIdList }, context) => Promise.all(ResourceIdList.slice(0, mostResources).map(arn => tagAccess(arn, context))),
  async handle({ ResourceIdList, NextToken }, context) {
    const { tx } = context
    if (NextToken !== undefined) throw new cloudtrail.InvalidTokenException('All tags are in the first answer: no token is valid.')
    if (ResourceIdList.length === 0 || ResourceIdList.length > mostResources)
      throw new cloudtrail.CloudTrailARNInvalidException(`Specify 1 to ${mostResources} ARNs.`)
    const lists = []
    for (const arn of ResourceIdList) {
      await requireResource(tx, arn, context)
      const tags = await tagsOf(tx, arn)
      lists.push({ ResourceId: arn, TagsList: tags.map(({ key, value }) => ({ Key: key, Value: value })) })
    }
    return { ResourceTagList: lists }
  },
})
