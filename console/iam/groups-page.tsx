import Link from '@cloudscape-design/components/link'
import type { Group } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeleteEntityDialog } from './delete-entity-dialog.tsx'
import { entityPath } from './entities.ts'

const listGroups = call('iam', 'ListGroups', { MaxItems: 1000 })

/** All user groups of the account. */
export default function GroupsPage() {
  const groups = useAll(listGroups)
  return (
    <ListPage<Group>
      id="groups"
      title="User groups"
      description="A user group is a collection of IAM users: its policies are those of all its users."
      columns={[
        {
          id: 'name',
          header: 'Group name',
          text: ({ GroupName }) => GroupName,
          cell: ({ GroupName }) => <Link href={`#${entityPath({ kind: 'groups', name: GroupName })}`}>{GroupName}</Link>,
          minWidth: 220,
        },
        { id: 'path', header: 'Path', text: ({ Path }) => Path },
        timeColumn('created', 'Created', ({ CreateDate }) => CreateDate),
        arnColumn(({ Arn }) => Arn, false),
      ]}
      keyOf={({ GroupName }) => GroupName}
      items={groups.data?.Groups}
      loading={groups.isFetching}
      count={groups.count}
      problem={groups.error}
      onRefresh={() => void groups.refetch()}
      listing={[listGroups]}
      create={{ label: 'Create group', path: '/iam/groups/create' }}
      empty={{
        title: 'No user groups',
        text: 'Put people who do the same work into a group, and give the group the permissions.',
      }}
      deletion={({ GroupName }, dialog) => <DeleteEntityDialog entity={{ kind: 'groups', name: GroupName }} {...dialog} />}
    />
  )
}
