import { recordChange } from '../../store/index.ts'
import { groupAccess, userAccess } from './access.ts'
import { requireGroup, requireUser } from './entities.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { iam } from './service.ts'
import { groupShape } from './shapes.ts'

/** AddUserToGroup: adding a member again is no error. IAM API Reference, "AddUserToGroup". */
export const AddUserToGroup = iam.operation('AddUserToGroup', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),

  async handle({ GroupName, UserName }, { tx, account, now, world }) {
    const group = await requireGroup(tx, account, GroupName)
    const user = await requireUser(tx, account, UserName)
    const memberships = await tx.selectFrom('groupMembers').select('groupId').where('userId', '=', user.id).execute()
    if (memberships.some(({ groupId }) => groupId === group.id)) return {}
    checkQuota(world, 'GroupsPerUser', memberships.length)
    await tx.insertInto('groupMembers').values({ groupId: group.id, userId: user.id }).execute()
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** RemoveUserFromGroup. IAM API Reference, "RemoveUserFromGroup". */
export const RemoveUserFromGroup = iam.operation('RemoveUserFromGroup', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),

  async handle({ GroupName, UserName }, { tx, account, now }) {
    const group = await requireGroup(tx, account, GroupName)
    const user = await requireUser(tx, account, UserName)
    const { numDeletedRows } = await tx
      .deleteFrom('groupMembers')
      .where('groupId', '=', group.id)
      .where('userId', '=', user.id)
      .executeTakeFirst()
    if (numDeletedRows === 0n) throw new iam.NoSuchEntity(`User ${UserName} not in group ${GroupName}`)
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** ListGroupsForUser. IAM API Reference, "ListGroupsForUser". */
export const ListGroupsForUser = iam.operation('ListGroupsForUser', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle(input, { tx, account }) {
    const user = await requireUser(tx, account, input.UserName)
    const [after] = startAfter(input, 1) ?? []
    const rows = await tx
      .selectFrom('groupMembers')
      .innerJoin('groups', 'groups.id', 'groupMembers.groupId')
      .selectAll('groups')
      .where('groupMembers.userId', '=', user.id)
      .$if(after !== undefined, query => query.where('groups.nameKey', '>', after ?? ''))
      .orderBy('groups.nameKey')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, group => [group.nameKey])
    return { Groups: items.map(groupShape), ...end }
  },
})
