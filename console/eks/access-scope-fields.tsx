import SpaceBetween from '@cloudscape-design/components/space-between'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import { call } from '../api/call.ts'
import { choicesOf } from '../parts/choices.ts'
import { LinesField } from '../parts/lines-field.tsx'
import { useAll } from '../parts/use-call.ts'

/** An access policy with where it holds. */
export interface AccessScopeChoice {
  readonly policyArn: string
  readonly type: 'cluster' | 'namespace'
  readonly namespaces: readonly string[]
}

export const wholeCluster: AccessScopeChoice = { policyArn: '', type: 'cluster', namespaces: [] }

export const scopeOf = ({ type, namespaces }: AccessScopeChoice) => ({ type, ...(type === 'namespace' && { namespaces }) })

interface AccessScopeFieldsProps {
  readonly choice: AccessScopeChoice
  readonly onChange: (choice: AccessScopeChoice) => void
  readonly optional?: boolean
}

export function AccessScopeFields({ choice, onChange, optional = false }: AccessScopeFieldsProps) {
  const policies = useAll(call('eks', 'ListAccessPolicies', {}))
  return (
    <SpaceBetween size="m">
      <FormField label={`Access policy${optional ? ' - optional' : ''}`}>
        <Select
          selectedOption={choice.policyArn ? { value: choice.policyArn, label: choice.policyArn.replace(/^.*\//, '') } : null}
          options={(policies.data?.accessPolicies ?? []).map(({ name = '', arn = '' }) => ({ value: arn, label: name }))}
          placeholder="Choose an access policy"
          filteringType="auto"
          filteringAriaLabel="Search access policies"
          {...choicesOf(policies)}
          onChange={({ detail }) => onChange({ ...choice, policyArn: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      <FormField label="Access scope">
        <RadioGroup
          value={choice.type}
          onChange={({ detail }) => onChange({ ...choice, type: detail.value === 'namespace' ? 'namespace' : 'cluster' })}
          items={[
            { value: 'cluster', label: 'Cluster' },
            { value: 'namespace', label: 'Kubernetes namespaces' },
          ]}
        />
      </FormField>
      {choice.type === 'namespace' && (
        <LinesField
          label="Namespaces"
          description="One a line; an asterisk stands for any text."
          values={choice.namespaces}
          onChange={namespaces => onChange({ ...choice, namespaces })}
        />
      )}
    </SpaceBetween>
  )
}
