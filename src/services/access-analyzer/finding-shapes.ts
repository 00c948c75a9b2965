import type { UnusedService } from '../../analysis/unused-permissions.ts'
import type { FindingDetails, InternalAccessDetails } from '../../wire/models/access-analyzer.ts'
import type { FindingRow } from './analyzer-store.ts'

/** What a finding says beside its resource. */
export interface FindingDetail {
  readonly principal?: { readonly [type: string]: string }
  readonly action?: readonly string[]
  readonly condition?: { readonly [key: string]: string }
  readonly isPublic?: boolean
  /** How the access to a bucket is granted: POLICY, BUCKET_ACL, or the ARN of an access point. */
  readonly sources?: readonly string[]
  /** Whether RCPs are about the resource of external access, which they do not take from a finding. */
  readonly rcps?: 'APPLICABLE' | 'NOT_APPLICABLE'
  readonly accessKeyId?: string
  /** Epoch milliseconds. */
  readonly lastAccessed?: number
  readonly unused?: readonly UnusedService[]
  /** Of access from within the zone of trust. Access Analyzer API Reference, "InternalAccessDetails". */
  readonly internal?: Pick<
    InternalAccessDetails,
    'principalOwnerAccount' | 'principalType' | 'accessType' | 'resourceControlPolicyRestriction' | 'serviceControlPolicyRestriction'
  >
}

export const detailOf = ({ detail }: FindingRow): FindingDetail => JSON.parse(detail) as FindingDetail

const timesOf = ({ createdAt, analyzedAt, updatedAt }: FindingRow) => ({
  createdAt: new Date(createdAt),
  analyzedAt: new Date(analyzedAt),
  updatedAt: new Date(updatedAt),
})

/** Access Analyzer API Reference, "FindingSource". */
export const sourcesOf = (sources: readonly string[] | undefined) => (sources ? { sources: sources.map(sourceOf) } : {})

function sourceOf(source: string) {
  if (!source.startsWith('arn:')) return { type: source }
  return { type: 'S3_ACCESS_POINT', detail: { accessPointArn: source, accessPointAccount: source.split(':')[4] ?? '' } }
}

/** Access Analyzer API Reference, "ExternalAccessDetails", "Finding": resourceControlPolicyRestriction. */
export const restrictionOf = ({ rcps }: Pick<FindingDetail, 'rcps'>) => (rcps ? { resourceControlPolicyRestriction: rcps } : {})

/** Access Analyzer API Reference, "Finding", "FindingSummary". */
export function findingShape(row: FindingRow) {
  const { principal, action, condition = {}, isPublic, sources, rcps } = detailOf(row)
  return {
    id: row.id,
    ...(principal && { principal }),
    ...(action && { action }),
    ...(isPublic !== undefined && { isPublic }),
    resource: row.resource,
    resourceType: row.resourceType,
    resourceOwnerAccount: row.resourceOwner,
    condition,
    ...sourcesOf(sources),
    ...restrictionOf({ rcps }),
    status: row.status,
    ...timesOf(row),
  }
}

/** Access Analyzer API Reference, "FindingSummaryV2". */
export const findingSummaryV2 = (row: FindingRow) => ({
  id: row.id,
  resource: row.resource,
  resourceType: row.resourceType,
  resourceOwnerAccount: row.resourceOwner,
  status: row.status,
  findingType: row.type,
  ...timesOf(row),
})

/** What a finding has details of: of unused permissions one a service. Access Analyzer API Reference, "FindingDetails". */
export function findingDetails(row: FindingRow): FindingDetails[] {
  return row.type === 'UnusedPermission' ? (detailOf(row).unused ?? []).map(unusedPermissionDetails) : [otherDetails(row)]
}

const accessedAt = (at: number | undefined) => (at === undefined ? {} : { lastAccessed: new Date(at) })

const unusedPermissionDetails = ({ service, lastAccessedAt, actions }: UnusedService): FindingDetails => ({
  unusedPermissionDetails: {
    serviceNamespace: service,
    ...accessedAt(lastAccessedAt),
    ...(actions.length > 0 && { actions: actions.map(each => ({ action: each.action, ...accessedAt(each.lastAccessedAt) })) }),
  },
})

function otherDetails(row: FindingRow): FindingDetails {
  const {
    principal = {},
    action = [],
    condition = {},
    isPublic = false,
    accessKeyId = '',
    lastAccessed,
    sources,
    internal,
    rcps,
  } = detailOf(row)
  const accessed = accessedAt(lastAccessed)
  switch (row.type) {
    case 'UnusedIAMRole':
      return { unusedIamRoleDetails: accessed }
    case 'UnusedIAMUserAccessKey':
      return { unusedIamUserAccessKeyDetails: { accessKeyId, ...accessed } }
    case 'UnusedIAMUserPassword':
      return { unusedIamUserPasswordDetails: accessed }
    case 'InternalAccess':
      return { internalAccessDetails: { principal, action, condition, ...internal } }
    default:
      return { externalAccessDetails: { principal, action, condition, isPublic, ...sourcesOf(sources), ...restrictionOf({ rcps }) } }
  }
}
