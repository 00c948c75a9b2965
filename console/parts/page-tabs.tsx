import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs'
import { useSearchParams } from 'react-router'

/** Tabs whose open one is in the address, so that links lead to it. */
export function PageTabs({ tabs }: { readonly tabs: readonly TabsProps.Tab[] }) {
  const [parameters, setParameters] = useSearchParams()
  const asked = parameters.get('tab')
  const open = tabs.find(({ id }) => id === asked) ?? tabs[0]
  return (
    <Tabs
      tabs={tabs}
      activeTabId={open?.id ?? ''}
      onChange={({ detail }) => setParameters({ tab: detail.activeTabId }, { replace: true })}
    />
  )
}
