import { groupArn, instanceProfileArn, oidcProviderArn, policyArn, roleArn, rootArn, userArn } from '../../identity/arns.ts'
import { parseArn } from '../../types/arn.ts'
import type { SourceRoleTemplate, Tag } from '../../wire/models/iam.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { findGroup, findInstanceProfile, findRole, findUser } from './entities.ts'
import { iam } from './service.ts'
import { type TagOwner, tagsOf } from './tagging.ts'

/** Condition keys of a request. */
export type Keys = NonNullable<AccessStatement['keys']>

export const nobodyNamed = 'Must specify userName when calling with non-User credentials'

/**
 * The user that an operation is about: the one named, else the caller.
 * @throws ValidationError when nobody is named and the caller is no user
 */
export function namedUser(name: string | undefined, { principal }: CallContext): string {
  if (name !== undefined) return name
  if (principal.type === 'user') return principal.userName
  throw new iam.ValidationError(nobodyNamed)
}

/** Whether root calls and names nobody: what it asks about is then its own. */
export const isRootsOwn = (name: string | undefined, { principal }: CallContext): boolean => name === undefined && principal.type === 'root'

/** Access to the account's root user. */
export const rootAccess = ({ account }: CallContext): AccessStatement => ({ resource: rootArn(account) })

/** Access to the user that a request names, or to root's own. */
export const ownerAccess = (name: string | undefined, context: AccessContext): AccessStatement | Promise<AccessStatement> =>
  isRootsOwn(name, context) ? rootAccess(context) : userAccess(context, namedUser(name, context))

/** `aws:RequestTag/...` and `aws:TagKeys` of tags that a request gives. */
export const requestTagKeys = (tags: readonly Tag[] | undefined): Keys => {
  if (!tags || tags.length === 0) return {}
  return { ...Object.fromEntries(tags.map(tag => [`aws:RequestTag/${tag.Key}`, tag.Value])), 'aws:TagKeys': tags.map(tag => tag.Key) }
}

/** `aws:ResourceTag/...` of a resource; for users and roles `iam:ResourceTag/...` as well. */
export async function resourceTagKeys({ tx }: AccessContext, owner: TagOwner | undefined): Promise<Keys> {
  if (!owner) return {}
  const keys: { [key: string]: string } = {}
  for (const { Key, Value } of await tagsOf(tx, owner)) {
    keys[`aws:ResourceTag/${Key}`] = Value
    if (owner.kind === 'user' || owner.kind === 'role') keys[`iam:ResourceTag/${Key}`] = Value
  }
  return keys
}

/** `iam:PermissionsBoundary`, absent when there is none. */
export const boundaryKey = (arn: string | null | undefined): Keys => (arn ? { 'iam:PermissionsBoundary': arn } : {})

/**
 * Access to a user that a request names. Somebody who may not know whether the user exists gets a denial either way, for the ARN
 * without path.
 */
export async function userAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const user = await findUser(context.tx, context.account, name)
  const tags = await resourceTagKeys(context, user && { kind: 'user', id: user.id })
  return {
    resource: userArn(context.account, user?.path ?? '/', user?.name ?? name),
    resourceName: `user ${name}`,
    keys: { ...tags, ...keys },
  }
}

/** Access to a user, with `iam:PermissionsBoundary` telling the boundary that the user has. */
export async function boundedUserAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const user = await findUser(context.tx, context.account, name)
  return userAccess(context, name, { ...boundaryKey(user?.boundaryArn), ...keys })
}

/** Access to a group that a request names. */
export async function groupAccess({ tx, account }: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const group = await findGroup(tx, account, name)
  return { resource: groupArn(account, group?.path ?? '/', group?.name ?? name), resourceName: `group ${name}`, keys }
}

