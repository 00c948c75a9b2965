import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { PolicyVersion } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll, useCall } from '../parts/use-call.ts'
import { isAwsManaged } from './policy-picker.tsx'
import { NewlyAllowed } from './newly-allowed.tsx'
import { readableDocument } from './policy-document.ts'

/** The versions of a managed policy, at most five: compared with the default one, made default, deleted. */
export function PolicyVersions({ arn }: { readonly arn: string }) {
  const listing = call('iam', 'ListPolicyVersions', { PolicyArn: arn })
  const versions = useAll(listing)
  const [selected, setSelected] = useState<readonly PolicyVersion[]>([])
  const [dialog, setDialog] = useState<'compare' | 'default' | 'delete'>()
  const version = selected[0]
  const VersionId = version?.VersionId ?? ''
  const isOther = version !== undefined && !version.IsDefaultVersion
  const current = versions.data?.Versions?.find(({ IsDefaultVersion }) => IsDefaultVersion)?.VersionId ?? ''
  const close = () => setDialog(undefined)
  return (
    <>
      <PageTable
        id="policy-versions"
        variant="container"
        title="Policy versions"
        columns={[
          { id: 'version', header: 'Version', text: ({ VersionId = '' }) => VersionId },
          {
            id: 'default',
            header: 'In force',
            text: ({ IsDefaultVersion = false }) => IsDefaultVersion,
            cell: ({ IsDefaultVersion }) => (IsDefaultVersion ? <StatusIndicator>Default</StatusIndicator> : '-'),
          },
          timeColumn<PolicyVersion>('created', 'Created', ({ CreateDate }) => CreateDate),
        ]}
        keyOf={({ VersionId = '' }) => VersionId}
        items={versions.data?.Versions}
        loading={versions.isPending}
        problem={versions.error}
        listing={[listing]}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!isOther} onClick={() => setDialog('compare')}>
              Compare with default
            </Button>
            {!isAwsManaged(arn) && (
              <Button disabled={!isOther} onClick={() => setDialog('default')}>
                Set as default
              </Button>
            )}
            {!isAwsManaged(arn) && (
              <Button disabled={!isOther} onClick={() => setDialog('delete')}>
                Delete
              </Button>
            )}
          </Actions>
        }
        empty={<EmptyState title="No versions">A policy has one version at least.</EmptyState>}
      />
      {dialog === 'compare' && (
        <Modal visible size="large" header={`From ${current}, the default version, to ${VersionId}`} onDismiss={close}>
          <Comparison arn={arn} before={current} after={VersionId} />
        </Modal>
      )}
      {dialog === 'default' && (
        <CallDialog
          size="large"
          title={`Set ${VersionId} as default?`}
          submit="Set as default"
          calls={[call('iam', 'SetDefaultPolicyVersion', { PolicyArn: arn, VersionId })]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          <Comparison arn={arn} before={current} after={VersionId} />
        </CallDialog>
      )}
      {dialog === 'delete' && (
        <CallDialog
          title={`Delete version ${VersionId}?`}
          submit="Delete version"
          calls={[call('iam', 'DeletePolicyVersion', { PolicyArn: arn, VersionId })]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          The version is gone then; what is in force does not change.
        </CallDialog>
      )}
    </>
  )
}

function Comparison({ arn, before, after }: { readonly arn: string; readonly before: string; readonly after: string }) {
  const old = useCall(call('iam', 'GetPolicyVersion', { PolicyArn: arn, VersionId: before }))
  const next = useCall(call('iam', 'GetPolicyVersion', { PolicyArn: arn, VersionId: after }))
  const problem = old.error ?? next.error
  if (problem) return <ErrorBox problem={problem} />
  if (!old.data || !next.data) return <Spinner />
  return (
    <NewlyAllowed before={readableDocument(old.data.PolicyVersion?.Document)} after={readableDocument(next.data.PolicyVersion?.Document)} />
  )
}
