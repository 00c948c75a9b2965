import { recordChange, type Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { CallContext } from '../operation.ts'
import { boundedRoleAccess, boundedUserAccess, groupAccess, roleAccess, userAccess } from './access.ts'
import { refuseServiceLinked, requireGroup, requireRole, requireUser } from './entities.ts'
import type { PathRequest } from './listing.ts'
import { findPolicy, isAttachable } from './managed-policies.ts'
import { pageThrough } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { iam } from './service.ts'

/** Who has policies attached. */
interface Owner {
  readonly kind: 'user' | 'group' | 'role'
  readonly id: string
}

type Context = CallContext & { readonly tx: Transaction }

const userOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'user',
  id: (await requireUser(tx, account, name)).id,
})
const groupOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'group',
  id: (await requireGroup(tx, account, name)).id,
})
const roleOwner = async (name: string, { tx, account }: Context): Promise<Owner> => ({
  kind: 'role',
  id: (await requireRole(tx, account, name)).id,
})
const changeableRole = async (name: string, { tx, account }: Context): Promise<Owner> => {
  const role = await requireRole(tx, account, name)
  refuseServiceLinked(role)
  return { kind: 'role', id: role.id }
}

const quotaNames = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const

const attachmentsOf = (tx: Transaction, { kind, id }: Owner) =>
  tx.selectFrom('policyAttachments').select('policyArn').where('ownerKind', '=', kind).where('ownerId', '=', id)

