import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import { answerMfa } from '../api/session.ts'
import type { MfaMethod, SignInAnswer } from '../session-api.ts'
import { askSecurityKey } from './security-key.ts'
import { StepForm } from './step-form.tsx'

interface MfaFormProps {
  readonly transaction: string
  readonly methods: readonly MfaMethod[]
  readonly onAnswer: (answer: SignInAnswer) => Promise<void>
  readonly onCancel: () => void
}

/** The second factor: a code of an authenticator app, or a security key. */
export function MfaForm({ transaction, methods, onAnswer, onCancel }: MfaFormProps) {
  const [chosen, setChosen] = useState(0)
  const [code, setCode] = useState('')
  const method = methods[chosen]
  const isKey = method?.kind === 'security-key'
  const send = async () =>
    onAnswer(await answerMfa(isKey ? { transaction, assertion: await askSecurityKey(method.options) } : { transaction, code: code.trim() }))
  return (
    <StepForm
      title="Multi-factor authentication"
      description={isKey ? 'Insert your security key, then touch it when it blinks.' : 'Enter the code that your authenticator app shows.'}
      submit={isKey ? 'Use the security key' : 'Submit'}
      disabled={!isKey && !/^\d{6}$/.test(code.trim())}
      onSubmit={send}
      onCancel={onCancel}
    >
      {methods.length > 1 && (
        <RadioGroup
          ariaLabel="MFA device"
          value={String(chosen)}
          onChange={({ detail }) => setChosen(Number(detail.value))}
          items={methods.map(({ kind, serialNumber }, index) => ({
            value: String(index),
            label: kind === 'totp' ? 'Authenticator app' : 'Security key',
            description: serialNumber,
          }))}
        />
      )}
      {!isKey && (
        <FormField label="MFA code">
          <Input value={code} inputMode="numeric" autoComplete="one-time-code" autoFocus onChange={({ detail }) => setCode(detail.value)} />
        </FormField>
      )}
    </StepForm>
  )
}
