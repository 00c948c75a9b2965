import Alert from '@cloudscape-design/components/alert'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { type Call, call } from '../api/call.ts'
import { isNotFound } from '../api/api-error.ts'
import { send, sendAll } from '../api/send.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { notify } from '../shell/notifications.ts'

interface DeleteUserDialogProps {
  readonly userName: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Deletes a user with all that IAM wants gone first. IAM User Guide, "Remove or deactivate an IAM user". */
export function DeleteUserDialog({ userName, onClose, onDone }: DeleteUserDialogProps) {
  const calls = useQuery({ queryKey: ['iam', 'delete-user', userName], queryFn: () => callsToDelete(userName), staleTime: 0 })
  return (
    <CallDialog
      title={`Delete ${userName}?`}
      submit="Delete user"
      confirmWord={userName}
      calls={calls.data ?? []}
      onClose={onClose}
      onDone={() => {
        notify('success', `User ${userName} deleted.`)
        onDone()
      }}
    >
      <Alert type="warning">
        This deletes the user with its keys, password, MFA devices, policies and group memberships. It cannot be undone.
      </Alert>
      {calls.isPending && <Spinner />}
      <ErrorBox problem={calls.error} />
    </CallDialog>
  )
}

async function callsToDelete(UserName: string): Promise<Call[]> {
  const user = { UserName }
  const [keys, devices, attached, inline, groups, sshKeys, certificates, serviceCredentials, hasPassword] = await Promise.all([
    sendAll(call('iam', 'ListAccessKeys', user)),
    sendAll(call('iam', 'ListMFADevices', user)),
    sendAll(call('iam', 'ListAttachedUserPolicies', user)),
    sendAll(call('iam', 'ListUserPolicies', user)),
    sendAll(call('iam', 'ListGroupsForUser', user)),
    sendAll(call('iam', 'ListSSHPublicKeys', user)),
    sendAll(call('iam', 'ListSigningCertificates', user)),
    send(call('iam', 'ListServiceSpecificCredentials', user)),
    hasLoginProfile(UserName),
  ])
  return [
    ...keys.AccessKeyMetadata.map(({ AccessKeyId = '' }) => call('iam', 'DeleteAccessKey', { UserName, AccessKeyId })),
    ...devices.MFADevices.flatMap(({ SerialNumber }) => [
      call('iam', 'DeactivateMFADevice', { UserName, SerialNumber }),
      ...(SerialNumber.includes(':mfa/') ? [call('iam', 'DeleteVirtualMFADevice', { SerialNumber })] : []),
    ]),
    ...(attached.AttachedPolicies ?? []).map(({ PolicyArn = '' }) => call('iam', 'DetachUserPolicy', { UserName, PolicyArn })),
    ...inline.PolicyNames.map(PolicyName => call('iam', 'DeleteUserPolicy', { UserName, PolicyName })),
    ...groups.Groups.map(({ GroupName }) => call('iam', 'RemoveUserFromGroup', { UserName, GroupName })),
    ...(sshKeys.SSHPublicKeys ?? []).map(({ SSHPublicKeyId }) => call('iam', 'DeleteSSHPublicKey', { UserName, SSHPublicKeyId })),
    ...certificates.Certificates.map(({ CertificateId }) => call('iam', 'DeleteSigningCertificate', { UserName, CertificateId })),
    ...(serviceCredentials.ServiceSpecificCredentials ?? []).map(({ ServiceSpecificCredentialId }) =>
      call('iam', 'DeleteServiceSpecificCredential', { UserName, ServiceSpecificCredentialId }),
    ),
    ...(hasPassword ? [call('iam', 'DeleteLoginProfile', user)] : []),
    call('iam', 'DeleteUser', user),
  ]
}

async function hasLoginProfile(UserName: string): Promise<boolean> {
  try {
    await send(call('iam', 'GetLoginProfile', { UserName }))
    return true
  } catch (problem) {
    if (isNotFound(problem)) return false
    throw problem
  }
}
