import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { ArchiveRuleSummary } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { LinesField } from '../parts/lines-field.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { useAnalyzer } from './analyzers.ts'

/** Rules that archive findings of access that is intended, as they come. */
export default function ArchiveRulesPage() {
  const [parameters, setParameters] = useSearchParams()
  const { analyzers, isPending, error } = useAnalyzer(null)
  const analyzerName = parameters.get('analyzer') ?? analyzers[0]?.name
  const listing = analyzerName ? call('accessanalyzer', 'ListArchiveRules', { analyzerName }) : undefined
  const rules = useAll(listing)
  const analyzerArn = analyzers.find(({ name }) => name === analyzerName)?.arn
  const [selected, setSelected] = useState<readonly ArchiveRuleSummary[]>([])
  const [dialog, setDialog] = useState<'create' | 'delete' | 'apply'>()
  const ruleName = selected[0]?.ruleName
  const close = () => setDialog(undefined)
  const create = (
    <Button disabled={!analyzerName} onClick={() => setDialog('create')}>
      Create archive rule
    </Button>
  )
  return (
    <>
      <PageTable
        id="archive-rules"
        title="Archive rules"
        description="A finding that matches a rule is archived as it is made: for access that is intended."
        columns={[
          { id: 'name', header: 'Rule name', text: row => row.ruleName, minWidth: 200 },
          { id: 'filter', header: 'Archives findings where', text: ({ filter }) => filterText(filter), minWidth: 420 },
          timeColumn<ArchiveRuleSummary>('updated', 'Updated', ({ updatedAt }) => updatedAt),
        ]}
        keyOf={row => row.ruleName}
        items={rules.data?.archiveRules}
        loading={isPending || rules.isFetching}
        problem={error ?? rules.error}
        onRefresh={() => void rules.refetch()}
        listing={listing ? [listing] : []}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        filters={
          <Select
            ariaLabel="Analyzer"
            selectedOption={analyzerName ? { value: analyzerName, label: analyzerName } : null}
            options={analyzers.map(({ name }) => ({ value: name, label: name }))}
            placeholder="No analyzer"
            onChange={({ detail }) => setParameters({ analyzer: detail.selectedOption.value ?? '' })}
          />
        }
        actions={
          <Actions>
            <Button disabled={!ruleName} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button disabled={!ruleName || !analyzerArn} onClick={() => setDialog('apply')}>
              Apply to existing findings
            </Button>
            {create}
          </Actions>
        }
        empty={
          <EmptyState title="No archive rules" action={create}>
            A rule keeps the list of active findings to what somebody should look at.
          </EmptyState>
        }
      />
      {dialog === 'create' && analyzerName && <CreateRuleDialog analyzerName={analyzerName} onClose={close} />}
      {dialog === 'delete' && analyzerName && ruleName && (
        <CallDialog
          title={`Delete ${ruleName}?`}
          submit="Delete"
          calls={[call('accessanalyzer', 'DeleteArchiveRule', { analyzerName, ruleName })]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          What the rule archived stays archived.
        </CallDialog>
      )}
      {dialog === 'apply' && analyzerArn && ruleName && (
        <CallDialog
          title={`Apply ${ruleName} to existing findings?`}
          submit="Apply"
          calls={[call('accessanalyzer', 'ApplyArchiveRule', { analyzerArn, ruleName })]}
          onClose={close}
          onDone={() => notify('success', 'Findings that match are archived.')}
        >
          Active findings that match the rule are archived.
        </CallDialog>
      )}
    </>
  )
}

const filterText = (filter: ArchiveRuleSummary['filter']) =>
  Object.entries(filter)
    .map(([key, { eq, neq, contains, exists }]) =>
      eq
        ? `${key} is ${eq.join(' or ')}`
        : neq
          ? `${key} is not ${neq.join(' or ')}`
          : contains
            ? `${key} contains ${contains.join(' or ')}`
            : `${key} ${exists ? 'exists' : 'does not exist'}`,
    )
    .join(' and ')

const keys = [
  'resource',
  'resourceType',
  'principal.AWS',
  'principal.Federated',
  'isPublic',
  'condition.aws:PrincipalOrgID',
  'resourceOwnerAccount',
  'findingType',
]
const operators = [
  { value: 'eq', label: 'is' },
  { value: 'neq', label: 'is not' },
  { value: 'contains', label: 'contains' },
]

function CreateRuleDialog({ analyzerName, onClose }: { readonly analyzerName: string; readonly onClose: () => void }) {
  const [ruleName, setRuleName] = useState('')
  const [key, setKey] = useState('resource')
  const [operator, setOperator] = useState('eq')
  const [values, setValues] = useState<readonly string[]>([])
  const create = call('accessanalyzer', 'CreateArchiveRule', {
    analyzerName,
    ruleName: ruleName.trim(),
    filter: { [key]: { [operator]: values } },
  })
  return (
    <CallDialog
      title="Create archive rule"
      submit="Create rule"
      calls={ruleName.trim() && values.length > 0 ? [create] : []}
      onClose={onClose}
      onDone={() => notify('success', `Archive rule ${ruleName.trim()} created.`)}
    >
      <FormField label="Rule name">
        <Input value={ruleName} onChange={({ detail }) => setRuleName(detail.value)} />
      </FormField>
      <FormField label="Criterion">
        <Select
          selectedOption={{ value: key, label: key }}
          options={keys.map(value => ({ value, label: value }))}
          onChange={({ detail }) => setKey(detail.selectedOption.value ?? key)}
        />
      </FormField>
      <FormField label="Operator">
        <Select
          selectedOption={operators.find(({ value }) => value === operator) ?? null}
          options={operators}
          onChange={({ detail }) => setOperator(detail.selectedOption.value ?? 'eq')}
        />
      </FormField>
      <LinesField label="Values" description="One a line; one of them has to match." values={values} onChange={setValues} />
    </CallDialog>
  )
}
