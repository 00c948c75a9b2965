import type { JsonObject } from '../../../types/json.ts'
import { asText } from '../template/template.ts'
import {
  changed,
  difference,
  document,
  flag,
  number,
  objects,
  requiredText,
  tagChanges,
  tagged,
  tagsOf,
  text,
  texts,
  unlessGone,
} from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// Users, groups and roles: alike in what hangs on them. CloudFormation Template Reference, "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role".

type Kind = 'User' | 'Group' | 'Role'

const iam = <Output = object>({ call }: ResourceContext, operation: string, input: object) => call<Output>('iam', operation, input)

const nameOf = (kind: Kind, name: string) => ({ [`${kind}Name`]: name })

/** IAM's limits of names. IAM User Guide, "IAM and AWS STS quotas". */
const mostCharacters: { readonly [kind in Kind]: number } = { User: 64, Group: 128, Role: 64 }

interface Held {
  readonly managed: readonly string[]
  readonly inline: readonly { readonly name: string; readonly document: string }[]
}

const heldBy = (properties: JsonObject): Held => ({
  managed: texts(properties, 'ManagedPolicyArns'),
  inline: objects(properties, 'Policies').map(policy => ({
    name: asText(policy['PolicyName']),
    document: document(policy['PolicyDocument']),
  })),
})

const nothing: Held = { managed: [], inline: [] }

/** Attaches, writes, detaches and deletes policies until a principal holds what it should. */
async function hold(kind: Kind, name: string, next: Held, previous: Held, context: ResourceContext): Promise<void> {
  const { added, removed } = difference(next.managed, previous.managed)
  for (const PolicyArn of removed) await unlessGone(iam(context, `Detach${kind}Policy`, { ...nameOf(kind, name), PolicyArn }))
  for (const PolicyArn of added) await iam(context, `Attach${kind}Policy`, { ...nameOf(kind, name), PolicyArn })
  for (const policy of previous.inline)
    if (!next.inline.some(each => each.name === policy.name))
      await unlessGone(iam(context, `Delete${kind}Policy`, { ...nameOf(kind, name), PolicyName: policy.name }))
  for (const policy of next.inline)
    if (!previous.inline.some(each => each.name === policy.name && each.document === policy.document))
      await iam(context, `Put${kind}Policy`, { ...nameOf(kind, name), PolicyName: policy.name, PolicyDocument: policy.document })
}

async function bound(kind: 'User' | 'Role', name: string, properties: JsonObject, previous: JsonObject, context: ResourceContext) {
  const boundary = text(properties, 'PermissionsBoundary')
  if (boundary === text(previous, 'PermissionsBoundary')) return
  if (boundary === undefined) await iam(context, `Delete${kind}PermissionsBoundary`, nameOf(kind, name))
  else await iam(context, `Put${kind}PermissionsBoundary`, { ...nameOf(kind, name), PermissionsBoundary: boundary })
}

async function retag(kind: 'User' | 'Role', name: string, properties: JsonObject, previous: JsonObject, context: ResourceContext) {
  const { set, remove } = tagChanges(tagsOf(properties, context.tags), tagsOf(previous, context.previousTags))
  if (remove.length > 0) await iam(context, `Untag${kind}`, { ...nameOf(kind, name), TagKeys: remove })
  if (set.length > 0) await iam(context, `Tag${kind}`, { ...nameOf(kind, name), Tags: set })
}

const nameFor = (kind: Kind, properties: JsonObject, context: ResourceContext) =>
  text(properties, `${kind}Name`) ?? context.name(mostCharacters[kind])

