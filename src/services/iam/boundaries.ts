import { recordChange, type Transaction } from '../../store/index.ts'
import { boundaryKey, boundedRoleAccess, boundedUserAccess, roleAccess, userAccess } from './access.ts'
import { refuseServiceLinked, requireRole, requireUser } from './entities.ts'
import { findPolicy, isAttachable } from './managed-policies.ts'
import { iam } from './service.ts'

/**
 * The policy of an ARN that is to be a permissions boundary.
 * @throws NoSuchEntity, InvalidInput
 */
export async function requireBoundary(tx: Transaction, account: string, arn: string): Promise<void> {
  const policy = await findPolicy(tx, account, arn)
  if (!policy || !isAttachable(policy)) throw new iam.NoSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}

/** PutUserPermissionsBoundary. IAM API Reference, "PutUserPermissionsBoundary". */
export const PutUserPermissionsBoundary = iam.operation('PutUserPermissionsBoundary', {
  access: ({ UserName, PermissionsBoundary }, context) => userAccess(context, UserName, boundaryKey(PermissionsBoundary)),

  async handle({ UserName, PermissionsBoundary }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    await requireBoundary(tx, account, PermissionsBoundary)
    await tx.updateTable('users').set({ boundaryArn: PermissionsBoundary }).where('id', '=', user.id).execute()
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** DeleteUserPermissionsBoundary. IAM API Reference, "DeleteUserPermissionsBoundary". */
export const DeleteUserPermissionsBoundary = iam.operation('DeleteUserPermissionsBoundary', {
  access: ({ UserName }, context) => boundedUserAccess(context, UserName),

  async handle({ UserName }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    await tx.updateTable('users').set({ boundaryArn: null }).where('id', '=', user.id).execute()
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** PutRolePermissionsBoundary: not for service-linked roles. IAM API Reference, "PutRolePermissionsBoundary". */
export const PutRolePermissionsBoundary = iam.operation('PutRolePermissionsBoundary', {
  access: ({ RoleName, PermissionsBoundary }, context) => roleAccess(context, RoleName, boundaryKey(PermissionsBoundary)),

  async handle({ RoleName, PermissionsBoundary }, { tx, account, now }) {
    const role = await requireRole(tx, account, RoleName)
    refuseServiceLinked(role)
    await requireBoundary(tx, account, PermissionsBoundary)
    await tx.updateTable('roles').set({ boundaryArn: PermissionsBoundary }).where('id', '=', role.id).execute()
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return {}
  },
})

/** DeleteRolePermissionsBoundary. IAM API Reference, "DeleteRolePermissionsBoundary". */
export const DeleteRolePermissionsBoundary = iam.operation('DeleteRolePermissionsBoundary', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  async handle({ RoleName }, { tx, account, now }) {
    const role = await requireRole(tx, account, RoleName)
    refuseServiceLinked(role)
    await tx.updateTable('roles').set({ boundaryArn: null }).where('id', '=', role.id).execute()
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return {}
  },
})
