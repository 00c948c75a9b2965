import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { MFADevice } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { AssignMfaDialog } from './assign-mfa-dialog.tsx'

const isVirtual = (serialNumber: string) => serialNumber.includes(':mfa/')

/** The MFA devices of a user, or of the root user under the name `root`. */
export function MfaDevices({ userName }: { readonly userName: string }) {
  const UserName = userName
  const listing = call('iam', 'ListMFADevices', userName === 'root' ? {} : { UserName })
  const devices = useAll(listing)
  const [selected, setSelected] = useState<readonly MFADevice[]>([])
  const [dialog, setDialog] = useState<'assign' | 'remove'>()
  const device = selected[0]
  const close = () => setDialog(undefined)
  const assign = <Button onClick={() => setDialog('assign')}>Assign MFA device</Button>
  return (
    <>
      <PageTable
        id="mfa-devices"
        variant="container"
        title="Multi-factor authentication (MFA)"
        description="A code or a security key besides the password. Up to eight devices."
        columns={[
          { id: 'type', header: 'Type', text: ({ SerialNumber }) => (isVirtual(SerialNumber) ? 'Virtual' : 'Security key') },
          {
            id: 'serial',
            header: 'Identifier',
            text: ({ SerialNumber }) => SerialNumber,
            cell: ({ SerialNumber }) => <CopyText text={SerialNumber} what="identifier" />,
            minWidth: 360,
          },
          timeColumn<MFADevice>('enabled', 'Created', ({ EnableDate }) => EnableDate),
        ]}
        keyOf={({ SerialNumber }) => SerialNumber}
        items={devices.data?.MFADevices}
        loading={devices.isPending}
        problem={devices.error}
        listing={[listing]}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!device} onClick={() => setDialog('remove')}>
              Remove
            </Button>
            {assign}
          </Actions>
        }
        empty={
          <EmptyState title="No MFA devices" action={assign}>
            Assign one to make a stolen password useless by itself.
          </EmptyState>
        }
      />
      {dialog === 'assign' && <AssignMfaDialog userName={userName} onClose={close} />}
      {dialog === 'remove' && device && (
        <CallDialog
          title="Remove MFA device?"
          submit="Remove"
          calls={[
            call('iam', 'DeactivateMFADevice', { UserName, SerialNumber: device.SerialNumber }),
            ...(isVirtual(device.SerialNumber) ? [call('iam', 'DeleteVirtualMFADevice', { SerialNumber: device.SerialNumber })] : []),
          ]}
          onClose={close}
          onDone={() => {
            setSelected([])
            notify('success', 'MFA device removed.')
          }}
        >
          {userName} signs in without {device.SerialNumber} from now on.
        </CallDialog>
      )}
    </>
  )
}
