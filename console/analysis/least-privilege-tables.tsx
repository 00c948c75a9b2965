import Badge from '@cloudscape-design/components/badge'
import Link from '@cloudscape-design/components/link'
import { CopyArn } from '../parts/copy-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'

interface Table<Item> {
  readonly id: string
  readonly title: string
  readonly description?: string
  readonly columns: readonly Column<Item>[]
  readonly empty: readonly [title: string, text: string]
}

/** A table of one part of the answer. Rows are told from one another by all of their texts. */
const tableOf =
  <Item extends object>({ id, title, description, columns, empty: [nothing, why] }: Table<Item>) =>
  ({ items }: { readonly items: readonly object[] }) => (
    <PageTable<Item>
      id={`least-privilege-${id}`}
      variant="container"
      title={title}
      description={description}
      columns={columns}
      keyOf={item => JSON.stringify(columns.map(({ text }) => text(item)))}
      items={items as readonly Item[]}
      loading={false}
      empty={<EmptyState title={nothing}>{why}</EmptyState>}
    />
  )

interface Use {
  readonly action: string
  readonly resources: readonly string[]
  readonly conditions: { readonly [key: string]: string }
  /** The record does not show which resources of several were used. */
  readonly everyResource: boolean
}

/** The permissions that were used. */
export const UsesTable = tableOf<Use>({
  id: 'uses',
  title: 'Permissions used',
  columns: [
    { id: 'action', header: 'Action', text: ({ action }) => action, minWidth: 260 },
    {
      id: 'resources',
      header: 'Resources',
      text: ({ resources }) => resources.join(', '),
      cell: ({ resources, everyResource }) => (
        <>
          {resources.map(resource => (resource === '*' ? <span key={resource}>*</span> : <CopyArn key={resource} arn={resource} link />))}{' '}
          {everyResource && <Badge>the record does not show which</Badge>}
        </>
      ),
      minWidth: 420,
    },
    {
      id: 'conditions',
      header: 'Conditions',
      text: ({ conditions }) =>
        Object.entries(conditions)
          .map(([key, value]) => `${key} is ${value}`)
          .join(' and ') || '-',
      minWidth: 260,
    },
  ],
  empty: ['No permissions', 'What was called needs none.'],
})

interface Dropped {
  readonly eventSource: string
  readonly eventName: string
  readonly reason: string
  readonly calls: number
}

/** Calls that the policy says nothing of, and why. */
export const DroppedTable = tableOf<Dropped>({
  id: 'dropped',
  title: 'Left out',
  description: 'Calls that the policy does not cover: they were refused, need no permission, or were made by a service.',
  columns: [
    { id: 'name', header: 'Event name', text: ({ eventName }) => eventName, minWidth: 220 },
    { id: 'source', header: 'Event source', text: ({ eventSource }) => eventSource, minWidth: 220 },
    { id: 'reason', header: 'Why it is left out', text: ({ reason }) => reason, minWidth: 280 },
    { id: 'calls', header: 'Calls', text: ({ calls }) => calls },
  ],
  empty: ['Nothing is left out', 'Every recorded call is covered by the policy.'],
})

interface Refusal {
  readonly eventId: string
  readonly action: string
  readonly resource: string
}

/** Recorded calls that the policy alone would refuse. */
export const RefusedTable = tableOf<Refusal>({
  id: 'refused',
  title: 'Refused in the replay',
  columns: [
    { id: 'action', header: 'Action', text: ({ action }) => action, minWidth: 240 },
    { id: 'resource', header: 'Resource', text: ({ resource }) => resource, minWidth: 360 },
    {
      id: 'event',
      header: 'Event',
      text: ({ eventId }) => eventId,
      cell: ({ eventId }) => <Link href={`#/cloudtrail/events/${encodeURIComponent(eventId)}`}>{eventId}</Link>,
      minWidth: 320,
    },
  ],
  empty: ['Nothing refused', 'The policy allows every recorded call.'],
})
