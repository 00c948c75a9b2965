import { rootArn, userArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import { boundaryKey, namedUser, pathAccess, requestTagKeys, userAccess } from './access.ts'
import { type Dependent, policyDependents, refuseDependents } from './deletion.ts'
import { requireBoundary } from './boundaries.ts'
import { findUser, nameKeyOf, requireUser, type UserRow } from './entities.ts'
import { namedPage } from './listing.ts'
import { checkEntityQuota } from './quotas.ts'
import { iam } from './service.ts'
import { boundaryMember, userShape } from './shapes.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'

/** CreateUser. IAM API Reference, "CreateUser". */
export const CreateUser = iam.operation('CreateUser', {
  access: ({ UserName, Path = '/', PermissionsBoundary, Tags }, { account }) => ({
    resource: userArn(account, Path, UserName),
    keys: { ...boundaryKey(PermissionsBoundary), ...requestTagKeys(Tags) },
  }),

  async handle({ UserName, Path = '/', PermissionsBoundary, Tags = [] }, { tx, account, now, world }) {
    await refuseTakenName(tx, account, UserName)
    await checkEntityQuota({ tx, account, world }, 'UsersPerAccount')
    if (PermissionsBoundary !== undefined) await requireBoundary(tx, account, PermissionsBoundary)
    const user: UserRow = {
      id: uniqueId('user', world.random),
      account,
      name: UserName,
      nameKey: nameKeyOf(UserName),
      path: Path,
      boundaryArn: PermissionsBoundary ?? null,
      createdAt: now,
      passwordLastUsedAt: null,
    }
    await tx.insertInto('users').values(user).execute()
    await addTags(tx, { kind: 'user', id: user.id }, Tags)
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return { User: { ...userShape(user), ...boundaryMember(user.boundaryArn), ...(Tags.length > 0 ? { Tags } : {}) } }
  },
})

/** GetUser: of the caller when no name is given. IAM API Reference, "GetUser". */
export const GetUser = iam.operation('GetUser', {
  access: (input, context) =>
    input.UserName === undefined && context.principal.type === 'root'
      ? { resource: rootArn(context.account) }
      : userAccess(context, namedUser(input.UserName, context)),

  async handle(input, context) {
    const { tx, account, principal } = context
    if (input.UserName === undefined && principal.type === 'root') return { User: await rootUser(tx, account) }
    const user = await requireUser(tx, account, namedUser(input.UserName, context))
    return { User: { ...userShape(user), ...boundaryMember(user.boundaryArn), ...(await tagsMember(tx, { kind: 'user', id: user.id })) } }
  },
})

/** The account's root user as GetUser shows it: its name is the account's alias, if there is one. */
async function rootUser(tx: Transaction, account: string) {
  const row = await tx.selectFrom('accounts').select(['alias', 'createdAt']).where('id', '=', account).executeTakeFirst()
  return {
    Path: '/',
    UserName: row?.alias ?? 'root',
    UserId: account,
    Arn: rootArn(account),
    CreateDate: new Date(row?.createdAt ?? 0),
  }
}

/** ListUsers. IAM API Reference, "ListUsers". */
export const ListUsers = iam.operation('ListUsers', {
  access: ({ PathPrefix }, context) => pathAccess.users(context, PathPrefix),

  async handle(input, { tx, account }) {
    const { items, end } = await namedPage(tx, 'users', account, input)
    return { Users: items.map(userShape), ...end }
  },
})

/** UpdateUser: a new name, a new path, or both. IAM API Reference, "UpdateUser": needs permission on the old and the new user. */
export const UpdateUser = iam.operation('UpdateUser', {
  async access({ UserName, NewUserName, NewPath }, context) {
    const source = await userAccess(context, UserName)
    if (NewUserName === undefined && NewPath === undefined) return source
    const user = await findUser(context.tx, context.account, UserName)
    const target = userArn(context.account, NewPath ?? user?.path ?? '/', NewUserName ?? user?.name ?? UserName)
    return target === source.resource ? source : [source, { ...source, resource: target }]
  },

  async handle({ UserName, NewUserName, NewPath }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    const name = NewUserName ?? user.name
    if (nameKeyOf(name) !== user.nameKey) await refuseTakenName(tx, account, name)
    await tx
      .updateTable('users')
      .set({ name, nameKey: nameKeyOf(name), path: NewPath ?? user.path })
      .where('id', '=', user.id)
      .execute()
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** DeleteUser: everything that hangs on the user must be gone. IAM API Reference, "DeleteUser". */
export const DeleteUser = iam.operation('DeleteUser', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle({ UserName }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    await refuseDependents(dependents(tx, user.id))
    await tx.deleteFrom('users').where('id', '=', user.id).execute()
    await dropTags(tx, { kind: 'user', id: user.id })
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** What keeps a user from being deleted, in the order in which IAM complains. */
const dependents = (tx: Transaction, userId: string): readonly Dependent[] => [
  {
    find: () => tx.selectFrom('loginProfiles').select('userId').where('userId', '=', userId).limit(1).executeTakeFirst(),
    remedy: 'delete login profile',
  },
  {
    find: () => tx.selectFrom('accessKeys').select('id').where('userId', '=', userId).limit(1).executeTakeFirst(),
    remedy: 'delete access keys',
  },
  {
    find: () => tx.selectFrom('mfaDevices').select('serial').where('ownerId', '=', userId).limit(1).executeTakeFirst(),
    remedy: 'delete MFA device',
  },
  ...policyDependents(tx, 'user', userId),
  {
    find: () => tx.selectFrom('groupMembers').select('groupId').where('userId', '=', userId).limit(1).executeTakeFirst(),
    remedy: 'remove users from group',
  },
  ...(['sshPublicKeys', 'signingCertificates', 'serviceCredentials'] as const).map(table => ({
    find: () =>
      tx
        .selectFrom(table as 'sshPublicKeys')
        .select('id')
        .where('userId', '=', userId)
        .limit(1)
        .executeTakeFirst(),
    remedy: 'remove referenced objects',
  })),
]

async function refuseTakenName(tx: Transaction, account: string, name: string): Promise<void> {
  if (await findUser(tx, account, name)) throw new iam.EntityAlreadyExists(`User with name ${name} already exists.`)
}
