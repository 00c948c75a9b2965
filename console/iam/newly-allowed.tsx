import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { CheckNoNewAccessResponse } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useRun } from '../parts/use-call.ts'
import { ChangePreview } from './change-preview.tsx'
import { NewAdministrators } from './new-administrators.tsx'
import { PolicyDiff } from './policy-diff.tsx'
import { isJson } from './policy-document.ts'

interface NewlyAllowedProps {
  /** Left out, the policy is a new one. */
  readonly before?: string
  readonly after: string
  readonly kind?: 'identity' | 'trust'
  /** Where the policy goes: its ARN, a role's for its trust policy, `ARN#NAME` for an inline policy. Left out, it goes nowhere yet. */
  readonly subject?: string | undefined
}

/** What a policy, or a change of one, would allow that is not allowed now, before it is saved: decided by the engine, not a comparison of texts. */
export function NewlyAllowed({ before, after, kind = 'identity', subject }: NewlyAllowedProps) {
  if (before === after) return undefined
  return (
    <ExpandableSection defaultExpanded headerText={before === undefined ? 'What this policy would allow' : 'What this change would allow'}>
      <SpaceBetween size="s">
        {before !== undefined && <PolicyDiff before={before} after={after} />}
        <ChangePreview before={before} after={after} kind={kind} />
        {subject !== undefined && <NewAdministrators before={before} after={after} kind={kind} subject={subject} />}
        {before !== undefined && <NoNewAccess before={before} after={after} kind={kind} />}
      </SpaceBetween>
    </ExpandableSection>
  )
}

/** The proof by CheckNoNewAccess, when it is asked for. */
function NoNewAccess({ before, after, kind }: { readonly before: string; readonly after: string; readonly kind: 'identity' | 'trust' }) {
  const { run, running, problem } = useRun()
  const [checked, setChecked] = useState<{ readonly after: string; readonly answer: CheckNoNewAccessResponse | undefined }>()
  const policyType = kind === 'identity' ? 'IDENTITY_POLICY' : 'RESOURCE_POLICY'
  const check = call('accessanalyzer', 'CheckNoNewAccess', { existingPolicyDocument: before, newPolicyDocument: after, policyType })
  const answer = checked?.after === after ? checked.answer : undefined
  const ask = async () => {
    const [found] = (await run([check])) ?? []
    setChecked({ after, answer: found })
  }
  return (
    <>
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
    </>
  )
}
