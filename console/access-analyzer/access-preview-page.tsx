import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { AccessPreviewFinding, CreateAccessPreviewRequest } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { send, sendAll } from '../api/send.ts'
import { emptyPolicy, isJson } from '../iam/policy-document.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { QuestionPage } from '../parts/question-page.tsx'
import { useRun } from '../parts/use-call.ts'
import { useAnalyzer } from './analyzers.ts'

/** Asked this often whether the preview is ready, and so many times. */
const pauseMilliseconds = 300
const mostTries = 100

/** Resources whose policy a preview is made of here, by what their ARNs look like. */
const configurationOf = (arn: string, policy: string): CreateAccessPreviewRequest['configurations'][string] | undefined => {
  if (/^arn:[\w-]+:s3:::[^/]+$/.test(arn)) return { s3Bucket: { bucketPolicy: policy } }
  if (/^arn:[\w-]+:iam::\d{12}:role\//.test(arn)) return { iamRole: { trustPolicy: policy } }
  if (/^arn:[\w-]+:sqs:/.test(arn)) return { sqsQueue: { queuePolicy: policy } }
  if (/^arn:[\w-]+:secretsmanager:/.test(arn)) return { secretsManagerSecret: { secretPolicy: policy } }
  if (/^arn:[\w-]+:sns:/.test(arn)) return { snsTopic: { topicPolicy: policy } }
  return undefined
}

/** Who outside would have access under a policy that is not in force yet. IAM User Guide, "Preview access with Access Analyzer APIs". */
export default function AccessPreviewPage() {
  const [parameters] = useSearchParams()
  const { analyzers, isPending, error } = useAnalyzer(null)
  const analyzerArn = analyzers.find(({ type }) => type === 'ACCOUNT' || type === 'ORGANIZATION')?.arn
  const [resource, setResource] = useState(parameters.get('resource') ?? '')
  const [policy, setPolicy] = useState(emptyPolicy)
  const [previewId, setPreviewId] = useState<string>()
  const { run, running, problem } = useRun()
  const configuration = configurationOf(resource.trim(), policy)
  const create =
    analyzerArn && configuration && isJson(policy)
      ? call('accessanalyzer', 'CreateAccessPreview', { analyzerArn, configurations: { [resource.trim()]: configuration } })
      : undefined
  const ask = async () => {
    const [answer] = create ? ((await run([create])) ?? []) : []
    setPreviewId(answer?.id)
  }
  const findings = useQuery({
    queryKey: ['preview', previewId],
    queryFn: () => readPreview(analyzerArn ?? '', previewId ?? ''),
    enabled: previewId !== undefined,
  })
  return (
    <QuestionPage
      title="Access preview"
      description="Who outside would have access, before a policy is put in force"
      notice={
        <>
          <ErrorBox problem={error} />
          {!isPending && !error && !analyzerArn && (
            <Alert type="info" action={<Button href="#/access-analyzer/analyzers">Analyzers</Button>}>
              A preview needs an analyzer for external access: it says what is outside. Create one first.
            </Alert>
          )}
        </>
      }
      fields={
        <SpaceBetween size="m">
          <FormField label="Resource ARN" description="A bucket, a role, a queue, a topic or a secret, there already or not">
            <Input value={resource} placeholder="arn:aws:s3:::my-bucket" onChange={({ detail }) => setResource(detail.value)} />
          </FormField>
          <PolicyEditor value={policy} onChange={setPolicy} label="Policy of the resource" policyType="RESOURCE_POLICY" />
        </SpaceBetween>
      }
      ask="Preview external access"
      asking={running || findings.isLoading}
      complete={create !== undefined}
      onAsk={() => void ask()}
      command={<CopyAsCli calls={create ? [create] : []} />}
      problem={problem ?? findings.error}
      teaches={{
        title: 'Findings before there is anything to find',
        text: 'Write the policy that you mean to put on a resource. The analyzer says which principals outside of your zone of trust it would let in, and nothing is changed.',
      }}
    >
      {findings.data && (
        <PageTable<AccessPreviewFinding>
          id="preview-findings"
          variant="container"
          title="Findings under this policy"
          columns={[
            { id: 'change', header: 'Change', text: ({ changeType }) => changeType },
            { id: 'principal', header: 'Principal', text: ({ principal = {} }) => Object.values(principal).join(', '), minWidth: 280 },
            { id: 'action', header: 'Actions', text: ({ action = [] }) => action.join(', '), minWidth: 280 },
            { id: 'public', header: 'Public', text: ({ isPublic = false }) => (isPublic ? 'Yes' : 'No') },
          ]}
          keyOf={({ id }) => id}
          items={findings.data}
          loading={false}
          empty={<EmptyState title="No external access">Under this policy nobody outside of the zone of trust has access.</EmptyState>}
        />
      )}
    </QuestionPage>
  )
}

async function readPreview(analyzerArn: string, accessPreviewId: string): Promise<readonly AccessPreviewFinding[]> {
  for (let tries = 0; tries < mostTries; tries++) {
    const { accessPreview } = await send(call('accessanalyzer', 'GetAccessPreview', { analyzerArn, accessPreviewId }))
    if (accessPreview.status === 'FAILED') throw new Error(`The preview failed: ${accessPreview.statusReason?.code ?? 'unknown'}.`)
    if (accessPreview.status === 'COMPLETED')
      return (await sendAll(call('accessanalyzer', 'ListAccessPreviewFindings', { analyzerArn, accessPreviewId }))).findings
    await new Promise(resolve => setTimeout(resolve, pauseMilliseconds))
  }
  throw new Error('The preview is not ready yet. Try again in a while.')
}
