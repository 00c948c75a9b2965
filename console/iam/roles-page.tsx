import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Role } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { Time } from '../parts/time.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeleteEntityDialog } from './delete-entity-dialog.tsx'
import { entityPath } from './entities.ts'
import { trustedEntities } from './trust-policies.ts'
import { readableDocument } from './policy-document.ts'

const listRoles = call('iam', 'ListRoles', { MaxItems: 1000 })

/** All roles of the account. */
export default function RolesPage() {
  const navigate = useNavigate()
  const roles = useAll(listRoles)
  const [selected, setSelected] = useState<readonly Role[]>([])
  const [deleting, setDeleting] = useState(false)
  const create = () => void navigate('/iam/roles/create')
  const name = selected[0]?.RoleName
  return (
    <>
      <PageTable
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
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!name} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button variant="primary" onClick={create}>
              Create role
            </Button>
          </Actions>
        }
        empty={
          <EmptyState title="No roles" action={<Button onClick={create}>Create role</Button>}>
            Roles are for pods, instances, services, and people who come from elsewhere: nobody has to keep a secret.
          </EmptyState>
        }
      />
      {deleting && name && (
        <DeleteEntityDialog entity={{ kind: 'roles', name }} onClose={() => setDeleting(false)} onDone={() => setSelected([])} />
      )}
    </>
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
  {
    id: 'created',
    header: 'Created',
    text: ({ CreateDate }) => CreateDate.toISOString(),
    cell: ({ CreateDate }) => <Time at={CreateDate} />,
    minWidth: 190,
  },
  {
    id: 'arn',
    header: 'ARN',
    text: ({ Arn }) => Arn,
    cell: ({ Arn }) => <CopyText text={Arn} what="ARN" />,
    optional: true,
    minWidth: 320,
  },
]
