import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { download } from '../parts/csv.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { timeAgo } from '../parts/time.tsx'
import { generateReport, getReport, type ReportRow, useCredentialReport } from './credential-report.ts'
import { entityPath } from './entities.ts'

const shown = [
  'user',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
]

/** The credential report: all users of the account with the state of their credentials. */
export default function CredentialReportPage() {
  const report = useCredentialReport()
  const names = Object.keys(report.data?.rows[0] ?? { user: '' })
  return (
    <PageTable<ReportRow>
      id="credential-report"
      title="Credential report"
      description={
        report.data?.generatedAt
          ? `All users of the account with the state of their credentials. Generated ${timeAgo(report.data.generatedAt)}; a new one is made every four hours at most.`
          : 'All users of the account with the state of their credentials.'
      }
      columns={names.map(name => ({
        id: name,
        header: name,
        text: row => row[name] ?? '',
        ...(name === 'user' && { cell: (row: ReportRow) => <UserLink name={row['user'] ?? ''} /> }),
        optional: !shown.includes(name),
        minWidth: 180,
      }))}
      keyOf={row => row['arn'] ?? ''}
      items={report.data?.rows}
      loading={report.isFetching}
      problem={report.error}
      onRefresh={() => void report.refetch()}
      listing={[generateReport, getReport]}
      actions={
        <Button
          variant="primary"
          iconName="download"
          disabled={!report.data}
          onClick={() => download('credential_report.csv', report.data?.text ?? '')}
        >
          Download credential report
        </Button>
      }
      empty={<EmptyState title="No report yet">The report is made when it is asked for.</EmptyState>}
    />
  )
}

const UserLink = ({ name }: { readonly name: string }) =>
  name === '<root_account>' ? <>{name}</> : <Link href={`#${entityPath({ kind: 'users', name })}`}>{name}</Link>
