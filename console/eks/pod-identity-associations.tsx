import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import type { Cluster, PodIdentityAssociation } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { choicesOf } from '../parts/choices.ts'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { queryOf, useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { LinkChecks } from './link-checks.tsx'

/** Service accounts with a role by EKS Pod Identity. */
export function PodIdentityAssociations({ cluster }: { readonly cluster: Cluster }) {
  const clusterName = cluster.name ?? ''
  const listing = call('eks', 'ListPodIdentityAssociations', { clusterName })
  const summaries = useAll(listing)
  const known = summaries.data?.associations ?? []
  const described = useQueries({
    queries: known.map(({ associationId = '' }) => queryOf(call('eks', 'DescribePodIdentityAssociation', { clusterName, associationId }))),
  })
  const rows: PodIdentityAssociation[] = known.map((summary, index) => described[index]?.data?.association ?? summary)
  const [selected, setSelected] = useState<readonly PodIdentityAssociation[]>([])
  const [dialog, setDialog] = useState<'create' | 'delete' | 'check'>()
  const associationId = selected[0]?.associationId
  const close = () => setDialog(undefined)
  const create = <Button onClick={() => setDialog('create')}>Create</Button>
  return (
    <>
      <PageTable
        id="pod-identity-associations"
        variant="container"
        title="Pod Identity associations"
        columns={[
          { id: 'namespace', header: 'Namespace', text: ({ namespace = '' }) => namespace },
          { id: 'service-account', header: 'Service account', text: ({ serviceAccount = '' }) => serviceAccount, minWidth: 180 },
          {
            id: 'role',
            header: 'IAM role ARN',
            text: ({ roleArn = '' }) => roleArn,
            cell: ({ roleArn = '' }) => <CopyArn arn={roleArn} link />,
            minWidth: 360,
          },
          { id: 'target', header: 'Target role', text: ({ targetRoleArn = '' }) => targetRoleArn, optional: true, minWidth: 320 },
          { id: 'id', header: 'Association ID', text: row => row.associationId ?? '', optional: true, minWidth: 220 },
        ]}
        keyOf={row => row.associationId ?? ''}
        items={rows}
        loading={summaries.isPending}
        problem={summaries.error}
        listing={[listing]}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!associationId} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button disabled={!associationId} onClick={() => setDialog('check')}>
              Check the links
            </Button>
            {create}
          </Actions>
        }
        empty={
          <EmptyState title="No Pod Identity associations" action={create}>
            An association gives the pods of a service account a role, without an identity provider and without a trust policy for each
            cluster.
          </EmptyState>
        }
      />
      {dialog === 'check' && selected[0] && <LinkChecks cluster={cluster} serviceAccount={serviceAccountOf(selected[0])} onClose={close} />}
      {dialog === 'create' && <CreateAssociationDialog clusterName={clusterName} onClose={close} />}
      {dialog === 'delete' && associationId && (
        <CallDialog
          title="Delete Pod Identity association?"
          submit="Delete"
          calls={[call('eks', 'DeletePodIdentityAssociation', { clusterName, associationId })]}
          onClose={close}
          onDone={() => {
            setSelected([])
            notify('success', 'Pod Identity association deleted.')
          }}
        >
          Pods of the service account get no new credentials of the role.
        </CallDialog>
      )}
    </>
  )
}

const serviceAccountOf = ({ namespace = '', serviceAccount = '', roleArn = '', associationId = '' }: PodIdentityAssociation) => ({
  namespace,
  name: serviceAccount,
  roleArn,
  audience: '',
  way: 'Pod Identity' as const,
  associationId,
})

function CreateAssociationDialog({ clusterName, onClose }: { readonly clusterName: string; readonly onClose: () => void }) {
  const roles = useAll(call('iam', 'ListRoles', { MaxItems: 1000 }))
  const [roleArn, setRoleArn] = useState('')
  const [namespace, setNamespace] = useState('default')
  const [serviceAccount, setServiceAccount] = useState('')
  const create = call('eks', 'CreatePodIdentityAssociation', { clusterName, namespace, serviceAccount: serviceAccount.trim(), roleArn })
  return (
    <CallDialog
      size="large"
      title="Create Pod Identity association"
      submit="Create"
      calls={roleArn && namespace && serviceAccount.trim() ? [create] : []}
      onClose={onClose}
      onDone={() => notify('success', 'Pod Identity association created. New pods of the service account have the role.')}
    >
      <FormField label="IAM role" description="It has to trust pods.eks.amazonaws.com.">
        <Select
          selectedOption={roleArn ? { value: roleArn, label: roleArn.replace(/^.*\//, '') } : null}
          options={(roles.data?.Roles ?? []).map(({ Arn, RoleName }) => ({ value: Arn, label: RoleName, description: Arn }))}
          placeholder="Choose a role"
          filteringType="auto"
          filteringAriaLabel="Search roles"
          {...choicesOf(roles)}
          onChange={({ detail }) => setRoleArn(detail.selectedOption.value ?? '')}
        />
      </FormField>
      <FormField label="Kubernetes namespace">
        <Input value={namespace} onChange={({ detail }) => setNamespace(detail.value.trim())} />
      </FormField>
      <FormField label="Kubernetes service account">
        <Input value={serviceAccount} onChange={({ detail }) => setServiceAccount(detail.value)} />
      </FormField>
    </CallDialog>
  )
}
