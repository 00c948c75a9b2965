import { groupArn, instanceProfileArn, roleArn, userArn } from '../../identity/arns.ts'
import type { AttachedPermissionsBoundary, Group, InstanceProfile, Role, SourceRoleTemplate, User } from '../../wire/models/iam.ts'
import { encodeDocument } from './documents.ts'
import { signinSessionMember } from './signin-sessions.ts'
import type { GroupRow, InstanceProfileRow, RoleRow, UserRow } from './entities.ts'

const instant = (at: number): Date => new Date(at)

/** The member `PermissionsBoundary`: absent when there is none. Its type "can only have a value of Policy". */
export const boundaryMember = (arn: string | null): { PermissionsBoundary?: AttachedPermissionsBoundary } =>
  arn === null ? {} : { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn } }

/** A user as lists show it: without boundary and tags. */
export const userShape = (user: UserRow): User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: userArn(user.account, user.path, user.name),
  CreateDate: instant(user.createdAt),
  ...(user.passwordLastUsedAt === null ? {} : { PasswordLastUsed: instant(user.passwordLastUsedAt) }),
})

export const groupShape = (group: GroupRow): Group => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: groupArn(group.account, group.path, group.name),
  CreateDate: instant(group.createdAt),
})

/**
 * A role as lists show it: without boundary, tags and last use.
 * @param trustPolicy  as people see it: see `shownTrustPolicy`
 */
export const roleShape = (role: RoleRow, trustPolicy: string): Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: roleArn(role.account, role.path, role.name),
  CreateDate: instant(role.createdAt),
  AssumeRolePolicyDocument: encodeDocument(trustPolicy),
  ...(role.description === null ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
  ...signinSessionMember(role.signinSessionSeconds),
  ...(role.sourceTemplate === null ? {} : { SourceRoleTemplate: JSON.parse(role.sourceTemplate) as SourceRoleTemplate }),
})

/** A role as the answers to calls that make one, and instance profiles, show it. IAM API Reference and AWS CLI reference, their examples. */
export function briefRoleShape(role: Role): Role {
  const { Description: _, MaxSessionDuration: __, ...brief } = role
  return brief
}

/** An instance profile as lists show it: without tags. */
export const instanceProfileShape = (profile: InstanceProfileRow, roles: readonly Role[]): InstanceProfile => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: instanceProfileArn(profile.account, profile.path, profile.name),
  CreateDate: instant(profile.createdAt),
  Roles: roles.map(briefRoleShape),
})
