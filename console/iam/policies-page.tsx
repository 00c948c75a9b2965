import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { Policy } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { arnColumn, timeColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import type { Column } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { DeletePolicyDialog } from './delete-policy-dialog.tsx'
import { isAwsManaged } from './policy-picker.tsx'

const scopes = [
  { value: 'All', label: 'All types' },
  { value: 'AWS', label: 'AWS managed' },
  { value: 'Local', label: 'Customer managed' },
]

/** Managed policies: AWS's and the account's own. */
export default function PoliciesPage() {
  const [scope, setScope] = useState('All')
  const listing = call('iam', 'ListPolicies', { Scope: scope, MaxItems: 1000 })
  const policies = useAll(listing)
  return (
    <ListPage<Policy>
      id="policies"
      title="Policies"
      description="A policy is an object that defines permissions. Begin with one that AWS manages; write your own to allow less."
      columns={columns}
      keyOf={({ Arn = '' }) => Arn}
      items={policies.data?.Policies ?? []}
      loading={policies.isFetching}
      count={policies.count}
      problem={policies.error}
      onRefresh={() => void policies.refetch()}
      listing={[listing]}
      filters={
        <Select
          ariaLabel="Type of policy"
          selectedOption={scopes.find(({ value }) => value === scope) ?? null}
          options={scopes}
          onChange={({ detail }) => setScope(detail.selectedOption.value ?? 'All')}
        />
      }
      create={{ label: 'Create policy', path: '/iam/policies/create' }}
      empty={{
        title: 'No policies',
        text: 'A policy of your own allows just the actions and resources that a task needs.',
      }}
      isDeletable={({ Arn = '' }) => !isAwsManaged(Arn)}
      deletion={({ Arn = '' }, dialog) => <DeletePolicyDialog arn={Arn} {...dialog} />}
    />
  )
}

const columns: readonly Column<Policy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    text: ({ PolicyName = '' }) => PolicyName,
    cell: ({ PolicyName, Arn = '' }) => <Link href={`#/iam/policies/${encodeURIComponent(Arn)}`}>{PolicyName}</Link>,
    minWidth: 320,
  },
  { id: 'type', header: 'Type', text: ({ Arn = '' }) => (isAwsManaged(Arn) ? 'AWS managed' : 'Customer managed'), minWidth: 170 },
  { id: 'attached', header: 'Attached entities', text: ({ AttachmentCount = 0 }) => AttachmentCount, minWidth: 160 },
  {
    id: 'boundary',
    header: 'Used as boundary',
    text: ({ PermissionsBoundaryUsageCount = 0 }) => PermissionsBoundaryUsageCount,
    optional: true,
  },
  { id: 'description', header: 'Description', text: ({ Description = '' }) => Description, optional: true },
  timeColumn('updated', 'Edited', ({ UpdateDate }) => UpdateDate),
  arnColumn(({ Arn = '' }) => Arn),
]
