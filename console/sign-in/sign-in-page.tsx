import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { SignInAnswer } from '../session-api.ts'
import logo from '../shell/gatehouse.svg'
import { ChangePasswordForm } from './change-password-form.tsx'
import { MfaForm } from './mfa-form.tsx'
import { PasswordForm } from './password-form.tsx'

interface SignInPageProps {
  /** Whether a session is over that was open here. */
  readonly ended: boolean
  readonly onSignedIn: () => Promise<void>
}

/** Signing in, step by step as the server asks: password, second factor, a new password. */
export function SignInPage({ ended, onSignedIn }: SignInPageProps) {
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [oldPassword, setOldPassword] = useState('')
  const proceed = async (next: SignInAnswer) => {
    if (next.state === 'signed-in') await onSignedIn()
    else setAnswer(next)
  }
  const restart = () => setAnswer(undefined)
  return (
    <main>
      <Box padding={{ vertical: 'xxxl', horizontal: 'l' }}>
        <div style={{ maxWidth: '420px', margin: '0 auto' }}>
          <SpaceBetween size="l">
            <Box textAlign="center">
              <img src={logo} alt="" width="48" height="48" />
              <Box variant="h1">Gatehouse console</Box>
            </Box>
            {ended && <Alert type="info">Your session has ended. Sign in again to go on where you were.</Alert>}
            <Container>
              {answer?.state === 'mfa-required' ? (
                <MfaForm transaction={answer.transaction} methods={answer.methods} onAnswer={proceed} onCancel={restart} />
              ) : answer?.state === 'password-change-required' ? (
                <ChangePasswordForm transaction={answer.transaction} oldPassword={oldPassword} onAnswer={proceed} onCancel={restart} />
              ) : (
                <PasswordForm
                  onAnswer={(next, password) => {
                    setOldPassword(password)
                    return proceed(next)
                  }}
                />
              )}
            </Container>
          </SpaceBetween>
        </div>
      </Box>
    </main>
  )
}
