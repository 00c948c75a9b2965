import { call } from '../api/call.ts'
import { useCall } from '../parts/use-call.ts'
import type { Entity } from './entities.ts'

/** The ARN of a user, a group or a role by its name; undefined while it is asked for, and when it may not be read. */
export function useEntityArn({ kind, name }: Entity): string | undefined {
  const user = useCall(kind === 'users' ? call('iam', 'GetUser', { UserName: name }) : undefined)
  const group = useCall(kind === 'groups' ? call('iam', 'GetGroup', { GroupName: name }) : undefined)
  const role = useCall(kind === 'roles' ? call('iam', 'GetRole', { RoleName: name }) : undefined)
  return user.data?.User?.Arn ?? group.data?.Group.Arn ?? role.data?.Role.Arn
}
