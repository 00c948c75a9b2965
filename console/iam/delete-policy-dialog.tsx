import Alert from '@cloudscape-design/components/alert'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { type Call, call } from '../api/call.ts'
import { sendAll } from '../api/send.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { notify } from '../shell/notifications.ts'

interface DeletePolicyDialogProps {
  readonly arn: string
  readonly onClose: () => void
  readonly onDone: () => void
}

export const policyNameOf = (arn: string) => arn.replace(/^.*\//, '')

/** Deletes a managed policy: detached everywhere and without its other versions first. */
export function DeletePolicyDialog({ arn, onClose, onDone }: DeletePolicyDialogProps) {
  const name = policyNameOf(arn)
  const calls = useQuery({ queryKey: ['iam', 'delete-policy', arn], queryFn: () => callsToDelete(arn), staleTime: 0 })
  const uses = calls.data?.filter(({ operation }) => operation.startsWith('Detach')).length ?? 0
  return (
    <CallDialog
      title={`Delete ${name}?`}
      submit="Delete policy"
      confirmWord={name}
      calls={calls.data ?? []}
      onClose={onClose}
      onDone={() => {
        notify('success', `Policy ${name} deleted.`)
        onDone()
      }}
    >
      <Alert type="warning">The policy is detached from {uses} identities and deleted with all its versions. It cannot be undone.</Alert>
      {calls.isPending && <Spinner />}
      <ErrorBox problem={calls.error} />
    </CallDialog>
  )
}

async function callsToDelete(PolicyArn: string): Promise<Call[]> {
  const [{ PolicyUsers = [], PolicyGroups = [], PolicyRoles = [] }, versions] = await Promise.all([
    sendAll(call('iam', 'ListEntitiesForPolicy', { PolicyArn })),
    sendAll(call('iam', 'ListPolicyVersions', { PolicyArn })),
  ])
  return [
    ...PolicyUsers.map(({ UserName = '' }) => call('iam', 'DetachUserPolicy', { UserName, PolicyArn })),
    ...PolicyGroups.map(({ GroupName = '' }) => call('iam', 'DetachGroupPolicy', { GroupName, PolicyArn })),
    ...PolicyRoles.map(({ RoleName = '' }) => call('iam', 'DetachRolePolicy', { RoleName, PolicyArn })),
    ...(versions.Versions ?? [])
      .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
      .map(({ VersionId = '' }) => call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId })),
    call('iam', 'DeletePolicy', { PolicyArn }),
  ]
}
