import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { EvaluationResult } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { LinesField } from '../parts/lines-field.tsx'
import { useRun } from '../parts/use-call.ts'
import { SimulationResults } from './simulation-results.tsx'
import { simulatedPrincipal } from './simulated-principal.ts'

/** Asks what a principal may do, and why: SimulatePrincipalPolicy. Links come here from denials with the question in the address. */
export default function SimulatorPage() {
  const [parameters] = useSearchParams()
  const [principal, setPrincipal] = useState(() => simulatedPrincipal(parameters.get('principal') ?? ''))
  const [actions, setActions] = useState<readonly string[]>(() => parameters.getAll('action'))
  const [resources, setResources] = useState<readonly string[]>(() => parameters.getAll('resource'))
  const [context, setContext] = useState<readonly string[]>([])
  const [results, setResults] = useState<readonly EvaluationResult[]>()
  const { run, running, problem } = useRun()
  const simulate = call('iam', 'SimulatePrincipalPolicy', {
    PolicySourceArn: principal.trim(),
    ActionNames: actions,
    ...(resources.length > 0 && { ResourceArns: resources }),
    ...(context.length > 0 && { ContextEntries: context.map(contextEntry) }),
  })
  const complete = principal.trim().startsWith('arn:') && actions.length > 0
  const ask = async () => {
    const [answer] = (await run([simulate])) ?? []
    setResults(answer?.EvaluationResults)
  }
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What a user, a group or a role may do, and which statement says so">
          Policy simulator
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <form
            onSubmit={event => {
              event.preventDefault()
              if (complete) void ask()
            }}
          >
            <SpaceBetween size="m">
              <FormField label="Principal" description="ARN of a user, a group or a role">
                <Input
                  value={principal}
                  placeholder="arn:aws:iam::111122223333:user/alice"
                  onChange={({ detail }) => setPrincipal(detail.value)}
                />
              </FormField>
              <LinesField
                label="Actions"
                description="One a line"
                placeholder="eks:DescribeCluster"
                values={actions}
                onChange={setActions}
              />
              <LinesField
                label="Resources - optional"
                description="ARNs, one a line; none means all resources"
                placeholder="*"
                values={resources}
                onChange={setResources}
              />
              <LinesField
                label="Context - optional"
                description="Condition keys with their values, one a line"
                placeholder="aws:MultiFactorAuthPresent=true"
                values={context}
                onChange={setContext}
              />
              <Actions>
                <Button variant="primary" loading={running} disabled={!complete}>
                  Run simulation
                </Button>
                <CopyAsCli calls={complete ? [simulate] : []} />
              </Actions>
            </SpaceBetween>
          </form>
        </Container>
        <ErrorBox problem={problem} />
        {results && <SimulationResults results={results} />}
        {!results && <Box color="text-body-secondary">The simulator asks the same engine that decides real requests.</Box>}
      </SpaceBetween>
    </ContentLayout>
  )
}

function contextEntry(line: string) {
  const [key = '', ...rest] = line.split('=')
  const value = rest.join('=')
  const type = value === 'true' || value === 'false' ? 'boolean' : /^-?\d+$/.test(value) ? 'numeric' : 'string'
  return { ContextKeyName: key.trim(), ContextKeyType: type, ContextKeyValues: [value.trim()] }
}
