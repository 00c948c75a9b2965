import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ApiError, deniedArn, denialOf, type Denial } from '../api/api-error.ts'
import { doubtSession, signOut } from '../api/session.ts'
import { CopyArn, CopyText } from './copy-text.tsx'

/** An error in the API's words with its request id; of a denial, what is missing: who, which action, on what. */
export function ErrorBox({ problem }: { readonly problem: unknown }) {
  if (!problem) return undefined
  const denial = denialOf(problem)
  const { code, requestId } = problem instanceof ApiError ? problem : { code: 'Error', requestId: '' }
  return (
    <Alert type="error" header={denial ? `You need permission: ${denial.action}` : code}>
      <SpaceBetween size="s">
        <Box variant="p" color="inherit">
          {problem instanceof Error ? problem.message : String(problem)}
        </Box>
        {denial && <Missing denial={denial} />}
        {code === 'ReauthenticationRequired' && (
          <Button variant="inline-link" onClick={() => void signOut().finally(doubtSession)}>
            Sign in again
          </Button>
        )}
        {requestId && (
          <Box variant="small" color="inherit">
            Request ID: <CopyText text={requestId} what="request ID" />
          </Box>
        )}
      </SpaceBetween>
    </Alert>
  )
}

function Missing({ denial }: { readonly denial: Denial }) {
  const { principal, action } = denial
  const resource = deniedArn(denial)
  const question = new URLSearchParams({ principal, action, ...(resource && { resource }) })
  return (
    <>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Missing action', value: <CopyText text={action} what="action" /> },
          { label: 'Principal', value: <CopyArn arn={principal} /> },
          ...(resource ? [{ label: 'Resource', value: <CopyArn arn={resource} /> }] : []),
        ]}
      />
      <Link href={`#/iam/simulator?${question}`}>See why, and which policy would have to change</Link>
    </>
  )
}
