import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import Multiselect from '@cloudscape-design/components/multiselect'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { User } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { timeColumn } from '../parts/columns.tsx'
import { choicesOf } from '../parts/choices.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { Time } from '../parts/time.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeleteEntityDialog } from './delete-entity-dialog.tsx'
import { entityPath } from './entities.ts'
import { LastAccessed } from './last-accessed.tsx'
import { PermissionsTab } from './permissions-tab.tsx'

/** One user group. */
export default function GroupPage() {
  const { groupName = '' } = useParams()
  const navigate = useNavigate()
  const [deleting, setDeleting] = useState(false)
  const getGroup = call('iam', 'GetGroup', { GroupName: groupName })
  const { data, error, isPending } = useAll(getGroup)
  return (
    <DetailPage
      title={groupName}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getGroup]} />
          <Button onClick={() => setDeleting(true)}>Delete</Button>
        </Actions>
      }
      facts={[
        { label: 'ARN', value: <CopyArn arn={data?.Group.Arn ?? ''} /> },
        { label: 'Created', value: <Time at={data?.Group.CreateDate} /> },
        { label: 'Users', value: data?.Users.length ?? 0 },
      ]}
    >
      <PageTabs
        tabs={[
          { id: 'users', label: 'Users', content: <Members groupName={groupName} users={data?.Users ?? []} /> },
          { id: 'permissions', label: 'Permissions', content: <PermissionsTab entity={{ kind: 'groups', name: groupName }} /> },
          { id: 'last-accessed', label: 'Last accessed', content: <LastAccessed arn={data?.Group.Arn ?? ''} /> },
        ]}
      />
      {deleting && (
        <DeleteEntityDialog
          entity={{ kind: 'groups', name: groupName }}
          onClose={() => setDeleting(false)}
          onDone={() => void navigate('/iam/groups')}
        />
      )}
    </DetailPage>
  )
}

function Members({ groupName, users }: { readonly groupName: string; readonly users: readonly User[] }) {
  const [selected, setSelected] = useState<readonly User[]>([])
  const [dialog, setDialog] = useState<'add' | 'remove'>()
  const close = () => setDialog(undefined)
  const add = <Button onClick={() => setDialog('add')}>Add users</Button>
  return (
    <>
      <PageTable
        id="group-members"
        variant="container"
        title="Users in this group"
        columns={[
          {
            id: 'name',
            header: 'User name',
            text: ({ UserName }) => UserName,
            cell: ({ UserName }) => <Link href={`#${entityPath({ kind: 'users', name: UserName })}`}>{UserName}</Link>,
          },
          timeColumn<User>('created', 'Created', ({ CreateDate }) => CreateDate),
        ]}
        keyOf={({ UserName }) => UserName}
        items={users}
        loading={false}
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
          <EmptyState title="No users" action={add}>
            Users in this group have its permissions besides their own.
          </EmptyState>
        }
      />
      {dialog === 'add' && <AddUsersDialog groupName={groupName} members={users} onClose={close} />}
      {dialog === 'remove' && (
        <CallDialog
          title={`Remove ${selected.length} ${selected.length === 1 ? 'user' : 'users'} from ${groupName}?`}
          submit="Remove"
          calls={selected.map(({ UserName }) => call('iam', 'RemoveUserFromGroup', { GroupName: groupName, UserName }))}
          onClose={close}
          onDone={() => setSelected([])}
        >
          {selected.map(({ UserName }) => UserName).join(', ')}
        </CallDialog>
      )}
    </>
  )
}

interface AddUsersDialogProps {
  readonly groupName: string
  readonly members: readonly User[]
  readonly onClose: () => void
}

function AddUsersDialog({ groupName, members, onClose }: AddUsersDialogProps) {
  const users = useAll(call('iam', 'ListUsers', { MaxItems: 1000 }))
  const [chosen, setChosen] = useState<readonly string[]>([])
  const known = new Set(members.map(({ UserName }) => UserName))
  return (
    <CallDialog
      title={`Add users to ${groupName}`}
      submit="Add users"
      calls={chosen.map(UserName => call('iam', 'AddUserToGroup', { GroupName: groupName, UserName }))}
      onClose={onClose}
    >
      <Multiselect
        ariaLabel="Users"
        placeholder="Choose users"
        selectedOptions={chosen.map(value => ({ value, label: value }))}
        options={(users.data?.Users ?? [])
          .filter(({ UserName }) => !known.has(UserName))
          .map(({ UserName }) => ({ value: UserName, label: UserName }))}
        filteringType="auto"
        virtualScroll
        {...choicesOf(users)}
        empty="There is no other user."
        onChange={({ detail }) => setChosen(detail.selectedOptions.flatMap(({ value }) => value ?? []))}
      />
    </CallDialog>
  )
}
