import Alert from '@cloudscape-design/components/alert'
import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useAll, useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { policyNameOf } from './delete-policy-dialog.tsx'
import { NewlyAllowed } from './newly-allowed.tsx'
import { isJson, readableDocument } from './policy-document.ts'
import { PolicyWriter } from './policy-writer.tsx'

/** A new version of a managed policy that becomes the default. */
export default function EditPolicyPage() {
  const { arn = '' } = useParams()
  const policy = useCall(call('iam', 'GetPolicy', { PolicyArn: arn }))
  const VersionId = policy.data?.Policy?.DefaultVersionId
  const version = useCall(VersionId ? call('iam', 'GetPolicyVersion', { PolicyArn: arn, VersionId }) : undefined)
  const problem = policy.error ?? version.error
  if (problem) return <ErrorBox problem={problem} />
  if (!version.data) return <Spinner />
  return <EditPolicyForm arn={arn} document={readableDocument(version.data.PolicyVersion?.Document)} />
}

const mostVersions = 5

function EditPolicyForm({ arn, document }: { readonly arn: string; readonly document: string }) {
  const navigate = useNavigate()
  const [text, setText] = useState(document)
  const versions = useAll(call('iam', 'ListPolicyVersions', { PolicyArn: arn }))
  const known = versions.data?.Versions ?? []
  const oldest = known.length >= mostVersions ? known.findLast(({ IsDefaultVersion }) => !IsDefaultVersion)?.VersionId : undefined
  const path = `/iam/policies/${encodeURIComponent(arn)}`
  const calls = [
    ...(oldest ? [call('iam', 'DeletePolicyVersion', { PolicyArn: arn, VersionId: oldest })] : []),
    call('iam', 'CreatePolicyVersion', { PolicyArn: arn, PolicyDocument: text, SetAsDefault: true }),
  ]
  return (
    <CallForm
      title={`Edit ${policyNameOf(arn)}`}
      submit="Save changes"
      calls={isJson(text) && text !== document ? calls : []}
      cancelPath={path}
      onDone={() => {
        notify('success', `Policy ${policyNameOf(arn)} updated.`)
        void navigate(path)
      }}
    >
      <Container>
        <SpaceBetween size="m">
          <PolicyWriter value={text} onChange={setText} />
          <NewlyAllowed before={document} after={text} subject={arn} />
        </SpaceBetween>
      </Container>
      {oldest && <Alert type="info">A policy has five versions at most: saving deletes {oldest}, the oldest that is not in force.</Alert>}
    </CallForm>
  )
}
