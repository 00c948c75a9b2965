import Button from '@cloudscape-design/components/button'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { isReachable, readKubernetes } from '../api/kubernetes.ts'
import { CopyArn } from '../parts/copy-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { queryOf, useAll } from '../parts/use-call.ts'
import { LinkChecks } from './link-checks.tsx'
import { UnreachableCluster } from './unreachable-cluster.tsx'
import type { ServiceAccountRow } from './service-account-row.ts'

interface ServiceAccountList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly annotations?: { readonly [name: string]: string } }
  }[]
}

/** The cluster's service accounts with their roles, and whether each link from pod to role holds. */
export function ServiceAccountsTab({ cluster }: { readonly cluster: Cluster }) {
  const { name = '', endpoint } = cluster
  const reachable = isReachable(endpoint)
  const accounts = useQuery({
    queryKey: ['kubernetes', endpoint, 'serviceaccounts'],
    queryFn: () => readKubernetes<ServiceAccountList>({ name, endpoint: endpoint as string }, '/api/v1/serviceaccounts'),
    enabled: reachable,
  })
  const associations = useAll(name ? call('eks', 'ListPodIdentityAssociations', { clusterName: name }) : undefined)
  const described = useQueries({
    queries: (associations.data?.associations ?? []).map(({ associationId = '' }) =>
      queryOf(call('eks', 'DescribePodIdentityAssociation', { clusterName: name, associationId })),
    ),
  })
  const [selected, setSelected] = useState<readonly ServiceAccountRow[]>([])
  const [checked, setChecked] = useState<ServiceAccountRow>()
  if (!reachable) return <UnreachableCluster cluster={cluster} command="kubectl get serviceaccounts --all-namespaces --output yaml" />
  const rows = (accounts.data?.items ?? []).map(({ metadata }): ServiceAccountRow => {
    const roleArn = metadata.annotations?.['eks.amazonaws.com/role-arn'] ?? ''
    // The association goes before the annotation.
    const associationId = associations.data?.associations?.find(
      each => each.namespace === metadata.namespace && each.serviceAccount === metadata.name,
    )?.associationId
    const associated = described.find(({ data }) => data?.association?.associationId === associationId)?.data?.association
    return {
      name: metadata.name,
      namespace: metadata.namespace,
      roleArn: associationId ? (associated?.roleArn ?? '') : roleArn,
      ...(associationId && { associationId }),
      audience: metadata.annotations?.['eks.amazonaws.com/audience'] ?? 'sts.amazonaws.com',
      way: associationId ? 'Pod Identity' : roleArn ? 'IRSA' : '',
    }
  })
  return (
    <>
      <PageTable
        id="service-accounts"
        variant="container"
        title="Service accounts"
        columns={[
          { id: 'namespace', header: 'Namespace', text: ({ namespace }) => namespace },
          { id: 'name', header: 'Service account', text: row => row.name, minWidth: 200 },
          { id: 'way', header: 'Role by', text: ({ way }) => way || 'None' },
          {
            id: 'role',
            header: 'IAM role ARN',
            text: ({ roleArn }) => roleArn,
            cell: ({ roleArn }) => (roleArn ? <CopyArn arn={roleArn} link /> : '-'),
            minWidth: 360,
          },
        ]}
        keyOf={row => `${row.namespace}/${row.name}`}
        items={rows}
        loading={accounts.isPending}
        problem={accounts.error}
        onRefresh={() => void accounts.refetch()}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Button disabled={!selected[0]?.roleArn} onClick={() => setChecked(selected[0])}>
            Check the links
          </Button>
        }
        empty={<EmptyState title="No service accounts">Every namespace has one at least, called default.</EmptyState>}
      />
      {checked && <LinkChecks cluster={cluster} serviceAccount={checked} onClose={() => setChecked(undefined)} />}
    </>
  )
}
