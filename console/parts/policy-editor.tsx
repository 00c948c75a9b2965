import Box from '@cloudscape-design/components/box'
import Spinner from '@cloudscape-design/components/spinner'
import { lazy, Suspense } from 'react'

export interface PolicyEditorProps {
  readonly value: string
  /** Left out: the policy is shown, not edited. */
  readonly onChange?: (value: string) => void
  readonly label: string
  readonly policyType?: 'IDENTITY_POLICY' | 'RESOURCE_POLICY' | 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'
  /** Such as `AWS::IAM::AssumeRolePolicyDocument`, for what ValidatePolicy knows of one kind. */
  readonly resourceType?: string
}

const Editor = lazy(() => import('./policy-editor-view.tsx'))

/** A policy as JSON, with ValidatePolicy's findings in the margin while one types. The editor is a file of its own that loads when it is needed. */
export const PolicyEditor = (props: PolicyEditorProps) => (
  <Suspense
    fallback={
      <Box padding="l" textAlign="center">
        <Spinner />
      </Box>
    }
  >
    <Editor {...props} />
  </Suspense>
)
