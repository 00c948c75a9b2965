import { changed, difference, requiredText, text, texts, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// What ties principals to others. CloudFormation Template Reference, "AWS::IAM::InstanceProfile", "AWS::IAM::UserToGroupAddition", "AWS::IAM::ServiceLinkedRole".

const call = <Output = object>(context: ResourceContext, operation: string, input: object) => context.call<Output>('iam', operation, input)

export const instanceProfile: ResourceType = {
  name: 'AWS::IAM::InstanceProfile',
  properties: { ...mutable('Roles'), ...replacing('InstanceProfileName', 'Path') },
  required: ['Roles'],
  namedBy: 'InstanceProfileName',
  grantsAccess: true,
  attributes: ['Arn'],

  async create(properties, context) {
    const InstanceProfileName = text(properties, 'InstanceProfileName') ?? context.name(128)
    const { InstanceProfile } = await call<{ InstanceProfile: { Arn: string } }>(context, 'CreateInstanceProfile', {
      InstanceProfileName,
      Path: text(properties, 'Path'),
    })
    await thenFinish(InstanceProfileName, () => changeRoles(InstanceProfileName, texts(properties, 'Roles'), [], context))
    return { physicalId: InstanceProfileName, attributes: { Arn: InstanceProfile.Arn } }
  },

  async update(InstanceProfileName, properties, previous, context) {
    await changeRoles(InstanceProfileName, texts(properties, 'Roles'), texts(previous, 'Roles'), context)
    return { physicalId: InstanceProfileName }
  },

  async delete(InstanceProfileName, properties, context) {
    await changeRoles(InstanceProfileName, [], texts(properties, 'Roles'), context)
    await unlessGone(call(context, 'DeleteInstanceProfile', { InstanceProfileName }))
  },
}

/** A profile holds one role: the one that goes goes first. */
async function changeRoles(InstanceProfileName: string, next: readonly string[], previous: readonly string[], context: ResourceContext) {
  const { added, removed } = difference(next, previous)
  for (const RoleName of removed) await unlessGone(call(context, 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }))
  for (const RoleName of added) await call(context, 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
}

export const userToGroupAddition: ResourceType = {
  name: 'AWS::IAM::UserToGroupAddition',
  properties: mutable('GroupName', 'Users'),
  required: ['GroupName', 'Users'],
  grantsAccess: true,
  attributes: [],

  async create(properties, context) {
    const physicalId = context.name(128)
    await thenFinish(physicalId, () => changeUsers(requiredText(properties, 'GroupName'), texts(properties, 'Users'), [], context))
    return { physicalId, attributes: {} }
  },

  async update(physicalId, properties, previous, context) {
    const [group, users] = [requiredText(properties, 'GroupName'), texts(properties, 'Users')]
    const [groupBefore, usersBefore] = [requiredText(previous, 'GroupName'), texts(previous, 'Users')]
    await changeUsers(group, users, group === groupBefore ? usersBefore : [], context)
    if (group !== groupBefore) await changeUsers(groupBefore, [], usersBefore, context)
    return { physicalId }
  },

  delete: (_physicalId, properties, context) => changeUsers(requiredText(properties, 'GroupName'), [], texts(properties, 'Users'), context),
}

async function changeUsers(GroupName: string, next: readonly string[], previous: readonly string[], context: ResourceContext) {
  const { added, removed } = difference(next, previous)
  for (const UserName of added) await call(context, 'AddUserToGroup', { GroupName, UserName })
  for (const UserName of removed) await unlessGone(call(context, 'RemoveUserFromGroup', { GroupName, UserName }))
}

export const serviceLinkedRole: ResourceType = {
  name: 'AWS::IAM::ServiceLinkedRole',
  properties: { ...mutable('Description'), ...replacing('AWSServiceName', 'CustomSuffix') },
  required: [],
  grantsAccess: false,
  attributes: ['RoleName'],

  async create(properties, context) {
    const { Role } = await call<{ Role: { RoleName: string } }>(context, 'CreateServiceLinkedRole', {
      AWSServiceName: requiredText(properties, 'AWSServiceName'),
      CustomSuffix: text(properties, 'CustomSuffix'),
      Description: text(properties, 'Description'),
    })
    return { physicalId: Role.RoleName, attributes: { RoleName: Role.RoleName } }
  },

  async update(RoleName, properties, previous, context) {
    if (changed(properties, previous, 'Description'))
      await call(context, 'UpdateRole', { RoleName, Description: text(properties, 'Description') ?? '' })
    return { physicalId: RoleName }
  },

  async delete(RoleName, _properties, context) {
    await unlessGone(
      (async () => {
        const { DeletionTaskId } = await call<{ DeletionTaskId: string }>(context, 'DeleteServiceLinkedRole', { RoleName })
        await context.until(async () => {
          const task = await call<{ Status: string; Reason?: { Reason?: string } }>(context, 'GetServiceLinkedRoleDeletionStatus', {
            DeletionTaskId,
          })
          if (task.Status === 'FAILED') throw new Error(task.Reason?.Reason ?? `The role ${RoleName} could not be deleted.`)
          return task.Status === 'SUCCEEDED'
        })
      })(),
    )
  },
}
