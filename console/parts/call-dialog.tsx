import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import type { Answers, Call } from '../api/call.ts'
import { CopyAsCli } from './copy-as-cli.tsx'
import { CallProgress, type Confirmed, ConfirmByTyping, useConfirmation } from './call-progress.tsx'
import { useRun } from './use-call.ts'

interface CallDialogProps<Calls extends readonly Call[]> extends Confirmed {
  readonly title: string
  readonly submit: string
  /** Empty while what is entered is not enough. */
  readonly calls: Calls
  readonly onClose: () => void
  readonly onDone?: (answers: Answers<Calls>) => void
  readonly children?: ReactNode
  readonly size?: 'medium' | 'large'
}

/** A dialog that makes calls when it is confirmed; shows them as AWS CLI, how far they are, and what the API said. */
export function CallDialog<Calls extends readonly Call[]>({
  title,
  submit,
  calls,
  onClose,
  onDone,
  children,
  confirmWord,
  size = 'medium',
}: CallDialogProps<Calls>) {
  const { run, running, done, problem } = useRun()
  const confirmation = useConfirmation(confirmWord)
  const confirm = async () => {
    const answers = await run(calls)
    if (!answers) return
    onClose()
    onDone?.(answers)
  }
  return (
    <Modal
      visible
      size={size}
      onDismiss={() => !running && onClose()}
      header={title}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <CopyAsCli calls={calls} />
            <Button variant="link" onClick={onClose} disabled={running}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={running}
              disabled={calls.length === 0 || !confirmation.confirmed}
              onClick={() => void confirm()}
            >
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ConfirmByTyping {...confirmation} />
        <CallProgress calls={calls} running={running} done={done} problem={problem} />
      </SpaceBetween>
    </Modal>
  )
}
