import Link from '@cloudscape-design/components/link'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import { useQueries } from '@tanstack/react-query'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import type { Column } from '../parts/page-table.tsx'
import { queryOf, useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

const listClusters = call('eks', 'ListClusters', {})

export const clusterPath = (name: string) => `/eks/clusters/${encodeURIComponent(name)}`

/** The clusters of this account and region. */
export default function ClustersPage() {
  const names = useAll(listClusters)
  const described = useQueries({ queries: (names.data?.clusters ?? []).map(name => queryOf(call('eks', 'DescribeCluster', { name }))) })
  // A cluster that may be listed and not described is shown by its name alone.
  const rows: Cluster[] = (names.data?.clusters ?? []).map((name, index) => described[index]?.data?.cluster ?? { name })
  return (
    <ListPage<Cluster>
      id="clusters"
      title="Clusters"
      description="Kubernetes clusters whose people, nodes and pods are known by IAM."
      columns={columns}
      keyOf={row => row.name ?? ''}
      items={rows}
      loading={names.isFetching}
      problem={names.error}
      onRefresh={() => void names.refetch()}
      listing={[listClusters]}
      create={{ label: 'Create cluster', path: '/eks/clusters/create' }}
      empty={{
        title: 'No clusters',
        text: 'Each cluster has an issuer of its own, so that IAM roles can trust its service accounts.',
      }}
      deletion={({ name = '' }, { onClose, onDone }) => (
        <CallDialog
          title={`Delete ${name}?`}
          submit="Delete"
          confirmWord={name}
          calls={[call('eks', 'DeleteCluster', { name })]}
          onClose={onClose}
          onDone={() => {
            onDone()
            notify('success', `Cluster ${name} is being deleted.`)
          }}
        >
          The cluster goes with all its objects, access entries and pod identity associations.
        </CallDialog>
      )}
    />
  )
}

const statuses: { readonly [status: string]: StatusIndicatorProps.Type } = {
  ACTIVE: 'success',
  CREATING: 'in-progress',
  UPDATING: 'in-progress',
  DELETING: 'in-progress',
  FAILED: 'error',
}

export const ClusterStatus = ({ status = '' }: { readonly status: string | undefined }) => (
  <StatusIndicator type={statuses[status] ?? 'info'}>{status ? status[0] + status.slice(1).toLowerCase() : '-'}</StatusIndicator>
)

const columns: readonly Column<Cluster>[] = [
  {
    id: 'name',
    header: 'Cluster name',
    text: ({ name = '' }) => name,
    cell: ({ name = '' }) => <Link href={`#${clusterPath(name)}`}>{name}</Link>,
    minWidth: 220,
  },
  { id: 'status', header: 'Status', text: ({ status = '' }) => status, cell: ({ status }) => <ClusterStatus status={status} /> },
  { id: 'version', header: 'Kubernetes version', text: ({ version = '' }) => version, minWidth: 170 },
  {
    id: 'authentication',
    header: 'Authentication mode',
    text: ({ accessConfig }) => accessConfig?.authenticationMode ?? '',
    minWidth: 200,
  },
  timeColumn('created', 'Created', ({ createdAt }) => createdAt),
  arnColumn(({ arn = '' }) => arn),
]
