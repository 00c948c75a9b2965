import type { Selectable } from 'kysely'
import type { Database, Transaction } from '../../store/index.ts'
import { iam } from './service.ts'

/** Rows of what people name: users, groups, roles, instance profiles. */
export type UserRow = Selectable<Database['users']>
export type GroupRow = Selectable<Database['groups']>
export type RoleRow = Selectable<Database['roles']>
export type InstanceProfileRow = Selectable<Database['instanceProfiles']>
export type PolicyRow = Selectable<Database['policies']>

/** What names are compared by. IAM User Guide, "IAM name requirements": names are not distinguished by case. */
export const nameKeyOf = (name: string): string => name.toLowerCase()

const byName = (tx: Transaction, account: string, name: string) => ({
  user: () => tx.selectFrom('users').selectAll().where('account', '=', account).where('nameKey', '=', nameKeyOf(name)).executeTakeFirst(),
  group: () => tx.selectFrom('groups').selectAll().where('account', '=', account).where('nameKey', '=', nameKeyOf(name)).executeTakeFirst(),
  role: () => tx.selectFrom('roles').selectAll().where('account', '=', account).where('nameKey', '=', nameKeyOf(name)).executeTakeFirst(),
  instanceProfile: () =>
    tx.selectFrom('instanceProfiles').selectAll().where('account', '=', account).where('nameKey', '=', nameKeyOf(name)).executeTakeFirst(),
})

export const findUser = (tx: Transaction, account: string, name: string): Promise<UserRow | undefined> => byName(tx, account, name).user()
export const findGroup = (tx: Transaction, account: string, name: string): Promise<GroupRow | undefined> =>
  byName(tx, account, name).group()
export const findRole = (tx: Transaction, account: string, name: string): Promise<RoleRow | undefined> => byName(tx, account, name).role()
export const findInstanceProfile = (tx: Transaction, account: string, name: string): Promise<InstanceProfileRow | undefined> =>
  byName(tx, account, name).instanceProfile()

/** @throws NoSuchEntity */
export async function requireUser(tx: Transaction, account: string, name: string): Promise<UserRow> {
  const user = await findUser(tx, account, name)
  if (!user) throw new iam.NoSuchEntity(`The user with name ${name} cannot be found.`)
  return user
}

/** @throws NoSuchEntity */
export async function requireGroup(tx: Transaction, account: string, name: string): Promise<GroupRow> {
  const group = await findGroup(tx, account, name)
  if (!group) throw new iam.NoSuchEntity(`The group with name ${name} cannot be found.`)
  return group
}

/** @throws NoSuchEntity */
export async function requireRole(tx: Transaction, account: string, name: string): Promise<RoleRow> {
  const role = await findRole(tx, account, name)
  if (!role) throw new iam.NoSuchEntity(`The role with name ${name} cannot be found.`)
  return role
}

/** @throws NoSuchEntity */
export async function requireInstanceProfile(tx: Transaction, account: string, name: string): Promise<InstanceProfileRow> {
  const profile = await findInstanceProfile(tx, account, name)
  if (!profile) throw new iam.NoSuchEntity(`Instance Profile ${name} cannot be found.`)
  return profile
}

/** A service-linked role: only its service may change it. IAM User Guide, "Create a service-linked role". */
export const isServiceLinked = (role: Pick<RoleRow, 'path'>): boolean => role.path.startsWith('/aws-service-role/')

/** @throws UnmodifiableEntity for a service-linked role */
export function refuseServiceLinked(role: RoleRow): void {
  if (isServiceLinked(role)) {
    throw new iam.UnmodifiableEntity(
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    )
  }
}
