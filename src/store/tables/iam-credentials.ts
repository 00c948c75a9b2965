import type { Generated } from 'kysely'

/** More of IAM's tables: what people and programs sign in with besides access keys, and an account's settings. */

/** Settings of an account, such as its password policy: JSON by name. */
export interface AccountSettingsTable {
  account: string
  name: string
  value: string
}

/** A user's console password. */
export interface LoginProfilesTable {
  userId: string
  account: string
  /** See passwords.ts in identity. */
  passwordHash: string
  createdAt: number
  /** When the password was set last. */
  changedAt: number
  /** 1 when the user must choose another at next sign-in. */
  resetRequired: number
  /** JSON list of earlier hashes, latest first. */
  earlierHashes: string
  /** The longest session that a console sign-in gets; null for the default. */
  signinSessionSeconds: number | null
}

export interface MfaDevicesTable {
  serial: string
  account: string
  path: string
  name: string
  nameKey: string
  /** Envelope of the seed: see secrets.ts. */
  seed: string
  createdAt: number
  /** The user, the account's number for its root user, or null while unassigned. */
  ownerId: string | null
  enabledAt: number | null
  /** The last time step whose code was used: no code is taken twice. */
  lastStep: number
  /** How many time steps the device's clock is ahead. */
  drift: number
  /** Wrong codes since the last good one, and when the last of them came. */
  failedCodes: Generated<number>
  failedAt: Generated<number>
  /** Of a FIDO security key: JSON of its public key and counter; null of virtual devices. */
  securityKey: Generated<string | null>
}

/** Somebody who is signed in to the console. */
export interface ConsoleSessionsTable {
  /** SHA-256 of the id that the browser holds. */
  idHash: string
  account: string
  /** The user, the account's number for its root user, or the role. */
  ownerId: string
  /** JSON of the session facts that credentials are issued from. */
  facts: string
  signedInAt: number
  expiresAt: number
  usedAt: number
  /** JSON of the role that is played for now, with its session facts. */
  switched: string | null
  /** JSON list of the roles that were switched to, latest first. */
  roleHistory: string
}

/** Sign-in tokens that were used, kept until they would have ended anyway. */
export interface UsedSigninTokensTable {
  tokenId: string
  expiresAt: number
}

export interface UsedSamlAssertionsTable {
  idHash: string
  expiresAt: number
}

export interface SshPublicKeysTable {
  id: string
  account: string
  userId: string
  body: string
  fingerprint: string
  status: 'Active' | 'Inactive'
  uploadedAt: number
}

export interface SigningCertificatesTable {
  id: string
  account: string
  userId: string
  body: string
  status: 'Active' | 'Inactive'
  uploadedAt: number
}

export interface ServerCertificatesTable {
  id: string
  account: string
  name: string
  nameKey: string
  path: string
  body: string
  chain: string | null
  /** Envelope of the private key. */
  privateKey: string
  uploadedAt: number
  expiresAt: number
}

export interface ServiceCredentialsTable {
  id: string
  account: string
  userId: string
  service: string
  serviceUserName: string
  passwordHash: string
  status: 'Active' | 'Inactive' | 'Expired'
  createdAt: number
  expiresAt: number | null
}

export interface SamlProvidersTable {
  arn: string
  account: string
  name: string
  uuid: string
  metadata: string
  createdAt: number
  validUntil: number
  /** `Required` or `Allowed`; null when the provider never encrypts. */
  encryptionMode: string | null
  /** JSON list of private keys: id, time, envelope. */
  privateKeys: string
  /** JSON of the trusted identity propagation context provider. */
  contextProvider: string | null
  identityCenterInstanceArn: string | null
}

/** Work that is asked for by one operation and told by another: deletions of service-linked roles, reports. JSON by id. */
export interface IamJobsTable {
  id: string
  account: string
  kind: string
  createdAt: number
  value: string
}

/** The last call of one operation by a user or role. */
export interface ServiceUsesTable {
  /** Unique id of the user or role, or of the account for its root user. */
  entityId: string
  account: string
  /** The prefix of the service's actions, such as `iam`. */
  service: string
  action: string
  lastAt: number
  region: string
}

export type DelegationState = 'UNASSIGNED' | 'ASSIGNED' | 'PENDING_APPROVAL' | 'ACCEPTED' | 'FINALIZED' | 'REJECTED'

/** A product provider's request for temporary access. IAM User Guide, "Understanding the Request Lifecycle". */
export interface DelegationRequestsTable {
  id: string
  /** The provider's account. */
  requestor: string
  workflowId: string
  ownerAccount: string | null
  /** ARN of who initiated the request in the owner's account. */
  ownerId: string | null
  /** As last set: a request whose time is over has expired, whatever this says. */
  state: DelegationState
  createdAt: number
  updatedAt: number
  expiresAt: number
  /** JSON of the rest, which nothing is looked up by. */
  value: string
}
