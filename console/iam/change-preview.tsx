import Box from '@cloudscape-design/components/box'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useState } from 'react'
import { shortly } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { useCall } from '../parts/use-call.ts'
import { isJson } from './policy-document.ts'

interface Told {
  readonly outcome: 'found' | 'none' | 'undetermined'
  readonly witnesses?: readonly { readonly text: string }[]
}

interface ChangePreviewProps {
  readonly before: string | undefined
  readonly after: string
  readonly kind: 'identity' | 'trust'
}

/** Waited after the last key before the change is looked at. */
const pauseMilliseconds = 600

/** Requests that a change would newly allow and newly deny, each decided by the engine, while the policy is written. */
export function ChangePreview({ before, after, kind }: ChangePreviewProps) {
  const settled = useSettled(after)
  const { data, error, isFetching } = useCall(
    isJson(settled) && settled !== before
      ? call('gatehouse-analysis', 'PreviewPolicyChange', {
          policyType: kind,
          ...(before !== undefined && { currentPolicy: before }),
          proposedPolicy: settled,
        })
      : undefined,
  )
  if (error) return <StatusIndicator type="info">{shortly(error)}</StatusIndicator>
  if (!data) return isFetching ? <Spinner /> : undefined
  const newlyAllowed = data.newlyAllowed as unknown as Told
  if (before === undefined) return <Requests title="Allowed" none="It allows nothing" told={newlyAllowed} type="info" />
  return (
    <>
      <Requests title="Newly allowed" none="Nothing is newly allowed" told={newlyAllowed} type="warning" />
      <Requests
        title="No longer allowed"
        none="Nothing that was allowed is refused"
        told={data.newlyDenied as unknown as Told}
        type="info"
      />
    </>
  )
}

interface RequestsProps {
  readonly title: string
  readonly none: string
  readonly told: Told
  readonly type: 'warning' | 'info'
}

const Requests = ({ title, none, told: { outcome, witnesses = [] }, type }: RequestsProps) => (
  <div>
    <StatusIndicator type={outcome === 'none' ? 'success' : type}>
      {outcome === 'none' ? none : outcome === 'found' ? `${title}, for example:` : `${title}: undetermined, the search was given up`}
    </StatusIndicator>
    {witnesses.map(({ text }) => (
      <Box key={text} variant="small" display="block" padding={{ left: 'l' }}>
        {text}
      </Box>
    ))}
  </div>
)

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const wait = setTimeout(() => setSettled(text), pauseMilliseconds)
    return () => clearTimeout(wait)
  }, [text])
  return settled
}
