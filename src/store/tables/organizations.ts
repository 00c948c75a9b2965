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
  status: 'ACTIVE' | 'SUSPENDED'
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

export type HandshakeState = 'REQUESTED' | 'OPEN' | 'CANCELED' | 'ACCEPTED' | 'DECLINED'

/** What one account asks of another. Organizations API Reference, "Handshake". */
export interface HandshakesTable {
  id: string
  organizationId: string
  action: 'INVITE' | 'ENABLE_ALL_FEATURES' | 'APPROVE_ALL_FEATURES'
  /** The account that is to answer: the one that is invited, the member that is to approve, or the management account itself. */
  account: string
  /** Of an approval, the handshake that it is a part of. */
  parentId: string | null
  /** As last set: an open handshake whose time is over has expired. */
  state: HandshakeState
  requestedAt: number
  expiresAt: number
  endedAt: number | null
  /** JSON of the rest: address, notes, tags. */
  value: string
}

/** The policy of an organization that lets others manage it. */
export interface OrganizationResourcePoliciesTable {
  organizationId: string
  id: string
  content: string
}
