import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { isJson } from './policy-document.ts'
import { StatementEditor } from './statement-editor.tsx'
import { newStatement, statementsOf, type VisualStatement, withStatements } from './statements.ts'

/** A policy statement by statement: service, actions, resources, conditions. Both editors write the same text, and neither loses what the other wrote. */
export function VisualEditor({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  // What is half typed, such as a condition's key, may not be told from the text again.
  const [edited, setEdited] = useState(() => ({ text: value, statements: statementsOf(value) }))
  if (edited.text !== value) setEdited({ text: value, statements: statementsOf(value) })
  const { statements } = edited
  if (!statements)
    return (
      <Alert type="error">
        {isJson(value)
          ? 'The policy has elements that this editor cannot show without losing them. Edit it as JSON.'
          : 'The policy is not JSON yet. Mend it in the JSON editor, then come back.'}
      </Alert>
    )
  const change = (next: readonly VisualStatement[]) => {
    const text = withStatements(value, next)
    setEdited({ text, statements: next })
    onChange(text)
  }
  return (
    <SpaceBetween size="m">
      {statements.map((statement, index) => (
        <StatementEditor
          key={statement.id}
          number={index + 1}
          statement={statement}
          onChange={changed => change(statements.with(index, changed))}
          onRemove={() => change(statements.toSpliced(index, 1))}
        />
      ))}
      <Button iconName="add-plus" formAction="none" onClick={() => change([...statements, newStatement()])}>
        Add more permissions
      </Button>
    </SpaceBetween>
  )
}
