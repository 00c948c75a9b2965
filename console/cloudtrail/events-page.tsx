import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import type { Event } from '../../src/wire/models/cloudtrail.ts'
import { call, inRegion } from '../api/call.ts'
import { currentRegion, globalRegion, historyRegions } from '../api/region.ts'
import { timeColumn } from '../parts/columns.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, PageTable } from '../parts/page-table.tsx'
import { isDenied, recordOf, whyPath } from './event-record.ts'
import { lookUp } from './look-up.ts'

/** What LookupEvents can look for, one at a time. */
const attributes = [
  { value: 'ReadOnly', label: 'Read-only' },
  { value: 'EventName', label: 'Event name' },
  { value: 'Username', label: 'User name' },
  { value: 'ResourceName', label: 'Resource name' },
  { value: 'ResourceType', label: 'Resource type' },
  { value: 'EventSource', label: 'Event source' },
  { value: 'EventId', label: 'Event ID' },
  { value: 'AccessKeyId', label: 'AWS access key' },
]

const spans = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last week' },
  { value: '2160', label: 'Last 90 days' },
]

/** The event history: who called what, when, from where, and what became of it. */
export default function EventsPage() {
  const navigate = useNavigate()
  const [parameters, setParameters] = useSearchParams()
  const attribute = parameters.get('attribute') ?? 'ReadOnly'
  const value = parameters.get('value') ?? (attribute === 'ReadOnly' ? 'false' : '')
  const hours = parameters.get('hours') ?? '2160'
  const region = historyRegions().find(each => each === parameters.get('region')) ?? currentRegion()
  const [typed, setTyped] = useState(value)
  const own = call('cloudtrail', 'LookupEvents', {
    ...(value && { LookupAttributes: [{ AttributeKey: attribute, AttributeValue: value }] }),
    ...(hours !== '2160' && { StartTime: new Date(Math.floor(Date.now() / 60_000) * 60_000 - Number(hours) * 3_600_000) }),
    MaxResults: 50,
  })
  const listing = region === currentRegion() ? own : inRegion(own, region)
  const events = useQuery({
    queryKey: ['cloudtrail', 'events', attribute, value, hours, region],
    queryFn: ({ signal }) => lookUp(listing, signal),
  })
  const choose = (next: { readonly [name: string]: string }) =>
    setParameters({ attribute, value, hours, ...(region !== currentRegion() && { region }), ...next })
  return (
    <PageTable
      id="events"
      title="Event history"
      description={
        events.data?.more
          ? `The newest ${events.data.events.length} events that match. Narrow the search to see older ones.`
          : `The management events of the last 90 days in this account and ${region}.${region === globalRegion ? '' : ` Those of IAM, STS and other global services are in ${globalRegion}.`}`
      }
      columns={columns}
      keyOf={({ EventId = '' }) => EventId}
      items={events.data?.events}
      loading={events.isFetching}
      problem={events.error}
      onRefresh={() => void events.refetch()}
      listing={[listing]}
      actions={<Button onClick={() => void navigate('/cloudtrail/sessions')}>Session timeline</Button>}
      filters={
        <form
          onSubmit={event => {
            event.preventDefault()
            choose({ value: typed.trim() })
          }}
        >
          <Actions>
            <Select
              ariaLabel="Lookup attribute"
              selectedOption={attributes.find(each => each.value === attribute) ?? null}
              options={attributes}
              onChange={({ detail }) => {
                const next = detail.selectedOption.value ?? 'ReadOnly'
                setTyped(next === 'ReadOnly' ? 'false' : '')
                choose({ attribute: next, value: next === 'ReadOnly' ? 'false' : '' })
              }}
            />
            <Input
              ariaLabel="Lookup value"
              placeholder="Value; empty for all"
              value={typed}
              onChange={({ detail }) => setTyped(detail.value)}
            />
            <Select
              ariaLabel="Time range"
              selectedOption={spans.find(each => each.value === hours) ?? null}
              options={spans}
              onChange={({ detail }) => choose({ hours: detail.selectedOption.value ?? '2160' })}
            />
            {historyRegions().length > 1 && (
              <Select
                ariaLabel="Region"
                selectedOption={{ value: region, label: region }}
                options={historyRegions().map(each => ({
                  value: each,
                  label: each,
                  ...(each === globalRegion && { description: 'Global services: IAM, STS, Organizations' }),
                }))}
                onChange={({ detail }) => choose({ region: detail.selectedOption.value ?? region })}
              />
            )}
            <Button iconName="search" ariaLabel="Look up" />
          </Actions>
        </form>
      }
      empty={
        <EmptyState title="No events">Every call to this account is recorded, allowed or refused; none matches this search.</EmptyState>
      }
    />
  )
}

const outcomeOf = (event: Event) => recordOf(event).errorCode ?? 'Success'

const columns: readonly Column<Event>[] = [
  {
    id: 'name',
    header: 'Event name',
    text: ({ EventName = '' }) => EventName,
    cell: ({ EventName, EventId = '' }) => <Link href={`#/cloudtrail/events/${encodeURIComponent(EventId)}`}>{EventName}</Link>,
    minWidth: 220,
  },
  timeColumn('time', 'Event time', ({ EventTime }) => EventTime),
  {
    id: 'outcome',
    header: 'Outcome',
    text: outcomeOf,
    cell: event => {
      const record = recordOf(event)
      if (!record.errorCode) return <StatusIndicator>Success</StatusIndicator>
      return (
        <>
          <StatusIndicator type="error">{record.errorCode}</StatusIndicator>{' '}
          {isDenied(record) && <Link href={`#${whyPath(record)}`}>Why?</Link>}
        </>
      )
    },
    minWidth: 220,
  },
  { id: 'user', header: 'User name', text: ({ Username = '' }) => Username, minWidth: 160 },
  { id: 'source', header: 'Event source', text: ({ EventSource = '' }) => EventSource, minWidth: 200 },
  {
    id: 'resource',
    header: 'Resource name',
    text: ({ Resources = [] }) => Resources.map(({ ResourceName }) => ResourceName).join(', '),
    minWidth: 260,
  },
  { id: 'key', header: 'AWS access key', text: ({ AccessKeyId = '' }) => AccessKeyId, optional: true, minWidth: 200 },
  { id: 'address', header: 'Source IP address', text: event => recordOf(event).sourceIPAddress ?? '', optional: true, minWidth: 160 },
  { id: 'id', header: 'Event ID', text: ({ EventId = '' }) => EventId, optional: true, minWidth: 300 },
]
