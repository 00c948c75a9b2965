import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { lazy, Suspense, useState } from 'react'
import { useSearchParams } from 'react-router'
import { call } from '../api/call.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useCall } from '../parts/use-call.ts'
import { DependsOn } from './depends-on.tsx'
import type { GraphEdge, GraphNode } from './graph-layout.ts'
import { reasonTexts } from './reasons.ts'

const Picture = lazy(() => import('./access-graph-picture.tsx'))

/** From person through role, cluster, service account and pod to role: who becomes whom, each edge with its reason. */
export default function AccessGraphPage() {
  const [parameters, setParameters] = useSearchParams()
  const start = parameters.get('start') ?? ''
  const [typed, setTyped] = useState(start)
  const [kinds, setKinds] = useState<readonly string[]>([])
  const [chosen, setChosen] = useState<GraphEdge>()
  const { data, error, isPending } = useCall(call('gatehouse-analysis', 'GetAccessGraph', start ? { start: [start] } : {}))
  const allNodes: readonly GraphNode[] = data?.nodes ?? []
  const allEdges = (data?.edges ?? []) as unknown as readonly GraphEdge[]
  const { nodes, edges } = filtered(allNodes, allEdges, kinds)
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Who becomes whom: from person through role, cluster, service account and pod to role">
          Access graph
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ErrorBox problem={error} />
        <DependsOn gaps={data?.dependsOn} />
        <Container>
          <SpaceBetween size="m">
            <form
              onSubmit={event => {
                event.preventDefault()
                setParameters(typed.trim() ? { start: typed.trim() } : {})
              }}
            >
              <FormField
                label="Begin at - optional"
                description="A user or a role by name or ARN; empty for everyone"
                secondaryControl={<Button>Show</Button>}
              >
                <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
              </FormField>
            </form>
            <Multiselect
              ariaLabel="Kinds"
              placeholder="All kinds"
              selectedOptions={kinds.map(value => ({ value, label: value }))}
              options={[...new Set(allNodes.map(({ kind }) => kind))].map(value => ({ value, label: value }))}
              onChange={({ detail }) => setKinds(detail.selectedOptions.flatMap(({ value }) => value ?? []))}
            />
            {isPending && <Spinner />}
            {data?.truncated && (
              <Box color="text-body-secondary">There is more than this picture shows: begin at one principal to see its part.</Box>
            )}
            {nodes.length > 0 && (
              <Suspense fallback={<Spinner />}>
                <Picture nodes={nodes} edges={edges} onChoose={setChosen} />
              </Suspense>
            )}
            {data && nodes.length === 0 && <EmptyState title="Nothing to show">No principal of these kinds is known.</EmptyState>}
            {chosen && (
              <Box>
                <Box variant="strong">{chosen.title}</Box>: {chosen.from} to {chosen.to}.{' '}
                {[...reasonTexts(chosen.because), ...(chosen.assuming ? [`Assuming ${chosen.assuming}`] : [])].join('; ')}
              </Box>
            )}
          </SpaceBetween>
        </Container>
        <PageTable<GraphEdge>
          id="access-graph"
          variant="container"
          title="Edges"
          columns={[
            { id: 'from', header: 'From', text: ({ from }) => from, minWidth: 300 },
            { id: 'how', header: 'How', text: ({ title }) => title, minWidth: 240 },
            { id: 'to', header: 'To', text: ({ to }) => to, minWidth: 300 },
            { id: 'because', header: 'Because', text: ({ because }) => reasonTexts(because).join('; '), minWidth: 420 },
          ]}
          keyOf={({ from, to, how }) => `${from} ${how} ${to}`}
          items={edges}
          loading={isPending}
          empty={
            <EmptyState title="No edges">
              {!data
                ? 'There is no graph to show.'
                : data.truncated
                  ? 'None of those that the picture shows becomes another of them; there are more than it shows.'
                  : 'Nobody can become anybody else.'}
            </EmptyState>
          }
        />
      </SpaceBetween>
    </ContentLayout>
  )
}

function filtered(nodes: readonly GraphNode[], edges: readonly GraphEdge[], kinds: readonly string[]) {
  if (kinds.length === 0) return { nodes, edges }
  const kept = nodes.filter(({ kind }) => kinds.includes(kind))
  const ids = new Set(kept.map(({ id }) => id))
  return { nodes: kept, edges: edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) }
}
