import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQueryClient } from '@tanstack/react-query'
import { useParams } from 'react-router'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { shortly } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn, CopyText } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { issuerOfProvider } from '../iam/trust-policies.ts'
import { AccessEntries } from './access-entries.tsx'
import { AwsAuthTab } from './aws-auth-tab.tsx'
import { ClusterStatus } from './clusters-page.tsx'
import { PodIdentityAssociations } from './pod-identity-associations.tsx'
import { ServiceAccountsTab } from './service-accounts-tab.tsx'

/** One cluster. */
export default function ClusterPage() {
  const { clusterName = '' } = useParams()
  const describe = call('eks', 'DescribeCluster', { name: clusterName })
  const queries = useQueryClient()
  const { data, error, isPending, isFetching } = useCall(describe)
  const cluster = data?.cluster ?? {}
  // What EKS says of it, and what its own API does.
  const refresh = () => queries.invalidateQueries({ predicate: ({ queryKey: [asked] }) => asked === 'eks' || asked === 'kubernetes' })
  return (
    <DetailPage
      title={clusterName}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <Button iconName="refresh" ariaLabel="Refresh" loading={isFetching} onClick={() => void refresh()} />
          <CopyAsCli calls={[describe]} />
        </Actions>
      }
      facts={[
        { label: 'Status', value: <ClusterStatus status={cluster.status} /> },
        { label: 'Kubernetes version', value: cluster.version ?? '-' },
        { label: 'Authentication mode', value: cluster.accessConfig?.authenticationMode ?? '-' },
      ]}
    >
      <PageTabs
        tabs={[
          { id: 'overview', label: 'Overview', content: <Overview cluster={cluster} /> },
          { id: 'access', label: 'Access', content: <AccessEntries clusterName={clusterName} /> },
          { id: 'pod-identity', label: 'Pod Identity associations', content: <PodIdentityAssociations cluster={cluster} /> },
          { id: 'service-accounts', label: 'Service accounts', content: <ServiceAccountsTab cluster={cluster} /> },
          { id: 'aws-auth', label: 'aws-auth', content: <AwsAuthTab cluster={cluster} /> },
        ]}
      />
    </DetailPage>
  )
}

/** EKS User Guide, "Create an IAM OIDC provider for your cluster": where the console shows the issuer. */
function Overview({ cluster }: { readonly cluster: Cluster }) {
  const issuer = cluster.identity?.oidc?.issuer
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'API server endpoint', value: cluster.endpoint ? <CopyText text={cluster.endpoint} what="endpoint" /> : '-' },
          {
            label: 'OpenID Connect provider URL',
            value: issuer ? <CopyText text={issuer} what="OpenID Connect provider URL" /> : '-',
          },
          { label: 'Cluster IAM role ARN', value: <CopyArn arn={cluster.roleArn ?? ''} link /> },
          { label: 'IAM identity provider', value: issuer ? <ProviderOf issuer={issuer} /> : '-' },
          { label: 'Cluster ARN', value: <CopyArn arn={cluster.arn ?? ''} /> },
          { label: 'Created', value: <Time at={cluster.createdAt} /> },
          { label: 'Platform version', value: cluster.platformVersion ?? '-' },
          {
            label: 'Tags',
            value:
              Object.entries(cluster.tags ?? {})
                .map(([key, value]) => `${key}=${value}`)
                .join(', ') || '-',
          },
        ]}
      />
    </Container>
  )
}

/** Whether IAM knows the issuer already; else the way to make it known. */
function ProviderOf({ issuer }: { readonly issuer: string }) {
  const { data, error } = useCall(call('iam', 'ListOpenIDConnectProviders', {}))
  if (error) return <StatusIndicator type="warning">{shortly(error)}</StatusIndicator>
  if (!data) return <StatusIndicator type="loading">Looking for it</StatusIndicator>
  const provider = data.OpenIDConnectProviderList?.find(({ Arn = '' }) => `https://${issuerOfProvider(Arn)}` === issuer)?.Arn
  if (provider) return <CopyArn arn={provider} link />
  return (
    <Link href={`#/iam/identity-providers/create?url=${encodeURIComponent(issuer)}`}>Add it, so that service accounts can take roles</Link>
  )
}
