import Link from '@cloudscape-design/components/link'
import { call } from '../api/call.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { type EntityKind, entityPath } from './entities.ts'

interface EntityRow {
  readonly kind: EntityKind
  readonly name: string
  readonly type: string
}

/** The users, groups and roles that a policy is attached to. */
export function PolicyEntities({ arn }: { readonly arn: string }) {
  const listing = call('iam', 'ListEntitiesForPolicy', { PolicyArn: arn })
  const { data, isPending, error } = useAll(listing)
  const rows: EntityRow[] = [
    ...(data?.PolicyUsers ?? []).map(({ UserName = '' }) => ({ kind: 'users' as const, name: UserName, type: 'User' })),
    ...(data?.PolicyGroups ?? []).map(({ GroupName = '' }) => ({ kind: 'groups' as const, name: GroupName, type: 'Group' })),
    ...(data?.PolicyRoles ?? []).map(({ RoleName = '' }) => ({ kind: 'roles' as const, name: RoleName, type: 'Role' })),
  ]
  return (
    <PageTable
      id="policy-entities"
      variant="container"
      title="Entities attached"
      columns={[
        {
          id: 'name',
          header: 'Entity name',
          text: ({ name }) => name,
          cell: row => <Link href={`#${entityPath(row)}`}>{row.name}</Link>,
          minWidth: 260,
        },
        { id: 'type', header: 'Entity type', text: ({ type }) => type },
      ]}
      keyOf={({ type, name }) => `${type} ${name}`}
      items={rows}
      loading={isPending}
      problem={error}
      listing={[listing]}
      empty={
        <EmptyState title="Attached to nothing">
          A policy grants something only once it is attached to a user, a group or a role.
        </EmptyState>
      }
    />
  )
}
