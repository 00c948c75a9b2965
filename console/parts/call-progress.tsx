import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import { useState } from 'react'
import { hyphenated } from '../api/aws-cli.ts'
import type { Call } from '../api/call.ts'
import { ErrorBox } from './error-box.tsx'

interface CallProgressProps {
  readonly calls: readonly Call[]
  readonly running: boolean
  readonly done: number
  readonly problem?: unknown
}

/** How far several calls are, and which one failed. */
export function CallProgress({ calls, running, done, problem }: CallProgressProps) {
  const current = calls[done]
  return (
    <>
      {running && calls.length > 1 && (
        <ProgressBar
          value={(100 * done) / calls.length}
          label="Progress"
          description={`${done} of ${calls.length} calls`}
          additionalInfo={current ? `Now: ${current.service} ${hyphenated(current.operation)}` : ''}
        />
      )}
      <ErrorBox problem={problem} />
      {Boolean(problem) && done > 0 && (
        <Alert type="info">
          {done} of {calls.length} calls are made. Another try goes on with the one that failed.
        </Alert>
      )}
    </>
  )
}

export interface Confirmed {
  /** What has to be typed before the button works. */
  readonly confirmWord?: string
}

export function useConfirmation(word: string | undefined) {
  const [typed, setTyped] = useState('')
  return { word, typed, setTyped, confirmed: word === undefined || typed === word }
}

export function ConfirmByTyping({ word, typed, setTyped }: ReturnType<typeof useConfirmation>) {
  if (word === undefined) return undefined
  return (
    <FormField label={`To confirm, enter ${word}`}>
      <Input value={typed} placeholder={word} onChange={({ detail }) => setTyped(detail.value)} />
    </FormField>
  )
}