/** `iam:RoleTemplateARN`, absent for roles that were made without a template. Service Authorization Reference, "Condition keys for AWS IAM". */
const templateKey = (source: string | null | undefined): Keys =>
  source ? { 'iam:RoleTemplateARN': (JSON.parse(source) as SourceRoleTemplate).TemplateArn } : {}

/** Access to a role that a request names. */
export async function roleAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const role = await findRole(context.tx, context.account, name)
  const tags = await resourceTagKeys(context, role && { kind: 'role', id: role.id })
  return {
    resource: roleArn(context.account, role?.path ?? '/', role?.name ?? name),
    resourceName: `role ${name}`,
    keys: { ...tags, ...templateKey(role?.sourceTemplate), ...keys },
  }
}

/** Access to a role, with `iam:PermissionsBoundary` telling the boundary that the role has. */
export async function boundedRoleAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const role = await findRole(context.tx, context.account, name)
  return roleAccess(context, name, { ...boundaryKey(role?.boundaryArn), ...keys })
}

/** Access to an instance profile that a request names. */
export async function instanceProfileAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const { tx, account } = context
  const profile = await findInstanceProfile(tx, account, name)
  const tags = await resourceTagKeys(context, profile && { kind: 'instanceProfile', id: profile.id })
  return {
    resource: instanceProfileArn(account, profile?.path ?? '/', profile?.name ?? name),
    resourceName: `instance profile ${name}`,
    keys: { ...tags, ...keys },
  }
}

/** Access to a managed policy, which requests name by ARN. */
export async function policyAccess(context: AccessContext, arn: string, keys: Keys = {}): Promise<AccessStatement> {
  const policy = await context.tx.selectFrom('policies').select('id').where('arn', '=', arn).executeTakeFirst()
  const tags = await resourceTagKeys(context, policy && { kind: 'policy', id: policy.id })
  // AWS managed policies are not of the caller's account, which perimeters by `aws:ResourceAccount` have to leave out.
  const owner = parseArn(arn)?.account === 'aws' ? {} : { resourceAccount: context.account }
  return { resource: arn, resourceName: `policy ${arn}`, ...owner, keys: { ...tags, ...keys } }
}

/** Access to an OpenID Connect provider, which requests name by ARN. */
export async function oidcProviderAccess(context: AccessContext, arn: string, keys: Keys = {}): Promise<AccessStatement> {
  const tags = await resourceTagKeys(context, { kind: 'oidcProvider', id: arn })
  return { resource: arn, keys: { ...tags, ...keys } }
}

/** Access to a virtual MFA device, which requests name by its serial number: an ARN. */
export async function mfaDeviceAccess(context: AccessContext, serial: string, keys: Keys = {}): Promise<AccessStatement> {
  const tags = await resourceTagKeys(context, { kind: 'mfaDevice', id: serial })
  return { resource: serial, resourceAccount: context.account, keys: { ...tags, ...keys } }
}

/**
 * Access to list what is under a path. The Service Authorization Reference gives these actions no resource type; IAM decides them, and names them in
 * denials, on the ARN of the path.
 */
export const pathAccess = {
  users: ({ account }: CallContext, prefix = '/'): AccessStatement => ({ resource: userArn(account, prefix, '') }),
  groups: ({ account }: CallContext, prefix = '/'): AccessStatement => ({ resource: groupArn(account, prefix, '') }),
  roles: ({ account }: CallContext, prefix = '/'): AccessStatement => ({ resource: roleArn(account, prefix, '') }),
  instanceProfiles: ({ account }: CallContext, prefix = '/'): AccessStatement => ({ resource: instanceProfileArn(account, prefix, '') }),
  policies: ({ account }: CallContext, prefix = '/'): AccessStatement => ({
    resource: policyArn(account, prefix, ''),
    resourceName: `policy path ${prefix}`,
  }),
  oidcProviders: ({ account }: CallContext): AccessStatement => ({ resource: oidcProviderArn(account, '*') }),
}

/** Access to actions without resource types. */
export const anyResource: AccessStatement = { resource: '*' }
