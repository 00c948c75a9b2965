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
import { NewlyAllowed } from './newly-allowed.tsx'
import { emptyPolicy, isJson } from './policy-document.ts'
import { PolicyWriter } from './policy-writer.tsx'

/** A new customer managed policy. */
export default function CreatePolicyPage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [document, setDocument] = useState(emptyPolicy)
  const PolicyName = name.trim()
  const create = call('iam', 'CreatePolicy', { PolicyName, PolicyDocument: document, ...(description && { Description: description }) })
  return (
    <CallForm
      title="Create policy"
      description="What it allows should be just what the task needs."
      submit="Create policy"
      calls={PolicyName !== '' && isJson(document) ? [create] : []}
      cancelPath="/iam/policies"
      onDone={([answer]) => {
        notify('success', `Policy ${PolicyName} created.`)
        void navigate(`/iam/policies/${encodeURIComponent(answer?.Policy?.Arn ?? '')}`)
      }}
    >
      <Container header={<Header variant="h2">Specify permissions</Header>}>
        <SpaceBetween size="m">
          <PolicyWriter value={document} onChange={setDocument} />
          {document !== emptyPolicy && <NewlyAllowed after={document} />}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Policy details</Header>}>
        <SpaceBetween size="m">
          <FormField label="Policy name" constraintText="Up to 128 letters, digits and + = , . @ _ -">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label="Description - optional" description="It cannot be changed later.">
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
        </SpaceBetween>
      </Container>
    </CallForm>
  )
}
