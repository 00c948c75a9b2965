import { json } from '@codemirror/lang-json'
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { basicSetup } from 'codemirror'
import { EditorView } from '@codemirror/view'
import { useEffect, useRef, useState } from 'react'
import type { ValidatePolicyFinding } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { sendAll } from '../api/send.ts'
import { isDark } from '../shell/mode.ts'
import { ErrorBox } from './error-box.tsx'
import type { PolicyEditorProps } from './policy-editor-props.ts'
import { PolicyFindings } from './policy-findings.tsx'

/** Waited after the last key before the policy is validated. */
const pauseMilliseconds = 400

/** CodeMirror in a shadow root: there its style sheets are adopted ones, which a policy without inline styles allows. */
export default function PolicyEditorView({ value, onChange, label, policyType, resourceType }: PolicyEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const changed = useRef(onChange)
  changed.current = onChange
  const readOnly = onChange === undefined
  const [findings, setFindings] = useState<readonly ValidatePolicyFinding[]>()
  const [problem, setProblem] = useState<unknown>()

  useEffect(() => {
    const element = host.current as HTMLDivElement
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const validate = async (edited: EditorView): Promise<Diagnostic[]> => {
      const policyDocument = edited.state.doc.toString()
      if (policyDocument.trim() === '' || !policyType) return []
      try {
        const request = { policyDocument, policyType, ...(resourceType && { validatePolicyResourceType: resourceType }) }
        const answer = await sendAll(call('accessanalyzer', 'ValidatePolicy', request))
        setFindings(answer.findings)
        setProblem(undefined)
        return answer.findings.flatMap(finding => diagnosticsOf(finding, policyDocument.length))
      } catch (caught) {
        setProblem(caught)
        return []
      }
    }
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: value,
        extensions: [
          basicSetup,
          json(),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label, 'data-testid': 'policy-editor' }),
          EditorView.updateListener.of(update => {
            if (update.docChanged) changed.current?.(update.state.doc.toString())
          }),
          ...(policyType && !readOnly ? [lintGutter(), linter(validate, { delay: pauseMilliseconds })] : []),
          look(isDark()),
        ],
      }),
    })
    // Long policies are scrolled by keys too.
    editor.scrollDOM.tabIndex = 0
    view.current = editor
    return () => editor.destroy()
    // The document belongs to the editor from here on: what comes later goes in by the effect below.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [readOnly, label, policyType, resourceType])

  useEffect(() => {
    const editor = view.current
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  const show = (offset: number) => {
    const editor = view.current
    if (!editor) return
    editor.dispatch({ selection: { anchor: Math.min(offset, editor.state.doc.length) }, scrollIntoView: true })
    editor.focus()
  }

  return (
    <>
      <div ref={host} />
      <ErrorBox problem={problem} />
      {!readOnly && findings && <PolicyFindings findings={findings} onShow={show} />}
    </>
  )
}

const severities: { readonly [findingType: string]: Diagnostic['severity'] } = {
  ERROR: 'error',
  SECURITY_WARNING: 'warning',
  WARNING: 'warning',
  SUGGESTION: 'info',
}

const diagnosticsOf = ({ findingType, findingDetails, issueCode, locations }: ValidatePolicyFinding, length: number): Diagnostic[] =>
  locations.map(({ span }) => ({
    from: Math.min(span.start.offset, length),
    to: Math.min(Math.max(span.end.offset, span.start.offset), length),
    severity: severities[findingType] ?? 'info',
    source: issueCode,
    message: findingDetails,
  }))

const look = (dark: boolean) =>
  EditorView.theme(
    {
      '&': {
        fontSize: '13px',
        maxHeight: '520px',
        border: `1px solid ${dark ? '#5f6b7a' : '#7d8998'}`,
        borderRadius: '8px',
        overflow: 'hidden',
      },
      '.cm-scroller': { fontFamily: "Monaco, Menlo, Consolas, 'Liberation Mono', monospace", minHeight: '80px' },
      '.cm-content, .cm-gutters': { backgroundColor: dark ? '#0f141a' : '#ffffff', color: dark ? '#d1d5db' : '#16191f' },
      '.cm-gutters': { borderRight: `1px solid ${dark ? '#414d5c' : '#d5dbdb'}`, color: dark ? '#a4b1c0' : '#545b64' },
      '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: dark ? '#1b232d' : '#f2f8fd' },
      ...(dark && {
        '.ͼe': { color: '#e9a5a0' },
        '.ͼd': { color: '#8cc4ff' },
        '.cm-cursor': { borderLeftColor: '#d1d5db' },
        '.cm-tooltip': { backgroundColor: '#161d26', color: '#d1d5db' },
      }),
    },
    { dark },
  )
