import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { AccessKey, AccessKeyMetadata } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { csvOf, download } from '../parts/csv.ts'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { Time } from '../parts/time.tsx'
import { useAll, useCall } from '../parts/use-call.ts'

type Dialog = 'create' | 'Active' | 'Inactive' | 'delete'

/** A user's access keys, at most two. IAM User Guide, "Manage access keys for IAM users". */
export function AccessKeys({ userName }: { readonly userName: string }) {
  const UserName = userName
  const listing = call('iam', 'ListAccessKeys', { UserName })
  const keys = useAll(listing)
  const [selected, setSelected] = useState<readonly AccessKeyMetadata[]>([])
  const [dialog, setDialog] = useState<Dialog>()
  const [created, setCreated] = useState<AccessKey>()
  const key = selected[0]
  const AccessKeyId = key?.AccessKeyId ?? ''
  const close = () => setDialog(undefined)
  const create = <Button onClick={() => setDialog('create')}>Create access key</Button>
  return (
    <>
      <PageTable
        id="access-keys"
        variant="container"
        title="Access keys"
        description="For the AWS CLI, SDKs and other programs. A role's temporary credentials are safer wherever they can be had."
        columns={[
          {
            id: 'id',
            header: 'Access key ID',
            text: ({ AccessKeyId = '' }) => AccessKeyId,
            cell: row => <CopyText text={row.AccessKeyId ?? ''} what="access key ID" />,
            minWidth: 240,
          },
          {
            id: 'status',
            header: 'Status',
            text: ({ Status = '' }) => Status,
            cell: ({ Status }) => <StatusIndicator type={Status === 'Active' ? 'success' : 'stopped'}>{Status}</StatusIndicator>,
          },
          timeColumn<AccessKeyMetadata>('created', 'Created', ({ CreateDate }) => CreateDate, { ago: true }),
          { id: 'used', header: 'Last used', text: () => '', cell: row => <LastUsed accessKeyId={row.AccessKeyId ?? ''} />, minWidth: 240 },
        ]}
        keyOf={row => row.AccessKeyId ?? ''}
        items={keys.data?.AccessKeyMetadata}
        loading={keys.isPending}
        problem={keys.error}
        listing={[listing]}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!key} onClick={() => setDialog(key?.Status === 'Active' ? 'Inactive' : 'Active')}>
              {key?.Status === 'Inactive' ? 'Activate' : 'Deactivate'}
            </Button>
            <Button disabled={!key} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            {create}
          </Actions>
        }
        empty={
          <EmptyState title="No access keys" action={create}>
            As a best practice, use temporary credentials of a role instead of long-term keys.
          </EmptyState>
        }
      />
      {dialog === 'create' && (
        <CallDialog
          title="Create access key?"
          submit="Create access key"
          calls={[call('iam', 'CreateAccessKey', { UserName })]}
          onClose={close}
          onDone={([answer]) => setCreated(answer?.AccessKey)}
        >
          The secret is shown once, right after the key is made, and never again.
        </CallDialog>
      )}
      {(dialog === 'Active' || dialog === 'Inactive') && (
        <CallDialog
          title={`${dialog === 'Active' ? 'Activate' : 'Deactivate'} ${AccessKeyId}?`}
          submit={dialog === 'Active' ? 'Activate' : 'Deactivate'}
          calls={[call('iam', 'UpdateAccessKey', { UserName, AccessKeyId, Status: dialog })]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          {dialog === 'Active'
            ? 'Programs that have the key can use it again.'
            : 'Programs that have the key are refused until it is activated again.'}
        </CallDialog>
      )}
      {dialog === 'delete' && (
        <CallDialog
          title={`Delete ${AccessKeyId}?`}
          submit="Delete"
          confirmWord={AccessKeyId}
          calls={[
            ...(key?.Status === 'Active' ? [call('iam', 'UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' })] : []),
            call('iam', 'DeleteAccessKey', { UserName, AccessKeyId }),
          ]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          <SpaceBetween size="s">
            <Box>
              Last used: <LastUsed accessKeyId={AccessKeyId} />
            </Box>
            <Alert type="warning">A deleted key cannot be brought back. Deactivate it first when you are not sure.</Alert>
          </SpaceBetween>
        </CallDialog>
      )}
      {created && <SecretOnce accessKey={created} onClose={() => setCreated(undefined)} />}
    </>
  )
}

function LastUsed({ accessKeyId }: { readonly accessKeyId: string }) {
  const { data } = useCall(call('iam', 'GetAccessKeyLastUsed', { AccessKeyId: accessKeyId }))
  const used = data?.AccessKeyLastUsed
  if (!used) return <>-</>
  if (!used.LastUsedDate) return <>Never</>
  return (
    <>
      <Time at={used.LastUsedDate} ago /> with {used.ServiceName} in {used.Region}
    </>
  )
}

/** The one time that a secret is shown. */
function SecretOnce({
  accessKey: { AccessKeyId, SecretAccessKey },
  onClose,
}: {
  readonly accessKey: AccessKey
  readonly onClose: () => void
}) {
  const file = csvOf([
    ['Access key ID', 'Secret access key'],
    [AccessKeyId, SecretAccessKey],
  ])
  return (
    <Modal
      visible
      onDismiss={onClose}
      header="Retrieve access keys"
      footer={
        <Box float="right">
          <Actions>
            <Button iconName="download" onClick={() => download(`${AccessKeyId}.csv`, file)}>
              Download .csv file
            </Button>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </Actions>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">This is the only time that the secret access key can be viewed or downloaded.</Alert>
        <KeyValuePairs
          columns={1}
          items={[
            { label: 'Access key', value: <CopyText text={AccessKeyId} what="access key ID" /> },
            { label: 'Secret access key', value: <CopyText text={SecretAccessKey} what="secret access key" /> },
          ]}
        />
      </SpaceBetween>
    </Modal>
  )
}
