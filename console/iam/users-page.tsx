import Link from '@cloudscape-design/components/link'
import type { User } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import type { Column } from '../parts/page-table.tsx'
import { timeAgo } from '../parts/time.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeleteUserDialog } from './delete-user-dialog.tsx'
import { type ReportRow, useCredentialReport } from './credential-report.ts'

/** As many a page as ListUsers gives: 10,000 users are ten calls. */
const listUsers = call('iam', 'ListUsers', { MaxItems: 1000 })

interface UserRow extends User {
  /** What the credential report says of the user; the report may not be allowed, or not have come yet. */
  readonly report?: ReportRow | undefined
}

/** All IAM users of the account. */
export default function UsersPage() {
  const users = useAll(listUsers)
  const report = useCredentialReport()
  const byName = new Map(report.data?.rows.map(row => [row['user'] ?? '', row]))
  const rows = users.data?.Users.map(user => ({ ...user, report: byName.get(user.UserName) }))
  return (
    <ListPage<UserRow>
      id="users"
      title="Users"
      description="An IAM user is an identity with long-term credentials, for a person or a program that cannot take a role."
      columns={columns}
      keyOf={({ UserName }) => UserName}
      items={rows}
      loading={users.isFetching}
      count={users.count}
      problem={users.error}
      onRefresh={() => void users.refetch()}
      listing={[listUsers]}
      create={{ label: 'Create user', path: '/iam/users/create' }}
      empty={{
        title: 'No users',
        text: "People and programs sign in as users. Where they can, let them take roles instead: a role's credentials end by themselves.",
      }}
      deletion={({ UserName }, dialog) => <DeleteUserDialog userName={UserName} {...dialog} />}
    />
  )
}

const reportText = (row: UserRow, column: string) => {
  const value = row.report?.[column] ?? ''
  return ['N/A', 'no_information', 'not_supported'].includes(value) ? '' : value
}
const ageOf = (time: string) => (time === '' ? '-' : timeAgo(new Date(time)))

const columns: readonly Column<UserRow>[] = [
  {
    id: 'name',
    header: 'User name',
    text: ({ UserName }) => UserName,
    cell: ({ UserName }) => <Link href={`#/iam/users/${encodeURIComponent(UserName)}`}>{UserName}</Link>,
    minWidth: 200,
  },
  { id: 'path', header: 'Path', text: ({ Path }) => Path },
  { id: 'mfa', header: 'MFA', text: row => ({ true: 'Yes', false: 'No' })[reportText(row, 'mfa_active')] ?? '' },
  {
    id: 'password-age',
    header: 'Password age',
    text: row => reportText(row, 'password_last_changed'),
    cell: row => ageOf(reportText(row, 'password_last_changed')),
  },
  {
    id: 'last-sign-in',
    header: 'Last console sign-in',
    text: row => reportText(row, 'password_last_used'),
    cell: row => ageOf(reportText(row, 'password_last_used')),
    minWidth: 170,
  },
  {
    id: 'key-age',
    header: 'Active key age',
    text: row => (reportText(row, 'access_key_1_active') === 'true' ? reportText(row, 'access_key_1_last_rotated') : ''),
    cell: row => (reportText(row, 'access_key_1_active') === 'true' ? ageOf(reportText(row, 'access_key_1_last_rotated')) : '-'),
  },
  timeColumn('created', 'Created', ({ CreateDate }) => CreateDate),
  arnColumn(({ Arn }) => Arn),
  { id: 'id', header: 'User ID', text: ({ UserId }) => UserId, optional: true, minWidth: 200 },
]
