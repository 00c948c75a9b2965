import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { Actions } from './detail-page.tsx'
import { EmptyState } from './empty-state.tsx'
import { ErrorBox } from './error-box.tsx'

interface QuestionPageProps {
  readonly title: string
  readonly description: string
  /** What is asked with. */
  readonly fields: ReactNode
  /** On the button that asks. */
  readonly ask: string
  readonly asking: boolean
  /** Whether what is entered is enough. */
  readonly complete: boolean
  readonly onAsk: () => void
  /** The same question on a command line. */
  readonly command?: ReactNode
  /** Above the question: what it cannot be asked without. */
  readonly notice?: ReactNode
  readonly problem?: unknown
  /** What the page is for, while nothing is asked yet. */
  readonly teaches: { readonly title: string; readonly text: string; readonly action?: ReactNode }
  /** The answer; undefined while there is none. */
  readonly children?: ReactNode
}

/** A page that is asked something: the question as a form, and below it the answer. */
export function QuestionPage(props: QuestionPageProps) {
  const { title, description, fields, ask, asking, complete, onAsk, command, notice, problem, teaches, children } = props
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {notice}
        <Container>
          <form
            onSubmit={event => {
              event.preventDefault()
              if (complete) onAsk()
            }}
          >
            <SpaceBetween size="m">
              {fields}
              <Actions>
                <Button variant="primary" loading={asking} disabled={!complete}>
                  {ask}
                </Button>
                {command}
              </Actions>
            </SpaceBetween>
          </form>
        </Container>
        <ErrorBox problem={problem} />
        {children || problem || asking ? (
          children
        ) : (
          <EmptyState title={teaches.title} action={teaches.action}>
            {teaches.text}
          </EmptyState>
        )}
      </SpaceBetween>
    </ContentLayout>
  )
}
