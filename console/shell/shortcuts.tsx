import Box from '@cloudscape-design/components/box'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'

/** After `g`, where to go. */
const destinations: { readonly [key: string]: readonly [path: string, title: string] } = {
  d: ['/', 'Dashboard'],
  u: ['/iam/users', 'Users'],
  g: ['/iam/groups', 'User groups'],
  r: ['/iam/roles', 'Roles'],
  p: ['/iam/policies', 'Policies'],
  i: ['/iam/identity-providers', 'Identity providers'],
  c: ['/eks/clusters', 'Clusters'],
  e: ['/cloudtrail/events', 'Event history'],
  f: ['/access-analyzer/findings', 'Findings'],
}

/** Keys that work on every page; `?` lists them. */
export function Shortcuts({ onSearch }: { readonly onSearch: () => void }) {
  const navigate = useNavigate()
  const [listed, setListed] = useState(false)

  useEffect(() => {
    let goes = false
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const destination = goes ? destinations[event.key] : undefined
      goes = event.key === 'g' && !destination
      if (destination) void navigate(destination[0])
      else if (event.key === '/') onSearch()
      else if (event.key === '?') setListed(true)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [navigate, onSearch])

  if (!listed) return undefined
  return (
    <Modal visible onDismiss={() => setListed(false)} header="Keyboard shortcuts">
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Search', value: <Box variant="code">/</Box> },
          { label: 'These shortcuts', value: <Box variant="code">?</Box> },
          ...Object.entries(destinations).map(([key, [, title]]) => ({ label: title, value: <Box variant="code">g {key}</Box> })),
        ]}
      />
    </Modal>
  )
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
