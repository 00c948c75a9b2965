import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Badge from '@cloudscape-design/components/badge'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Multiselect from '@cloudscape-design/components/multiselect'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { LinesField } from '../parts/lines-field.tsx'
import type { VisualCondition, VisualStatement } from './statements.ts'

interface StatementEditorProps {
  readonly number: number
  readonly statement: VisualStatement
  readonly onChange: (statement: VisualStatement) => void
  readonly onRemove: () => void
}

const levels: { readonly [letter: string]: string } = { L: 'List', R: 'Read', W: 'Write', P: 'Permissions management', T: 'Tagging' }

export function StatementEditor({ number, statement, onChange, onRemove }: StatementEditorProps) {
  const { effect, actionElement, actions, resourceElement, resources, conditions } = statement
  const listed = actions.length === 0 ? 'nothing yet' : actions.slice(0, 3).join(', ')
  return (
    <ExpandableSection
      variant="container"
      defaultExpanded
      headerText={`Statement ${number}: ${effect === 'Allow' ? 'allow' : 'deny'} ${actionElement === 'Action' ? listed : `all but ${listed}`}`}
      headerActions={
        <Button formAction="none" onClick={onRemove}>
          Remove
        </Button>
      }
    >
      <SpaceBetween size="m">
        <SegmentedControl
          label="Effect"
          selectedId={effect}
          onChange={({ detail }) => onChange({ ...statement, effect: detail.selectedId as 'Allow' | 'Deny' })}
          options={[
            { id: 'Allow', text: 'Allow' },
            { id: 'Deny', text: 'Deny' },
          ]}
        />
        {actionElement === 'NotAction' && <Badge color="grey">NotAction: all actions but these</Badge>}
        <ActionsField actions={actions} onChange={next => onChange({ ...statement, actions: next })} />
        <LinesField
          label={resourceElement === 'Resource' ? 'Resources' : 'All resources but these (NotResource)'}
          description="ARNs, one a line, or * for all. The fewer, the better."
          values={resources}
          onChange={next => onChange({ ...statement, resources: next })}
        />
        <ConditionsField conditions={conditions} onChange={next => onChange({ ...statement, conditions: next })} />
      </SpaceBetween>
    </ExpandableSection>
  )
}

/** The services' actions by access level, from the Service Authorization Reference: a file that loads when it is needed. */
const useActions = () =>
  useQuery({ queryKey: ['actions'], queryFn: async () => (await import('gatehouse-actions')).default, staleTime: Number.POSITIVE_INFINITY })

function ActionsField({
  actions,
  onChange,
}: {
  readonly actions: readonly string[]
  readonly onChange: (actions: readonly string[]) => void
}) {
  const { data = {} } = useActions()
  const [service, setService] = useState(() => /^([\w-]+):/.exec(actions[0] ?? '')?.[1] ?? '')
  const known = Object.keys(levels).map(level => ({
    label: levels[level] as string,
    options: (data[service] ?? '')
      .split(' ')
      .flatMap(entry => (entry[0] === level ? [{ label: entry.slice(1), value: `${service}:${entry.slice(1)}` }] : [])),
  }))
  const chosen = new Set(known.flatMap(({ options }) => options.map(({ value }) => value)))
  return (
    <SpaceBetween size="m">
      <FormField label="Service">
        <Select
          selectedOption={service ? { value: service, label: service } : null}
          options={Object.keys(data).map(prefix => ({ value: prefix, label: prefix }))}
          filteringType="auto"
          placeholder="Choose a service"
          filteringAriaLabel="Search services"
          virtualScroll
          onChange={({ detail }) => setService(detail.selectedOption.value ?? '')}
        />
      </FormField>
      {service && (
        <FormField label={`Actions of ${service}`}>
          <Multiselect
            selectedOptions={actions.filter(action => chosen.has(action)).map(value => ({ value, label: value.split(':')[1] ?? value }))}
            options={known.filter(({ options }) => options.length > 0)}
            filteringType="auto"
            filteringAriaLabel="Search actions"
            placeholder="Choose actions"
            virtualScroll
            onChange={({ detail }) =>
              onChange([...actions.filter(action => !chosen.has(action)), ...detail.selectedOptions.flatMap(({ value }) => value ?? [])])
            }
          />
        </FormField>
      )}
      <LinesField
        label="All actions of this statement"
        description="Also with wildcards, such as s3:Get*"
        values={actions}
        onChange={onChange}
      />
    </SpaceBetween>
  )
}

interface ConditionsFieldProps {
  readonly conditions: readonly VisualCondition[]
  readonly onChange: (conditions: readonly VisualCondition[]) => void
}

/** IAM User Guide, "IAM JSON policy elements: Condition operators". */
const operators = (
  'StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals ' +
  'DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null'
).split(' ')

const ConditionsField = ({ conditions, onChange }: ConditionsFieldProps) => (
  <AttributeEditor
    items={[...conditions]}
    gridLayout={[{ rows: [[3, 5, 4]], removeButton: { width: 'auto' } }]}
    addButtonText="Add condition"
    removeButtonText="Remove"
    empty="No conditions: the statement holds in all circumstances."
    onAddButtonClick={() => onChange([...conditions, { operator: 'StringEquals', key: 'aws:PrincipalTag/team', values: [] }])}
    onRemoveButtonClick={({ detail }) => onChange(conditions.toSpliced(detail.itemIndex, 1))}
    definition={[
      {
        label: 'Operator',
        control: (condition, index) => (
          <Select
            ariaLabel="Operator"
            selectedOption={{ value: condition.operator, label: condition.operator }}
            options={[...new Set([...operators, condition.operator])].map(value => ({ value, label: value }))}
            filteringType="auto"
            filteringAriaLabel="Search operators"
            onChange={({ detail }) => onChange(conditions.with(index, { ...condition, operator: detail.selectedOption.value ?? '' }))}
          />
        ),
      },
      {
        label: 'Condition key',
        control: (condition, index) => (
          <Input
            ariaLabel="Condition key"
            value={condition.key}
            onChange={({ detail }) => onChange(conditions.with(index, { ...condition, key: detail.value }))}
          />
        ),
      },
      {
        label: 'Values',
        control: (condition, index) => (
          <Textarea
            ariaLabel="Values"
            placeholder="One a line"
            rows={Math.min(5, Math.max(1, condition.values.length))}
            value={condition.values.join('\n')}
            onChange={({ detail }) =>
              onChange(conditions.with(index, { ...condition, values: detail.value === '' ? [] : detail.value.split('\n') }))
            }
          />
        ),
      },
    ]}
  />
)
