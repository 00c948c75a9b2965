import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { changePassword } from '../api/session.ts'
import type { SignInAnswer } from '../session-api.ts'
import { StepForm } from './step-form.tsx'

interface ChangePasswordFormProps {
  readonly transaction: string
  readonly oldPassword: string
  readonly onAnswer: (answer: SignInAnswer) => Promise<void>
  readonly onCancel: () => void
}

/** A new password at sign-in, when the old one was given by somebody else or is too old. */
export function ChangePasswordForm({ transaction, oldPassword, onAnswer, onCancel }: ChangePasswordFormProps) {
  const [newPassword, setNewPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const differs = repeated !== '' && repeated !== newPassword
  return (
    <StepForm
      title="Change your password"
      description="Your account asks for a new password before you go on."
      submit="Confirm password change"
      disabled={newPassword === '' || newPassword !== repeated}
      onSubmit={async () => onAnswer(await changePassword({ transaction, oldPassword, newPassword }))}
      onCancel={onCancel}
    >
      <FormField label="New password">
        <Input value={newPassword} type="password" autoComplete="new-password" onChange={({ detail }) => setNewPassword(detail.value)} />
      </FormField>
      <FormField label="Retype new password" errorText={differs ? 'The passwords differ.' : undefined}>
        <Input value={repeated} type="password" autoComplete="new-password" onChange={({ detail }) => setRepeated(detail.value)} />
      </FormField>
    </StepForm>
  )
}
