/**
 * IAM's tables. Times are epoch milliseconds. `nameKey` is the name in lower case: names are unique without regard to case and
 * kept as written. IAM User Guide, "IAM and AWS STS quotas, name requirements".
 */
export interface AccountsTable {
  id: string
  alias: string | null
  rootEmail: string
  createdAt: number
}

export interface UsersTable {
  id: string
  account: string
  name: string
  nameKey: string
  path: string
  boundaryArn: string | null
  createdAt: number
  passwordLastUsedAt: number | null
}

export interface GroupsTable {
  id: string
  account: string
  name: string
  nameKey: string
  path: string
  createdAt: number
}

export interface GroupMembersTable {
  groupId: string
  userId: string
}

export interface RolesTable {
  id: string
  account: string
  name: string
  nameKey: string
  path: string
  description: string | null
  /** As given by the caller. */
  trustPolicy: string
  maxSessionSeconds: number
  boundaryArn: string | null
  createdAt: number
  lastUsedAt: number | null
  lastUsedRegion: string | null
  /** The longest session that a console sign-in gets; null for the default. */
  signinSessionSeconds: number | null
  /** Of a role that was made from a template: JSON of the template's ARN and minor version. */
  sourceTemplate: string | null
}

export interface InstanceProfilesTable {
  id: string
  account: string
  name: string
  nameKey: string
  path: string
  createdAt: number
  roleId: string | null
}

/** Customer managed policies; AWS managed ones live in the catalogue. */
export interface PoliciesTable {
  id: string
  account: string
  arn: string
  name: string
  nameKey: string
  path: string
  description: string | null
  defaultVersion: number
  /** Versions are never renumbered: the next one's number. */
  nextVersion: number
  createdAt: number
  updatedAt: number
}

export interface PolicyVersionsTable {
  policyId: string
  version: number
  document: string
  createdAt: number
}

export type PolicyOwnerKind = 'user' | 'group' | 'role'

export interface PolicyAttachmentsTable {
  account: string
  ownerKind: PolicyOwnerKind
  ownerId: string
  policyArn: string
  attachedAt: number
}

export interface InlinePoliciesTable {
  ownerKind: PolicyOwnerKind
  ownerId: string
  name: string
  document: string
}

export interface AccessKeysTable {
  id: string
  account: string
  /** Null for a root user's key. */
  userId: string | null
  /** Envelope of the secret: see secrets.ts. */
  secret: string
  status: 'Active' | 'Inactive'
  createdAt: number
  lastUsedAt: number | null
  lastUsedService: string | null
  lastUsedRegion: string | null
}

/** Tags of every kind of resource. `keyKey` is the key in lower case: IAM keeps the case and compares without. */
export interface TagsTable {
  ownerKind: string
  ownerId: string
  key: string
  keyKey: string
  value: string
}

export interface OidcProvidersTable {
  arn: string
  account: string
  /** Without the scheme, as IAM shows it. */
  url: string
  createdAt: number
  /** JSON lists, in order. */
  clientIds: string
  thumbprints: string
  /** JSON of the trusted identity propagation context provider. */
  contextProvider: string | null
  identityCenterInstanceArn: string | null
}
