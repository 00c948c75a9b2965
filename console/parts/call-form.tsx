import Button from '@cloudscape-design/components/button'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import type { Answers, Call } from '../api/call.ts'
import { CallProgress } from './call-progress.tsx'
import { CopyAsCli } from './copy-as-cli.tsx'
import { useRun } from './use-call.ts'

interface CallFormProps<Calls extends readonly Call[]> {
  readonly title: string
  readonly description?: string
  readonly submit: string
  /** Empty while what is entered is not enough. */
  readonly calls: Calls
  /** Where Cancel leads. */
  readonly cancelPath: string
  readonly onDone: (answers: Answers<Calls>) => void
  readonly children: ReactNode
}

/** A page with a form that makes calls when it is submitted; shows them as AWS CLI, how far they are, and what the API said. */
export function CallForm<Calls extends readonly Call[]>({
  title,
  description,
  submit,
  calls,
  cancelPath,
  onDone,
  children,
}: CallFormProps<Calls>) {
  const navigate = useNavigate()
  const { run, running, done, problem } = useRun()
  const confirm = async () => {
    const answers = await run(calls)
    if (answers) onDone(answers)
  }
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description}>
          {title}
        </Header>
      }
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          if (calls.length > 0 && !running) void confirm()
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyAsCli calls={calls} />
              <Button formAction="none" variant="link" disabled={running} onClick={() => void navigate(cancelPath)}>
                Cancel
              </Button>
              <Button variant="primary" loading={running} disabled={calls.length === 0}>
                {submit}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {children}
            <CallProgress calls={calls} running={running} done={done} problem={problem} />
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  )
}
