import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import type { FindingSummaryV2 } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { analyzerTypeLabel, useAnalyzer } from './analyzers.ts'

const statuses = [
  { value: 'ACTIVE', label: 'Active' },
  { value: 'ARCHIVED', label: 'Archived' },
  { value: 'RESOLVED', label: 'Resolved' },
  { value: '', label: 'All' },
]

const indicators: { readonly [status: string]: StatusIndicatorProps.Type } = { ACTIVE: 'warning', ARCHIVED: 'stopped', RESOLVED: 'success' }

/** What an analyzer found. */
export default function FindingsPage() {
  const navigate = useNavigate()
  const [parameters, setParameters] = useSearchParams()
  const { analyzer, analyzers, isPending, error } = useAnalyzer(parameters.get('analyzer'))
  const analyzerArn = analyzer?.arn
  const status = parameters.get('status') ?? 'ACTIVE'
  const listing = analyzerArn
    ? call('accessanalyzer', 'ListFindingsV2', { analyzerArn, ...(status && { filter: { status: { eq: [status] } } }) })
    : undefined
  const findings = useAll(listing)
  const [selected, setSelected] = useState<readonly FindingSummaryV2[]>([])
  const [dialog, setDialog] = useState<'ARCHIVED' | 'ACTIVE'>()
  const choose = (next: { readonly [name: string]: string }) => {
    setSelected([])
    setParameters({ ...(analyzerArn && { analyzer: analyzerArn }), status, ...next })
  }
  const ids = selected.map(({ id }) => id)
  return (
    <>
      <PageTable
        id="findings"
        title="Findings"
        description={
          analyzer ? analyzerTypeLabel(analyzer.type) : 'Who outside of this account, or of the organization, has access to what.'
        }
        columns={columnsFor(analyzerArn ?? '')}
        keyOf={({ id }) => id}
        items={findings.data?.findings}
        loading={isPending || findings.isFetching}
        count={findings.count}
        problem={error ?? findings.error}
        onRefresh={() => void findings.refetch()}
        listing={listing ? [listing] : []}
        selection={{ type: 'multi', items: selected, onChange: setSelected }}
        filters={
          <Actions>
            <Select
              ariaLabel="Analyzer"
              selectedOption={analyzer ? { value: analyzer.arn, label: analyzer.name } : null}
              options={analyzers.map(({ arn, name }) => ({ value: arn, label: name }))}
              placeholder="No analyzer"
              onChange={({ detail }) => choose({ analyzer: detail.selectedOption.value ?? '' })}
            />
            <Select
              ariaLabel="Status"
              selectedOption={statuses.find(({ value }) => value === status) ?? null}
              options={statuses}
              onChange={({ detail }) => choose({ status: detail.selectedOption.value ?? '' })}
            />
          </Actions>
        }
        actions={
          <Actions>
            <Button disabled={ids.length === 0} onClick={() => setDialog(selected[0]?.status === 'ARCHIVED' ? 'ACTIVE' : 'ARCHIVED')}>
              {selected[0]?.status === 'ARCHIVED' ? 'Unarchive' : 'Archive'}
            </Button>
          </Actions>
        }
        empty={
          analyzers.length === 0 ? (
            <EmptyState
              title="No analyzer"
              action={<Button onClick={() => void navigate('/access-analyzer/analyzers')}>Create analyzer</Button>}
            >
              An analyzer looks at the policies of resources and tells who outside can reach them.
            </EmptyState>
          ) : (
            <EmptyState title="No findings">The analyzer found nothing of this kind: what it looked at is as it should be.</EmptyState>
          )
        }
      />
      {dialog && analyzerArn && (
        <CallDialog
          title={dialog === 'ARCHIVED' ? `Archive ${ids.length} ${ids.length === 1 ? 'finding' : 'findings'}?` : 'Unarchive?'}
          submit={dialog === 'ARCHIVED' ? 'Archive' : 'Unarchive'}
          calls={[call('accessanalyzer', 'UpdateFindings', { analyzerArn, ids, status: dialog })]}
          onClose={() => setDialog(undefined)}
          onDone={() => {
            setSelected([])
            notify('success', dialog === 'ARCHIVED' ? 'Findings archived.' : 'Findings are active again.')
          }}
        >
          {dialog === 'ARCHIVED'
            ? 'For access that is intended. The finding comes back when the access changes.'
            : 'They show up among the active findings again.'}
        </CallDialog>
      )}
    </>
  )
}

const columnsFor = (analyzerArn: string): readonly Column<FindingSummaryV2>[] => [
  {
    id: 'resource',
    header: 'Resource',
    text: ({ resource = '' }) => resource,
    cell: ({ resource, id }) => (
      <Link href={`#/access-analyzer/findings/${encodeURIComponent(id)}?analyzer=${encodeURIComponent(analyzerArn)}`}>
        {resource ?? id}
      </Link>
    ),
    minWidth: 360,
  },
  { id: 'type', header: 'Resource type', text: ({ resourceType }) => resourceType, minWidth: 180 },
  { id: 'finding', header: 'Finding type', text: ({ findingType = '' }) => findingType, minWidth: 180 },
  {
    id: 'status',
    header: 'Status',
    text: ({ status }) => status,
    cell: ({ status }) => <StatusIndicator type={indicators[status] ?? 'info'}>{status}</StatusIndicator>,
  },
  timeColumn('updated', 'Updated', ({ updatedAt }) => updatedAt),
  { id: 'owner', header: 'Owner account', text: ({ resourceOwnerAccount }) => resourceOwnerAccount, optional: true },
  { id: 'id', header: 'Finding ID', text: ({ id }) => id, optional: true, minWidth: 300 },
]
