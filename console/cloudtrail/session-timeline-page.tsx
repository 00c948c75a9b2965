import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import Steps from '@cloudscape-design/components/steps'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Event } from '../../src/wire/models/cloudtrail.ts'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useAll } from '../parts/use-call.ts'
import { isDenied, recordOf, whyPath } from './event-record.ts'

/** What one set of credentials did, in order: a session of a role, a pod's, a console visit. */
export default function SessionTimelinePage() {
  const [parameters, setParameters] = useSearchParams()
  const key = parameters.get('key') ?? ''
  const [typed, setTyped] = useState(key)
  const listing = call('cloudtrail', 'LookupEvents', { LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: key }] })
  const { data, error, isLoading, count } = useAll(key ? listing : undefined)
  const events = (data?.Events ?? []).toReversed()
  const first = events[0] && recordOf(events[0])
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What one set of credentials did, call by call">
          Session timeline
        </Header>
      }
    >
      <Container>
        <SpaceBetween size="l">
          <form
            onSubmit={event => {
              event.preventDefault()
              setParameters({ key: typed.trim() })
            }}
          >
            <FormField
              label="AWS access key"
              description="Of a record in the event history, or of a session"
              secondaryControl={<Button disabled={typed.trim() === ''}>Show</Button>}
            >
              <Input value={typed} placeholder="ASIA..." onChange={({ detail }) => setTyped(detail.value)} />
            </FormField>
          </form>
          <ErrorBox problem={error} />
          {isLoading && (
            <Box>
              <Spinner /> {count > 0 && `${count} events so far`}
            </Box>
          )}
          {first && (
            <Header
              variant="h2"
              counter={`(${events.length})`}
              actions={<CopyAsCli calls={[listing]} />}
              description={first.userIdentity?.arn ?? ''}
            >
              Calls
            </Header>
          )}
          {events.length > 0 && <Steps ariaLabel="Calls of the session" steps={events.map(step)} />}
          {data && events.length === 0 && (
            <EmptyState title="No calls">These credentials made no call that the event history of this region knows of.</EmptyState>
          )}
        </SpaceBetween>
      </Container>
    </ContentLayout>
  )
}

function step(event: Event) {
  const record = recordOf(event)
  const denied = isDenied(record)
  return {
    status: record.errorCode ? ('error' as const) : ('success' as const),
    statusIconAriaLabel: record.errorCode ?? 'Success',
    header: (
      <>
        <Link href={`#/cloudtrail/events/${encodeURIComponent(event.EventId ?? '')}`}>{event.EventName}</Link>{' '}
        <Box variant="span" color="text-body-secondary">
          {event.EventTime?.toISOString()}
        </Box>
      </>
    ),
    details: (
      <Box variant="small">
        {record.errorMessage ?? (event.Resources ?? []).map(({ ResourceName }) => ResourceName).join(', ')}{' '}
        {denied && <Link href={`#${whyPath(record)}`}>Why?</Link>}
      </Box>
    ),
  }
}
