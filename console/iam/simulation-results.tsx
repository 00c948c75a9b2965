import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { EvaluationResult } from '../../src/wire/models/iam.ts'

const decisions: { readonly [decision: string]: { readonly text: string; readonly type: 'success' | 'error' } } = {
  allowed: { text: 'Allowed', type: 'success' },
  explicitDeny: { text: 'Denied by a statement', type: 'error' },
  implicitDeny: { text: 'Denied: nothing allows it', type: 'error' },
}

/** A result for each resource that was named, in place of the one for all of them. */
const byResource = (result: EvaluationResult): readonly EvaluationResult[] =>
  result.ResourceSpecificResults?.map(({ EvalResourceDecision, ...specific }) => ({
    EvalActionName: result.EvalActionName,
    EvalDecision: EvalResourceDecision,
    OrganizationsDecisionDetail: result.OrganizationsDecisionDetail,
    ...specific,
  })) ?? [result]

/** Each decision with what made it. */
export const SimulationResults = ({ results }: { readonly results: readonly EvaluationResult[] }) => (
  <SpaceBetween size="s">
    {results.flatMap(byResource).map(result => (
      <ExpandableSection
        key={`${result.EvalActionName} ${result.EvalResourceName}`}
        variant="container"
        defaultExpanded
        headerText={result.EvalActionName}
        headerDescription={result.EvalResourceName ?? '*'}
      >
        <Explanation result={result} />
      </ExpandableSection>
    ))}
  </SpaceBetween>
)

function Explanation({ result }: { readonly result: EvaluationResult }) {
  const { EvalDecision, MatchedStatements = [], MissingContextValues = [], EvalDecisionDetails = {} } = result
  const { text, type } = decisions[EvalDecision] ?? { text: EvalDecision, type: 'error' as const }
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {reasonsOf(result).map(reason => (
        <Box key={reason}>{reason}</Box>
      ))}
      {MatchedStatements.map(({ SourcePolicyId, SourcePolicyType, StartPosition }) => (
        <Box key={`${SourcePolicyId} ${StartPosition?.Line} ${StartPosition?.Column}`}>
          Statement at line {StartPosition?.Line ?? '?'} of {SourcePolicyId} ({SourcePolicyType})
        </Box>
      ))}
      {Object.entries(EvalDecisionDetails).map(([kind, decision]) => (
        <Box key={kind}>
          {kind}: {decisions[decision]?.text ?? decision}
        </Box>
      ))}
      {MissingContextValues.length > 0 && (
        <Box>Conditions ask for what was not given: {MissingContextValues.join(', ')}. Add them as context.</Box>
      )}
    </SpaceBetween>
  )
}

function reasonsOf({
  EvalDecision,
  MatchedStatements = [],
  PermissionsBoundaryDecisionDetail,
  OrganizationsDecisionDetail,
}: EvaluationResult): string[] {
  const limits = [
    ...(PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false ? ['The permissions boundary does not allow it.'] : []),
    ...(OrganizationsDecisionDetail?.AllowedByOrganizations === false
      ? ["The organization's service control policies do not allow it."]
      : []),
  ]
  if (EvalDecision === 'implicitDeny' && MatchedStatements.length === 0 && limits.length === 0)
    return [
      'No statement of the identity-based policies matches the action and the resource in these circumstances. Attach a policy that allows it.',
    ]
  return limits
}
