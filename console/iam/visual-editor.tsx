import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { StatementEditor } from './statement-editor.tsx'
import { emptyStatement, statementsOf, type VisualStatement, withStatements } from './statements.ts'

/** A policy statement by statement: service, actions, resources, conditions. */
export function VisualEditor({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const statements = statementsOf(value)
  if (!statements) return <Alert type="error">The policy is not JSON yet. Mend it in the JSON editor, then come back.</Alert>
  const change = (next: readonly VisualStatement[]) => onChange(withStatements(value, next))
  return (
    <SpaceBetween size="m">
      {statements.map((statement, index) => (
        <StatementEditor
          // Statements have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          number={index + 1}
          statement={statement}
          onChange={changed => change(statements.with(index, changed))}
          onRemove={() => change(statements.toSpliced(index, 1))}
        />
      ))}
      <Button iconName="add-plus" formAction="none" onClick={() => change([...statements, emptyStatement])}>
        Add more permissions
      </Button>
    </SpaceBetween>
  )
}
