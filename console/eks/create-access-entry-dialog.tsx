import SpaceBetween from '@cloudscape-design/components/space-between'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { LinesField } from '../parts/lines-field.tsx'
import { notify } from '../shell/notifications.ts'
import { type AccessScopeChoice, AccessScopeFields, scopeOf, wholeCluster } from './access-scope-fields.tsx'

const types = ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'EC2', 'HYBRID_LINUX'].map(value => ({ value, label: value }))

export function CreateAccessEntryDialog({ clusterName, onClose }: { readonly clusterName: string; readonly onClose: () => void }) {
  const [principalArn, setPrincipalArn] = useState('')
  const [type, setType] = useState('STANDARD')
  const [groups, setGroups] = useState<readonly string[]>([])
  const [choice, setChoice] = useState<AccessScopeChoice>(wholeCluster)
  const isStandard = type === 'STANDARD'
  const principal = principalArn.trim()
  const calls = principal.startsWith('arn:')
    ? [
        call('eks', 'CreateAccessEntry', {
          clusterName,
          principalArn: principal,
          type,
          ...(isStandard && groups.length > 0 && { kubernetesGroups: groups }),
        }),
        ...(isStandard && choice.policyArn
          ? [
              call('eks', 'AssociateAccessPolicy', {
                clusterName,
                principalArn: principal,
                policyArn: choice.policyArn,
                accessScope: scopeOf(choice),
              }),
            ]
          : []),
      ]
    : []
  return (
    <CallDialog
      size="large"
      title="Create access entry"
      submit="Create"
      calls={calls}
      onClose={onClose}
      onDone={() => notify('success', `Access entry for ${principal} created.`)}
    >
      <FormField label="IAM principal ARN" description="Of a user or a role, without its path for roles of IAM Identity Center">
        <Input value={principalArn} onChange={({ detail }) => setPrincipalArn(detail.value)} />
      </FormField>
      <FormField label="Type" description="Standard is for people and programs; the others are for nodes.">
        <Select
          selectedOption={{ value: type, label: type }}
          options={types}
          onChange={({ detail }) => setType(detail.selectedOption.value ?? 'STANDARD')}
        />
      </FormField>
      {isStandard && (
        <SpaceBetween size="m">
          <LinesField
            label="Kubernetes groups - optional"
            description="One a line; RBAC says what they may do."
            values={groups}
            onChange={setGroups}
          />
          <AccessScopeFields choice={choice} onChange={setChoice} optional />
        </SpaceBetween>
      )}
    </CallDialog>
  )
}
