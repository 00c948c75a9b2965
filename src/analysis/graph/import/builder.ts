import type { AccessGrant } from '../../../cluster-access/access-policy-grants.ts'
import type { AccountSettings, Gap, SnapshotGroup, SnapshotInstance, SnapshotPolicy, SnapshotRole, SnapshotUser } from '../snapshot.ts'
import type { Fields } from './fields.ts'

/** Where a document came from. */
export interface Origin {
  /** A file's name, or a call's. */
  readonly source: string
  /** What the person said it is of, as in `demo=rbac.json`: a cluster's name, or a resource's ARN. */
  readonly subject?: string | undefined
}

/** What exports told of a cluster so far. Kubernetes' objects stay as they were read until all are there. */
export interface ClusterParts {
  readonly name: string
  described?: Fields
  readonly entries: Map<string, Fields>
  readonly listedEntries: Set<string>
  readonly grants: Map<string, readonly AccessGrant[]>
  readonly associations: Map<string, Fields>
  listsAssociations: boolean
  readonly nodeRoles: Set<string>
  /** By kind. */
  readonly objects: Map<string, Fields[]>
}

/** What exports told of an organization so far. */
export interface OrganizationParts {
  id?: string
  managementAccount?: string
  /** Parents by account or unit. */
  readonly parents: Map<string, string>
  readonly roots: Set<string>
  readonly accounts: Set<string>
  readonly policies: Map<string, { readonly id: string; readonly arn: string; readonly type: 'scp' | 'rcp'; readonly document: string }>
  /** Policies that were named, with or without their text. */
  readonly named: Map<string, string>
  readonly attachments: Map<string, { readonly policyId: string; readonly targetId: string }>
}

/** Gathers what documents tell until a snapshot can be made of it. */
export class SnapshotBuilder {
  readonly users = new Map<string, SnapshotUser>()
  readonly groups = new Map<string, SnapshotGroup>()
  readonly roles = new Map<string, SnapshotRole>()
  readonly policies = new Map<string, SnapshotPolicy>()
  readonly resourcePolicies = new Map<string, string>()
  /** Accounts by snapshot. */
  readonly snapshotShares = new Map<string, readonly string[]>()
  readonly instances = new Map<string, SnapshotInstance>()
  readonly clusters = new Map<string, ClusterParts>()
  readonly organization: OrganizationParts = {
    parents: new Map(),
    roots: new Set(),
    accounts: new Set(),
    policies: new Map(),
    named: new Map(),
    attachments: new Map(),
  }
  account: AccountSettings = {}
  readonly gaps: Gap[] = []

  gap(what: string, about: readonly string[] = ['*']): void {
    this.gaps.push({ what, about })
  }

  cluster(name: string): ClusterParts {
    const known = this.clusters.get(name)
    if (known) return known
    const made: ClusterParts = {
      name,
      entries: new Map(),
      listedEntries: new Set(),
      grants: new Map(),
      associations: new Map(),
      listsAssociations: false,
      nodeRoles: new Set(),
      objects: new Map(),
    }
    this.clusters.set(name, made)
    return made
  }
}
