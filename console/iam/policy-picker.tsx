import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import type { Policy } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'

interface PolicyPickerProps {
  readonly title: string
  /** ARNs. */
  readonly chosen: readonly string[]
  readonly onChange: (arns: readonly string[]) => void
  readonly single?: boolean
  /** ARNs of policies that are not offered. */
  readonly without?: readonly string[]
}

const listPolicies = call('iam', 'ListPolicies', { MaxItems: 1000 })

/** Chooses managed policies, AWS's and the account's own. */
export function PolicyPicker({ title, chosen, onChange, single = false, without = [] }: PolicyPickerProps) {
  const policies = useAll(listPolicies)
  const items = policies.data?.Policies?.filter(({ Arn = '' }) => !without.includes(Arn)) ?? []
  return (
    <PageTable
      id="policy-picker"
      variant="embedded"
      title={title}
      columns={columns}
      keyOf={({ Arn = '' }) => Arn}
      items={items}
      loading={policies.isPending}
      count={policies.count}
      problem={policies.error}
      selection={{
        type: single ? 'single' : 'multi',
        items: items.filter(({ Arn = '' }) => chosen.includes(Arn)),
        onChange: selected => onChange(selected.map(({ Arn = '' }) => Arn)),
      }}
      empty={<EmptyState title="No policies">There is no managed policy to choose.</EmptyState>}
    />
  )
}

export const isAwsManaged = (arn: string) => arn.includes(':iam::aws:policy/')

const columns: readonly Column<Policy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    text: ({ PolicyName = '' }) => PolicyName,
    cell: ({ PolicyName, Arn = '' }) => (
      <Link href={`#/iam/policies/${encodeURIComponent(Arn)}`} target="_blank">
        {PolicyName}
      </Link>
    ),
    minWidth: 300,
  },
  { id: 'type', header: 'Type', text: ({ Arn = '' }) => (isAwsManaged(Arn) ? 'AWS managed' : 'Customer managed'), minWidth: 160 },
  {
    id: 'attached',
    header: 'Attached entities',
    text: ({ AttachmentCount = 0 }) => AttachmentCount,
    cell: ({ AttachmentCount = 0 }) => <Box>{AttachmentCount}</Box>,
  },
]
