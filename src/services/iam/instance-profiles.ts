import { instanceProfileArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { InstanceProfile } from '../../wire/models/iam.ts'
import { instanceProfileAccess, pathAccess, requestTagKeys, roleAccess } from './access.ts'
import {
  findInstanceProfile,
  type InstanceProfileRow,
  nameKeyOf,
  refuseServiceLinked,
  requireInstanceProfile,
  requireRole,
} from './entities.ts'
import { namedPage } from './listing.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { checkEntityQuota, checkQuota } from './quotas.ts'
import { roleList } from './roles.ts'
import { iam } from './service.ts'
import { instanceProfileShape } from './shapes.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'

/** CreateInstanceProfile: empty at first. IAM API Reference, "CreateInstanceProfile". */
export const CreateInstanceProfile = iam.operation('CreateInstanceProfile', {
  access: ({ InstanceProfileName, Path = '/', Tags }, { account }) => ({
    resource: instanceProfileArn(account, Path, InstanceProfileName),
    keys: requestTagKeys(Tags),
  }),

  async handle({ InstanceProfileName, Path = '/', Tags = [] }, { tx, account, now, world }) {
    if (await findInstanceProfile(tx, account, InstanceProfileName)) {
      throw new iam.EntityAlreadyExists(`Instance Profile ${InstanceProfileName} already exists.`)
    }
    await checkEntityQuota({ tx, account, world }, 'InstanceProfilesPerAccount')
    const profile: InstanceProfileRow = {
      id: uniqueId('instanceProfile', world.random),
      account,
      name: InstanceProfileName,
      nameKey: nameKeyOf(InstanceProfileName),
      path: Path,
      createdAt: now,
      roleId: null,
    }
    await tx.insertInto('instanceProfiles').values(profile).execute()
    await addTags(tx, { kind: 'instanceProfile', id: profile.id }, Tags)
    await recordChange(tx, { account, kind: 'instanceProfile', id: profile.id, at: now })
    return { InstanceProfile: { ...instanceProfileShape(profile, []), ...(Tags.length > 0 ? { Tags } : {}) } }
  },
})

/** GetInstanceProfile. IAM API Reference, "GetInstanceProfile". */
export const GetInstanceProfile = iam.operation('GetInstanceProfile', {
  access: ({ InstanceProfileName }, context) => instanceProfileAccess(context, InstanceProfileName),

  async handle({ InstanceProfileName }, { tx, account }) {
    const profile = await requireInstanceProfile(tx, account, InstanceProfileName)
    const [shape] = await instanceProfileList(tx, [profile])
    return { InstanceProfile: { ...(shape as InstanceProfile), ...(await tagsMember(tx, { kind: 'instanceProfile', id: profile.id })) } }
  },
})

/** Instance profiles as lists show them, with their roles. */
export async function instanceProfileList(tx: Transaction, profiles: readonly InstanceProfileRow[]): Promise<InstanceProfile[]> {
  const ids = profiles.flatMap(({ roleId }) => (roleId === null ? [] : [roleId]))
  const rows = ids.length > 0 ? await tx.selectFrom('roles').selectAll().where('id', 'in', ids).execute() : []
  const roles = await roleList(tx, rows)
  return profiles.map(profile =>
    instanceProfileShape(
      profile,
      roles.filter(role => role.RoleId === profile.roleId),
    ),
  )
}

/** ListInstanceProfiles. IAM API Reference, "ListInstanceProfiles". */
export const ListInstanceProfiles = iam.operation('ListInstanceProfiles', {
  access: ({ PathPrefix }, context) => pathAccess.instanceProfiles(context, PathPrefix),

  async handle(input, { tx, account }) {
    const { items, end } = await namedPage(tx, 'instanceProfiles', account, input)
    return { InstanceProfiles: await instanceProfileList(tx, items), ...end }
  },
})

/** ListInstanceProfilesForRole, in order of unique id. IAM API Reference, "ListInstanceProfilesForRole". */
export const ListInstanceProfilesForRole = iam.operation('ListInstanceProfilesForRole', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),

  async handle(input, { tx, account }) {
    const role = await requireRole(tx, account, input.RoleName)
    const [after] = startAfter(input, 1) ?? []
    const query = tx.selectFrom('instanceProfiles').selectAll().where('roleId', '=', role.id)
    const rows = await (after === undefined ? query : query.where('id', '>', after)).orderBy('id').limit(rowsWanted(input)).execute()
    const { items, end } = pageOf(rows, input, ({ id }) => [id])
    return { InstanceProfiles: await instanceProfileList(tx, items), ...end }
  },
})

/**
 * AddRoleToInstanceProfile: one role at most. IAM API Reference, "AddRoleToInstanceProfile": the caller needs iam:PassRole on the role, since
 * instances will hold its credentials.
 */
export const AddRoleToInstanceProfile = iam.operation('AddRoleToInstanceProfile', {
  access: async ({ InstanceProfileName, RoleName }, context) => {
    const { resourceName: _, ...role } = await roleAccess(context, RoleName, { 'iam:PassedToService': 'ec2.amazonaws.com' })
    return [await instanceProfileAccess(context, InstanceProfileName), { ...role, action: 'iam:PassRole' }]
  },

  async handle({ InstanceProfileName, RoleName }, { tx, account, now, world }) {
    const profile = await requireInstanceProfile(tx, account, InstanceProfileName)
    const role = await requireRole(tx, account, RoleName)
    checkQuota(world, 'InstanceSessionsPerInstanceProfile', profile.roleId === null ? 0 : 1)
    refuseServiceLinked(role)
    await tx.updateTable('instanceProfiles').set({ roleId: role.id }).where('id', '=', profile.id).execute()
    await recordChange(tx, { account, kind: 'instanceProfile', id: profile.id, at: now })
    return {}
  },
})

/** RemoveRoleFromInstanceProfile. IAM API Reference, "RemoveRoleFromInstanceProfile". */
export const RemoveRoleFromInstanceProfile = iam.operation('RemoveRoleFromInstanceProfile', {
  access: ({ InstanceProfileName }, context) => instanceProfileAccess(context, InstanceProfileName),

  async handle({ InstanceProfileName, RoleName }, { tx, account, now }) {
    const profile = await requireInstanceProfile(tx, account, InstanceProfileName)
    const role = await requireRole(tx, account, RoleName)
    if (profile.roleId !== role.id) {
      throw new iam.NoSuchEntity(`Role ${RoleName} in Instance Profile ${InstanceProfileName} cannot be found.`)
    }
    await tx.updateTable('instanceProfiles').set({ roleId: null }).where('id', '=', profile.id).execute()
    await recordChange(tx, { account, kind: 'instanceProfile', id: profile.id, at: now })
    return {}
  },
})

/** DeleteInstanceProfile: empty ones only. IAM API Reference, "DeleteInstanceProfile". */
export const DeleteInstanceProfile = iam.operation('DeleteInstanceProfile', {
  access: ({ InstanceProfileName }, context) => instanceProfileAccess(context, InstanceProfileName),

  async handle({ InstanceProfileName }, { tx, account, now }) {
    const profile = await requireInstanceProfile(tx, account, InstanceProfileName)
    if (profile.roleId !== null) throw new iam.DeleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    await tx.deleteFrom('instanceProfiles').where('id', '=', profile.id).execute()
    await dropTags(tx, { kind: 'instanceProfile', id: profile.id })
    await recordChange(tx, { account, kind: 'instanceProfile', id: profile.id, at: now })
    return {}
  },
})
