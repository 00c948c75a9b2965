import type { Transaction } from '../../store/index.ts'
import { isSystemTag } from '../../types/tags.ts'
import type { Tag } from '../../wire/models/ec2.ts'
import type { AccessContext, AccessStatement, TrailDetails } from '../operation.ts'
import { ec2Arn, type Place } from './arns.ts'
import { defaultNetwork } from '../../catalogue/default-network.ts'
import { ec2Error } from './errors.ts'
import { filtered, type FilterValues } from './filters.ts'
import { instanceAccess } from './instance-access.ts'
import { requireInstance, visibleInstances } from './instance-store.ts'
import { pageById } from './paging.ts'
import { noSuchGroup, securityGroups } from './security-groups.ts'
import { ec2Operation } from './service.ts'
import { addTags, checkedTags, requestTagKeys, reservedKey, resourceTagKeys, tagsOf, tagsOfAll } from './tag-store.ts'

/** Resources that can have tags, by the prefix of their ids. */
const types: { readonly [prefix: string]: 'instance' | 'vpc' | 'subnet' | 'security-group' } = {
  i: 'instance',
  vpc: 'vpc',
  subnet: 'subnet',
  sg: 'security-group',
}
const typeOf = (id: string) => {
  const prefix = id.slice(0, id.indexOf('-'))
  return Object.hasOwn(types, prefix) ? types[prefix] : undefined
}

/** CreateTags: all resources or none. EC2 API Reference. */
export const CreateTags = ec2Operation('CreateTags', {
  access: async ({ Resources, Tags }, context) => {
    const statements = await Promise.all(Resources.map(id => tagAccess(context, id)))
    return statements.map(statement => ({ ...statement, keys: { ...statement.keys, ...requestTagKeys(Tags) } }))
  },
  async handle({ Resources, Tags }, { tx, account, region, now }) {
    const tags = checkedTags(Tags)
    for (const id of Resources) {
      await requireResource(tx, { account, region }, id, now)
      await addTags(tx, id, tags)
    }
    return {}
  },
  trail: taggingRecord,
})

/** DeleteTags: a tag with a value goes only when it has that value; without any tag, all go but AWS's own. EC2 API Reference. */
export const DeleteTags = ec2Operation('DeleteTags', {
  access: async ({ Resources, Tags }, context) => {
    const statements = await Promise.all(Resources.map(id => tagAccess(context, id)))
    return statements.map(statement => ({ ...statement, keys: { ...statement.keys, ...requestTagKeys(Tags) } }))
  },
  async handle({ Resources, Tags }, { tx, account, region, now }) {
    for (const id of Resources) {
      await requireResource(tx, { account, region }, id, now)
      const of = tx.deleteFrom('tags').where('ownerKind', '=', 'ec2').where('ownerId', '=', id)
      if (!Tags || Tags.length === 0) await of.where('key', 'not like', 'aws:%').execute()
      for (const { Key = '', Value } of Tags ?? []) {
        if (isSystemTag(Key)) throw reservedKey(Key)
        const one = of.where('keyKey', '=', Key)
        await (Value === undefined ? one : one.where('value', '=', Value)).execute()
      }
    }
    return {}
  },
  trail: taggingRecord,
})

/** As AWS's own query of CloudTrail Lake on the history of tags finds them: `resourcesSet.items[0].resourceId`, `tagSet.items[0].key`. */
function taggingRecord({ Resources, Tags = [] }: { readonly Resources: readonly string[]; readonly Tags?: readonly Tag[] }): TrailDetails {
  const items = Tags.map(({ Key, Value }) => ({ ...(Key !== undefined && { key: Key }), ...(Value !== undefined && { value: Value }) }))
  return {
    requestParameters: {
      resourcesSet: { items: Resources.map(resourceId => ({ resourceId })) },
      tagSet: items.length === 0 ? {} : { items },
    },
  }
}

interface TagOfResource {
  readonly id: string
  readonly type: 'instance' | 'vpc' | 'subnet' | 'security-group'
  readonly key: string
  readonly value: string
}

const filterValues: FilterValues<TagOfResource> = {
  key: ({ key }) => key,
  value: ({ value }) => value,
  'resource-id': ({ id }) => id,
  'resource-type': ({ type }) => type,
}

/** DescribeTags. EC2 API Reference. */
export const DescribeTags = ec2Operation('DescribeTags', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),
  async handle(input, { tx, account, region, now }) {
    const place = { account, region }
    const { vpcId, subnets } = defaultNetwork(place)
    const groups = await securityGroups(tx, place)
    const instances = await visibleInstances(tx, place, now)
    const ids = [vpcId, ...groups.map(({ id }) => id), ...subnets.map(({ id }) => id), ...instances.map(({ id }) => id)]
    const all = [...(await tagsOfAll(tx, ids))]
      .flatMap(([id, tags]) => Object.entries(tags).map(([key, value]) => ({ id, type: typeOf(id) as TagOfResource['type'], key, value })))
      .toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    const matching = filtered(all, input.Filters, filterValues, ({ key, value }) => ({ [key]: value }))
    const { page, NextToken } = pageById(matching, nameOf, input)
    return { Tags: page.map(({ id, type, key, value }) => ({ ResourceId: id, ResourceType: type, Key: key, Value: value })), NextToken }
  },
})

const nameOf = ({ id, key }: TagOfResource) => `${id} ${key}`

async function tagAccess(context: AccessContext, id: string): Promise<AccessStatement> {
  const type = typeOf(id)
  if (type === 'instance') return instanceAccess(context, id)
  const { tx, account, region } = context
  return {
    resource: type === undefined ? '*' : ec2Arn({ account, region }, type, id),
    keys: { ...resourceTagKeys(await tagsOf(tx, id)), 'ec2:Region': region },
  }
}

/** @throws InvalidInstanceID.NotFound and its kin; InvalidID for ids of what is not served */
async function requireResource(tx: Transaction, place: Place, id: string, now: number): Promise<void> {
  const { vpcId, subnets } = defaultNetwork(place)
  switch (typeOf(id)) {
    case 'instance':
      await requireInstance(tx, place, id, now)
      return
    case 'vpc':
      if (id !== vpcId) throw ec2Error('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
      return
    case 'subnet':
      if (subnets.every(subnet => subnet.id !== id)) throw ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`)
      return
    case 'security-group':
      if ((await securityGroups(tx, place)).every(group => group.id !== id)) throw noSuchGroup(id)
      return
    case undefined:
      throw ec2Error('InvalidID', `The ID '${id.slice(0, 255)}' is not valid`)
  }
}
