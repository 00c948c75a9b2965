import Badge from '@cloudscape-design/components/badge'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { send } from '../api/send.ts'
import { CopyAsCommand } from '../parts/copy-as-cli.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { DependsOn } from './depends-on.tsx'

interface AuditRow {
  readonly check: string
  readonly title: string
  readonly severity: string
  readonly reference: string
  readonly subject: string
  readonly evidence: string
  readonly mend: string
}

/** The account and its clusters against the best practices of IAM and EKS, each finding with its mend. */
export default function AuditPage() {
  const audit = useQuery({ queryKey: ['gatehouse-analysis', 'audit'], queryFn: ({ signal }) => readAudit(signal) })
  return (
    <SpaceBetween size="m">
      <DependsOn gaps={audit.data?.dependsOn} />
      <PageTable
        id="audit"
        title="Audit"
        description={
          audit.data
            ? `${audit.data.passed.length} checks found nothing, ${audit.data.notChecked.length} had nothing to look at.`
            : 'The account and its clusters against the best practices of IAM and EKS.'
        }
        columns={columns}
        keyOf={({ check, subject, evidence }) => `${check} ${subject} ${evidence}`}
        items={audit.data?.rows}
        loading={audit.isFetching}
        problem={audit.error}
        onRefresh={() => void audit.refetch()}
        actions={<CopyAsCommand command="gatehouse audit" />}
        empty={<EmptyState title="Nothing to mend">Every check that could be made found the account as it should be.</EmptyState>}
      />
    </SpaceBetween>
  )
}

async function readAudit(signal: AbortSignal) {
  const rows: AuditRow[] = []
  let nextToken: string | undefined
  let answer
  do {
    answer = await send(call('gatehouse-analysis', 'AuditAccount', { maxResults: 1000, ...(nextToken && { nextToken }) }), signal)
    rows.push(...(answer.findings as unknown as AuditRow[]))
    nextToken = answer.nextToken
  } while (nextToken)
  const { passed, notChecked, dependsOn } = answer
  return { rows, passed, notChecked, dependsOn }
}

const colors: { readonly [severity: string]: 'red' | 'severity-high' | 'blue' } = { critical: 'red', high: 'red', medium: 'severity-high' }

const columns: readonly Column<AuditRow>[] = [
  {
    id: 'severity',
    header: 'Severity',
    text: ({ severity }) => severity,
    cell: ({ severity }) => <Badge color={colors[severity] ?? 'blue'}>{severity}</Badge>,
  },
  { id: 'title', header: 'Finding', text: ({ title }) => title, minWidth: 320 },
  { id: 'subject', header: 'Subject', text: ({ subject }) => subject, minWidth: 280 },
  { id: 'evidence', header: 'Evidence', text: ({ evidence }) => evidence, minWidth: 320 },
  { id: 'mend', header: 'Mend', text: ({ mend }) => mend, minWidth: 360 },
  { id: 'check', header: 'Check', text: ({ check }) => check, optional: true },
  { id: 'reference', header: 'Reference', text: ({ reference }) => reference, optional: true },
]
