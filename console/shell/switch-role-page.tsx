import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { credentials } from '../api/credentials.ts'
import { switchRole } from '../api/session.ts'
import { StepForm } from '../sign-in/step-form.tsx'
import { useSession } from './session-context.ts'

/** Takes a role for this session. IAM User Guide, "Switch from a user to an IAM role (console)". */
export default function SwitchRolePage() {
  const { account: own } = useSession()
  const [parameters] = useSearchParams()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [account, setAccount] = useState(parameters.get('account') ?? own)
  const [roleName, setRoleName] = useState(parameters.get('roleName') ?? '')
  const [displayName, setDisplayName] = useState(parameters.get('displayName') ?? '')
  const change = async () => {
    await switchRole({ account: account.trim(), roleName: roleName.trim(), ...(displayName && { displayName }) })
    credentials.forget()
    void navigate('/')
    await queries.resetQueries()
  }
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Your own permissions are put aside until you switch back.">
          Switch role
        </Header>
      }
    >
      <Container>
        <StepForm title="Role" submit="Switch role" disabled={!account || !roleName} onSubmit={change}>
          <FormField label="Account ID or alias">
            <Input value={account} onChange={({ detail }) => setAccount(detail.value)} />
          </FormField>
          <FormField label="IAM role name">
            <Input value={roleName} onChange={({ detail }) => setRoleName(detail.value)} />
          </FormField>
          <FormField label="Display name - optional">
            <Input value={displayName} onChange={({ detail }) => setDisplayName(detail.value)} />
          </FormField>
        </StepForm>
      </Container>
    </ContentLayout>
  )
}
