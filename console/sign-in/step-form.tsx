import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'

interface StepFormProps {
  readonly title: string
  readonly description?: string
  readonly submit: string
  readonly disabled: boolean
  readonly onSubmit: () => Promise<void>
  readonly onCancel?: () => void
  readonly children?: ReactNode
}

/** One step of signing in: what was refused is said in the server's words. */
export function StepForm({ title, description, submit, disabled, onSubmit, onCancel, children }: StepFormProps) {
  const [problem, setProblem] = useState('')
  const [running, setRunning] = useState(false)
  const send = async () => {
    setRunning(true)
    setProblem('')
    try {
      await onSubmit()
    } catch (caught) {
      setProblem(caught instanceof Error ? caught.message : String(caught))
    } finally {
      setRunning(false)
    }
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (!disabled && !running) void send()
      }}
    >
      <SpaceBetween size="m">
        <Header variant="h2" description={description}>
          {title}
        </Header>
        {problem && <Alert type="error">{problem}</Alert>}
        {children}
        <Button variant="primary" fullWidth loading={running} disabled={disabled}>
          {submit}
        </Button>
        {onCancel && (
          <Button variant="link" formAction="none" fullWidth disabled={running} onClick={onCancel}>
            Sign in as somebody else
          </Button>
        )}
      </SpaceBetween>
    </form>
  )
}
