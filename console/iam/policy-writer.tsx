import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { VisualEditor } from './visual-editor.tsx'

/** An identity policy, written as JSON or statement by statement; both write the same text. */
export function PolicyWriter({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [editor, setEditor] = useState('json')
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label="Policy editor"
        selectedId={editor}
        onChange={({ detail }) => setEditor(detail.selectedId)}
        options={[
          { id: 'visual', text: 'Visual' },
          { id: 'json', text: 'JSON' },
        ]}
      />
      {editor === 'visual' ? (
        <VisualEditor value={value} onChange={onChange} />
      ) : (
        <PolicyEditor value={value} onChange={onChange} label="Policy document" policyType="IDENTITY_POLICY" />
      )}
    </SpaceBetween>
  )
}
