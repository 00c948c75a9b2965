import AppLayout from '@cloudscape-design/components/app-layout'
import type { AutosuggestProps } from '@cloudscape-design/components/autosuggest'
import Box from '@cloudscape-design/components/box'
import Flashbar from '@cloudscape-design/components/flashbar'
import SideNavigation from '@cloudscape-design/components/side-navigation'
import Spinner from '@cloudscape-design/components/spinner'
import { Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { NavigationType, Route, Routes, useLocation, useNavigate, useNavigationType } from 'react-router'
import { PageBoundary } from '../parts/page-boundary.tsx'
import { NoSuchPage } from './no-such-page.tsx'
import { Breadcrumbs, pageAt } from './breadcrumbs.tsx'
import { dismiss, turnPage, useNotifications } from './notifications.ts'
import { dashboardPath, pages, sections } from './pages.ts'
import { Shortcuts } from './shortcuts.tsx'
import { TopBar } from './top-bar.tsx'

/** What is around every page: top navigation, side navigation, breadcrumb, notifications. */
export function Shell({ onSessionChanged }: { readonly onSessionChanged: () => Promise<void> }) {
  const location = useLocation()
  const { pathname, search: query } = location
  // An address that is opened anew, also of the page that is open, is a page with that address's fields; one that the page itself set is not.
  const navigation = useNavigationType()
  const [visit, setVisit] = useState({ location, count: 0 })
  if (visit.location !== location) setVisit({ location, count: navigation === NavigationType.Pop ? visit.count + 1 : visit.count })
  const search = useRef<AutosuggestProps.Ref>(null)
  const [open, setOpen] = useState(() => innerWidth > 900)
  const toSearch = useCallback(() => search.current?.focus(), [])
  const page = pageAt(pathname)

  useEffect(() => {
    document.title = page ? `${page.title} - Gatehouse` : 'Gatehouse'
  }, [page])

  // What is said while a page opens belongs to it.
  const opened = useRef(pathname)
  useEffect(() => {
    if (opened.current !== pathname) turnPage()
    opened.current = pathname
  }, [pathname])

  return (
    <>
      <div id="top-bar">
        <TopBar search={search} onSessionChanged={onSessionChanged} />
      </div>
      <Shortcuts onSearch={toSearch} />
      <AppLayout
        headerSelector="#top-bar"
        navigation={<Navigation pathname={pathname} />}
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        toolsHide
        breadcrumbs={<Breadcrumbs />}
        notifications={<Notifications />}
        content={
          <PageBoundary key={`${visit.count} ${pathname}`}>
            <div data-address={pathname + query}>
              <Suspense fallback={<Loading />}>
                <Routes>
                  {pages.map(({ path, Component }) => (
                    <Route key={path} path={path} element={<Component />} />
                  ))}
                  <Route path="*" element={<NoSuchPage />} />
                </Routes>
              </Suspense>
            </div>
          </PageBoundary>
        }
      />
    </>
  )
}

const Loading = () => (
  <Box textAlign="center" padding="xxl">
    <Spinner size="large" />
  </Box>
)

function Navigation({ pathname }: { readonly pathname: string }) {
  const navigate = useNavigate()
  const page = pageAt(pathname)
  const links = (section: (typeof sections)[number]) =>
    pages.filter(each => each.section === section).map(({ title, path }) => ({ type: 'link' as const, text: title, href: `#${path}` }))
  return (
    <SideNavigation
      header={{ text: 'Gatehouse', href: `#${dashboardPath}` }}
      activeHref={`#${page?.section || !page?.parent ? pathname : page.parent}`}
      onFollow={event => {
        if (event.detail.external) return
        event.preventDefault()
        void navigate(event.detail.href.slice(1))
      }}
      items={[
        { type: 'link', text: 'Dashboard', href: `#${dashboardPath}` },
        ...sections.flatMap(section => {
          const items = links(section)
          return items.length === 0 ? [] : [{ type: 'section' as const, text: section, items }]
        }),
      ]}
    />
  )
}

function Notifications() {
  const notifications = useNotifications()
  return (
    <Flashbar
      stackItems
      i18nStrings={{ notificationBarText: 'Notifications', notificationBarAriaLabel: 'View all notifications', ariaLabel: 'Notifications' }}
      items={notifications.map(({ id, type, content }) => ({
        id: String(id),
        type: type === 'in-progress' ? 'info' : type,
        loading: type === 'in-progress',
        content,
        dismissible: true,
        dismissLabel: 'Dismiss',
        onDismiss: () => dismiss(id),
      }))}
    />
  )
}