/** Attaching again what is attached is no error. */
export async function attach(owner: Owner, arn: string, { tx, account, now, world }: Context): Promise<Record<string, never>> {
  const policy = await findPolicy(tx, account, arn)
  if (!policy) throw new iam.NoSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  if (!isAttachable(policy)) throw new iam.PolicyNotAttachable('Cannot attach a Service Role Policy to a Customer Role.')
  const attached = await attachmentsOf(tx, owner).execute()
  if (attached.some(({ policyArn }) => policyArn === arn)) return {}
  checkQuota(world, quotaNames[owner.kind], attached.length)
  await tx
    .insertInto('policyAttachments')
    .values({ account, ownerKind: owner.kind, ownerId: owner.id, policyArn: arn, attachedAt: now })
    .execute()
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

async function detach(owner: Owner, arn: string, { tx, account, now }: Context): Promise<Record<string, never>> {
  const { numDeletedRows } = await tx
    .deleteFrom('policyAttachments')
    .where('ownerKind', '=', owner.kind)
    .where('ownerId', '=', owner.id)
    .where('policyArn', '=', arn)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new iam.NoSuchEntity(`Policy ${arn} was not found.`)
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

/** Path and name of a managed policy are in its ARN. */
function nameAndPathOf(arn: string): { name: string; path: string } {
  const resource = parseArn(arn)?.resource ?? ''
  const slash = resource.lastIndexOf('/')
  return { name: resource.slice(slash + 1), path: resource.slice('policy'.length, slash + 1) }
}

interface AttachedPolicy {
  readonly PolicyName: string
  readonly PolicyArn: string
}

const shapeOf = ({ policyArn }: { readonly policyArn: string }): AttachedPolicy => ({
  PolicyName: nameAndPathOf(policyArn).name,
  PolicyArn: policyArn,
})

/** The managed policies attached to a user, group or role, as every operation shows them. */
const attachedPolicies = async (tx: Transaction, owner: Owner): Promise<AttachedPolicy[]> =>
  (await attachmentsOf(tx, owner).orderBy('policyArn').execute()).map(shapeOf)

/** Those of many of one kind, by who has them. */
export async function attachedToMany(
  tx: Transaction,
  kind: Owner['kind'],
  ids: readonly string[],
): Promise<(id: string) => AttachedPolicy[]> {
  const rows = await tx
    .selectFrom('policyAttachments')
    .select(['ownerId', 'policyArn'])
    .where('ownerKind', '=', kind)
    .where('ownerId', 'in', ids)
    .orderBy('policyArn')
    .execute()
  const byOwner = Map.groupBy(rows, ({ ownerId }) => ownerId)
  return id => (byOwner.get(id) ?? []).map(shapeOf)
}

async function list(owner: Owner, request: PathRequest, { tx }: Context) {
  const { PathPrefix = '/' } = request
  const attached = (await attachedPolicies(tx, owner)).filter(({ PolicyArn }) => nameAndPathOf(PolicyArn).path.startsWith(PathPrefix))
  const { items, end } = pageThrough(attached, request, ({ PolicyArn }) => PolicyArn)
  return { AttachedPolicies: items, ...end }
}

const policyKey = (arn: string) => ({ 'iam:PolicyARN': arn })

/** AttachUserPolicy. IAM API Reference, "AttachUserPolicy". */
export const AttachUserPolicy = iam.operation('AttachUserPolicy', {
  access: ({ UserName, PolicyArn }, context) => boundedUserAccess(context, UserName, policyKey(PolicyArn)),
  handle: async ({ UserName, PolicyArn }, context) => attach(await userOwner(UserName, context), PolicyArn, context),
})

/** DetachUserPolicy. IAM API Reference, "DetachUserPolicy". */
export const DetachUserPolicy = iam.operation('DetachUserPolicy', {
  access: ({ UserName, PolicyArn }, context) => boundedUserAccess(context, UserName, policyKey(PolicyArn)),
  handle: async ({ UserName, PolicyArn }, context) => detach(await userOwner(UserName, context), PolicyArn, context),
})

/** ListAttachedUserPolicies. IAM API Reference, "ListAttachedUserPolicies". */
export const ListAttachedUserPolicies = iam.operation('ListAttachedUserPolicies', {
  access: ({ UserName }, context) => userAccess(context, UserName),
  handle: async (input, context) => list(await userOwner(input.UserName, context), input, context),
})

/** AttachGroupPolicy. IAM API Reference, "AttachGroupPolicy". */
export const AttachGroupPolicy = iam.operation('AttachGroupPolicy', {
  access: ({ GroupName, PolicyArn }, context) => groupAccess(context, GroupName, policyKey(PolicyArn)),
  handle: async ({ GroupName, PolicyArn }, context) => attach(await groupOwner(GroupName, context), PolicyArn, context),
})

/** DetachGroupPolicy. IAM API Reference, "DetachGroupPolicy". */
export const DetachGroupPolicy = iam.operation('DetachGroupPolicy', {
  access: ({ GroupName, PolicyArn }, context) => groupAccess(context, GroupName, policyKey(PolicyArn)),
  handle: async ({ GroupName, PolicyArn }, context) => detach(await groupOwner(GroupName, context), PolicyArn, context),
})

/** ListAttachedGroupPolicies. IAM API Reference, "ListAttachedGroupPolicies". */
export const ListAttachedGroupPolicies = iam.operation('ListAttachedGroupPolicies', {
  access: ({ GroupName }, context) => groupAccess(context, GroupName),
  handle: async (input, context) => list(await groupOwner(input.GroupName, context), input, context),
})

/** AttachRolePolicy: not for service-linked roles. IAM API Reference, "AttachRolePolicy". */
export const AttachRolePolicy = iam.operation('AttachRolePolicy', {
  access: ({ RoleName, PolicyArn }, context) => boundedRoleAccess(context, RoleName, policyKey(PolicyArn)),
  handle: async ({ RoleName, PolicyArn }, context) => attach(await changeableRole(RoleName, context), PolicyArn, context),
})

/** DetachRolePolicy: not for service-linked roles. IAM API Reference, "DetachRolePolicy". */
export const DetachRolePolicy = iam.operation('DetachRolePolicy', {
  access: ({ RoleName, PolicyArn }, context) => boundedRoleAccess(context, RoleName, policyKey(PolicyArn)),
  handle: async ({ RoleName, PolicyArn }, context) => detach(await changeableRole(RoleName, context), PolicyArn, context),
})

/** ListAttachedRolePolicies. IAM API Reference, "ListAttachedRolePolicies". */
export const ListAttachedRolePolicies = iam.operation('ListAttachedRolePolicies', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),
  handle: async (input, context) => list(await roleOwner(input.RoleName, context), input, context),
})
