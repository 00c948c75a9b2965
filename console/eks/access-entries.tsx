import Button from '@cloudscape-design/components/button'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import type { AccessEntry } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { queryOf, useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { AccessPoliciesOfEntry } from './access-policies-of-entry.tsx'
import { CreateAccessEntryDialog } from './create-access-entry-dialog.tsx'

interface EntryRow extends AccessEntry {
  /** Names of the access policies. */
  readonly policies: readonly string[]
}

/** Who may use a cluster: IAM principals with their Kubernetes groups and access policies. EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries". */
export function AccessEntries({ clusterName }: { readonly clusterName: string }) {
  const listing = call('eks', 'ListAccessEntries', { clusterName })
  const entries = useAll(listing)
  const arns = entries.data?.accessEntries ?? []
  const described = useQueries({
    queries: arns.map(principalArn => queryOf(call('eks', 'DescribeAccessEntry', { clusterName, principalArn }))),
  })
  const policies = useQueries({
    queries: arns.map(principalArn => queryOf(call('eks', 'ListAssociatedAccessPolicies', { clusterName, principalArn }))),
  })
  const [selected, setSelected] = useState<readonly EntryRow[]>([])
  const [dialog, setDialog] = useState<'create' | 'policies' | 'delete'>()
  const rows: EntryRow[] = arns.map((principalArn, index) => ({
    ...(described[index]?.data?.accessEntry ?? { principalArn }),
    policies: (policies[index]?.data?.associatedAccessPolicies ?? []).map(({ policyArn = '' }) => policyArn.replace(/^.*\//, '')),
  }))
  const principalArn = selected[0]?.principalArn
  const close = () => setDialog(undefined)
  const create = <Button onClick={() => setDialog('create')}>Create access entry</Button>
  return (
    <>
      <PageTable
        id="access-entries"
        variant="container"
        title="IAM access entries"
        columns={[
          {
            id: 'principal',
            header: 'IAM principal ARN',
            text: row => row.principalArn ?? '',
            cell: row => <CopyArn arn={row.principalArn ?? ''} link />,
            minWidth: 360,
          },
          { id: 'type', header: 'Type', text: ({ type = '' }) => type },
          { id: 'username', header: 'Username', text: ({ username = '' }) => username, minWidth: 240 },
          { id: 'groups', header: 'Group names', text: ({ kubernetesGroups = [] }) => kubernetesGroups.join(', '), minWidth: 160 },
          { id: 'policies', header: 'Access policies', text: row => row.policies.join(', '), minWidth: 240 },
        ]}
        keyOf={row => row.principalArn ?? ''}
        items={rows}
        loading={entries.isPending}
        problem={entries.error}
        listing={[listing]}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!principalArn} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button disabled={!principalArn} onClick={() => setDialog('policies')}>
              Access policies
            </Button>
            {create}
          </Actions>
        }
        empty={
          <EmptyState title="No access entries" action={create}>
            An access entry lets an IAM user or role use the cluster, with the Kubernetes groups and access policies that it names.
          </EmptyState>
        }
      />
      {dialog === 'create' && <CreateAccessEntryDialog clusterName={clusterName} onClose={close} />}
      {dialog === 'policies' && principalArn && (
        <AccessPoliciesOfEntry clusterName={clusterName} principalArn={principalArn} onClose={close} />
      )}
      {dialog === 'delete' && principalArn && (
        <CallDialog
          title="Delete access entry?"
          submit="Delete"
          calls={[call('eks', 'DeleteAccessEntry', { clusterName, principalArn })]}
          onClose={close}
          onDone={() => {
            setSelected([])
            notify('success', 'Access entry deleted.')
          }}
        >
          {principalArn} can no longer use the cluster by this entry.
        </CallDialog>
      )}
    </>
  )
}
