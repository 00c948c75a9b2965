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

export const sections = [
  'Access management',
  'Access reports',
  'Kubernetes',
  'Audit',
  'Organization',
  'What AWS never shows',
  'Help',
] as const
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

const accessManagement = { section: 'Access management' } as const
const audit = { section: 'Audit' } as const
const neverShown = { section: 'What AWS never shows' } as const
const kubernetes = { section: 'Kubernetes' } as const
const accessReports = { section: 'Access reports' } as const

/** Fixed addresses come before those with a parameter in the same place. */
export const pages: readonly Page[] = [
  page(dashboardPath, 'Dashboard', () => import('../dashboard/dashboard-page.tsx'), { words: 'home security recommendations' }),
  page('/security-credentials', 'My security credentials', () => import('../iam/security-credentials-page.tsx'), {
    words: 'password mfa keys',
  }),
  page('/switch-role', 'Switch role', () => import('./switch-role-page.tsx'), { words: 'assume' }),

  page('/iam/groups', 'User groups', () => import('../iam/groups-page.tsx'), accessManagement),
  page('/iam/groups/create', 'Create user group', () => import('../iam/create-group-page.tsx'), { parent: '/iam/groups' }),
  page('/iam/groups/:groupName', 'User group', () => import('../iam/group-page.tsx'), { parent: '/iam/groups' }),
  page('/iam/users', 'Users', () => import('../iam/users-page.tsx'), { ...accessManagement, words: 'people' }),
  page('/iam/users/create', 'Create user', () => import('../iam/create-user-page.tsx'), { parent: '/iam/users' }),
  page('/iam/users/:userName', 'User', () => import('../iam/user-page.tsx'), { parent: '/iam/users' }),
  page('/iam/roles', 'Roles', () => import('../iam/roles-page.tsx'), { ...accessManagement, words: 'trust irsa' }),
  page('/iam/roles/create', 'Create role', () => import('../iam/create-role-page.tsx'), { parent: '/iam/roles' }),
  page('/iam/roles/:roleName', 'Role', () => import('../iam/role-page.tsx'), { parent: '/iam/roles' }),
  page('/iam/:kind/:name/create-inline-policy', 'Create inline policy', () => import('../iam/inline-policy-page.tsx')),
  page('/iam/:kind/:name/inline-policies/:policyName', 'Inline policy', () => import('../iam/inline-policy-page.tsx')),
  page('/iam/policies', 'Policies', () => import('../iam/policies-page.tsx'), { ...accessManagement, words: 'permissions json managed' }),
  page('/iam/policies/create', 'Create policy', () => import('../iam/create-policy-page.tsx'), { parent: '/iam/policies' }),
  page('/iam/policies/:arn', 'Policy', () => import('../iam/policy-page.tsx'), { parent: '/iam/policies' }),
  page('/iam/policies/:arn/edit', 'Edit policy', () => import('../iam/edit-policy-page.tsx'), { parent: '/iam/policies/:arn' }),
  page('/iam/identity-providers', 'Identity providers', () => import('../iam/identity-providers-page.tsx'), {
    ...accessManagement,
    words: 'openid connect oidc saml issuer irsa',
  }),
  page('/iam/identity-providers/create', 'Add identity provider', () => import('../iam/create-identity-provider-page.tsx'), {
    parent: '/iam/identity-providers',
  }),
  page('/iam/identity-providers/:arn', 'Identity provider', () => import('../iam/identity-provider-page.tsx'), {
    parent: '/iam/identity-providers',
  }),
  page('/iam/account-settings', 'Account settings', () => import('../iam/account-settings-page.tsx'), {
    ...accessManagement,
    words: 'password policy alias sts',
  }),

  page('/iam/credential-report', 'Credential report', () => import('../iam/credential-report-page.tsx'), {
    ...accessReports,
    words: 'mfa keys csv',
  }),
  page('/iam/simulator', 'Policy simulator', () => import('../iam/simulator-page.tsx'), {
    ...accessReports,
    words: 'why denied allowed explain',
  }),

  page('/eks/clusters', 'Clusters', () => import('../eks/clusters-page.tsx'), { ...kubernetes, words: 'eks kubernetes' }),
  page('/eks/clusters/create', 'Create cluster', () => import('../eks/create-cluster-page.tsx'), { parent: '/eks/clusters' }),
  page('/eks/clusters/:clusterName', 'Cluster', () => import('../eks/cluster-page.tsx'), { parent: '/eks/clusters' }),

  page('/cloudtrail/events', 'Event history', () => import('../cloudtrail/events-page.tsx'), {
    ...audit,
    words: 'cloudtrail log records denied',
  }),
  page('/cloudtrail/events/:eventId', 'Event', () => import('../cloudtrail/event-page.tsx'), { parent: '/cloudtrail/events' }),
  page('/cloudtrail/sessions', 'Session timeline', () => import('../cloudtrail/session-timeline-page.tsx'), {
    ...audit,
    words: 'access key credentials',
  }),

  page('/access-analyzer/findings', 'Findings', () => import('../access-analyzer/findings-page.tsx'), {
    ...accessReports,
    words: 'access analyzer external public',
  }),
  page('/access-analyzer/findings/:findingId', 'Finding', () => import('../access-analyzer/finding-page.tsx'), {
    parent: '/access-analyzer/findings',
  }),
  page('/access-analyzer/analyzers', 'Analyzers', () => import('../access-analyzer/analyzers-page.tsx'), accessReports),
  page('/access-analyzer/archive-rules', 'Archive rules', () => import('../access-analyzer/archive-rules-page.tsx'), accessReports),
  page('/access-analyzer/preview', 'Access preview', () => import('../access-analyzer/access-preview-page.tsx'), accessReports),

  page('/organization', 'Organization', () => import('../organizations/organization-page.tsx'), {
    section: 'Organization',
    words: 'accounts scp units',
  }),

  page('/analysis/graph', 'Access graph', () => import('../analysis/access-graph-page.tsx'), {
    ...neverShown,
    words: 'paths escalation picture',
  }),
  page('/analysis/who-can', 'Who can', () => import('../analysis/who-can-page.tsx'), {
    ...neverShown,
    words: 'permissions kubernetes rbac',
  }),
  page('/analysis/least-privilege', 'Least privilege', () => import('../analysis/least-privilege-page.tsx'), {
    ...neverShown,
    words: 'policy generate smallest replay unused',
  }),
  page('/analysis/audit', 'Audit', () => import('../analysis/audit-page.tsx'), { ...neverShown, words: 'best practices mend findings' }),
  page('/documentation', 'Documentation', () => import('../documentation/documents-page.tsx'), {
    section: 'Help',
    words: 'help guide manual docs reference',
  }),
  page('/documentation/:name', 'Document', () => import('../documentation/document-page.tsx'), { parent: '/documentation' }),
  page('/analysis/why/:eventId', 'Why', () => import('../analysis/why-page.tsx'), { parent: '/cloudtrail/events' }),
]
