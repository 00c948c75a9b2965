import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Steps from '@cloudscape-design/components/steps'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Event } from '../../src/wire/models/cloudtrail.ts'
import { credentials } from '../api/credentials.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { QuestionPage } from '../parts/question-page.tsx'
import { Time } from '../parts/time.tsx'
import { isDenied, recordOf, whyPath } from './event-record.ts'
import { useHistories } from './look-up.ts'

/** What one set of credentials did, in order: a session of a role, a pod's, a console visit. */
export default function SessionTimelinePage() {
  const [parameters, setParameters] = useSearchParams()
  const key = parameters.get('key') ?? ''
  const [typed, setTyped] = useState(key)
  const { data, error, isFetching, refetch, calls } = useHistories('AccessKeyId', key)
  const first = data?.events[0] && recordOf(data.events[0])
  const show = (next: string) => {
    setTyped(next)
    if (next === key) void refetch()
    else setParameters({ key: next })
  }
  return (
    <QuestionPage
      title="Session timeline"
      description="What one set of credentials did, call by call"
      fields={
        <FormField label="AWS access key" description="Of a record in the event history, or of a session">
          <Input value={typed} placeholder="ASIA..." onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      }
      ask="Show"
      asking={isFetching}
      complete={typed.trim() !== ''}
      onAsk={() => show(typed.trim())}
      command={<CopyAsCli calls={key ? calls : []} />}
      problem={error}
      teaches={{
        title: 'Every session has a key of its own',
        text: 'A role that is taken, a pod that exchanges its token, a visit to this console: each gets temporary credentials, whose access key ties its calls together. Any record of the event history leads here.',
        action: <Button onClick={() => void credentials.current().then(({ accessKeyId }) => show(accessKeyId))}>Show this session</Button>,
      }}
    >
      {data && (
        <Container
          header={
            <Header
              variant="h2"
              counter={`(${data.events.length})`}
              description={[first?.userIdentity?.arn, data.more && 'There are older calls than these.'].filter(Boolean).join(' ')}
            >
              Calls
            </Header>
          }
        >
          {data.events.length > 0 ? (
            <Steps ariaLabel="Calls of the session" steps={data.events.map(step)} />
          ) : (
            <EmptyState title="No calls">These credentials made no call that the event history knows of.</EmptyState>
          )}
        </Container>
      )}
    </QuestionPage>
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
          <Time at={event.EventTime} />
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
