import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { isNotFound } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { useCredentialReport } from '../iam/credential-report.ts'
import { CopyArn, CopyText } from '../parts/copy-text.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { useSession } from '../shell/session-context.ts'
import { recommendationsFor } from './recommendations.ts'

const getSummary = call('iam', 'GetAccountSummary', {})
const getPasswordPolicy = call('iam', 'GetAccountPasswordPolicy', {})

/** What the account has, and what would make it safer: from its own state. */
export default function DashboardPage() {
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Who may do what in this account, and what to mend first">
          IAM dashboard
        </Header>
      }
    >
      <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
        <SpaceBetween size="l">
          <Recommendations />
          <Resources />
        </SpaceBetween>
        <AccountBox />
      </Grid>
    </ContentLayout>
  )
}

function Recommendations() {
  const summary = useCall(getSummary)
  const passwordPolicy = useCall(getPasswordPolicy)
  const report = useCredentialReport()
  const policyMissing = isNotFound(passwordPolicy.error)
  const problem = summary.error ?? (policyMissing ? undefined : passwordPolicy.error) ?? report.error
  const known = summary.data && report.data && (passwordPolicy.data ?? policyMissing)
  const found = known
    ? recommendationsFor({
        summary: summary.data.SummaryMap ?? {},
        report: report.data.rows,
        passwordPolicy: passwordPolicy.data?.PasswordPolicy,
        now: Date.now(),
      })
    : []
  const open = found.filter(({ state }) => state === 'warning').length
  return (
    <Container header={<Header counter={known ? `(${open} open)` : ''}>Security recommendations</Header>}>
      <SpaceBetween size="m">
        <ErrorBox problem={problem} />
        {!known && !problem && <Spinner />}
        {found.map(({ state, title, detail, path, pathText }) => (
          <div key={title}>
            <StatusIndicator type={state === 'good' ? 'success' : 'warning'}>{title}</StatusIndicator>
            <Box variant="p" color="text-body-secondary">
              {detail} {path && <Link href={`#${path}`}>{pathText}</Link>}
            </Box>
          </div>
        ))}
      </SpaceBetween>
    </Container>
  )
}

const resources = [
  { title: 'User groups', count: 'Groups', path: '/iam/groups' },
  { title: 'Users', count: 'Users', path: '/iam/users' },
  { title: 'Roles', count: 'Roles', path: '/iam/roles' },
  { title: 'Policies', count: 'Policies', path: '/iam/policies' },
  { title: 'Identity providers', count: 'Providers', path: '/iam/identity-providers' },
]

function Resources() {
  const { data, error } = useCall(getSummary)
  return (
    <Container header={<Header description="Resources of this account">IAM resources</Header>}>
      <ErrorBox problem={error} />
      <ColumnLayout columns={5} variant="text-grid" minColumnWidth={120}>
        {resources.map(({ title, count, path }) => (
          <div key={title}>
            <Box variant="awsui-key-label">{title}</Box>
            <Link variant="awsui-value-large" href={`#${path}`} ariaLabel={`${title}: ${data?.SummaryMap?.[count] ?? ''}`}>
              {data?.SummaryMap?.[count]?.toLocaleString('en') ?? '-'}
            </Link>
          </div>
        ))}
      </ColumnLayout>
    </Container>
  )
}

function AccountBox() {
  const { account, alias, arn, signedInAt, expiresAt } = useSession()
  return (
    <Container header={<Header>AWS account</Header>}>
      <KeyValuePairs
        items={[
          { label: 'Account ID', value: <CopyText text={account} what="account ID" /> },
          { label: 'Account alias', value: alias ?? <Link href="#/iam/account-settings">Create</Link> },
          {
            label: 'Sign-in address for IAM users',
            value: <CopyText text={`${location.origin}/console/?account=${alias ?? account}`} what="sign-in address" />,
          },
          { label: 'You are', value: <CopyArn arn={arn} link /> },
          { label: 'Signed in', value: <Time at={signedInAt} /> },
          { label: 'Session ends', value: <Time at={expiresAt} /> },
        ]}
      />
    </Container>
  )
}
