import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import type { Group } from '../../src/wire/models/iam.ts'
import { notify } from '../shell/notifications.ts'
import { entityPath } from './entities.ts'
import { GroupsField } from './groups-field.tsx'

/** The groups that a user is in. */
export function GroupsOfUser({ userName }: { readonly userName: string }) {
  const listing = call('iam', 'ListGroupsForUser', { UserName: userName })
  const groups = useAll(listing)
  const [selected, setSelected] = useState<readonly Group[]>([])
  const [dialog, setDialog] = useState<'add' | 'remove'>()
  const close = () => setDialog(undefined)
  const add = <Button onClick={() => setDialog('add')}>Add user to groups</Button>
  return (
    <>
      <PageTable
        id="groups-of-user"
        variant="container"
        title="User groups membership"
        columns={[
          {
            id: 'name',
            header: 'Group name',
            text: ({ GroupName }) => GroupName,
            cell: ({ GroupName }) => <Link href={`#${entityPath({ kind: 'groups', name: GroupName })}`}>{GroupName}</Link>,
          },
          timeColumn<Group>('created', 'Created', ({ CreateDate }) => CreateDate),
        ]}
        keyOf={({ GroupName }) => GroupName}
        items={groups.data?.Groups}
        loading={groups.isPending}
        problem={groups.error}
        listing={[listing]}
        selection={{ type: 'multi', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={selected.length === 0} onClick={() => setDialog('remove')}>
              Remove
            </Button>
            {add}
          </Actions>
        }
        empty={
          <EmptyState title="In no group" action={add}>
            Groups give the same permissions to all who do the same work, and take them away in one place.
          </EmptyState>
        }
      />
      {dialog === 'add' && <AddToGroupsDialog userName={userName} already={groups.data?.Groups ?? []} onClose={close} />}
      {dialog === 'remove' && (
        <CallDialog
          title={`Remove ${userName} from ${selected.length === 1 ? 'the group' : 'the groups'}?`}
          submit="Remove"
          calls={selected.map(({ GroupName }) => call('iam', 'RemoveUserFromGroup', { GroupName, UserName: userName }))}
          onClose={close}
          onDone={() => setSelected([])}
        >
          {userName} loses what these groups grant: {selected.map(({ GroupName }) => GroupName).join(', ')}.
        </CallDialog>
      )}
    </>
  )
}

interface AddToGroupsDialogProps {
  readonly userName: string
  readonly already: readonly Group[]
  readonly onClose: () => void
}

function AddToGroupsDialog({ userName, already, onClose }: AddToGroupsDialogProps) {
  const [chosen, setChosen] = useState<readonly string[]>([])
  return (
    <CallDialog
      title={`Add ${userName} to groups`}
      submit="Add to groups"
      calls={chosen.map(GroupName => call('iam', 'AddUserToGroup', { GroupName, UserName: userName }))}
      onClose={onClose}
      onDone={() => notify('success', `${userName} added to ${chosen.join(', ')}.`)}
    >
      <GroupsField label="Groups" chosen={chosen} onChange={setChosen} without={already.map(({ GroupName }) => GroupName)} />
    </CallDialog>
  )
}
