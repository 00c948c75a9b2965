import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { AnalyzerSummary } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import type { Column } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { analyzerTypeLabel, analyzerTypes, listAnalyzers } from './analyzers.ts'

/** Analyzers: what watches over who has access. */
export default function AnalyzersPage() {
  const analyzers = useAll(listAnalyzers)
  return (
    <ListPage<AnalyzerSummary>
      id="analyzers"
      title="Analyzers"
      description="An analyzer reports who outside of its zone of trust has access to a resource, or which access nobody uses."
      columns={columns}
      keyOf={({ arn }) => arn}
      items={analyzers.data?.analyzers}
      loading={analyzers.isFetching}
      problem={analyzers.error}
      onRefresh={() => void analyzers.refetch()}
      listing={[listAnalyzers]}
      create={{ label: 'Create analyzer', dialog: onClose => <CreateAnalyzerDialog onClose={onClose} /> }}
      empty={{
        title: 'No analyzers',
        text: 'Create one to be told of buckets, roles and other resources that somebody outside can reach.',
      }}
      deletion={({ name }, dialog) => (
        <CallDialog
          title={`Delete ${name}?`}
          submit="Delete"
          confirmWord={name}
          calls={[call('accessanalyzer', 'DeleteAnalyzer', { analyzerName: name })]}
          {...dialog}
        >
          Its findings and archive rules go with it.
        </CallDialog>
      )}
    />
  )
}

function CreateAnalyzerDialog({ onClose }: { readonly onClose: () => void }) {
  const [analyzerName, setName] = useState('')
  const [type, setType] = useState('ACCOUNT')
  const [age, setAge] = useState('90')
  const isUnused = type.endsWith('UNUSED_ACCESS')
  const create = call('accessanalyzer', 'CreateAnalyzer', {
    analyzerName: analyzerName.trim(),
    type,
    ...(isUnused && { configuration: { unusedAccess: { unusedAccessAge: Number(age) } } }),
  })
  return (
    <CallDialog
      title="Create analyzer"
      submit="Create analyzer"
      calls={analyzerName.trim() && (!isUnused || Number(age) > 0) ? [create] : []}
      onClose={onClose}
      onDone={() => notify('success', `Analyzer ${analyzerName.trim()} created. It looks at the resources at once.`)}
    >
      <FormField label="Name">
        <Input value={analyzerName} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Findings type and zone of trust">
        <Select
          selectedOption={analyzerTypes.find(({ value }) => value === type) ?? null}
          options={analyzerTypes}
          onChange={({ detail }) => setType(detail.selectedOption.value ?? 'ACCOUNT')}
        />
      </FormField>
      {isUnused && (
        <FormField label="Tracking period in days" constraintText="1 to 365">
          <Input type="number" value={age} onChange={({ detail }) => setAge(detail.value)} />
        </FormField>
      )}
    </CallDialog>
  )
}

const columns: readonly Column<AnalyzerSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    text: ({ name }) => name,
    cell: ({ name, arn }) => <Link href={`#/access-analyzer/findings?analyzer=${encodeURIComponent(arn)}`}>{name}</Link>,
    minWidth: 200,
  },
  { id: 'type', header: 'Type', text: ({ type }) => analyzerTypeLabel(type), minWidth: 280 },
  {
    id: 'status',
    header: 'Status',
    text: ({ status }) => status,
    cell: ({ status }) => <StatusIndicator type={status === 'ACTIVE' ? 'success' : 'pending'}>{status}</StatusIndicator>,
  },
  timeColumn('last', 'Last analyzed', ({ lastResourceAnalyzedAt }) => lastResourceAnalyzedAt, { ago: true }),
  {
    id: 'rules',
    header: 'Archive rules',
    text: () => '',
    cell: ({ name }) => <Link href={`#/access-analyzer/archive-rules?analyzer=${encodeURIComponent(name)}`}>Archive rules</Link>,
  },
  arnColumn(({ arn }) => arn),
]
