import { roleArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { shownTrustPolicies, shownTrustPolicy } from '../../identity/trust-policies.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { Role, SourceRoleTemplate, Tag } from '../../wire/models/iam.ts'
import type { HandleContext } from '../operation.ts'
import { boundaryKey, boundedRoleAccess, pathAccess, requestTagKeys } from './access.ts'
import { type Dependent, policyDependents, refuseDependents } from './deletion.ts'
import { requireBoundary } from './boundaries.ts'
import { findRole, nameKeyOf, refuseServiceLinked, requireRole, type RoleRow } from './entities.ts'
import { namedPage } from './listing.ts'
import { checkEntityQuota } from './quotas.ts'
import { iam } from './service.ts'
import { boundaryMember, roleShape } from './shapes.ts'
import { changedSigninSession } from './signin-sessions.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'
import { storedTrustPolicy } from './trust.ts'

/** The default of MaxSessionDuration, in seconds. */
const defaultSessionSeconds = 3600

/** CreateRole. IAM API Reference, "CreateRole". */
export const CreateRole = iam.operation('CreateRole', {
  access: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, { account }) => ({
    resource: roleArn(account, Path, RoleName),
    keys: { ...boundaryKey(PermissionsBoundary), ...requestTagKeys(Tags) },
  }),

  async handle(input, context) {
    const { RoleName, Path = '/', Tags = [] } = input
    if (Path.startsWith('/aws-service-role/')) throw new iam.InvalidInput(`Path ${Path} is reserved for service-linked roles.`)
    const { MaxSessionDuration: _, ...shape } = await addRole(context, {
      name: RoleName,
      path: Path,
      trustPolicy: input.AssumeRolePolicyDocument,
      description: input.Description,
      maxSessionSeconds: input.MaxSessionDuration,
      signinSessionSeconds: input.MaxSigninSessionDuration,
      boundary: input.PermissionsBoundary,
      tags: Tags,
    })
    return { Role: shape }
  },
})

/** A role to be made. What is left out has its default. */
export interface NewRole {
  readonly name: string
  readonly path: string
  /** As written: not yet as the store keeps it. */
  readonly trustPolicy: string
  readonly description?: string | undefined
  readonly maxSessionSeconds?: number | undefined
  readonly signinSessionSeconds?: number | undefined
  readonly boundary?: string | undefined
  readonly tags: readonly Tag[]
  readonly source?: SourceRoleTemplate
}

/**
 * Makes a role.
 * @returns its description, tags and boundary included
 * @throws  MalformedPolicyDocument, EntityAlreadyExists, LimitExceeded, NoSuchEntity, InvalidInput
 */
export async function addRole({ tx, account, now, world }: HandleContext, wanted: NewRole): Promise<Role> {
  const { name, path, tags } = wanted
  const trustPolicy = await storedTrustPolicy(tx, wanted.trustPolicy, world)
  if (await findRole(tx, account, name)) throw new iam.EntityAlreadyExists(`Role with name ${name} already exists.`)
  await checkEntityQuota({ tx, account, world }, 'RolesPerAccount')
  if (wanted.boundary !== undefined) await requireBoundary(tx, account, wanted.boundary)
  const role: RoleRow = {
    id: uniqueId('role', world.random),
    account,
    name,
    nameKey: nameKeyOf(name),
    path,
    description: wanted.description ?? null,
    trustPolicy,
    maxSessionSeconds: wanted.maxSessionSeconds ?? defaultSessionSeconds,
    boundaryArn: wanted.boundary ?? null,
    createdAt: now,
    lastUsedAt: null,
    lastUsedRegion: null,
    signinSessionSeconds: wanted.signinSessionSeconds ?? null,
    sourceTemplate: wanted.source ? JSON.stringify(wanted.source) : null,
  }
  await tx.insertInto('roles').values(role).execute()
  await addTags(tx, { kind: 'role', id: role.id }, tags)
  await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
  const shape = roleShape(role, await shownTrustPolicy(tx, trustPolicy))
  return { ...shape, ...boundaryMember(role.boundaryArn), ...(tags.length > 0 ? { Tags: tags } : {}) }
}

/** GetRole. IAM API Reference, "GetRole". */
export const GetRole = iam.operation('GetRole', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle({ RoleName }, { tx, account }) {
    return { Role: await wholeRole(tx, await requireRole(tx, account, RoleName)) }
  },
})

