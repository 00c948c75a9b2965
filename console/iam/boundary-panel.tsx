import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import { type Call, call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { notify } from '../shell/notifications.ts'
import { PolicyPicker } from './policy-picker.tsx'

interface BoundaryPanelProps {
  readonly kind: 'users' | 'roles'
  readonly name: string
  readonly boundary: string | undefined
}

const operations = {
  users: {
    put: (UserName: string, PermissionsBoundary: string): Call =>
      call('iam', 'PutUserPermissionsBoundary', { UserName, PermissionsBoundary }),
    remove: (UserName: string): Call => call('iam', 'DeleteUserPermissionsBoundary', { UserName }),
  },
  roles: {
    put: (RoleName: string, PermissionsBoundary: string): Call =>
      call('iam', 'PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }),
    remove: (RoleName: string): Call => call('iam', 'DeleteRolePermissionsBoundary', { RoleName }),
  },
}

/** The permissions boundary of a user or a role. IAM User Guide, "Permissions boundaries for IAM entities". */
export function BoundaryPanel({ kind, name, boundary }: BoundaryPanelProps) {
  const [dialog, setDialog] = useState<'set' | 'remove'>()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const close = () => setDialog(undefined)
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The most that policies of this identity can grant."
          actions={
            <Actions>
              {boundary && <Button onClick={() => setDialog('remove')}>Remove boundary</Button>}
              <Button onClick={() => setDialog('set')}>{boundary ? 'Change boundary' : 'Set permissions boundary'}</Button>
            </Actions>
          }
        >
          Permissions boundary
        </Header>
      }
    >
      {boundary ? <CopyArn arn={boundary} link /> : <Box color="text-body-secondary">Not set</Box>}
      {dialog === 'set' && (
        <CallDialog
          size="large"
          title={`Permissions boundary of ${name}`}
          submit="Set boundary"
          calls={chosen[0] ? [operations[kind].put(name, chosen[0])] : []}
          onClose={close}
          onDone={() => notify('success', `Permissions boundary of ${name} set.`)}
        >
          <PolicyPicker single title="Boundary policy" chosen={chosen} onChange={setChosen} />
        </CallDialog>
      )}
      {dialog === 'remove' && (
        <CallDialog
          title={`Remove the permissions boundary of ${name}?`}
          submit="Remove boundary"
          calls={[operations[kind].remove(name)]}
          onClose={close}
          onDone={() => notify('success', `Permissions boundary of ${name} removed.`)}
        >
          Whatever the policies of {name} allow takes effect then, without a limit.
        </CallDialog>
      )}
    </Container>
  )
}
