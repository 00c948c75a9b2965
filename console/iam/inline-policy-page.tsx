import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { CallForm } from '../parts/call-form.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { type Entity, entityCalls, entityPath, type EntityKind } from './entities.ts'
import { useEntityArn } from './entity-arn.ts'
import { NewlyAllowed } from './newly-allowed.tsx'
import { emptyPolicy, isJson, readableDocument } from './policy-document.ts'
import { PolicyWriter } from './policy-writer.tsx'

/** Creates or edits an inline policy of a user, a group or a role. */
export default function InlinePolicyPage() {
  const { kind = 'users', name = '', policyName } = useParams()
  const entity: Entity = { kind: kind as EntityKind, name }
  const known = useCall(policyName === undefined ? undefined : entityCalls[entity.kind].getInline(name, policyName))
  if (known.error) return <ErrorBox problem={known.error} />
  if (policyName !== undefined && !known.data) return undefined
  return <InlinePolicyForm entity={entity} policyName={policyName} document={readableDocument(known.data?.PolicyDocument)} />
}

function InlinePolicyForm({
  entity,
  policyName,
  document,
}: {
  readonly entity: Entity
  readonly policyName: string | undefined
  readonly document: string
}) {
  const navigate = useNavigate()
  const [newName, setNewName] = useState('')
  const [text, setText] = useState(document || emptyPolicy)
  const name = policyName ?? newName.trim()
  const { putInline, singular } = entityCalls[entity.kind]
  const arn = useEntityArn(entity)
  return (
    <CallForm
      title={policyName ?? 'Create inline policy'}
      description={`An inline policy belongs to one ${singular} and goes when it goes.`}
      submit={policyName ? 'Save changes' : 'Create policy'}
      calls={name !== '' && isJson(text) && text !== document ? [putInline(entity.name, name, text)] : []}
      cancelPath={entityPath(entity)}
      onDone={() => {
        notify('success', `Policy ${name} saved.`)
        void navigate(entityPath(entity))
      }}
    >
      <Container>
        <SpaceBetween size="m">
          {policyName === undefined && (
            <FormField label="Policy name">
              <Input value={newName} onChange={({ detail }) => setNewName(detail.value)} />
            </FormField>
          )}
          <PolicyWriter value={text} onChange={setText} />
          {text !== emptyPolicy && (
            <NewlyAllowed {...(document !== '' && { before: document })} after={text} subject={name && arn && `${arn}#${name}`} />
          )}
        </SpaceBetween>
      </Container>
    </CallForm>
  )
}
