import { useState } from 'react'
import { CallDialog } from '../parts/call-dialog.tsx'
import { notify } from '../shell/notifications.ts'
import { type Entity, entityCalls } from './entities.ts'
import { PolicyPicker } from './policy-picker.tsx'

interface AttachPoliciesDialogProps {
  readonly entity: Entity
  /** ARNs of what is attached already. */
  readonly attached: readonly string[]
  readonly onClose: () => void
}

export function AttachPoliciesDialog({ entity, attached, onClose }: AttachPoliciesDialogProps) {
  const [chosen, setChosen] = useState<readonly string[]>([])
  return (
    <CallDialog
      size="large"
      title={`Attach policies to ${entity.name}`}
      submit="Add permissions"
      calls={chosen.map(arn => entityCalls[entity.kind].attach(entity.name, arn))}
      onClose={onClose}
      onDone={() => notify('success', `${chosen.length === 1 ? 'Policy' : 'Policies'} attached to ${entity.name}.`)}
    >
      <PolicyPicker title="Policies" chosen={chosen} onChange={setChosen} without={attached} />
    </CallDialog>
  )
}
