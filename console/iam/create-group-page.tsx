import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { notify } from '../shell/notifications.ts'
import { entityPath } from './entities.ts'
import { PolicyPicker } from './policy-picker.tsx'

/** A new user group with its first policies. */
export default function CreateGroupPage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [policies, setPolicies] = useState<readonly string[]>([])
  const GroupName = name.trim()
  return (
    <CallForm
      title="Create user group"
      submit="Create user group"
      calls={
        GroupName === ''
          ? []
          : [
              call('iam', 'CreateGroup', { GroupName }),
              ...policies.map(PolicyArn => call('iam', 'AttachGroupPolicy', { GroupName, PolicyArn })),
            ]
      }
      cancelPath="/iam/groups"
      onDone={() => {
        notify('success', `User group ${GroupName} created.`)
        void navigate(entityPath({ kind: 'groups', name: GroupName }))
      }}
    >
      <Container>
        <FormField label="User group name" constraintText="Up to 128 letters, digits and + = , . @ _ -">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      </Container>
      <Container>
        <PolicyPicker title="Attach permissions policies - optional" chosen={policies} onChange={setPolicies} />
      </Container>
    </CallForm>
  )
}
