import SpaceBetween from '@cloudscape-design/components/space-between'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import { signIn } from '../api/session.ts'
import type { SignInAnswer } from '../session-api.ts'
import { StepForm } from './step-form.tsx'

const keptAccount = 'gatehouse-account'

/** The account of the last sign-in here, or of a link such as `/console/?account=my-alias`. */
const likelyAccount = () => new URLSearchParams(location.search).get('account') ?? localStorage.getItem(keptAccount) ?? ''

/** The root user by e-mail address, an IAM user by account and name. */
export function PasswordForm({ onAnswer }: { readonly onAnswer: (answer: SignInAnswer, password: string) => Promise<void> }) {
  const [kind, setKind] = useState('user')
  const [account, setAccount] = useState(likelyAccount)
  const [userName, setUserName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const isRoot = kind === 'root'
  const send = async () => {
    const answer = await signIn(
      isRoot ? { email: email.trim(), password } : { account: account.trim(), userName: userName.trim(), password },
    )
    if (!isRoot) localStorage.setItem(keptAccount, account.trim())
    await onAnswer(answer, password)
  }
  const complete = password !== '' && (isRoot ? email !== '' : account !== '' && userName !== '')
  return (
    <StepForm title="Sign in" submit="Sign in" disabled={!complete} onSubmit={send}>
      <RadioGroup
        value={kind}
        ariaLabel="Sign in as"
        onChange={({ detail }) => setKind(detail.value)}
        items={[
          { value: 'user', label: 'IAM user', description: 'A user of an account, who does daily work' },
          { value: 'root', label: 'Root user', description: "The account's owner, for tasks that only the owner may do" },
        ]}
      />
      {isRoot ? (
        <FormField label="Root user email address">
          <Input value={email} type="email" inputMode="email" autoComplete="username" onChange={({ detail }) => setEmail(detail.value)} />
        </FormField>
      ) : (
        <SpaceBetween size="m">
          <FormField label="Account ID or account alias">
            <Input value={account} autoComplete="organization" onChange={({ detail }) => setAccount(detail.value)} />
          </FormField>
          <FormField label="IAM user name">
            <Input value={userName} autoComplete="username" onChange={({ detail }) => setUserName(detail.value)} />
          </FormField>
        </SpaceBetween>
      )}
      <FormField label="Password">
        <Input value={password} type="password" autoComplete="current-password" onChange={({ detail }) => setPassword(detail.value)} />
      </FormField>
    </StepForm>
  )
}
