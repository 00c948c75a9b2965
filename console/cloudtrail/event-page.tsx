import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useParams } from 'react-router'
import { laidOut } from '../iam/policy-document.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn, CopyText } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { Time } from '../parts/time.tsx'
import { isDenied, recordOf, whyPath } from './event-record.ts'
import { useHistories } from './look-up.ts'

/** One record of the event history. */
export default function EventPage() {
  const { eventId = '' } = useParams()
  const { data, error, isPending, calls } = useHistories('EventId', eventId)
  const event = data?.events[0]
  const record = event && recordOf(event)
  const missing = data && !event ? new Error(`The event history has no event ${eventId}.`) : undefined
  const key = event?.AccessKeyId
  return (
    <DetailPage
      title={event?.EventName ?? eventId}
      loading={isPending}
      problem={error ?? missing}
      actions={
        <Actions>
          <CopyAsCli calls={calls.filter(({ region }) => region === undefined || region === record?.awsRegion).slice(-1)} />
          {record && (
            <Button variant={isDenied(record) ? 'primary' : 'normal'} href={`#${whyPath(record)}`}>
              {isDenied(record) ? 'Why was this denied?' : 'Why was this allowed?'}
            </Button>
          )}
        </Actions>
      }
      facts={[
        { label: 'Event time', value: <Time at={event?.EventTime} /> },
        { label: 'User name', value: event?.Username ?? '-' },
        {
          label: 'Identity',
          value: record?.userIdentity?.arn ? <CopyArn arn={record.userIdentity.arn} link /> : (record?.userIdentity?.type ?? '-'),
        },
        { label: 'Event source', value: event?.EventSource ?? '-' },
        {
          label: 'Outcome',
          value: record?.errorCode ? (
            <StatusIndicator type="error">{record.errorCode}</StatusIndicator>
          ) : (
            <StatusIndicator>Success</StatusIndicator>
          ),
        },
        { label: 'Error message', value: record?.errorMessage ?? '-' },
        { label: 'Source IP address', value: record?.sourceIPAddress ?? '-' },
        { label: 'User agent', value: record?.userAgent ?? '-' },
        {
          label: 'AWS access key',
          value: key ? <Link href={`#/cloudtrail/sessions?key=${encodeURIComponent(key)}`}>{key}</Link> : '-',
        },
        { label: 'Request ID', value: record?.requestID ? <CopyText text={record.requestID} what="request ID" /> : '-' },
        { label: 'Resources', value: (event?.Resources ?? []).map(({ ResourceName }) => ResourceName).join(', ') || '-' },
        { label: 'AWS Region', value: record?.awsRegion ?? '-' },
      ]}
    >
      <Container header={<Header variant="h2">Event record</Header>}>
        {event && <PolicyEditor value={laidOut(event.CloudTrailEvent ?? '')} label="Event record" />}
      </Container>
    </DetailPage>
  )
}
