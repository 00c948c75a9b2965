import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { shortly } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { useCall } from '../parts/use-call.ts'
import { isJson } from './policy-document.ts'

interface NewAdministratorsProps {
  readonly before: string | undefined
  readonly after: string
  readonly kind: 'identity' | 'trust'
  readonly subject: string
}

/** Who would be or could become an administrator under a policy that is not saved yet, when it is asked for: the whole account is looked at. */
export function NewAdministrators({ before, after, kind, subject }: NewAdministratorsProps) {
  const [asked, setAsked] = useState<string>()
  const { data, error, isFetching } = useCall(
    asked === after
      ? call('gatehouse-analysis', 'PreviewPolicyChange', {
          policyType: kind,
          ...(before !== undefined && { currentPolicy: before }),
          proposedPolicy: after,
          subject,
        })
      : undefined,
  )
  const escalations = (data?.newEscalations ?? []) as unknown as readonly { readonly from: string; readonly to: string }[]
  const nobody = data && data.newAdministrators.length === 0 && escalations.length === 0
  return (
    <>
      <Button formAction="none" loading={isFetching} disabled={!isJson(after)} onClick={() => setAsked(after)}>
        Who would become an administrator?
      </Button>
      {error && <StatusIndicator type="warning">{shortly(error)}</StatusIndicator>}
      {nobody && <StatusIndicator>Nobody becomes an administrator who is not one now</StatusIndicator>}
      {data && !nobody && (
        <Alert type="warning" header="This makes ways to an administrator">
          {data.newAdministrators.map(arn => (
            <Box key={arn} variant="p" color="inherit">
              {arn} may do everything
            </Box>
          ))}
          {escalations.map(({ from, to }) => (
            <Box key={`${from} ${to}`} variant="p" color="inherit">
              {from} can become {to}
            </Box>
          ))}
        </Alert>
      )}
    </>
  )
}
