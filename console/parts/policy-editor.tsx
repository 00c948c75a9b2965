import Box from '@cloudscape-design/components/box'
import Spinner from '@cloudscape-design/components/spinner'
import { lazy, Suspense } from 'react'
import type { PolicyEditorProps } from './policy-editor-props.ts'

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
