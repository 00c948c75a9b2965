import Link from '@cloudscape-design/components/link'
import type { Role } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import type { Column } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeleteEntityDialog } from './delete-entity-dialog.tsx'
import { entityPath } from './entities.ts'
import { trustedEntities } from './trust-policies.ts'
import { readableDocument } from './policy-document.ts'

const listRoles = call('iam', 'ListRoles', { MaxItems: 1000 })

/** All roles of the account. */
export default function RolesPage() {
  const roles = useAll(listRoles)
  return (
    <ListPage<Role>
      id="roles"
      title="Roles"
      description="A role is an identity without long-term credentials: whoever its trust policy names takes it for a while."
      columns={columns}
      keyOf={({ RoleName }) => RoleName}
      items={roles.data?.Roles}
      loading={roles.isFetching}
      count={roles.count}
      problem={roles.error}
      onRefresh={() => void roles.refetch()}
      listing={[listRoles]}
      create={{ label: 'Create role', path: '/iam/roles/create' }}
      empty={{
        title: 'No roles',
        text: 'Roles are for pods, instances, services, and people who come from elsewhere: nobody has to keep a secret.',
      }}
      deletion={({ RoleName }, dialog) => <DeleteEntityDialog entity={{ kind: 'roles', name: RoleName }} {...dialog} />}
    />
  )
}

const columns: readonly Column<Role>[] = [
  {
    id: 'name',
    header: 'Role name',
    text: ({ RoleName }) => RoleName,
    cell: ({ RoleName }) => <Link href={`#${entityPath({ kind: 'roles', name: RoleName })}`}>{RoleName}</Link>,
    minWidth: 240,
  },
  {
    id: 'trusted',
    header: 'Trusted entities',
    text: ({ AssumeRolePolicyDocument }) => trustedEntities(readableDocument(AssumeRolePolicyDocument)).join(', '),
    minWidth: 300,
  },
  { id: 'path', header: 'Path', text: ({ Path }) => Path, optional: true },
  { id: 'description', header: 'Description', text: ({ Description = '' }) => Description, minWidth: 200 },
  timeColumn('created', 'Created', ({ CreateDate }) => CreateDate),
  arnColumn(({ Arn }) => Arn),
]
