import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { notify } from '../shell/notifications.ts'

/** A new user, with a password for the console when wanted, in groups that carry its permissions. */
export default function CreateUserPage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [withPassword, setWithPassword] = useState(false)
  const [password, setPassword] = useState('')
  const [resetRequired, setResetRequired] = useState(true)
  const UserName = name.trim()
  const complete = UserName !== '' && (!withPassword || password !== '')
  const calls = complete
    ? [
        call('iam', 'CreateUser', { UserName }),
        ...(withPassword
          ? [call('iam', 'CreateLoginProfile', { UserName, Password: password, PasswordResetRequired: resetRequired })]
          : []),
      ]
    : []
  return (
    <CallForm
      title="Create user"
      submit="Create user"
      calls={calls}
      cancelPath="/iam/users"
      onDone={() => {
        notify('success', `User ${UserName} created.`)
        void navigate(`/iam/users/${encodeURIComponent(UserName)}`)
      }}
    >
      <Container header={<Header variant="h2">User details</Header>}>
        <SpaceBetween size="m">
          <FormField label="User name" constraintText="Up to 64 letters, digits and + = , . @ _ -">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <Checkbox
            checked={withPassword}
            description="For people who sign in to this console. Programs need access keys instead, or better a role."
            onChange={({ detail }) => setWithPassword(detail.checked)}
          >
            Provide user access to the console
          </Checkbox>
          {withPassword && (
            <SpaceBetween size="m">
              <FormField label="Console password">
                <Input value={password} type="password" autoComplete="new-password" onChange={({ detail }) => setPassword(detail.value)} />
              </FormField>
              <Checkbox
                checked={resetRequired}
                description="The user needs iam:ChangePassword, as the policy IAMUserChangePassword allows it."
                onChange={({ detail }) => setResetRequired(detail.checked)}
              >
                User must create a new password at next sign-in
              </Checkbox>
            </SpaceBetween>
          )}
        </SpaceBetween>
      </Container>
    </CallForm>
  )
}
