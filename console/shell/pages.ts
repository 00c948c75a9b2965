import { type ComponentType, lazy } from 'react'

/** A page of the console: this table makes the routes, the navigation, the breadcrumbs and what the search finds. */
export interface Page {
  /** As React Router reads it, such as `/iam/users/:userName`. */
  readonly path: string
  /** Its name in navigation, search and breadcrumb; a page of one resource is called by its last parameter. */
  readonly title: string
  /** In the navigation under this heading; pages without one are reached from others. */
  readonly section?: Section
  /** The page above it in the breadcrumb. */
  readonly parent?: string
  /** Words by which the search finds it besides its title. */
  readonly words?: string
  readonly Component: ComponentType
}

export const sections = ['Access management', 'Access reports', 'Kubernetes', 'Audit', 'Organization', 'What AWS never shows'] as const
export type Section = (typeof sections)[number]

const page = (
  path: string,
  title: string,
  load: () => Promise<{ default: ComponentType }>,
  more: Partial<Omit<Page, 'Component'>> = {},
): Page => ({
  path,
  title,
  Component: lazy(load),
  ...more,
})

export const dashboardPath = '/'

export const pages: readonly Page[] = [
  page(dashboardPath, 'Dashboard', () => import('../dashboard/dashboard-page.tsx'), { words: 'home security recommendations' }),
  page('/iam/users', 'Users', () => import('../iam/users-page.tsx'), { section: 'Access management', words: 'people' }),
  page('/iam/users/create', 'Create user', () => import('../iam/create-user-page.tsx'), { parent: '/iam/users' }),
]
