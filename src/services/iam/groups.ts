import { groupArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import { groupAccess, pathAccess } from './access.ts'
import { type Dependent, policyDependents, refuseDependents } from './deletion.ts'
import { findGroup, type GroupRow, nameKeyOf, requireGroup } from './entities.ts'
import { namedPage } from './listing.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { checkEntityQuota } from './quotas.ts'
import { iam } from './service.ts'
import { groupShape, userShape } from './shapes.ts'

/** CreateGroup. IAM API Reference, "CreateGroup". */
export const CreateGroup = iam.operation('CreateGroup', {
  access: ({ GroupName, Path = '/' }, { account }) => ({ resource: groupArn(account, Path, GroupName) }),

  async handle({ GroupName, Path = '/' }, { tx, account, now, world }) {
    await refuseTakenName(tx, account, GroupName)
    await checkEntityQuota({ tx, account, world }, 'GroupsPerAccount')
    const group: GroupRow = {
      id: uniqueId('group', world.random),
      account,
      name: GroupName,
      nameKey: nameKeyOf(GroupName),
      path: Path,
      createdAt: now,
    }
    await tx.insertInto('groups').values(group).execute()
    await recordChange(tx, { account, kind: 'group', id: group.id, at: now })
    return { Group: groupShape(group) }
  },
})

/** GetGroup: the group and a page of its users, in order of their unique ids. IAM API Reference, "GetGroup". */
export const GetGroup = iam.operation('GetGroup', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),

  async handle(input, { tx, account }) {
    const group = await requireGroup(tx, account, input.GroupName)
    const [after] = startAfter(input, 1) ?? []
    const rows = await tx
      .selectFrom('groupMembers')
      .innerJoin('users', 'users.id', 'groupMembers.userId')
      .selectAll('users')
      .where('groupMembers.groupId', '=', group.id)
      .$if(after !== undefined, query => query.where('groupMembers.userId', '>', after ?? ''))
      .orderBy('groupMembers.userId')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, user => [user.id])
    return { Group: groupShape(group), Users: items.map(userShape), ...end }
  },
})

/** ListGroups. IAM API Reference, "ListGroups". */
export const ListGroups = iam.operation('ListGroups', {
  access: ({ PathPrefix }, context) => pathAccess.groups(context, PathPrefix),

  async handle(input, { tx, account }) {
    const { items, end } = await namedPage(tx, 'groups', account, input)
    return { Groups: items.map(groupShape), ...end }
  },
})

/** UpdateGroup: a new name, a new path, or both. IAM API Reference, "UpdateGroup": needs permission on the old and the new group. */
export const UpdateGroup = iam.operation('UpdateGroup', {
  async access({ GroupName, NewGroupName, NewPath }, context) {
    const source = await groupAccess(context, GroupName)
    if (NewGroupName === undefined && NewPath === undefined) return source
    const group = await findGroup(context.tx, context.account, GroupName)
    const target = groupArn(context.account, NewPath ?? group?.path ?? '/', NewGroupName ?? group?.name ?? GroupName)
    return target === source.resource ? source : [source, { resource: target, resourceName: `group ${NewGroupName ?? GroupName}` }]
  },

  async handle({ GroupName, NewGroupName, NewPath }, { tx, account, now }) {
    const group = await requireGroup(tx, account, GroupName)
    const name = NewGroupName ?? group.name
    if (nameKeyOf(name) !== group.nameKey) await refuseTakenName(tx, account, name)
    await tx
      .updateTable('groups')
      .set({ name, nameKey: nameKeyOf(name), path: NewPath ?? group.path })
      .where('id', '=', group.id)
      .execute()
    await recordChange(tx, { account, kind: 'group', id: group.id, at: now })
    return {}
  },
})

/** DeleteGroup: without users and policies only. IAM API Reference, "DeleteGroup". */
export const DeleteGroup = iam.operation('DeleteGroup', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),

  async handle({ GroupName }, { tx, account, now }) {
    const group = await requireGroup(tx, account, GroupName)
    await refuseDependents(dependents(tx, group.id))
    await tx.deleteFrom('groups').where('id', '=', group.id).execute()
    await recordChange(tx, { account, kind: 'group', id: group.id, at: now })
    return {}
  },
})

/** What keeps a group from being deleted. */
const dependents = (tx: Transaction, groupId: string): readonly Dependent[] => [
  {
    find: () => tx.selectFrom('groupMembers').select('userId').where('groupId', '=', groupId).limit(1).executeTakeFirst(),
    remedy: 'remove users from group',
  },
  ...policyDependents(tx, 'group', groupId),
]

async function refuseTakenName(tx: Transaction, account: string, name: string): Promise<void> {
  if (await findGroup(tx, account, name)) throw new iam.EntityAlreadyExists(`Group with name ${name} already exists.`)
}
