import type { Database } from '../database.ts'

/** What of a table's past is kept. */
export interface KeptTable {
  /** Columns that no question about the past asks for: secrets, and what changes with every use. A change to these alone leaves no trace. */
  readonly without?: readonly string[]
  /** Of rows in which the column has one of these values alone. */
  readonly only?: { readonly column: string; readonly values: readonly string[] }
}

/** Kinds of Kubernetes objects whose past is kept: what decides access in a cluster. Secrets and what programs keep are not among them. */
export const keptKubernetesResources = [
  '/configmaps',
  '/namespaces',
  '/nodes',
  '/pods',
  '/serviceaccounts',
  'networking.k8s.io/networkpolicies',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
] as const

/** The tables of which it can be told how they were: everything that decides who may do what. */
export const keptTables = {
  accounts: {},
  users: { without: ['passwordLastUsedAt'] },
  groups: {},
  groupMembers: {},
  roles: { without: ['lastUsedAt', 'lastUsedRegion'] },
  instanceProfiles: {},
  policies: {},
  policyVersions: {},
  policyAttachments: {},
  inlinePolicies: {},
  tags: {},
  organizations: {},
  organizationAccounts: {},
  organizationalUnits: {},
  organizationPolicies: {},
  organizationPolicyTargets: {},
  organizationServices: {},
  delegatedAdministrators: {},
  clusters: { without: ['webhookToken'] },
  accessEntries: {},
  accessPolicyAssociations: {},
  eksResources: {},
  podIdentityAssociations: {},
  instances: { without: ['userData'] },
  instanceProfileAssociations: {},
  kubernetesObjects: { only: { column: 'resource', values: keptKubernetesResources } },
  s3Buckets: {},
} as const satisfies { readonly [Table in keyof Database]?: KeptTable }

export type KeptTableName = keyof typeof keptTables