export const role: ResourceType = {
  name: 'AWS::IAM::Role',
  properties: {
    ...mutable(
      'AssumeRolePolicyDocument',
      'Description',
      'ManagedPolicyArns',
      'MaxSessionDuration',
      'PermissionsBoundary',
      'Policies',
      'Tags',
    ),
    ...replacing('Path', 'RoleName'),
  },
  required: ['AssumeRolePolicyDocument'],
  namedBy: 'RoleName',
  grantsAccess: true,
  attributes: ['Arn', 'RoleId'],

  async create(properties, context) {
    const name = nameFor('Role', properties, context)
    const { Role } = await iam<{ Role: { Arn: string; RoleId: string } }>(context, 'CreateRole', {
      RoleName: name,
      Path: text(properties, 'Path'),
      AssumeRolePolicyDocument: document(properties['AssumeRolePolicyDocument']),
      Description: text(properties, 'Description'),
      MaxSessionDuration: number(properties, 'MaxSessionDuration'),
      PermissionsBoundary: text(properties, 'PermissionsBoundary'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    await thenFinish(name, () => hold('Role', name, heldBy(properties), nothing, context))
    return { physicalId: name, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } }
  },

  async update(name, properties, previous, context) {
    const trust = document(properties['AssumeRolePolicyDocument'])
    if (trust !== document(previous['AssumeRolePolicyDocument']))
      await iam(context, 'UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument: trust })
    if (changed(properties, previous, 'Description') || changed(properties, previous, 'MaxSessionDuration'))
      await iam(context, 'UpdateRole', {
        RoleName: name,
        Description: text(properties, 'Description') ?? '',
        MaxSessionDuration: number(properties, 'MaxSessionDuration') ?? defaultSessionSeconds,
      })
    await bound('Role', name, properties, previous, context)
    await hold('Role', name, heldBy(properties), heldBy(previous), context)
    await retag('Role', name, properties, previous, context)
    const { Role } = await iam<{ Role: { Arn: string; RoleId: string } }>(context, 'GetRole', { RoleName: name })
    return { physicalId: name, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } }
  },

  async delete(name, properties, context) {
    await hold('Role', name, nothing, heldBy(properties), context)
    await unlessGone(iam(context, 'DeleteRole', { RoleName: name }))
  },
}

const defaultSessionSeconds = 3600

export const user: ResourceType = {
  name: 'AWS::IAM::User',
  properties: {
    ...mutable('Groups', 'LoginProfile', 'ManagedPolicyArns', 'Path', 'PermissionsBoundary', 'Policies', 'Tags'),
    ...replacing('UserName'),
  },
  required: [],
  namedBy: 'UserName',
  grantsAccess: true,
  attributes: ['Arn'],

  async create(properties, context) {
    const name = nameFor('User', properties, context)
    const { User } = await iam<{ User: { Arn: string } }>(context, 'CreateUser', {
      UserName: name,
      Path: text(properties, 'Path'),
      PermissionsBoundary: text(properties, 'PermissionsBoundary'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    await thenFinish(name, async () => {
      await hold('User', name, heldBy(properties), nothing, context)
      await join(name, texts(properties, 'Groups'), [], context)
      await logIn(name, properties, {}, context)
    })
    return { physicalId: name, attributes: { Arn: User.Arn } }
  },

  async update(name, properties, previous, context) {
    if (changed(properties, previous, 'Path'))
      await iam(context, 'UpdateUser', { UserName: name, NewPath: text(properties, 'Path') ?? '/' })
    await bound('User', name, properties, previous, context)
    await hold('User', name, heldBy(properties), heldBy(previous), context)
    await join(name, texts(properties, 'Groups'), texts(previous, 'Groups'), context)
    await logIn(name, properties, previous, context)
    await retag('User', name, properties, previous, context)
    const { User } = await iam<{ User: { Arn: string } }>(context, 'GetUser', { UserName: name })
    return { physicalId: name, attributes: { Arn: User.Arn } }
  },

  async delete(name, properties, context) {
    await hold('User', name, nothing, heldBy(properties), context)
    await join(name, [], texts(properties, 'Groups'), context)
    await logIn(name, {}, properties, context)
    await unlessGone(iam(context, 'DeleteUser', { UserName: name }))
  },
}

async function join(name: string, next: readonly string[], previous: readonly string[], context: ResourceContext): Promise<void> {
  const { added, removed } = difference(next, previous)
  for (const GroupName of removed) await unlessGone(iam(context, 'RemoveUserFromGroup', { GroupName, UserName: name }))
  for (const GroupName of added) await iam(context, 'AddUserToGroup', { GroupName, UserName: name })
}

async function logIn(name: string, next: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  if (!changed(next, previous, 'LoginProfile')) return
  const [profile] = objects(next, 'LoginProfile')
  if (!profile) {
    await unlessGone(iam(context, 'DeleteLoginProfile', { UserName: name }))
    return
  }
  const input = {
    UserName: name,
    Password: requiredText(profile, 'Password'),
    PasswordResetRequired: flag(profile, 'PasswordResetRequired'),
  }
  await iam(context, previous['LoginProfile'] === undefined ? 'CreateLoginProfile' : 'UpdateLoginProfile', input)
}

export const group: ResourceType = {
  name: 'AWS::IAM::Group',
  properties: { ...mutable('ManagedPolicyArns', 'Path', 'Policies'), ...replacing('GroupName') },
  required: [],
  namedBy: 'GroupName',
  grantsAccess: true,
  attributes: ['Arn'],

  async create(properties, context) {
    const name = nameFor('Group', properties, context)
    const { Group } = await iam<{ Group: { Arn: string } }>(context, 'CreateGroup', { GroupName: name, Path: text(properties, 'Path') })
    await thenFinish(name, () => hold('Group', name, heldBy(properties), nothing, context))
    return { physicalId: name, attributes: { Arn: Group.Arn } }
  },

  async update(name, properties, previous, context) {
    if (changed(properties, previous, 'Path'))
      await iam(context, 'UpdateGroup', { GroupName: name, NewPath: text(properties, 'Path') ?? '/' })
    await hold('Group', name, heldBy(properties), heldBy(previous), context)
    const { Group } = await iam<{ Group: { Arn: string } }>(context, 'GetGroup', { GroupName: name })
    return { physicalId: name, attributes: { Arn: Group.Arn } }
  },

  async delete(name, properties, context) {
    await hold('Group', name, nothing, heldBy(properties), context)
    await unlessGone(iam(context, 'DeleteGroup', { GroupName: name }))
  },
}
