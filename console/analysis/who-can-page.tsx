import FormField from '@cloudscape-design/components/form-field'
import Grid from '@cloudscape-design/components/grid'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { WhoCanResponse } from '../../src/services/analysis/model.ts'
import { quoted } from '../api/aws-cli.ts'
import { call } from '../api/call.ts'
import { CopyAsCommand } from '../parts/copy-as-cli.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { QuestionPage } from '../parts/question-page.tsx'
import { useCall } from '../parts/use-call.ts'
import { pathOfArn } from '../shell/path-of-arn.ts'
import { DependsOn } from './depends-on.tsx'
import { reasonTexts } from './reasons.ts'

interface AccessRow {
  readonly who: string
  readonly kind: string
  readonly because: string
}

/** Who may, and of whom it cannot be said: a policy could allow it that was not to be read. */
const rowsOf = ({ access, unsure }: WhoCanResponse): readonly AccessRow[] => [
  ...(access as unknown as readonly { readonly who: string; readonly kind: string; readonly because: unknown }[]).map(
    ({ who, kind, because }) => ({ who, kind, because: reasonTexts(because).join('; ') }),
  ),
  ...(unsure as unknown as readonly { readonly who: string; readonly dependsOn: readonly string[] }[]).map(({ who, dependsOn }) => ({
    who,
    kind: 'not known',
    because: `Nothing allows it, but missing is ${dependsOn.join('; ')}`,
  })),
]

/** Who may do an action of AWS, or a verb of Kubernetes, and why. */
export default function WhoCanPage() {
  const [parameters, setParameters] = useSearchParams()
  const asked = {
    action: parameters.get('action') ?? '',
    resource: parameters.get('resource') ?? '',
    cluster: parameters.get('cluster') ?? '',
  }
  const [action, setAction] = useState(asked.action)
  const [resource, setResource] = useState(asked.resource)
  const [cluster, setCluster] = useState(asked.cluster)
  const question = {
    action: asked.action,
    ...(asked.resource && { resource: asked.resource }),
    ...(asked.cluster && { cluster: asked.cluster }),
    maxResults: 1000,
  }
  const { data, error, isFetching } = useCall(asked.action ? call('gatehouse-analysis', 'WhoCan', question) : undefined)
  const ask = (next: typeof asked) =>
    setParameters(Object.fromEntries(Object.entries(next).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : []))))
  const onCluster = asked.cluster && ` --cluster ${quoted(asked.cluster)}`
  return (
    <QuestionPage
      title="Who can"
      description="Every principal that may do it, of AWS or of a cluster, each with the reason"
      fields={
        <Grid gridDefinition={[{ colspan: 4 }, { colspan: 5 }, { colspan: 3 }]}>
          <FormField label="Action or verb">
            <Input value={action} placeholder="sts:AssumeRole, or get" onChange={({ detail }) => setAction(detail.value)} />
          </FormField>
          <FormField label="Resource - optional">
            <Input value={resource} placeholder="An ARN, or secrets/db" onChange={({ detail }) => setResource(detail.value)} />
          </FormField>
          <FormField label="Cluster - for verbs">
            <Input value={cluster} onChange={({ detail }) => setCluster(detail.value)} />
          </FormField>
        </Grid>
      }
      ask="Ask"
      asking={isFetching}
      complete={action.trim() !== ''}
      onAsk={() => ask({ action, resource, cluster })}
      command={
        <CopyAsCommand command={asked.action && `gatehouse who-can ${quoted(asked.action)} ${quoted(asked.resource || '*')}${onCluster}`} />
      }
      problem={error}
      teaches={{
        title: 'Ask before somebody else does',
        text: 'An action such as iam:CreateAccessKey on a resource, or a verb such as get on secrets of a cluster: the answer names everyone who may, by whichever policies, access entries and role bindings, and says why.',
      }}
    >
      {data && (
        <>
          <DependsOn gaps={data.dependsOn} />
          <PageTable<AccessRow>
            id="who-can"
            variant="container"
            title={`Who can ${asked.action}`}
            description={data.nextToken && 'The first thousand. Name a resource to see fewer.'}
            columns={[
              { id: 'who', header: 'Who', text: ({ who }) => who, cell: ({ who }) => <Principal arn={who} />, minWidth: 380 },
              { id: 'kind', header: 'Kind', text: ({ kind }) => kind },
              { id: 'because', header: 'Because', text: ({ because }) => because, minWidth: 420 },
            ]}
            keyOf={({ who }) => who}
            items={rowsOf(data)}
            loading={isFetching}
            empty={<EmptyState title="Nobody">No principal that is known may do this.</EmptyState>}
          />
        </>
      )}
    </QuestionPage>
  )
}

function Principal({ arn }: { readonly arn: string }) {
  const path = pathOfArn(arn)
  return path ? <Link href={`#${path}`}>{arn}</Link> : <>{arn}</>
}
