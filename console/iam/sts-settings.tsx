import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

/** Security Token Service: its endpoints, and in which regions tokens of the global one are good. */
export function StsSettings() {
  const { data, error } = useCall(call('iam', 'GetAccountSummary', {}))
  const [open, setOpen] = useState(false)
  const current = data?.SummaryMap?.['GlobalEndpointTokenVersion'] === 2 ? 'v2Token' : 'v1Token'
  const [version, setVersion] = useState('v2Token')
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Where temporary credentials come from"
          actions={<Button onClick={() => setOpen(true)}>Change</Button>}
        >
          Security Token Service (STS)
        </Header>
      }
    >
      <ErrorBox problem={error} />
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Endpoint', value: <CopyText text={location.origin} what="endpoint" /> },
          {
            label: 'Session tokens of the global endpoint',
            value: current === 'v2Token' ? 'Valid in all AWS Regions' : 'Valid only in Regions enabled by default',
          },
        ]}
      />
      {open && (
        <CallDialog
          title="Session tokens of the global endpoint"
          submit="Save changes"
          calls={version === current ? [] : [call('iam', 'SetSecurityTokenServicePreferences', { GlobalEndpointTokenVersion: version })]}
          onClose={() => setOpen(false)}
          onDone={() => notify('success', 'STS settings saved.')}
        >
          <RadioGroup
            ariaLabel="Token version"
            value={version}
            onChange={({ detail }) => setVersion(detail.value)}
            items={[
              { value: 'v2Token', label: 'Valid in all AWS Regions' },
              { value: 'v1Token', label: 'Valid only in AWS Regions enabled by default' },
            ]}
          />
        </CallDialog>
      )}
    </Container>
  )
}
