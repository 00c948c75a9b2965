import { type Call, call } from '../api/call.ts'

/** Users, groups and roles carry policies in the same way, by operations of their own. */
export type EntityKind = 'users' | 'groups' | 'roles'

export interface Entity {
  readonly kind: EntityKind
  readonly name: string
}

interface EntityCalls {
  readonly singular: string
  readonly attached: (
    name: string,
  ) => Call<{ readonly AttachedPolicies?: readonly { readonly PolicyName?: string; readonly PolicyArn?: string }[] }>
  readonly inline: (name: string) => Call<{ readonly PolicyNames: readonly string[] }>
  readonly attach: (name: string, arn: string) => Call
  readonly detach: (name: string, arn: string) => Call
  readonly getInline: (name: string, policy: string) => Call<{ readonly PolicyDocument: string }>
  readonly putInline: (name: string, policy: string, document: string) => Call
  readonly deleteInline: (name: string, policy: string) => Call
}

export const entityCalls: { readonly [Kind in EntityKind]: EntityCalls } = {
  users: {
    singular: 'user',
    attached: UserName => call('iam', 'ListAttachedUserPolicies', { UserName }),
    inline: UserName => call('iam', 'ListUserPolicies', { UserName }),
    attach: (UserName, PolicyArn) => call('iam', 'AttachUserPolicy', { UserName, PolicyArn }),
    detach: (UserName, PolicyArn) => call('iam', 'DetachUserPolicy', { UserName, PolicyArn }),
    getInline: (UserName, PolicyName) => call('iam', 'GetUserPolicy', { UserName, PolicyName }),
    putInline: (UserName, PolicyName, PolicyDocument) => call('iam', 'PutUserPolicy', { UserName, PolicyName, PolicyDocument }),
    deleteInline: (UserName, PolicyName) => call('iam', 'DeleteUserPolicy', { UserName, PolicyName }),
  },
  groups: {
    singular: 'group',
    attached: GroupName => call('iam', 'ListAttachedGroupPolicies', { GroupName }),
    inline: GroupName => call('iam', 'ListGroupPolicies', { GroupName }),
    attach: (GroupName, PolicyArn) => call('iam', 'AttachGroupPolicy', { GroupName, PolicyArn }),
    detach: (GroupName, PolicyArn) => call('iam', 'DetachGroupPolicy', { GroupName, PolicyArn }),
    getInline: (GroupName, PolicyName) => call('iam', 'GetGroupPolicy', { GroupName, PolicyName }),
    putInline: (GroupName, PolicyName, PolicyDocument) => call('iam', 'PutGroupPolicy', { GroupName, PolicyName, PolicyDocument }),
    deleteInline: (GroupName, PolicyName) => call('iam', 'DeleteGroupPolicy', { GroupName, PolicyName }),
  },
  roles: {
    singular: 'role',
    attached: RoleName => call('iam', 'ListAttachedRolePolicies', { RoleName }),
    inline: RoleName => call('iam', 'ListRolePolicies', { RoleName }),
    attach: (RoleName, PolicyArn) => call('iam', 'AttachRolePolicy', { RoleName, PolicyArn }),
    detach: (RoleName, PolicyArn) => call('iam', 'DetachRolePolicy', { RoleName, PolicyArn }),
    getInline: (RoleName, PolicyName) => call('iam', 'GetRolePolicy', { RoleName, PolicyName }),
    putInline: (RoleName, PolicyName, PolicyDocument) => call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument }),
    deleteInline: (RoleName, PolicyName) => call('iam', 'DeleteRolePolicy', { RoleName, PolicyName }),
  },
}

export const entityPath = ({ kind, name }: Entity) => `/iam/${kind}/${encodeURIComponent(name)}`
