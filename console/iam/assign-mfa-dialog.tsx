import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { VirtualMFADevice } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { addSecurityKey, securityKeyOptions } from '../api/session.ts'
import { Actions } from '../parts/detail-page.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { useSession } from '../shell/session-context.ts'
import { enrolSecurityKey } from '../sign-in/security-key.ts'
import { VirtualDeviceDialog } from './virtual-device-dialog.tsx'

/** A new MFA device: its name and kind first, then what the kind asks for. */
export function AssignMfaDialog({ userName, onClose }: { readonly userName: string; readonly onClose: () => void }) {
  const session = useSession()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [kind, setKind] = useState('virtual')
  const [device, setDevice] = useState<VirtualMFADevice>()
  const [keyProblem, setKeyProblem] = useState<unknown>()
  const [waiting, setWaiting] = useState(false)
  const { run, running, problem } = useRun()
  const isOwn = session.kind === 'root' ? userName === 'root' : session.userName === userName && !session.role

  if (device) return <VirtualDeviceDialog userName={userName} device={device} onClose={onClose} />

  const next = async () => {
    if (kind === 'virtual') {
      const [answer] = (await run([call('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: name.trim() })])) ?? []
      setDevice(answer?.VirtualMFADevice)
      return
    }
    setWaiting(true)
    try {
      await addSecurityKey(name.trim(), await enrolSecurityKey(await securityKeyOptions(name.trim())))
      await queries.invalidateQueries({ queryKey: ['iam'] })
      notify('success', 'Security key assigned.')
      onClose()
    } catch (caught) {
      setKeyProblem(caught)
    } finally {
      setWaiting(false)
    }
  }

  return (
    <Modal
      visible
      size="large"
      onDismiss={onClose}
      header={`Assign MFA device to ${userName}`}
      footer={
        <Box float="right">
          <Actions>
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={running || waiting}
              disabled={!/^[\w+=,.@-]{1,64}$/.test(name.trim())}
              onClick={() => void next()}
            >
              Next
            </Button>
          </Actions>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Device name" constraintText="Up to 64 letters, digits and + = , . @ _ -, unique in the account">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <FormField label="MFA device" stretch>
          <Tiles
            value={kind}
            onChange={({ detail }) => setKind(detail.value)}
            items={[
              { value: 'virtual', label: 'Authenticator app', description: 'A code from an app on a phone or a computer' },
              {
                value: 'security-key',
                label: 'Passkey or security key',
                description: isOwn ? 'A FIDO2 key, touched at sign-in' : 'Each user assigns their own, when signed in',
                disabled: !isOwn,
              },
            ]}
          />
        </FormField>
        <ErrorBox problem={problem ?? keyProblem} />
      </SpaceBetween>
    </Modal>
  )
}
