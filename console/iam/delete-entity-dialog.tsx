import Alert from '@cloudscape-design/components/alert'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { type Call, call } from '../api/call.ts'
import { sendAll } from '../api/send.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { notify } from '../shell/notifications.ts'
import { type Entity, entityCalls } from './entities.ts'

interface DeleteEntityDialogProps {
  readonly entity: Entity & { readonly kind: 'groups' | 'roles' }
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Deletes a group or a role with all that IAM wants gone first. */
export function DeleteEntityDialog({ entity, onClose, onDone }: DeleteEntityDialogProps) {
  const { kind, name } = entity
  const { singular } = entityCalls[kind]
  const calls = useQuery({ queryKey: ['iam', 'delete', kind, name], queryFn: () => callsToDelete(entity), staleTime: 0 })
  return (
    <CallDialog
      title={`Delete ${name}?`}
      submit={`Delete ${singular}`}
      confirmWord={name}
      calls={calls.data ?? []}
      onClose={onClose}
      onDone={() => {
        notify('success', `The ${singular} ${name} was deleted.`)
        onDone()
      }}
    >
      <Alert type="warning">
        {kind === 'roles'
          ? 'Whoever uses this role is refused from now on: pods, instances and people alike. It cannot be undone.'
          : 'The users stay, and lose what this group grants. It cannot be undone.'}
      </Alert>
      {calls.isPending && <Spinner />}
      <ErrorBox problem={calls.error} />
    </CallDialog>
  )
}

async function callsToDelete({ kind, name }: DeleteEntityDialogProps['entity']): Promise<Call[]> {
  const calls = entityCalls[kind]
  const [attached, inline, last] = await Promise.all([
    sendAll(calls.attached(name)),
    sendAll(calls.inline(name)),
    kind === 'roles' ? lastOfRole(name) : lastOfGroup(name),
  ])
  return [
    ...(attached.AttachedPolicies ?? []).map(({ PolicyArn = '' }) => calls.detach(name, PolicyArn)),
    ...inline.PolicyNames.map(policy => calls.deleteInline(name, policy)),
    ...last,
  ]
}

async function lastOfGroup(GroupName: string): Promise<Call[]> {
  const { Users } = await sendAll(call('iam', 'GetGroup', { GroupName }))
  return [
    ...Users.map(({ UserName }) => call('iam', 'RemoveUserFromGroup', { GroupName, UserName })),
    call('iam', 'DeleteGroup', { GroupName }),
  ]
}

async function lastOfRole(RoleName: string): Promise<Call[]> {
  const { InstanceProfiles } = await sendAll(call('iam', 'ListInstanceProfilesForRole', { RoleName }))
  return [
    ...InstanceProfiles.map(({ InstanceProfileName }) => call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName })),
    call('iam', 'DeleteRole', { RoleName }),
  ]
}
