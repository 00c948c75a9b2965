import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { notify } from '../shell/notifications.ts'

interface SavePolicyDialogProps {
  readonly policy: string
  readonly principalArn: string
  readonly onClose: () => void
}

/** Makes a managed policy of the one that was written; nothing is attached or taken away. */
export function SavePolicyDialog({ policy, principalArn, onClose }: SavePolicyDialogProps) {
  const navigate = useNavigate()
  const [name, setName] = useState(`${principalArn.replace(/^.*\//, '')}-least-privilege`)
  const PolicyName = name.trim()
  // Without the spaces between, which count towards nothing but make the command long.
  const create = call('iam', 'CreatePolicy', {
    PolicyName,
    PolicyDocument: JSON.stringify(JSON.parse(policy)),
    Description: `What ${principalArn} did`,
  })
  return (
    <CallDialog
      title="Save policy"
      submit="Create policy"
      calls={PolicyName ? [create] : []}
      onClose={onClose}
      onDone={([answer]) => {
        notify('success', `Policy ${PolicyName} created. Attach it, then detach what it replaces.`)
        void navigate(`/iam/policies/${encodeURIComponent(answer?.Policy?.Arn ?? '')}`)
      }}
    >
      <FormField label="Policy name" constraintText="Up to 128 letters, digits and + = , . @ _ -">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </CallDialog>
  )
}
