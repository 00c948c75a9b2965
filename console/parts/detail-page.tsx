import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import type { ReactNode } from 'react'
import { ErrorBox } from './error-box.tsx'

interface DetailPageProps {
  readonly title: string
  readonly loading: boolean
  readonly problem?: unknown
  readonly actions?: ReactNode
  readonly facts: readonly KeyValuePairsProps.Item[]
  readonly children?: ReactNode
}

/** The page of one resource: its name and actions, its facts, and what belongs to it. */
export function DetailPage({ title, loading, problem, actions, facts, children }: DetailPageProps) {
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={actions}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ErrorBox problem={problem} />
        {loading && (
          <Box textAlign="center">
            <Spinner size="large" />
          </Box>
        )}
        {!problem && !loading && (
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs columns={3} items={facts} />
          </Container>
        )}
        {!problem && !loading && children}
      </SpaceBetween>
    </ContentLayout>
  )
}

/** Buttons side by side. */
export const Actions = ({ children }: { readonly children: ReactNode }) => (
  <SpaceBetween direction="horizontal" size="xs">
    {children}
  </SpaceBetween>
)
