import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import { generatePath, matchPath, useLocation, useNavigate } from 'react-router'
import { dashboardPath, type Page, pages } from './pages.ts'

/** From the dashboard down to the page that is open, by each page's parent. */
export function Breadcrumbs() {
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const items = trail(pathname).map(({ title, path }) => ({ text: title, href: `#${path}` }))
  return (
    <BreadcrumbGroup
      items={[{ text: 'Gatehouse', href: `#${dashboardPath}` }, ...items]}
      onFollow={event => {
        event.preventDefault()
        void navigate(event.detail.href.slice(1))
      }}
    />
  )
}

export function pageAt(pathname: string): Page | undefined {
  return pages.find(({ path }) => matchPath(path, pathname))
}

function trail(pathname: string): { readonly title: string; readonly path: string }[] {
  const page = pageAt(pathname)
  if (!page || page.path === dashboardPath) return []
  const params = paramsOf(page, pathname)
  const above = page.parent ? trail(generatePath(page.parent, params)) : []
  return [...above, { title: titleOf(page, params), path: pathname }]
}

/** Of a match with one path React Router leaves escapes as they are. */
const paramsOf = ({ path }: Page, pathname: string): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(matchPath(path, pathname)?.params ?? {}).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
  )

/** A page of one resource is called by its last parameter; of an ARN, its name. */
function titleOf({ path, title }: Page, params: { readonly [name: string]: string }): string {
  const last = /:(\w+)$/.exec(path)?.[1]
  const name = last && params[last]
  return name ? (name.startsWith('arn:') ? name.replace(/^[^/]*\//, '') : name) : title
}
