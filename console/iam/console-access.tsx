import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import { useState } from 'react'
import { isNotFound } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { useSession } from '../shell/session-context.ts'

/** Whether a user may sign in to the console, and with which password. */
export function ConsoleAccess({ userName }: { readonly userName: string }) {
  const { alias, account } = useSession()
  const profile = useCall(call('iam', 'GetLoginProfile', { UserName: userName }))
  const [dialog, setDialog] = useState<'set' | 'disable'>()
  const enabled = profile.data !== undefined && !profile.error
  const problem = isNotFound(profile.error) ? undefined : profile.error
  const close = () => setDialog(undefined)
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Actions>
              {enabled && <Button onClick={() => setDialog('disable')}>Disable console access</Button>}
              <Button onClick={() => setDialog('set')}>{enabled ? 'Update password' : 'Enable console access'}</Button>
            </Actions>
          }
        >
          Console sign-in
        </Header>
      }
    >
      <ErrorBox problem={problem} />
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'Console sign-in link',
            value: <CopyText text={`${location.origin}/console/?account=${alias ?? account}`} what="sign-in link" />,
          },
          { label: 'Console password', value: enabled ? 'Enabled' : 'Disabled' },
          { label: 'Set', value: <Time at={enabled ? profile.data.LoginProfile.CreateDate : undefined} /> },
        ]}
      />
      {dialog === 'set' && <PasswordDialog userName={userName} enabled={enabled} onClose={close} />}
      {dialog === 'disable' && (
        <CallDialog
          title={`Disable console access of ${userName}?`}
          submit="Disable"
          calls={[call('iam', 'DeleteLoginProfile', { UserName: userName })]}
          onClose={close}
          onDone={() => notify('success', `Console access of ${userName} disabled.`)}
        >
          The password is deleted. Access keys go on working.
        </CallDialog>
      )}
    </Container>
  )
}

interface PasswordDialogProps {
  readonly userName: string
  readonly enabled: boolean
  readonly onClose: () => void
}

function PasswordDialog({ userName, enabled, onClose }: PasswordDialogProps) {
  const [password, setPassword] = useState('')
  const [resetRequired, setResetRequired] = useState(true)
  const input = { UserName: userName, Password: password, PasswordResetRequired: resetRequired }
  return (
    <CallDialog
      title={enabled ? `New password for ${userName}` : `Enable console access of ${userName}`}
      submit={enabled ? 'Set password' : 'Enable console access'}
      calls={password === '' ? [] : [enabled ? call('iam', 'UpdateLoginProfile', input) : call('iam', 'CreateLoginProfile', input)]}
      onClose={onClose}
      onDone={() => notify('success', `Password of ${userName} set.`)}
    >
      <FormField label="Console password">
        <Input type="password" autoComplete="new-password" value={password} onChange={({ detail }) => setPassword(detail.value)} />
      </FormField>
      <Checkbox checked={resetRequired} onChange={({ detail }) => setResetRequired(detail.checked)}>
        User must create a new password at next sign-in
      </Checkbox>
    </CallDialog>
  )
}
