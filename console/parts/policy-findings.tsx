import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { ValidatePolicyFinding } from '../../src/wire/models/access-analyzer.ts'

/** The four kinds of findings, in the order in which the AWS console shows them. */
const kinds: readonly { readonly type: string; readonly title: string; readonly status: StatusIndicatorProps.Type }[] = [
  { type: 'SECURITY_WARNING', title: 'Security', status: 'warning' },
  { type: 'ERROR', title: 'Errors', status: 'error' },
  { type: 'WARNING', title: 'Warnings', status: 'warning' },
  { type: 'SUGGESTION', title: 'Suggestions', status: 'info' },
]

interface PolicyFindingsProps {
  readonly findings: readonly ValidatePolicyFinding[]
  /** Leads to a place in the policy. */
  readonly onShow: (offset: number) => void
}

/** What IAM Access Analyzer says of the policy as it is now. */
export function PolicyFindings({ findings, onShow }: PolicyFindingsProps) {
  const counted = kinds.map(kind => ({ ...kind, found: findings.filter(({ findingType }) => findingType === kind.type) }))
  return (
    <div data-testid="policy-findings">
      <ExpandableSection defaultExpanded headerText={counted.map(({ title, found }) => `${title}: ${found.length}`).join('   ')}>
        {findings.length === 0 && <StatusIndicator type="success">No findings</StatusIndicator>}
        <SpaceBetween size="xs">
          {counted.flatMap(({ status, found }) =>
            found.map(({ issueCode, findingDetails, locations }) => {
              const start = locations[0]?.span.start
              return (
                <div key={`${issueCode}-${start?.offset ?? ''}-${findingDetails}`}>
                  <StatusIndicator type={status}>
                    {start && (
                      <Button variant="inline-link" formAction="none" onClick={() => onShow(start.offset)}>
                        {`Ln ${start.line}, Col ${start.column}`}
                      </Button>
                    )}{' '}
                    {issueCode.toLowerCase().replaceAll('_', ' ')}
                  </StatusIndicator>
                  <Box variant="small" display="block" padding={{ left: 'l' }}>
                    {findingDetails}
                  </Box>
                </div>
              )
            }),
          )}
        </SpaceBetween>
      </ExpandableSection>
    </div>
  )
}
