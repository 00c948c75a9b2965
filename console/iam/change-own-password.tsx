import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallProgress } from '../parts/call-progress.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

/** A new password for oneself, by ChangePassword. */
export function ChangeOwnPassword() {
  const [OldPassword, setOldPassword] = useState('')
  const [NewPassword, setNewPassword] = useState('')
  const [retyped, setRetyped] = useState('')
  const { run, running, done, problem } = useRun()
  const calls = OldPassword && NewPassword && retyped === NewPassword ? [call('iam', 'ChangePassword', { OldPassword, NewPassword })] : []
  const save = async () => {
    if (!(await run(calls))) return
    setOldPassword('')
    setNewPassword('')
    setRetyped('')
    notify('success', 'Password changed.')
  }
  return (
    <Container header={<Header variant="h2">Console password</Header>}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (calls.length > 0) void save()
        }}
      >
        <SpaceBetween size="m">
          <FormField label="Current password">
            <Input
              type="password"
              autoComplete="current-password"
              value={OldPassword}
              onChange={({ detail }) => setOldPassword(detail.value)}
            />
          </FormField>
          <FormField label="New password">
            <Input
              type="password"
              autoComplete="new-password"
              value={NewPassword}
              onChange={({ detail }) => setNewPassword(detail.value)}
            />
          </FormField>
          <FormField
            label="Confirm new password"
            errorText={retyped !== '' && retyped !== NewPassword ? 'The passwords are not the same.' : ''}
          >
            <Input type="password" autoComplete="new-password" value={retyped} onChange={({ detail }) => setRetyped(detail.value)} />
          </FormField>
          <CallProgress calls={calls} running={running} done={done} problem={problem} />
          <Actions>
            <Button loading={running} disabled={calls.length === 0}>
              Change password
            </Button>
            <CopyAsCli calls={calls} />
          </Actions>
        </SpaceBetween>
      </form>
    </Container>
  )
}
