import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { call } from '../api/call.ts'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useCall } from '../parts/use-call.ts'
import { pathOfArn } from '../shell/path-of-arn.ts'
import { DependsOn } from './depends-on.tsx'
import { reasonTexts } from './reasons.ts'

interface AccessRow {
  readonly who: string
  readonly kind: string
  readonly because: unknown
}

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
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Every principal that may do it, of AWS or of a cluster, each with the reason">
          Who can
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <form
            onSubmit={event => {
              event.preventDefault()
              setParameters({
                action: action.trim(),
                ...(resource && { resource: resource.trim() }),
                ...(cluster && { cluster: cluster.trim() }),
              })
            }}
          >
            <SpaceBetween size="m">
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
              <Actions>
                <Button variant="primary" loading={isFetching} disabled={action.trim() === ''}>
                  Ask
                </Button>
                {asked.action && (
                  <CopyText
                    text={`gatehouse who-can ${asked.action} ${asked.resource || "'*'"}${asked.cluster && ` --cluster ${asked.cluster}`}`}
                    what="command"
                  />
                )}
              </Actions>
            </SpaceBetween>
          </form>
        </Container>
        <DependsOn gaps={data?.dependsOn} />
        {asked.action && (
          <PageTable<AccessRow>
            id="who-can"
            variant="container"
            title={`Who can ${asked.action}`}
            columns={[
              { id: 'who', header: 'Who', text: ({ who }) => who, cell: ({ who }) => <Principal arn={who} />, minWidth: 380 },
              { id: 'kind', header: 'Kind', text: ({ kind }) => kind },
              { id: 'because', header: 'Because', text: ({ because }) => reasonTexts(because).join('; '), minWidth: 420 },
            ]}
            keyOf={({ who }) => who}
            items={data?.access as unknown as readonly AccessRow[] | undefined}
            loading={isFetching}
            problem={error}
            empty={<EmptyState title="Nobody">No principal that is known may do this.</EmptyState>}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  )
}

function Principal({ arn }: { readonly arn: string }) {
  const path = pathOfArn(arn)
  return path ? <Link href={`#${path}`}>{arn}</Link> : <>{arn}</>
}
