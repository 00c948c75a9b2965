import type { AutosuggestProps } from '@cloudscape-design/components/autosuggest'
import TopNavigation from '@cloudscape-design/components/top-navigation'
import { type RefObject, useState } from 'react'
import { useNavigate } from 'react-router'
import { currentRegion, regions } from '../api/region.ts'
import { signOut, switchBack, switchRole } from '../api/session.ts'
import type { ConsoleSession } from '../session-api.ts'
import { chooseMode, isDark } from './mode.ts'
import logo from './gatehouse.svg'
import { notify } from './notifications.ts'
import { PageSearch } from './page-search.tsx'
import { useSession } from './session-context.ts'

interface TopBarProps {
  readonly search: RefObject<AutosuggestProps.Ref | null>
  readonly onSessionChanged: () => Promise<void>
}

export function TopBar({ search, onSessionChanged }: TopBarProps) {
  const session = useSession()
  const navigate = useNavigate()
  const [dark, setDark] = useState(isDark)
  const region = currentRegion()

  const become = async (change: () => Promise<object>) => {
    try {
      await change()
      await onSessionChanged()
    } catch (problem) {
      notify('error', problem instanceof Error ? problem.message : String(problem))
    }
  }

  const chosen: { readonly [id: string]: () => void } = {
    credentials: () => void navigate('/security-credentials'),
    'switch-role': () => void navigate('/switch-role'),
    'switch-back': () => void become(switchBack),
    'sign-out': () => void become(signOut),
  }
  const follow = (id: string) => {
    const role = session.roleHistory[Number(/^role-(\d+)$/.exec(id)?.[1] ?? -1)]
    if (role) void become(() => switchRole(role))
    else chosen[id]?.()
  }

  return (
    <TopNavigation
      identity={{ href: '#/', logo: { src: logo, alt: 'Gatehouse' } }}
      search={<PageSearch ref={search} />}
      i18nStrings={{
        searchIconAriaLabel: 'Search',
        searchDismissIconAriaLabel: 'Close search',
        overflowMenuTriggerText: 'More',
        overflowMenuTitleText: 'All',
      }}
      utilities={[
        {
          type: 'button',
          iconName: 'light-dark',
          ariaLabel: dark ? 'Light mode' : 'Dark mode',
          title: dark ? 'Light mode' : 'Dark mode',
          disableUtilityCollapse: true,
          onClick: () => {
            chooseMode(!dark)
            setDark(!dark)
          },
        },
        {
          type: 'menu-dropdown',
          text: region,
          ariaLabel: `Region: ${region}`,
          // As AWS's console shows regions that an account has not enabled.
          items: regions().map(([id, text]) => ({
            id,
            text,
            secondaryText: id,
            ...(id !== region && { disabled: true, disabledReason: `This Gatehouse is ${region}. Start another with --region ${id}.` }),
          })),
        },
        {
          type: 'menu-dropdown',
          text: nameOf(session),
          description: session.alias ? `${session.alias} (${session.account})` : session.account,
          ariaLabel: `Account: ${nameOf(session)}`,
          iconName: 'user-profile',
          items: accountMenu(session),
          onItemClick: ({ detail }) => follow(detail.id),
        },
      ]}
    />
  )
}

/** Who the console acts as now. */
export const nameOf = ({ kind, userName, role, arn }: ConsoleSession) =>
  role
    ? (role.displayName ?? `${role.roleName} @ ${role.account}`)
    : kind === 'root'
      ? 'Root user'
      : (userName ?? arn.replace(/^[^/]*\//, ''))

const accountMenu = ({ kind, role, roleHistory }: ConsoleSession) => [
  { id: 'credentials', text: 'Security credentials' },
  ...(kind === 'root' ? [] : [{ id: 'switch-role', text: 'Switch role' }]),
  ...(role ? [{ id: 'switch-back', text: 'Switch back' }] : []),
  ...(roleHistory.length === 0
    ? []
    : [
        {
          id: 'history',
          text: 'Role history',
          items: roleHistory.map(({ displayName, roleName, account }, index) => ({
            id: `role-${index}`,
            text: displayName ?? `${roleName} @ ${account}`,
          })),
        },
      ]),
  { id: 'sign-out', text: 'Sign out' },
]
