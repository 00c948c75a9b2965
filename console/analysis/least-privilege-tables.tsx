import Badge from '@cloudscape-design/components/badge'
import Link from '@cloudscape-design/components/link'
import { CopyArn } from '../parts/copy-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'

interface Use {
  readonly action: string
  readonly resources: readonly string[]
  readonly conditions: { readonly [key: string]: string }
  /** The record does not show which resources of several were used. */
  readonly everyResource: boolean
}

/** The permissions that were used. */
export const UsesTable = ({ uses }: { readonly uses: readonly object[] }) => (
  <PageTable<Use>
    id="least-privilege-uses"
    variant="container"
    title="Permissions used"
    columns={[
      { id: 'action', header: 'Action', text: ({ action }) => action, minWidth: 260 },
      {
        id: 'resources',
        header: 'Resources',
        text: ({ resources }) => resources.join(', '),
        cell: ({ resources, everyResource }) => (
          <>
            {resources.map(resource => (resource === '*' ? <span key={resource}>*</span> : <CopyArn key={resource} arn={resource} link />))}
            {everyResource && (
              <>
                {' '}
                <Badge>the record does not show which</Badge>
              </>
            )}
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
    ]}
    keyOf={({ action, resources, conditions }) => JSON.stringify([action, resources, conditions])}
    items={uses as readonly Use[]}
    loading={false}
    empty={<EmptyState title="No permissions">What was called needs none.</EmptyState>}
  />
)

interface Dropped {
  readonly eventSource: string
  readonly eventName: string
  readonly reason: string
  readonly calls: number
}

/** Calls that the policy says nothing of, and why. */
export const DroppedTable = ({ dropped }: { readonly dropped: readonly object[] }) => (
  <PageTable<Dropped>
    id="least-privilege-dropped"
    variant="container"
    title="Left out"
    description="Calls that the policy does not cover: they were refused, need no permission, or were made by a service."
    columns={[
      { id: 'name', header: 'Event name', text: ({ eventName }) => eventName, minWidth: 220 },
      { id: 'source', header: 'Event source', text: ({ eventSource }) => eventSource, minWidth: 220 },
      { id: 'reason', header: 'Why it is left out', text: ({ reason }) => reason, minWidth: 280 },
      { id: 'calls', header: 'Calls', text: ({ calls }) => calls },
    ]}
    keyOf={({ eventSource, eventName, reason }) => JSON.stringify([eventSource, eventName, reason])}
    items={dropped as readonly Dropped[]}
    loading={false}
    empty={<EmptyState title="Nothing is left out">Every recorded call is covered by the policy.</EmptyState>}
  />
)

interface Refusal {
  readonly eventId: string
  readonly action: string
  readonly resource: string
}

/** Recorded calls that the policy alone would refuse. */
export const RefusedTable = ({ refused }: { readonly refused: readonly object[] }) => (
  <PageTable<Refusal>
    id="least-privilege-refused"
    variant="container"
    title="Refused in the replay"
    columns={[
      { id: 'action', header: 'Action', text: ({ action }) => action, minWidth: 240 },
      { id: 'resource', header: 'Resource', text: ({ resource }) => resource, minWidth: 360 },
      {
        id: 'event',
        header: 'Event',
        text: ({ eventId }) => eventId,
        cell: ({ eventId }) => <Link href={`#/cloudtrail/events/${encodeURIComponent(eventId)}`}>{eventId}</Link>,
        minWidth: 320,
      },
    ]}
    keyOf={({ eventId, action, resource }) => JSON.stringify([eventId, action, resource])}
    items={refused as readonly Refusal[]}
    loading={false}
    empty={<EmptyState title="Nothing refused">The policy allows every recorded call.</EmptyState>}
  />
)
