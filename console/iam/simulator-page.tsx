import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { EvaluationResult } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { LinesField } from '../parts/lines-field.tsx'
import { QuestionPage } from '../parts/question-page.tsx'
import { useRun } from '../parts/use-call.ts'
import { PrincipalField } from './principal-field.tsx'
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
    <QuestionPage
      title="Policy simulator"
      description="What a user, a group or a role may do, and which statement says so"
      fields={
        <SpaceBetween size="m">
          <PrincipalField
            description="ARN of a user, a group or a role"
            placeholder="arn:aws:iam::111122223333:user/alice"
            value={principal}
            onChange={setPrincipal}
          />
          <LinesField label="Actions" description="One a line" placeholder="eks:DescribeCluster" values={actions} onChange={setActions} />
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
        </SpaceBetween>
      }
      ask="Run simulation"
      asking={running}
      complete={complete}
      onAsk={() => void ask()}
      command={<CopyAsCli calls={complete ? [simulate] : []} />}
      problem={problem}
      teaches={{
        title: 'Nothing is done',
        text: 'The simulator asks the engine that decides real requests, and tells which statement of which policy decided. Denials anywhere in this console lead here with their question filled in.',
      }}
    >
      {results && <SimulationResults results={results} />}
    </QuestionPage>
  )
}

function contextEntry(line: string) {
  const [key = '', ...rest] = line.split('=')
  const value = rest.join('=')
  const type = value === 'true' || value === 'false' ? 'boolean' : /^-?\d+$/.test(value) ? 'numeric' : 'string'
  return { ContextKeyName: key.trim(), ContextKeyType: type, ContextKeyValues: [value.trim()] }
}