/** A role with all that IAM tells of it. */
async function wholeRole(tx: Transaction, role: RoleRow): Promise<Role> {
  return {
    ...roleShape(role, await shownTrustPolicy(tx, role.trustPolicy)),
    ...boundaryMember(role.boundaryArn),
    ...(await tagsMember(tx, { kind: 'role', id: role.id })),
    RoleLastUsed: lastUse(role),
  }
}

/** When and where a role was last used: empty when it was not. */
export const lastUse = (role: RoleRow) => ({
  ...(role.lastUsedAt === null ? {} : { LastUsedDate: new Date(role.lastUsedAt) }),
  ...(role.lastUsedRegion === null ? {} : { Region: role.lastUsedRegion }),
})

/** ListRoles. IAM API Reference, "ListRoles". */
export const ListRoles = iam.operation('ListRoles', {
  access: ({ PathPrefix }, context) => pathAccess.roles(context, PathPrefix),

  async handle(input, { tx, account }) {
    const { items, end } = await namedPage(tx, 'roles', account, input)
    return { Roles: await roleList(tx, items), ...end }
  },
})

/** Roles as lists show them. */
export async function roleList(tx: Transaction, roles: readonly RoleRow[]): Promise<Role[]> {
  const trustPolicies = await shownTrustPolicies(
    tx,
    roles.map(role => role.trustPolicy),
  )
  return roles.map((role, i) => roleShape(role, trustPolicies[i] ?? role.trustPolicy))
}

/** UpdateRole: description and longest session. IAM API Reference, "UpdateRole". */
export const UpdateRole = iam.operation('UpdateRole', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  async handle(input, { tx, account, now }) {
    const { RoleName, Description, MaxSessionDuration } = input
    const role = await requireRole(tx, account, RoleName)
    const signinSessionSeconds = changedSigninSession(role.signinSessionSeconds, input)
    if (MaxSessionDuration !== undefined) refuseServiceLinked(role)
    await tx
      .updateTable('roles')
      .set({
        description: Description ?? role.description,
        maxSessionSeconds: MaxSessionDuration ?? role.maxSessionSeconds,
        signinSessionSeconds,
      })
      .where('id', '=', role.id)
      .execute()
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return {}
  },
})

/** UpdateRoleDescription: UpdateRole's older sister, allowed for service-linked roles too. IAM API Reference, "UpdateRoleDescription". */
export const UpdateRoleDescription = iam.operation('UpdateRoleDescription', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  async handle({ RoleName, Description }, { tx, account, now }) {
    const role = await requireRole(tx, account, RoleName)
    await tx.updateTable('roles').set({ description: Description }).where('id', '=', role.id).execute()
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return { Role: await wholeRole(tx, { ...role, description: Description }) }
  },
})

/** UpdateAssumeRolePolicy: replaces the trust policy. IAM API Reference, "UpdateAssumeRolePolicy". */
export const UpdateAssumeRolePolicy = iam.operation('UpdateAssumeRolePolicy', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  async handle({ RoleName, PolicyDocument }, { tx, account, now, world }) {
    const role = await requireRole(tx, account, RoleName)
    refuseServiceLinked(role)
    const trustPolicy = await storedTrustPolicy(tx, PolicyDocument, world)
    await tx.updateTable('roles').set({ trustPolicy }).where('id', '=', role.id).execute()
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return {}
  },
})

/** DeleteRole: without policies and instance profiles only. IAM API Reference, "DeleteRole". */
export const DeleteRole = iam.operation('DeleteRole', {
  access: ({ RoleName }, context) => boundedRoleAccess(context, RoleName),

  async handle({ RoleName }, { tx, account, now }) {
    const role = await requireRole(tx, account, RoleName)
    refuseServiceLinked(role)
    await refuseDependents(dependents(tx, role.id))
    await tx.deleteFrom('roles').where('id', '=', role.id).execute()
    await dropTags(tx, { kind: 'role', id: role.id })
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return {}
  },
})

/** What keeps a role from being deleted. */
const dependents = (tx: Transaction, roleId: string): readonly Dependent[] => [
  {
    find: () => tx.selectFrom('instanceProfiles').select('id').where('roleId', '=', roleId).limit(1).executeTakeFirst(),
    remedy: 'remove roles from instance profile',
  },
  ...policyDependents(tx, 'role', roleId),
]
