import FormField from '@cloudscape-design/components/form-field'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'

interface LinesFieldProps {
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
  readonly values: readonly string[]
  readonly onChange: (values: readonly string[]) => void
}

/** A list of texts, one a line. What is being typed is kept as it is; empty lines are no values. */
export function LinesField({ label, description, placeholder, values, onChange }: LinesFieldProps) {
  const [typed, setTyped] = useState('')
  const shown = sameLines(linesOf(typed), values) ? typed : values.join('\n')
  return (
    <FormField label={label} description={description}>
      <Textarea
        value={shown}
        rows={Math.min(8, Math.max(2, shown.split('\n').length))}
        placeholder={placeholder ?? ''}
        onChange={({ detail }) => {
          setTyped(detail.value)
          onChange(linesOf(detail.value))
        }}
      />
    </FormField>
  )
}

const linesOf = (text: string) => text.split('\n').flatMap(line => line.trim() || [])
const sameLines = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((line, index) => line === b[index])
