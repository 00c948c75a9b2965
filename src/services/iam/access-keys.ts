import { rootArn, userArn } from '../../identity/arns.ts'
import { newAccessKeyId, newSecretAccessKey } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { AccessContext } from '../operation.ts'
import { anyResource, nobodyNamed, ownerAccess } from './access.ts'
import { type CredentialOwner, ownerOf } from './credential-owner.ts'
import { settableStatus } from './credential-status.ts'
import { pageThrough } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import { iam } from './service.ts'

const keysOf = (tx: Transaction, account: string, { userId }: CredentialOwner) =>
  tx
    .selectFrom('accessKeys')
    .selectAll()
    .where('account', '=', account)
    .where('userId', userId === null ? 'is' : '=', userId)

/** CreateAccessKey: the only time that the secret is told. IAM API Reference, "CreateAccessKey". */
export const CreateAccessKey = iam.operation('CreateAccessKey', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName }, context) {
    const { tx, account, now, world } = context
    const owner = await ownerOf(UserName, context)
    await requireRecentSignIn(owner.userId ?? account, context)
    const existing = await keysOf(tx, account, owner).execute()
    checkQuota(world, 'AccessKeysPerUser', existing.length)
    const id = newAccessKeyId('permanent', account, world.random)
    const secret = newSecretAccessKey(world.random)
    await tx
      .insertInto('accessKeys')
      .values({
        id,
        account,
        userId: owner.userId,
        secret: world.secrets.encrypt(secret, id),
        status: 'Active',
        createdAt: now,
        lastUsedAt: null,
        lastUsedService: null,
        lastUsedRegion: null,
      })
      .execute()
    await recordChange(tx, { account, kind: 'accessKey', id, at: now })
    return { AccessKey: { UserName: owner.name, AccessKeyId: id, Status: 'Active', SecretAccessKey: secret, CreateDate: new Date(now) } }
  },
})

/**
 * Access to the keys of whoever is named; nobody need be when a permanent key calls.
 * @throws ValidationError for a user's temporary key: "If a temporary access key is used, then UserName is required."
 */
function namedOwnerAccess(name: string | undefined, context: AccessContext): ReturnType<typeof ownerAccess> {
  if (name === undefined && context.principal.type === 'user' && context.principal.session) throw new iam.ValidationError(nobodyNamed)
  return ownerAccess(name, context)
}

/** ListAccessKeys, oldest first. IAM API Reference, "ListAccessKeys". */
export const ListAccessKeys = iam.operation('ListAccessKeys', {
  access: ({ UserName }, context) => namedOwnerAccess(UserName, context),

  async handle(input, context) {
    const owner = await ownerOf(input.UserName, context)
    const rows = await keysOf(context.tx, context.account, owner).execute()
    const ordered = rows.map(row => ({ ...row, order: `${String(row.createdAt).padStart(15, '0')} ${row.id}` }))
    ordered.sort((a, b) => (a.order < b.order ? -1 : 1))
    const { items, end } = pageThrough(ordered, input, row => row.order)
    return {
      AccessKeyMetadata: items.map(row => ({
        UserName: owner.name,
        AccessKeyId: row.id,
        Status: row.status,
        CreateDate: new Date(row.createdAt),
      })),
      ...end,
    }
  },
})

/** UpdateAccessKey: activates or deactivates. IAM API Reference, "UpdateAccessKey". */
export const UpdateAccessKey = iam.operation('UpdateAccessKey', {
  access: ({ UserName }, context) => namedOwnerAccess(UserName, context),

  async handle({ UserName, AccessKeyId, Status }, context) {
    const { tx, account, now } = context
    const owner = await ownerOf(UserName, context)
    const key = await keysOf(tx, account, owner).where('id', '=', AccessKeyId).executeTakeFirst()
    if (!key) throw noSuchKey(AccessKeyId)
    await tx
      .updateTable('accessKeys')
      .set({ status: settableStatus(Status) })
      .where('id', '=', AccessKeyId)
      .execute()
    await recordChange(tx, { account, kind: 'accessKey', id: AccessKeyId, at: now })
    return {}
  },
})

/** DeleteAccessKey. IAM API Reference, "DeleteAccessKey". */
export const DeleteAccessKey = iam.operation('DeleteAccessKey', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName, AccessKeyId }, context) {
    const { tx, account, now } = context
    const owner = await ownerOf(UserName, context)
    const key = await keysOf(tx, account, owner).where('id', '=', AccessKeyId).executeTakeFirst()
    if (!key) throw noSuchKey(AccessKeyId)
    await tx.deleteFrom('accessKeys').where('id', '=', AccessKeyId).execute()
    await recordChange(tx, { account, kind: 'accessKey', id: AccessKeyId, at: now })
    return {}
  },
})

/** GetAccessKeyLastUsed. IAM API Reference, "GetAccessKeyLastUsed". */
export const GetAccessKeyLastUsed = iam.operation('GetAccessKeyLastUsed', {
  async access({ AccessKeyId }, { tx, account }) {
    const row = await tx
      .selectFrom('accessKeys')
      .leftJoin('users', 'users.id', 'accessKeys.userId')
      .select(['users.path', 'users.name'])
      .where('accessKeys.id', '=', AccessKeyId)
      .where('accessKeys.account', '=', account)
      .executeTakeFirst()
    if (!row) return anyResource
    const { path, name } = row
    const resource = path === null || name === null ? rootArn(account) : userArn(account, path, name)
    return { resource, resourceName: `access key ${AccessKeyId}` }
  },

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle({ AccessKeyId }, { tx, account }) {
    const key = await tx
      .selectFrom('accessKeys')
      .leftJoin('users', 'users.id', 'accessKeys.userId')
      .select(['users.name', 'lastUsedAt', 'lastUsedService', 'lastUsedRegion'])
      .where('accessKeys.id', '=', AccessKeyId)
      .where('accessKeys.account', '=', account)
      .executeTakeFirst()
    if (!key) throw noSuchKey(AccessKeyId)
    return {
      UserName: key.name ?? 'root',
      AccessKeyLastUsed: {
        ...(key.lastUsedAt === null ? {} : { LastUsedDate: new Date(key.lastUsedAt) }),
        ServiceName: key.lastUsedService ?? 'N/A',
        Region: key.lastUsedRegion ?? 'N/A',
      },
    }
  },
})

const noSuchKey = (id: string) => new iam.NoSuchEntity(`The Access Key with id ${id} cannot be found.`)
