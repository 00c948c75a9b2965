import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import type { FindingDetails } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { useAnalyzer } from './analyzers.ts'

/** One finding: what is open, to whom, by what. */
export default function FindingPage() {
  const { findingId = '' } = useParams()
  const [parameters] = useSearchParams()
  const { analyzer } = useAnalyzer(parameters.get('analyzer'))
  const analyzerArn = analyzer?.arn ?? ''
  const getFinding = call('accessanalyzer', 'GetFindingV2', { analyzerArn, id: findingId })
  const { data, error, isPending } = useCall(analyzerArn ? getFinding : undefined)
  const [asked, setAsked] = useState(false)
  const archived = data?.status === 'ARCHIVED'
  return (
    <DetailPage
      title={data?.resource?.replace(/^arn:[\w-]+:/, '') ?? findingId}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getFinding]} />
          {data?.status !== 'RESOLVED' && <Button onClick={() => setAsked(true)}>{archived ? 'Unarchive' : 'Archive'}</Button>}
        </Actions>
      }
      facts={[
        { label: 'Resource', value: <CopyArn arn={data?.resource ?? ''} link /> },
        { label: 'Status', value: data?.status ?? '-' },
        { label: 'Finding type', value: data?.findingType ?? '-' },
        { label: 'Resource type', value: data?.resourceType ?? '-' },
        { label: 'Owner account', value: data?.resourceOwnerAccount ?? '-' },
        { label: 'Updated', value: <Time at={data?.updatedAt} /> },
      ]}
    >
      <Container header={<Header variant="h2">What is open</Header>}>
        <SpaceBetween size="l">
          {(data?.findingDetails ?? []).map(details => (
            <KeyValuePairs key={JSON.stringify(details)} columns={2} items={factsOf(details)} />
          ))}
        </SpaceBetween>
      </Container>
      {asked && (
        <CallDialog
          title={archived ? 'Unarchive this finding?' : 'Archive this finding?'}
          submit={archived ? 'Unarchive' : 'Archive'}
          calls={[call('accessanalyzer', 'UpdateFindings', { analyzerArn, ids: [findingId], status: archived ? 'ACTIVE' : 'ARCHIVED' })]}
          onClose={() => setAsked(false)}
          onDone={() => notify('success', archived ? 'The finding is active again.' : 'Finding archived.')}
        >
          {archived ? 'It shows up among the active findings again.' : 'For access that is intended.'}
        </CallDialog>
      )}
    </DetailPage>
  )
}

/** The members of whichever kind the finding is, by their names. */
const factsOf = (details: FindingDetails) =>
  Object.values(details).flatMap(kind =>
    Object.entries((kind ?? {}) as { readonly [name: string]: unknown }).map(([name, value]) => ({
      label: name.replaceAll(/([A-Z])/g, ' $1').replace(/^./, first => first.toUpperCase()),
      value: <FactValue value={value} />,
    })),
  )

function FactValue({ value }: { readonly value: unknown }) {
  if (value instanceof Date) return <Time at={value} />
  if (Array.isArray(value))
    return <Box>{value.map(item => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ') || '-'}</Box>
  if (typeof value === 'object' && value !== null)
    return (
      <Box>
        {Object.entries(value)
          .map(([key, item]) => `${key}: ${String(item)}`)
          .join(', ') || 'None'}
      </Box>
    )
  return <Box>{String(value)}</Box>
}
