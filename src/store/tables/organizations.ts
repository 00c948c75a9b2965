/** Organizations' tables. Times are epoch milliseconds. */
export interface OrganizationsTable {
  id: string
  managementAccount: string
  rootId: string
  featureSet: 'ALL' | 'CONSOLIDATED_BILLING'
  /** JSON list of the policy types that are enabled in the root. */
  policyTypes: string
  createdAt: number
}

export interface OrganizationAccountsTable {
  accountId: string
  organizationId: string
  /** A root's or an organizational unit's id. */
  parentId: string
  name: string
  email: string
  joinedMethod: 'INVITED' | 'CREATED'
  joinedAt: number
  status: 'ACTIVE'
}

export interface OrganizationalUnitsTable {
  id: string
  organizationId: string
  parentId: string
  name: string
}

/** Policies that customers made; AWS's own are constants. */
export interface OrganizationPoliciesTable {
  id: string
  organizationId: string
  type: string
  name: string
  description: string
  content: string
}

/** Which policy is attached to which root, unit or account. */
export interface OrganizationPolicyTargetsTable {
  organizationId: string
  targetId: string
  policyId: string
}

export interface CreateAccountRequestsTable {
  id: string
  organizationId: string
  name: string
  accountId: string | null
  state: 'SUCCEEDED' | 'FAILED'
  failureReason: string | null
  requestedAt: number
}

/** Services with trusted access. */
export interface OrganizationServicesTable {
  organizationId: string
  service: string
  enabledAt: number
}

export interface DelegatedAdministratorsTable {
  organizationId: string
  accountId: string
  service: string
  enabledAt: number
}
