import { policySize } from '../../policy/index.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { CallContext } from '../operation.ts'
import { boundedRoleAccess, boundedUserAccess, groupAccess, roleAccess, userAccess } from './access.ts'
import { encodeDocument, parseDocument } from './documents.ts'
import { refuseServiceLinked, requireGroup, requireRole, requireUser } from './entities.ts'
import { type PageRequest, pageOf, rowsWanted, startAfter } from './paging.ts'
import { defaultQuotas } from './quotas.ts'
import { iam } from './service.ts'

/** Who has inline policies. */
interface Owner {
  readonly kind: 'user' | 'group' | 'role'
  readonly id: string
  readonly name: string
}

type Context = CallContext & { readonly tx: Transaction }

const userOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'user',
  ...(await requireUser(tx, account, name)),
})
const groupOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'group',
  ...(await requireGroup(tx, account, name)),
})
const roleOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'role',
  ...(await requireRole(tx, account, name)),
})
const changeableRole = async (name: string, { tx, account }: Context): Promise<Owner> => {
  const role = await requireRole(tx, account, name)
  refuseServiceLinked(role)
  return { kind: 'role', ...role }
}

const sizes = { user: defaultQuotas.UserPolicySize, group: defaultQuotas.GroupPolicySize, role: defaultQuotas.RolePolicySize } as const

const policiesOf = (tx: Transaction, { kind, id }: Owner) =>
  tx.selectFrom('inlinePolicies').select(['name', 'document']).where('ownerKind', '=', kind).where('ownerId', '=', id)

/** Adds or replaces; the quota is for all inline policies of the owner together. */
export async function put(owner: Owner, name: string, document: string, { tx, account, now }: Context): Promise<Record<string, never>> {
  parseDocument(document, 'identity')
  const others = await policiesOf(tx, owner).where('name', '!=', name).execute()
  const total = others.reduce((sum, policy) => sum + policySize(policy.document, 'identity'), policySize(document, 'identity'))
  if (total > sizes[owner.kind]) {
    throw new iam.LimitExceeded(`Maximum policy size of ${sizes[owner.kind]} bytes exceeded for ${owner.kind} ${owner.name}`)
  }
  await tx
    .insertInto('inlinePolicies')
    .values({ ownerKind: owner.kind, ownerId: owner.id, name, document })
    .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'name']).doUpdateSet({ document }))
    .execute()
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

async function get(owner: Owner, name: string, { tx }: Context) {
  const policy = await policiesOf(tx, owner).where('name', '=', name).executeTakeFirst()
  if (!policy) throw noSuchPolicy(owner, name)
  return { PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) }
}

async function list(owner: Owner, request: PageRequest, { tx }: Context) {
  const [after] = startAfter(request, 1) ?? []
  const query = tx.selectFrom('inlinePolicies').select('name').where('ownerKind', '=', owner.kind).where('ownerId', '=', owner.id)
  const rows = await (after === undefined ? query : query.where('name', '>', after)).orderBy('name').limit(rowsWanted(request)).execute()
  const { items, end } = pageOf(rows, request, ({ name }) => [name])
  return { PolicyNames: items.map(({ name }) => name), ...end }
}

async function remove(owner: Owner, name: string, { tx, account, now }: Context): Promise<Record<string, never>> {
  const { numDeletedRows } = await tx
    .deleteFrom('inlinePolicies')
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .where('name', '=', name)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw noSuchPolicy(owner, name)
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

const noSuchPolicy = (owner: Owner, name: string) => new iam.NoSuchEntity(`The ${owner.kind} policy with name ${name} cannot be found.`)

/** PutUserPolicy. IAM API Reference, "PutUserPolicy". */
export const PutUserPolicy = iam.operation('PutUserPolicy', {
  access: ({ UserName }, context) => boundedUserAccess(context, UserName),
  handle: async ({ UserName, PolicyName, PolicyDocument }, context) =>
    put(await userOwner(UserName, context), PolicyName, PolicyDocument, context),
})

/** GetUserPolicy. IAM API Reference, "GetUserPolicy". */
export const GetUserPolicy = iam.operation('GetUserPolicy', {
  access: ({ UserName }, context) => userAccess(context, UserName),
  async handle({ UserName, PolicyName }, context) {
    const owner = await userOwner(UserName, context)
    return { UserName: owner.name, ...(await get(owner, PolicyName, context)) }
  },
})

/** ListUserPolicies, by name. IAM API Reference, "ListUserPolicies". */
export const ListUserPolicies = iam.operation('ListUserPolicies', {
  access: ({ UserName }, context) => userAccess(context, UserName),
  handle: async (input, context) => list(await userOwner(input.UserName, context), input, context),
})

/** DeleteUserPolicy. IAM API Reference, "DeleteUserPolicy". */
export const DeleteUserPolicy = iam.operation('DeleteUserPolicy', {
  access: ({ UserName }, context) => boundedUserAccess(context, UserName),
  handle: async ({ UserName, PolicyName }, context) => remove(await userOwner(UserName, context), PolicyName, context),
})

/** PutGroupPolicy. IAM API Reference, "PutGroupPolicy". */
export const PutGroupPolicy = iam.operation('PutGroupPolicy', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),
  handle: async ({ GroupName, PolicyName, PolicyDocument }, context) =>
    put(await groupOwner(GroupName, context), PolicyName, PolicyDocument, context),
})

/** GetGroupPolicy. IAM API Reference, "GetGroupPolicy". */
export const GetGroupPolicy = iam.operation('GetGroupPolicy', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),
  async handle({ GroupName, PolicyName }, context) {
    const owner = await groupOwner(GroupName, context)
    return { GroupName: owner.name, ...(await get(owner, PolicyName, context)) }
  },
})

/** ListGroupPolicies, by name. IAM API Reference, "ListGroupPolicies". */
export const ListGroupPolicies = iam.operation('ListGroupPolicies', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),
  handle: async (input, context) => list(await groupOwner(input.GroupName, context), input, context),
})

/** DeleteGroupPolicy. IAM API Reference, "DeleteGroupPolicy". */
export const DeleteGroupPolicy = iam.operation('DeleteGroupPolicy', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),
  handle: async ({ GroupName, PolicyName }, context) => remove(await groupOwner(GroupName, context), PolicyName, context),
})

/** PutRolePolicy: not for service-linked roles. IAM API Reference, "PutRolePolicy". */
export const PutRolePolicy = iam.operation('PutRolePolicy', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),
  handle: async ({ RoleName, PolicyName, PolicyDocument }, context) =>
    put(await changeableRole(RoleName, context), PolicyName, PolicyDocument, context),
})

/** GetRolePolicy. IAM API Reference, "GetRolePolicy". */
export const GetRolePolicy = iam.operation('GetRolePolicy', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),
  async handle({ RoleName, PolicyName }, context) {
    const owner = await roleOwner(RoleName, context)
    return { RoleName: owner.name, ...(await get(owner, PolicyName, context)) }
  },
})

/** ListRolePolicies, by name. IAM API Reference, "ListRolePolicies". */
export const ListRolePolicies = iam.operation('ListRolePolicies', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),
  handle: async (input, context) => list(await roleOwner(input.RoleName, context), input, context),
})

/** DeleteRolePolicy: not for service-linked roles. IAM API Reference, "DeleteRolePolicy". */
export const DeleteRolePolicy = iam.operation('DeleteRolePolicy', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),
  handle: async ({ RoleName, PolicyName }, context) => remove(await changeableRole(RoleName, context), PolicyName, context),
})
