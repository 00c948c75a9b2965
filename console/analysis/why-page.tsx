import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useParams } from 'react-router'
import { call } from '../api/call.ts'
import { DetailPage } from '../parts/detail-page.tsx'
import { useCall } from '../parts/use-call.ts'

const bases: { readonly [basis: string]: string } = {
  recorded: 'As it was when the call was decided',
  replayed: 'What the record shows, asked again of the policies of now',
  none: 'There is nothing to explain',
}

/** Why a recorded call was decided as it was: which statement of which policy, or what is missing. */
export default function WhyPage() {
  const { eventId = '' } = useParams()
  const { data, error, isPending } = useCall(call('gatehouse-analysis', 'ExplainEvent', { eventId }))
  return (
    <DetailPage
      title={data ? `Why: ${data.eventName}` : 'Why'}
      loading={isPending}
      problem={error}
      actions={<Button href={`#/cloudtrail/events/${encodeURIComponent(eventId)}`}>Event record</Button>}
      facts={[
        { label: 'Event', value: data?.eventName ?? '-' },
        { label: 'Event ID', value: eventId },
        { label: 'Basis', value: bases[data?.basis ?? ''] ?? '-' },
      ]}
    >
      <Container header={<Header variant="h2">Explanation</Header>}>
        <Box variant="code">
          <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{data?.text}</span>
        </Box>
      </Container>
    </DetailPage>
  )
}
