import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useRun } from '../parts/use-call.ts'
import { useState } from 'react'
import type { CheckNoNewAccessResponse } from '../../src/wire/models/access-analyzer.ts'
import { isJson } from './policy-document.ts'
import { ChangePreview } from './change-preview.tsx'
import { PolicyDiff } from './policy-diff.tsx'

interface NewlyAllowedProps {
  readonly before: string
  readonly after: string
  readonly policyType?: 'IDENTITY_POLICY' | 'RESOURCE_POLICY'
}

/** What a change of a policy would allow that is not allowed now, before it is saved: a proof by CheckNoNewAccess, not a comparison of texts. */
export function NewlyAllowed({ before, after, policyType = 'IDENTITY_POLICY' }: NewlyAllowedProps) {
  const { run, running, problem } = useRun()
  const [checked, setChecked] = useState<{ readonly after: string; readonly answer: CheckNoNewAccessResponse | undefined }>()
  if (before === after) return undefined
  const check = call('accessanalyzer', 'CheckNoNewAccess', { existingPolicyDocument: before, newPolicyDocument: after, policyType })
  const answer = checked?.after === after ? checked.answer : undefined
  const ask = async () => {
    const [found] = (await run([check])) ?? []
    setChecked({ after, answer: found })
  }
  return (
    <ExpandableSection defaultExpanded headerText="What this change would allow">
      <SpaceBetween size="s">
        <PolicyDiff before={before} after={after} />
        <ChangePreview before={before} after={after} policyType={policyType} />
        <SpaceBetween direction="horizontal" size="xs">
          <Button formAction="none" loading={running} disabled={!isJson(after)} onClick={() => void ask()}>
            Check for new access
          </Button>
          <CopyAsCli calls={[check]} />
        </SpaceBetween>
        <ErrorBox problem={problem} />
        {answer && (
          <Alert
            type={answer.result === 'PASS' ? 'success' : 'warning'}
            header={answer.result === 'PASS' ? 'Nothing is newly allowed' : 'This change allows something new'}
          >
            {answer.message}
            {answer.reasons?.map(({ description, statementId, statementIndex }) => (
              <Box key={`${statementIndex}-${description}`} variant="p" color="inherit">
                {statementId ? `${statementId}: ` : statementIndex === undefined ? '' : `Statement ${statementIndex + 1}: `}
                {description}
              </Box>
            ))}
          </Alert>
        )}
      </SpaceBetween>
    </ExpandableSection>
  )
}
