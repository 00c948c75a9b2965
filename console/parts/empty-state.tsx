import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  readonly title: string
  /** What the thing is for, in a sentence or two, for who sees none yet. */
  readonly children: ReactNode
  readonly action?: ReactNode
}

/** Where nothing is yet: says what would be here, why one would want it, and how to make the first. */
export const EmptyState = ({ title, children, action }: EmptyStateProps) => (
  <Box textAlign="center" margin={{ vertical: 'xs' }} color="inherit">
    <SpaceBetween size="s">
      <Box variant="strong">{title}</Box>
      <Box variant="p" color="text-body-secondary">
        {children}
      </Box>
      {action}
    </SpaceBetween>
  </Box>
)
