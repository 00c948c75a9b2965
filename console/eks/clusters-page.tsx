import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { Time } from '../parts/time.tsx'
import { queryOf, useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

const listClusters = call('eks', 'ListClusters', {})

export const clusterPath = (name: string) => `/eks/clusters/${encodeURIComponent(name)}`

/** The clusters of this account and region. */
export default function ClustersPage() {
  const navigate = useNavigate()
  const names = useAll(listClusters)
  const described = useQueries({ queries: (names.data?.clusters ?? []).map(name => queryOf(call('eks', 'DescribeCluster', { name }))) })
  const [selected, setSelected] = useState<readonly Cluster[]>([])
  const [deleting, setDeleting] = useState(false)
  // A cluster that may be listed and not described is shown by its name alone.
  const rows: Cluster[] = (names.data?.clusters ?? []).map((name, index) => described[index]?.data?.cluster ?? { name })
  const create = () => void navigate('/eks/clusters/create')
  const name = selected[0]?.name
  return (
    <>
      <PageTable
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
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!name} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button variant="primary" onClick={create}>
              Create cluster
            </Button>
          </Actions>
        }
        empty={
          <EmptyState title="No clusters" action={<Button onClick={create}>Create cluster</Button>}>
            Each cluster has an issuer of its own, so that IAM roles can trust its service accounts.
          </EmptyState>
        }
      />
      {deleting && name && (
        <CallDialog
          title={`Delete ${name}?`}
          submit="Delete"
          confirmWord={name}
          calls={[call('eks', 'DeleteCluster', { name })]}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([])
            notify('success', `Cluster ${name} is being deleted.`)
          }}
        >
          The cluster goes with all its objects, access entries and pod identity associations.
        </CallDialog>
      )}
    </>
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
  {
    id: 'created',
    header: 'Created',
    text: ({ createdAt }) => createdAt?.toISOString() ?? '',
    cell: ({ createdAt }) => <Time at={createdAt} />,
    minWidth: 190,
  },
  {
    id: 'arn',
    header: 'ARN',
    text: ({ arn = '' }) => arn,
    cell: ({ arn = '' }) => <CopyText text={arn} what="ARN" />,
    optional: true,
    minWidth: 360,
  },
]
